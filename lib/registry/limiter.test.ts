import { describe, expect, test } from 'vitest';
import { createLimiter } from './limiter.ts';

/** A clock that stands still until somebody sleeps, and then is there at once. */
function jumpingClock() {
  let at = 0;
  const slept: number[] = [];
  return {
    slept,
    advance: (ms: number) => {
      at += ms;
    },
    now: () => new Date(at),
    sleep: (ms: number) => {
      slept.push(ms);
      return Promise.resolve();
    },
  };
}

describe('limiter', () => {
  test('lets a burst go and spaces the rest', async () => {
    const clock = jumpingClock();
    const limiter = createLimiter({ clock, requestsPerSecond: 4, burst: 2 });
    for (let at = 0; at < 5; at += 1) await limiter.take('a', undefined);
    expect(clock.slept).toEqual([250, 500, 750]);
    await limiter.take('b', undefined);
    expect(clock.slept).toHaveLength(3);
  });

  test('earns requests back with time, no more than the burst', async () => {
    const clock = jumpingClock();
    const limiter = createLimiter({ clock, requestsPerSecond: 1, burst: 2 });
    await limiter.take('a', undefined);
    clock.advance(60_000);
    for (let at = 0; at < 3; at += 1) await limiter.take('a', undefined);
    expect(clock.slept).toEqual([1000]);
  });

  test('halves once a minute, never stops, and recovers after 20 minutes', () => {
    const clock = jumpingClock();
    const limiter = createLimiter({ clock, requestsPerSecond: 1, burst: 1 });
    limiter.slowDown('a');
    limiter.slowDown('a');
    expect(limiter.rate('a')).toBe(0.5);
    for (let at = 0; at < 9; at += 1) {
      clock.advance(60_000);
      limiter.slowDown('a');
    }
    expect(limiter.rate('a')).toBe(0.1);
    clock.advance(19 * 60_000);
    limiter.speedUp('a');
    expect(limiter.rate('a')).toBe(0.1);
    clock.advance(60_000);
    limiter.speedUp('a');
    expect(limiter.rate('a')).toBeCloseTo(0.15);
    for (let at = 0; at < 20; at += 1) limiter.speedUp('a');
    expect(limiter.rate('a')).toBe(1);
  });

  test('a waiter that gives up does not use a request', async () => {
    const clock = jumpingClock();
    const limiter = createLimiter({
      clock: { now: clock.now, sleep: () => Promise.reject(new Error('stopped')) },
      requestsPerSecond: 1,
      burst: 1,
    });
    await limiter.take('a', undefined);
    await expect(limiter.take('a', undefined)).rejects.toThrow('stopped');
    clock.advance(1000);
    await expect(limiter.take('a', undefined)).resolves.toBeUndefined();
  });

  test('sets no limit by default', async () => {
    const clock = jumpingClock();
    const limiter = createLimiter({ clock });
    for (let at = 0; at < 100; at += 1) await limiter.take('a', undefined);
    expect(clock.slept).toEqual([]);
    expect(limiter.rate('a')).toBe(Number.POSITIVE_INFINITY);
  });
});
