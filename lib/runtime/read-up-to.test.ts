import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readUpTo } from './read-up-to.ts';

test.each([
  { parts: [], most: 0, read: '' },
  { parts: ['ab', 'cd'], most: 4, read: 'abcd' },
  { parts: ['ab', 'cd'], most: 3, read: undefined },
])('$parts, $most bytes at most', async ({ parts, most, read }) => {
  const body = Readable.from(parts.map((part) => Buffer.from(part)));
  expect((await readUpTo(body, most))?.toString()).toBe(read);
  expect(body.destroyed).toBe(true);
});

test('no body is an empty one', async () => {
  expect(await readUpTo(null, 0)).toEqual(Buffer.alloc(0));
});
