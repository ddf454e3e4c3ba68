/** A pause that somebody else can end: timers of loops that must react at once when told. */
import { isAbort } from '../lib/runtime/mod.ts';
import type { Clock } from '../lib/runtime/mod.ts';

export interface Wake {
  /** Ends the pause now, or the next one as soon as it begins. */
  wake(): void;
  /** Returns after `ms`, when woken, or when the signal fires. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createWake(clock: Clock): Wake {
  let pending = false;
  let sleeper: AbortController | undefined;
  return {
    wake: () => {
      pending = true;
      sleeper?.abort();
    },
    wait: async (ms, signal) => {
      if (!pending && !signal.aborted) {
        sleeper = new AbortController();
        try {
          await clock.sleep(ms, AbortSignal.any([signal, sleeper.signal]));
        } catch (thrown) {
          if (!isAbort(thrown)) throw thrown;
        } finally {
          sleeper = undefined;
        }
      }
      pending = false;
    },
  };
}

/** Runs tasks one after the other, in the order in which they were handed in. */
export function createSerial(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const run = last.then(task, task);
    last = run.catch(() => undefined);
    return run;
  };
}
