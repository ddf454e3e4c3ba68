/** At most so many at work at the same time; the others wait in line, and who only waits for something holds nobody up. */
import type { Clock } from '../../lib/runtime/mod.ts';

export interface Slots {
  /** Waits for a slot. @returns what gives it back; more than once does no harm */
  take(signal: AbortSignal): Promise<() => void>;
  /**
   * A clock for those who hold a slot: while they sleep it is another's. They come before those who have not begun: what
   * was begun is brought to its end first.
   */
  freeing(clock: Clock): Clock;
}

export function createSlots(count: number): Slots {
  let free = count;
  const line: (() => void)[] = [];
  const returning: (() => void)[] = [];
  const give = () => {
    const next = returning.shift() ?? line.shift();
    if (next === undefined) free += 1;
    else next();
  };
  /** Takes a free slot. @returns whether there was one */
  const grab = () => {
    if (free === 0) return false;
    free -= 1;
    return true;
  };
  const queueUp = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        line.splice(line.indexOf(turn), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      line.push(turn);
    });
  return {
    take: async (signal) => {
      if (!grab()) await queueUp(signal);
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
          if (!grab()) await new Promise<void>((resolve) => returning.push(resolve));
        }
      },
    }),
  };
}
