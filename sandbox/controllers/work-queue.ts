/** Keys to work on: each once however often it was added, again later when asked, with back-off after a failure. */
import { setTimeout as later } from 'node:timers';

export interface WorkQueue {
  add(key: string): void;
  /** Milliseconds; an earlier addition wins over a later one. */
  addAfter(key: string, ms: number): void;
  /** Resolves when nothing is queued and nothing is running; delayed keys do not count. */
  idle(): Promise<void>;
  /** Drops what is queued, and waits for what is running. */
  stop(): Promise<void>;
}

const firstDelayMs = 5;
const lastDelayMs = 10_000;

/**
 * @param work one key; what it returns is when to run it again, in milliseconds
 * @param failed told of each failure; the key runs again with back-off
 */
export function createWorkQueue(
  work: (key: string) => number | undefined | Promise<number | undefined>,
  failed: (key: string, thrown: unknown) => void,
): WorkQueue {
  const queued = new Set<string>();
  const timers = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  const failures = new Map<string, number>();
  const running = new Set<string>();
  const dirty = new Set<string>();
  let waiting: (() => void)[] = [];
  let scheduled = false;
  let stopped = false;

  function add(key: string): void {
    if (stopped) return;
    if (running.has(key)) dirty.add(key);
    else {
      queued.add(key);
      schedule();
    }
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(drain);
  }

  function drain(): void {
    scheduled = false;
    const batch = [...queued];
    queued.clear();
    for (const key of batch) void run(key);
    settle();
  }

  async function run(key: string): Promise<void> {
    running.add(key);
    try {
      const again = await work(key);
      failures.delete(key);
      if (again !== undefined) {
        if (again <= 0) dirty.add(key);
        else addAfter(key, again);
      }
    } catch (thrown) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      failed(key, thrown);
      addAfter(key, Math.min(firstDelayMs * 2 ** count, lastDelayMs));
    } finally {
      running.delete(key);
      if (dirty.delete(key)) add(key);
      settle();
    }
  }

  function addAfter(key: string, ms: number): void {
    if (stopped) return;
    const at = performance.now() + ms;
    const known = timers.get(key);
    if (known !== undefined && known.at <= at) return;
    if (known !== undefined) clearTimeout(known.timer);
    const timer = later(() => {
      timers.delete(key);
      add(key);
    }, ms);
    timer.unref();
    timers.set(key, { at, timer });
  }

  function settle(): void {
    if (queued.size > 0 || running.size > 0 || scheduled) return;
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve();
  }

  function idle(): Promise<void> {
    return new Promise((resolve) => {
      waiting.push(resolve);
      settle();
    });
  }

  return {
    add,
    addAfter,
    idle,
    stop: () => {
      stopped = true;
      queued.clear();
      for (const { timer } of timers.values()) clearTimeout(timer);
      timers.clear();
      return idle();
    },
  };
}
