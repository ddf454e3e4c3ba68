/** What a service hands out for a while, kept until it ends. */
import type { Clock } from '../runtime/mod.ts';

export interface Ending {
  /** Milliseconds since 1970. */
  until: number;
}

/** @returns what is kept by a key, asked for where there is none or it has ended */
export type Kept<T extends Ending> = (key: string, ask: () => Promise<T>) => Promise<T>;

/** Who asks for the same at the same time shares one answer; a refusal is not kept. */
export function createKept<T extends Ending>(clock: Pick<Clock, 'now'>): Kept<T> {
  const known = new Map<string, T>();
  const asked = new Map<string, Promise<T>>();
  return async (key, ask) => {
    const now = clock.now().getTime();
    for (const [each, { until }] of known) if (until <= now) known.delete(each);
    const found = known.get(key);
    if (found !== undefined) return found;
    const answer =
      asked.get(key) ??
      ask().finally(() => {
        asked.delete(key);
      });
    asked.set(key, answer);
    const fresh = await answer;
    known.set(key, fresh);
    return fresh;
  };
}
