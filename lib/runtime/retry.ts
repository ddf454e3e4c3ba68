/** Waiting and trying again, always bounded and always abortable. */
import type { Clock } from './clock.ts';

export interface Backoff {
  /** First pause, in milliseconds. */
  initialMs: number;
  /** Longest pause, in milliseconds. */
  maxMs: number;
  /** Growth of the pause, default 2. */
  factor?: number;
}

/** The pause before try `failures + 1`, without jitter: `initial × factor^(failures − 1)`, capped. */
export function backoffMs(backoff: Backoff, failures: number): number {
  const grown = backoff.initialMs * (backoff.factor ?? 2) ** Math.max(0, failures - 1);
  return Math.min(backoff.maxMs, grown);
}

export interface RetryOptions extends Backoff {
  clock: Clock;
  /** Tries in all, the first included. */
  attempts: number;
  /** Which errors are worth another try; default: all. */
  retryIf?: (thrown: unknown) => boolean;
  /** 0 to 1, spreads pauses by up to a quarter either way; default Math.random. */
  random?: () => number;
  signal?: AbortSignal;
}

/** Calls `attempt` until it succeeds, an error is not worth retrying, or the tries are used up; then throws the last error. */
export async function retry<T>(
  attempt: (tryNumber: number) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const random = options.random ?? Math.random;
  for (let tryNumber = 1; ; tryNumber += 1) {
    options.signal?.throwIfAborted();
    try {
      return await attempt(tryNumber);
    } catch (thrown) {
      if (tryNumber >= options.attempts || options.retryIf?.(thrown) === false) throw thrown;
      const pause = backoffMs(options, tryNumber) * (0.75 + 0.5 * random());
      await options.clock.sleep(pause, options.signal);
    }
  }
}
