import { expect, test } from 'vitest';
import { createSlots } from './slots.ts';

/** A clock whose sleepers are woken by hand. */
function handClock() {
  const sleepers: (() => void)[] = [];
  return {
    now: () => new Date(0),
    sleep: () => new Promise<void>((resolve) => sleepers.push(resolve)),
    wake: () => {
      for (const resolve of sleepers.splice(0)) resolve();
    },
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('createSlots() bounds what works, not what waits', async () => {
  const clock = handClock();
  const slots = createSlots(1, clock);
  const seen: string[] = [];
  const slow = slots.run(async () => {
    seen.push('slow works');
    await slots.clock.sleep(1000);
    seen.push('slow goes on');
  });
  let endQuick: () => void = () => undefined;
  const quick = slots.run(async () => {
    seen.push('quick works');
    await new Promise<void>((resolve) => {
      endQuick = resolve;
    });
    seen.push('quick ends');
  });
  await settle();
  expect(seen).toEqual(['slow works', 'quick works']);
  clock.wake();
  await settle();
  // The one slot is taken, so that the sleeper has to wait for it.
  expect(seen).toEqual(['slow works', 'quick works']);
  endQuick();
  await Promise.all([slow, quick]);
  expect(seen).toEqual(['slow works', 'quick works', 'quick ends', 'slow goes on']);
});

test('createSlots() gives the slot back when work fails', async () => {
  const slots = createSlots(1, handClock());
  await expect(slots.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(slots.run(() => Promise.resolve(1))).resolves.toBe(1);
});
