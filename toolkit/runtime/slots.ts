/** At most so many at work at the same time; the others wait in line, and who only waits for something holds nobody up. */
import type { Clock } from '../../lib/runtime/mod.ts';

export interface Slots {
  /** Waits for a slot. @returns what gives it back; more than once does no harm */
  take(signal: AbortSignal): Promise<() => void>;
  /** A clock for those who hold a slot: while they sleep it is another's. */
  freeing(clock: Clock): Clock;
}

export function createSlots(count: number): Slots {
  let free = count;
  const line: (() => void)[] = [];
  const give = () => {
    const next = line.shift();
    if (next === undefined) free += 1;
    else next();
  };
  const acquire = async (signal?: AbortSignal) => {
    if (free > 0) {
      free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        line.splice(line.indexOf(turn), 1);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', leave, { once: true });
      line.push(turn);
    });
  };
  return {
    take: async (signal) => {
      await acquire(signal);
      let isMine = true;
      return () => {
        if (isMine) give();
        isMine = false;
      };
    },
    freeing: (clock) => ({
      now: () => clock.now(),
      sleep: async (ms, signal) => {
        give();
        try {
          await clock.sleep(ms, signal);
        } finally {
          // Its holder gives it back, whatever becomes of the sleep.
          await acquire();
        }
      },
    }),
  };
}
