import { describe, expect, test } from 'vitest';
import type { GoMap } from '../../lib/helm/values/mod.ts';
import { toGo } from '../values/compose.ts';
import { linesDiff, valuesDiff } from './readable-diff.ts';

const go = (value: Record<string, unknown>): GoMap => {
  const made = toGo(value);
  return made instanceof Map ? made : new Map();
};

describe('valuesDiff', () => {
  test.each([
    ['nothing', { a: 1 }, { a: 1 }, {}, []],
    ['a change', { a: { b: 1 }, c: 1 }, { a: { b: 2 }, c: 1 }, {}, ['- a.b: 1', '+ a.b: 2']],
    ['what is new and gone', { old: 'x' }, { new: [1] }, {}, ['+ new: [1]', '- old: "x"']],
    [
      'passwords by their names, at any depth',
      { db: { password: 'a' }, l: [] },
      { db: { password: 'b' }, l: [{ authToken: 'c', user: 'u' }] },
      {},
      [
        '- db.password: ***',
        '+ db.password: ***',
        '- l: []',
        '+ l: [{"authToken":"***","user":"u"}]',
      ],
    ],
    [
      'whatever came out of a Secret',
      { dsn: 'a', host: 'x' },
      { dsn: 'b', host: 'y' },
      { dsn: 'b' },
      ['- dsn: ***', '+ dsn: ***', '- host: "x"', '+ host: "y"'],
    ],
  ])('shows %s', (_what, before, after, secrets, want) => {
    expect(valuesDiff(go(before), go(after), go(secrets))).toEqual(want);
  });
});

test('linesDiff() shows changed lines and those around them', () => {
  const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const after = ['a', 'b', 'c', 'X', 'e', 'f', 'g', 'h'];
  expect(linesDiff(before, after)).toEqual([
    '  b',
    '  c',
    '- d',
    '+ X',
    '  e',
    '  f',
    '  g',
    '+ h',
  ]);
});
