import { expect, test } from 'vitest';
import { allEnded } from './parallel.ts';

test('allEnded() gives what each gave, in their order', async () => {
  expect(await allEnded([Promise.resolve(1), 'two', Promise.resolve('three')])).toEqual([
    1,
    'two',
    'three',
  ]);
});

test('allEnded() fails with the first failure, once all have ended', async () => {
  let finish = () => {};
  let hasEnded = false;
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  }).then(() => {
    hasEnded = true;
  });
  const refused = new Error('refused');
  const both = allEnded([slow, Promise.reject(refused)]);
  const outcome = both.catch((thrown: unknown) => ({ thrown, hasEnded }));
  setImmediate(finish);
  expect(await outcome).toEqual({ thrown: refused, hasEnded: true });
});
