import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../runtime/mod.ts';
import { createWorkQueue } from './mod.ts';

/** A queue whose work ends when the test says so. */
function startQueue(workers: number) {
  const stop = new AbortController();
  const begun: string[] = [];
  const open = new Map<string, () => void>();
  const queue = createWorkQueue(systemClock);
  const start = () =>
    queue.run(
      workers,
      (key) => {
        begun.push(key);
        return new Promise((resolve) => open.set(key, resolve));
      },
      stop.signal,
    );
  const finish = (key: string) => {
    const resolve = open.get(key);
    open.delete(key);
    resolve?.();
  };
  return { queue, begun, finish, stop, start, running: () => [...open.keys()] };
}

describe('work queue', () => {
  test('a key waits once, however often it is added', async () => {
    const { queue, begun, finish, stop, start } = startQueue(1);
    queue.add('a');
    queue.add('a');
    queue.add('b');
    expect(queue.length).toBe(2);
    const running = start();
    await vi.waitFor(() => expect(begun).toEqual(['a']));
    finish('a');
    await vi.waitFor(() => expect(begun).toEqual(['a', 'b']));
    stop.abort();
    finish('b');
    await running;
  });

  test('what is worked on has a signal of its own, which fires with that of the queue', async () => {
    const stop = new AbortController();
    const queue = createWorkQueue(systemClock);
    const signals = new Map<string, AbortSignal>();
    queue.add('quick');
    queue.add('slow');
    const running = queue.run(
      1,
      (key, signal) => {
        signals.set(key, signal);
        if (key === 'quick') return Promise.resolve();
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve());
        });
      },
      stop.signal,
    );
    await vi.waitFor(() => expect([...signals.keys()]).toEqual(['quick', 'slow']));
    stop.abort(new Error('the end'));
    await running;
    expect(signals.get('quick')?.aborted).toBe(false);
    expect(signals.get('slow')?.reason).toEqual(new Error('the end'));
  });

  test('a key is never worked on twice at the same time, but again afterwards', async () => {
    const { queue, begun, finish, stop, start, running } = startQueue(4);
    const ended = start();
    queue.add('a');
    await vi.waitFor(() => expect(running()).toEqual(['a']));
    queue.add('a');
    queue.add('b');
    await vi.waitFor(() => expect(running()).toEqual(['a', 'b']));
    expect(begun).toEqual(['a', 'b']);
    finish('a');
    await vi.waitFor(() => expect(begun).toEqual(['a', 'b', 'a']));
    stop.abort();
    finish('a');
    finish('b');
    await ended;
  });

  test('urgent keys go ahead', async () => {
    const { queue, begun, finish, stop, start } = startQueue(1);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    queue.add('c', { urgent: true });
    const running = start();
    for (const key of ['c', 'a', 'b']) {
      await vi.waitFor(() => expect(begun.at(-1)).toBe(key));
      finish(key);
    }
    stop.abort();
    await running;
  });

  test('ends only after what runs has ended', async () => {
    const { queue, finish, stop, start, running } = startQueue(1);
    let ended = false;
    const all = start().then(() => {
      ended = true;
    });
    queue.add('a');
    queue.add('b');
    await vi.waitFor(() => expect(running()).toEqual(['a']));
    stop.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    finish('a');
    await all;
    expect(queue.length).toBe(1);
  });

  test('a key put off is queued later, or earlier when somebody else adds it', async () => {
    const { queue, begun, finish, stop, start } = startQueue(1);
    const running = start();
    queue.addAfter('later', 3_600_000);
    queue.addAfter('soon', 1);
    await vi.waitFor(() => expect(begun).toEqual(['soon']));
    finish('soon');
    queue.add('later');
    await vi.waitFor(() => expect(begun).toEqual(['soon', 'later']));
    finish('later');
    stop.abort();
    await running;
  });
});
