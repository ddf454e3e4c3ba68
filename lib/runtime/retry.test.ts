import { describe, expect, test } from 'vitest';
import type { Clock } from './clock.ts';
import { backoffMs, retry } from './retry.ts';

function fakeClock() {
  const slept: number[] = [];
  const clock: Clock = {
    now: () => new Date(0),
    sleep: (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      return Promise.resolve();
    },
  };
  return { clock, slept };
}

const failing = (times: number) => {
  let calls = 0;
  return () => {
    calls += 1;
    return calls <= times ? Promise.reject(new Error(`failure ${calls}`)) : Promise.resolve(calls);
  };
};

test('backoffMs doubles up to its cap', () => {
  const pauses = [1, 2, 3, 4, 5].map((n) => backoffMs({ initialMs: 100, maxMs: 1000 }, n));
  expect(pauses).toEqual([100, 200, 400, 800, 1000]);
});

describe('retry', () => {
  const options = { attempts: 3, initialMs: 100, maxMs: 1000, random: () => 0.5 };

  test('returns the first success and pauses in between', async () => {
    const { clock, slept } = fakeClock();
    await expect(retry(failing(2), { ...options, clock })).resolves.toBe(3);
    expect(slept).toEqual([100, 200]);
  });

  test('throws the last error when the tries are used up', async () => {
    const { clock, slept } = fakeClock();
    await expect(retry(failing(9), { ...options, clock })).rejects.toThrow('failure 3');
    expect(slept).toHaveLength(2);
  });

  test('does not retry what is not worth it', async () => {
    const { clock, slept } = fakeClock();
    await expect(retry(failing(9), { ...options, clock, retryIf: () => false })).rejects.toThrow(
      'failure 1',
    );
    expect(slept).toEqual([]);
  });

  test('stops when aborted', async () => {
    const { clock } = fakeClock();
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    await expect(retry(failing(9), { ...options, clock, signal: stop.signal })).rejects.toThrow(
      'stopped',
    );
  });
});
