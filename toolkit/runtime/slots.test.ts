import { expect, test } from 'vitest';
import { systemClock } from '../../lib/runtime/mod.ts';
import { createSlots } from './slots.ts';

const never = new AbortController().signal;

/** A clock whose sleeps end when they are told to. */
function handClock() {
  const sleeping: (() => void)[] = [];
  const sleep = (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      sleeping.push(resolve);
      signal?.addEventListener('abort', () => {
        reject(new Error('ended'));
      });
    });
  return { clock: { now: () => systemClock.now(), sleep }, sleeping };
}

test('so many work at a time, the others in the order in which they came', async () => {
  const slots = createSlots(1);
  const order: string[] = [];
  const leave = await slots.take(never);
  const others = ['b', 'c'].map(async (name) => {
    const done = await slots.take(never);
    order.push(name);
    done();
  });
  expect(order).toEqual([]);
  leave();
  leave();
  await Promise.all(others);
  expect(order).toEqual(['b', 'c']);
});

test('who waits in line can go', async () => {
  const slots = createSlots(1);
  const leave = await slots.take(never);
  const gone = new AbortController();
  const waiting = slots.take(gone.signal);
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  leave();
  (await slots.take(never))();
});

test('a slot is free while its holder sleeps, and is waited for afterwards', async () => {
  const slots = createSlots(1);
  const { clock, sleeping } = handClock();
  const leave = await slots.take(never);
  let isAwake = false;
  const asleep = slots
    .freeing(clock)
    .sleep(1000)
    .then(() => {
      isAwake = true;
    });
  const other = await slots.take(never);
  sleeping.pop()?.();
  await Promise.resolve();
  expect(isAwake).toBe(false);
  other();
  await asleep;
  leave();
  (await slots.take(never))();
});

test('a sleep that is ended leaves as many slots as there were', async () => {
  const slots = createSlots(1);
  const { clock } = handClock();
  const stop = new AbortController();
  const leave = await slots.take(never);
  const asleep = slots.freeing(clock).sleep(1000, stop.signal);
  stop.abort();
  await expect(asleep).rejects.toThrow('ended');
  leave();
  const only = await slots.take(never);
  let second = false;
  const waiting = slots.take(never).then((done) => {
    second = true;
    done();
  });
  await Promise.resolve();
  expect(second).toBe(false);
  only();
  await waiting;
});

test('who was asleep comes before who has not begun', async () => {
  const slots = createSlots(1);
  const { clock, sleeping } = handClock();
  const leave = await slots.take(never);
  const order: string[] = [];
  const asleep = slots
    .freeing(clock)
    .sleep(1000)
    .then(() => order.push('woken'));
  const other = await slots.take(never);
  const next = slots.take(never).then((done) => {
    order.push('begun');
    done();
  });
  sleeping.pop()?.();
  // The end of the sleep has come to the slots.
  await new Promise(setImmediate);
  other();
  await asleep;
  leave();
  await next;
  expect(order).toEqual(['woken', 'begun']);
});
