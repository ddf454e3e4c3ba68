/** What Go 1.26's fmt prints: every verb with flags, widths and precisions, for values of every kind. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { GoInt, GoSlice } from '../values/mod.ts';
import type { GoValue, IntKind } from '../values/mod.ts';
import { GoComplex } from './complex.ts';
import { exactDigits, roundDigits, shortestDigits } from './float-digits.ts';
import { sprint, sprintf, sprintln } from './format.ts';

interface Row {
  format: string;
  value: unknown;
  want: string;
}

const intKinds: readonly string[] = ['int', 'int64', 'uint8', 'uint64'] satisfies IntKind[];

/** Lines of `{"format", "value", "want"}`; numbers stand as `{"int": "5"}`, `{"float": "1.5"}`. */
const rows = readFileSync(new URL('testdata/go-1.26-fmt.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Row);

function toGo(value: unknown): GoValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(toGo);
  const [[kind = '', inner] = []] = Object.entries(value ?? {}) as [string, unknown][];
  const items = (Array.isArray(inner) ? inner : []) as (number & string)[];
  if (intKinds.includes(kind)) return new GoInt(kind as IntKind, BigInt(String(inner)));
  if (kind === 'float') return Number(inner);
  if (kind === 'bytes') return Uint8Array.from(items);
  if (kind === 'strings') return new GoSlice('[]string', items);
  if (kind === 'complex') return new GoComplex(items[0] ?? 0, items[1] ?? 0);
  return new Map(Object.entries(inner ?? {}).map(([key, item]) => [key, toGo(item)]));
}

describe('sprintf() prints as Go does', () => {
  const verbs = [...new Set(rows.map(({ format }) => format.at(-1) ?? ''))];
  test.each(verbs)('%%%s', (verb) => {
    const own = rows.filter(({ format }) => format.endsWith(verb));
    const got = own.map(({ format, value }) => ({
      format,
      value,
      want: sprintf(format, [toGo(value)]),
    }));
    expect(got).toEqual(own);
  });
});

const int = (value: number) => new GoInt('int', BigInt(value));

describe('sprintf() chooses its arguments', () => {
  test.each<[string, GoValue[], string]>([
    ['%[2]d %[1]d', [int(1), int(2)], '2 1'],
    ['%[3]d', [int(1), int(2)], '%!d(BADINDEX)'],
    ['%[x]d', [int(1)], '%!d(BADINDEX)'],
    ['%[2', [int(1), int(2)], '%!(NOVERB)'],
    ['%[1]*d|', [int(5), int(2)], '    2|'],
    ['%[2]*[1]d|', [int(2), int(5)], '    2|'],
    ['%*d|%-*d|', [int(5), int(2), int(4), int(3)], '    2|3   |'],
    ['%*d', [int(-4), int(7)], '7   '],
    ['%.*f', [int(2), 3.14159], '3.14'],
    ['%.*d', ['x', int(3)], '%!(BADPREC)3'],
    ['%*d', ['x', int(3)], '%!(BADWIDTH)3'],
    ['%*d', [int(3)], '%!d(MISSING)'],
    ['%100000001d', [int(1)], '%!(NOVERB)%!(EXTRA int=1)'],
    ['%', [], '%!(NOVERB)'],
    ['%-', [int(1)], '%!(NOVERB)%!(EXTRA int=1)'],
    ['%!', [int(1)], '%!!(int=1)'],
    ['100%%', [], '100%'],
    ['%d %s', [int(1)], '1 %!s(MISSING)'],
    ['%s', ['a', 'b', null], 'a%!(EXTRA string=b, <nil>)'],
  ])('%s', (format, args, want) => {
    expect(sprintf(format, args)).toBe(want);
  });
});

test('a precision that no float reaches costs no more than its zeros', () => {
  expect(sprintf('%.100000f', [0.1])).toHaveLength(100_002);
});

test.each(['%x', '%X', '%b', '%e', '%g', '%v', '%.3x', '%#x'])('%s of infinity ends', (format) => {
  expect(sprintf(format, [Infinity])).toBe('+Inf');
  expect(sprintf(format, [-Infinity])).toBe('-Inf');
});

test('sprint() separates operands unless one of them is a string', () => {
  expect(sprint([int(1), int(2), 'a', int(3), null, true, 'b', 'c'])).toBe('1 2a3 <nil> truebc');
  expect(sprint([])).toBe('');
  expect(sprintln([int(1), 'a', null])).toBe('1 a <nil>\n');
});

describe('digits', () => {
  test('are exact where asked', () => {
    expect(exactDigits(0.1).digits).toBe('1000000000000000055511151231257827021181583404541015625');
    expect(exactDigits(2 ** 70)).toEqual({ digits: '1180591620717411303424', point: 22 });
    expect(shortestDigits(0.1)).toEqual({ digits: '1', point: 0 });
  });

  test.each([
    { digits: '25', keep: 1, want: { digits: '2', point: 1 } },
    { digits: '35', keep: 1, want: { digits: '4', point: 1 } },
    { digits: '251', keep: 1, want: { digits: '3', point: 1 } },
    { digits: '996', keep: 2, want: { digits: '1', point: 2 } },
    { digits: '4', keep: 0, want: { digits: '', point: 0 } },
    { digits: '6', keep: 0, want: { digits: '1', point: 2 } },
  ])('$digits kept to $keep', ({ digits, keep, want }) => {
    expect(roundDigits({ digits, point: 1 }, keep)).toEqual(want);
  });
});
