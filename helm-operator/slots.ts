/** Work at the same time up to a limit, that does not count work which only waits for the cluster. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../lib/runtime/mod.ts';

export interface Slots {
  /** Does work when there is a slot for it. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** A clock by which work sleeps without its slot: a release that takes minutes to come up holds nobody else up. */
  clock: Clock;
}

export function createSlots(count: number, clock: Clock): Slots {
  const holding = new AsyncLocalStorage<true>();
  const waiting: (() => void)[] = [];
  let free = count;
  const take = async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const give = () => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    run: async (work) => {
      await take();
      try {
        return await holding.run(true, work);
      } finally {
        give();
      }
    },
    clock: {
      now: () => clock.now(),
      sleep: async (ms, signal) => {
        if (holding.getStore() === undefined) {
          await clock.sleep(ms, signal);
          return;
        }
        give();
        try {
          await clock.sleep(ms, signal);
        } finally {
          await take();
        }
      },
    },
  };
}
