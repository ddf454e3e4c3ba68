/** Calls and their results as the engine of Helm 3.19.0 (sprig 3.3, Go 1.26) printed them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '../host/mod.ts';
import { createTemplateSet } from '../template/mod.ts';
import { GoInt, GoSlice, validText } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { createFunctions } from './functions.ts';
import { SprigError } from './errors.ts';
import { sprint } from './reflection.ts';

const functions = createFunctions({
  now: () => Date.UTC(2020, 0, 2, 3, 4, 5),
  localZone: 'UTC',
  randomBytes: (size) => new Uint8Array(size).fill(7),
  crypto: nodeCrypto,
});

const set = createTemplateSet({ functionNames: [] });

interface Case {
  name: string;
  args: unknown[];
  output?: string;
  error?: string;
}

function isCase(value: unknown): value is Case {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'args' in value &&
    Array.isArray(value.args)
  );
}

const cases = readFileSync(new URL('testdata/helm-3.19-calls.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): Case => {
    const parsed: unknown = JSON.parse(line);
    if (!isCase(parsed)) throw new TypeError(`no case: ${line}`);
    return parsed;
  });

/** Integers stand as `{"$int": n}` in the file; plain numbers are float64. */
function toGo(value: unknown): GoValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return value;
  if (Array.isArray(value)) return value.map(toGo);
  const entries = Object.entries(value ?? {});
  const [first] = entries;
  if (first?.[0] === '$int') return GoInt.int(Number(first[1]));
  return new Map(entries.map(([key, item]) => [key, toGo(item)]));
}

function call(name: string, args: readonly GoValue[]): string {
  const result = functions[name]?.call(args, set);
  if (result === undefined) throw new TypeError(`no function ${name}`);
  // The file was written as JSON, where loose bytes become replacement characters.
  return result === null ? '' : validText(sprint(result));
}

describe('results of Helm 3.19', () => {
  const names = [...new Set(cases.map((item) => item.name))];
  test.each(names)('%s', (name) => {
    const ours = [];
    const theirs = [];
    for (const item of cases.filter((candidate) => candidate.name === name)) {
      theirs.push({ args: item.args, result: item.output ?? item.error });
      let result: string;
      try {
        result = call(name, item.args.map(toGo));
      } catch (error) {
        if (!(error instanceof SprigError)) throw error;
        result = error.message;
      }
      ours.push({ args: item.args, result });
    }
    expect(ours).toEqual(theirs);
  });
});

describe('dates', () => {
  test.each([
    { layout: '2006-01-02 15:04:05', want: '2009-02-13 23:31:30' },
    { layout: 'Mon, 02 Jan 2006 15:04:05 MST', want: 'Fri, 13 Feb 2009 23:31:30 UTC' },
    { layout: '3:04PM _2 002', want: '11:31PM 13 044' },
    { layout: '2006-01-02T15:04:05.000Z07:00', want: '2009-02-13T23:31:30.000Z' },
  ])('$layout', ({ layout, want }) => {
    expect(call('date', [layout, GoInt.int64(1_234_567_890n)])).toBe(want);
  });

  test('another zone', () => {
    const args = ['15:04 -0700', GoInt.int64(1_234_567_890n), 'Europe/Paris'];
    expect(call('dateInZone', args)).toBe('00:31 +0100');
  });

  test('reads what it writes', () => {
    const time = functions['toDate']?.call(['2006-01-02 15:04', '2021-03-04 05:06'], set);
    expect(call('unixEpoch', [time ?? null])).toBe(String(Date.UTC(2021, 2, 4, 5, 6) / 1000));
  });
});

test('set and unset change the dictionary they are given, deepCopy does not share', () => {
  const inner = new Map<string, GoValue>([['b', 1]]);
  const outer = new Map<string, GoValue>([['a', inner]]);
  const copy = functions['deepCopy']?.call([outer], set);
  functions['set']?.call([inner, 'c', 'new'], set);
  functions['unset']?.call([inner, 'b'], set);
  expect(sprint(outer)).toBe('map[a:map[c:new]]');
  expect(sprint(copy ?? null)).toBe('map[a:map[b:1]]');
});

test('typed slices keep their type', () => {
  const parts = functions['splitList']?.call([',', 'a,b'], set);
  expect(parts).toBeInstanceOf(GoSlice);
  expect(call('typeOf', [parts ?? null])).toBe('[]string');
});
