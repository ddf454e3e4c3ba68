/** Keys to work on: each at most once in the queue and never twice at the same time. */
import type { Clock } from '../runtime/mod.ts';
import { isAbort } from '../runtime/mod.ts';

export interface WorkQueue {
  /** Queues a key. `urgent` keys go ahead of the others; a key that is being worked on is queued again when that ends. */
  add(key: string, options?: { urgent?: boolean }): void;
  /** Queues a key after a pause, unless it is queued earlier by something else. */
  addAfter(key: string, delayMs: number): void;
  /** Keys waiting now. */
  readonly length: number;
  /**
   * Works with `workers` hands until the signal fires, then waits for what is running.
   *
   * `work` must not throw: what to do about a failure is its decision. Each has a signal of its own, which fires with
   * `signal`: whoever listens to one signal for all slows all others down, for Node walks the listeners it has.
   */
  run(
    workers: number,
    work: (key: string, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
}

export function createWorkQueue(
  clock: Clock,
  onLength: (length: number) => void = () => undefined,
): WorkQueue {
  const urgent = new Set<string>();
  const ordinary = new Set<string>();
  const running = new Map<string, AbortController>();
  /** Keys that came while they were worked on, and whether they are urgent. */
  const again = new Map<string, boolean>();
  const delayed = new Map<string, AbortController>();
  let wake: (() => void)[] = [];

  const announce = () => {
    onLength(urgent.size + ordinary.size);
    const waiting = wake;
    wake = [];
    for (const resolve of waiting) resolve();
  };
  const add = (key: string, isUrgent: boolean) => {
    delayed.get(key)?.abort();
    delayed.delete(key);
    if (running.has(key)) {
      again.set(key, isUrgent || again.get(key) === true);
      return;
    }
    if (isUrgent) {
      ordinary.delete(key);
      urgent.add(key);
    } else if (!urgent.has(key)) ordinary.add(key);
    announce();
  };
  const take = (): string | undefined => {
    for (const set of [urgent, ordinary]) {
      for (const key of set) {
        set.delete(key);
        onLength(urgent.size + ordinary.size);
        return key;
      }
    }
    return undefined;
  };

  return {
    get length() {
      return urgent.size + ordinary.size;
    },
    add: (key, { urgent: isUrgent = false } = {}) => {
      add(key, isUrgent);
    },
    addAfter: (key, delayMs) => {
      if (urgent.has(key) || ordinary.has(key)) return;
      delayed.get(key)?.abort();
      const stop = new AbortController();
      delayed.set(key, stop);
      clock.sleep(delayMs, stop.signal).then(
        () => {
          if (delayed.get(key) === stop) add(key, false);
        },
        (thrown: unknown) => {
          if (!isAbort(thrown)) throw thrown;
        },
      );
    },
    run: async (workers, work, signal) => {
      const stopped = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          for (const stop of delayed.values()) stop.abort();
          delayed.clear();
          for (const stop of running.values()) stop.abort(signal.reason);
          resolve();
        });
        if (signal.aborted) resolve();
      });
      const hand = async () => {
        while (!signal.aborted) {
          const key = take();
          if (key === undefined) {
            await Promise.race([new Promise<void>((resolve) => wake.push(resolve)), stopped]);
            continue;
          }
          const stop = new AbortController();
          running.set(key, stop);
          try {
            await work(key, stop.signal);
          } finally {
            running.delete(key);
            const repeat = again.get(key);
            again.delete(key);
            if (repeat !== undefined) add(key, repeat);
          }
        }
      };
      await Promise.all(Array.from({ length: workers }, hand));
    },
  };
}
