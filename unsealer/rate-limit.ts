/** Requests that a client may make: some at once, then so many a second. */
import type { Clock } from '../lib/runtime/mod.ts';

export interface RateLimitOptions {
  perSecond: number;
  /** Requests beyond the first that may come at once. */
  burst: number;
  clock: Clock;
}

/** Clients remembered; the oldest is forgotten first. */
const mostClients = 65_536;

/** @returns 0 when the client may go on, else the seconds after which it may ask again */
export function createRateLimit(options: RateLimitOptions): (client: string) => number {
  const intervalMs = 1000 / options.perSecond;
  /** When the client's allowance is whole again. */
  const fullAt = new Map<string, number>();
  return (client) => {
    const now = options.clock.now().getTime();
    const next = Math.max(fullAt.get(client) ?? 0, now) + intervalMs;
    const waitMs = next - now - intervalMs * (options.burst + 1);
    if (waitMs > 0) return Math.ceil(waitMs / 1000);
    fullAt.delete(client);
    fullAt.set(client, next);
    for (const oldest of fullAt.keys()) {
      if (fullAt.size <= mostClients) break;
      fullAt.delete(oldest);
    }
    return 0;
  };
}
