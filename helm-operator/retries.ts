/** When failed work is tried again: sooner at first, never later than by the next resync. */
import { backoffMs } from '../lib/runtime/mod.ts';

export interface Retries {
  /** Counts a failure. @returns the pause before the next try, in milliseconds */
  failed(key: string): number;
  /** Failures in a row. */
  count(key: string): number;
  /** The next failure counts as the first. */
  reset(key: string): void;
}

const firstMs = 5000;

/** @param longestMs for a key */
export function createRetries(longestMs: (key: string) => number): Retries {
  const failures = new Map<string, number>();
  return {
    failed: (key) => {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      return backoffMs({ initialMs: firstMs, maxMs: longestMs(key) }, count);
    },
    count: (key) => failures.get(key) ?? 0,
    reset: (key) => {
      failures.delete(key);
    },
  };
}
