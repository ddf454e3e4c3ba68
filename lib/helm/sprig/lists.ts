/** Lists. Every function takes any slice and gives a new `[]interface {}`. */
import { GoInt, GoSlice } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { compareText } from '../yaml/mod.ts';
import { SprigError } from './errors.ts';
import { any, count, fn, strings, text } from './function.ts';
import type { SprigFunction, SprigFunctions } from './function.ts';
import { toInt64 } from './numbers.ts';
import { deepEqual, isEmpty, itemsOf, kindOf, sprint, toText, typeOf } from './reflection.ts';

/** A function and its `must` twin, which differ in Go only by how they report. */
function pair(name: string, declared: SprigFunction): SprigFunctions {
  return { [name]: declared, [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`]: declared };
}

function need(value: GoValue | undefined, complaint: string): readonly GoValue[] {
  const list = any(value);
  if (list === null)
    throw new SprigError('runtime error: invalid memory address or nil pointer dereference');
  const items = itemsOf(list);
  if (items === undefined) throw new SprigError(`${complaint} ${kindOf(list)}`);
  return items;
}

/** A nil `[]interface {}`: JSON writes it as null. */
const nilList = new GoSlice('[]interface {}', [], true);

/** What Go makes of the rest of a list: nil when the list was empty. */
const orNil = (part: GoValue[], list: GoValue | undefined): GoValue =>
  itemsOf(any(list))?.length === 0 ? nilList : part;

const list = fn('...any', (items) => [...items]);
const append = fn('any any', ([items, item]) => [...need(items, 'Cannot push on type'), any(item)]);

export const listFunctions: SprigFunctions = {
  list,
  tuple: list,
  append,
  push: append,
  mustAppend: append,
  mustPush: append,
  ...pair(
    'prepend',
    fn('any any', ([items, item]) => [any(item), ...need(items, 'Cannot prepend on type')]),
  ),
  ...pair(
    'first',
    fn('any', ([items]) => any(need(items, 'Cannot find first on type')[0])),
  ),
  ...pair(
    'last',
    fn('any', ([items]) => any(need(items, 'Cannot find last on type').at(-1))),
  ),
  ...pair(
    'rest',
    fn('any', ([items]) => orNil(need(items, 'Cannot find rest on type').slice(1), items)),
  ),
  ...pair(
    'initial',
    fn('any', ([items]) => orNil(need(items, 'Cannot find initial on type').slice(0, -1), items)),
  ),
  ...pair(
    'reverse',
    fn('any', ([items]) => need(items, 'Cannot find reverse on type').toReversed()),
  ),
  ...pair(
    'compact',
    fn('any', ([items]) => need(items, 'Cannot compact on type').filter((item) => !isEmpty(item))),
  ),
  ...pair(
    'uniq',
    fn('any', ([items]) => uniq(need(items, 'Cannot find uniq on type'))),
  ),
  ...pair(
    'without',
    fn('any ...any', ([items, ...omit]) =>
      need(items, 'Cannot find without on type').filter((item) => !includes(omit, item)),
    ),
  ),
  ...pair(
    'has',
    fn(
      'any any',
      ([needle, items]) =>
        any(items) !== null && includes(need(items, 'Cannot find has on type'), any(needle)),
    ),
  ),
  ...pair(
    'slice',
    fn('any ...any', ([items, ...bounds]) => slice(any(items), bounds)),
  ),
  ...pair(
    'chunk',
    fn('int any', ([size, items]) => chunk(count(size), need(items, 'Cannot chunk type'))),
  ),
  concat: fn('...any', (lists) => {
    const all = lists.flatMap((item) => {
      if (item === null) return need(item, '');
      const items = itemsOf(item);
      if (items === undefined) throw new SprigError(`Cannot concat type ${kindOf(item)} as list`);
      return items;
    });
    return all.length === 0 ? nilList : all;
  }),
  sortAlpha: fn('any', ([items]) => {
    const value = any(items);
    return itemsOf(value) === undefined
      ? strings([toText(value)])
      : strings(toStrings(value).sort(compareText));
  }),
  toStrings: fn('any', ([items]) => {
    const list = any(items);
    return list instanceof GoSlice && list.goType === '[]string' ? list : strings(toStrings(list));
  }),
  join: fn('string any', ([separator, items]) => toStrings(any(items)).join(text(separator))),
};

/** Any list as texts, nil items left out; anything else as a list of one. */
export function toStrings(value: GoValue): string[] {
  if (value === null) return [];
  const items = itemsOf(value);
  return items === undefined ? [toText(value)] : items.filter((item) => item !== null).map(toText);
}

function includes(items: readonly GoValue[], wanted: GoValue): boolean {
  return items.some((item) => deepEqual(wanted, item));
}

function uniq(items: readonly GoValue[]): GoValue[] {
  const found: GoValue[] = [];
  const scalars = new Set<string>();
  for (const item of items) {
    const isScalar = item === null || typeof item !== 'object' || item instanceof GoInt;
    const key = `${typeOf(item)}:${isScalar ? sprint(item) : ''}`;
    if (isScalar ? scalars.has(key) : includes(found, item)) continue;
    if (isScalar && !Number.isNaN(item)) scalars.add(key);
    found.push(item);
  }
  return found;
}

function slice(value: GoValue, bounds: readonly GoValue[]): GoValue {
  const items = need(value, 'list should be type of slice or array but');
  if (items.length === 0) return null;
  const start = bounds.length > 0 ? Number(toInt64(any(bounds[0]))) : 0;
  const end = bounds.length > 1 ? Number(toInt64(any(bounds[1]))) : items.length;
  if (start < 0 || end < start || end > items.length) {
    throw new SprigError('reflect.Value.Slice: slice index out of bounds');
  }
  const part = items.slice(start, end);
  return value instanceof GoSlice ? new GoSlice(value.goType, part) : part;
}

function chunk(size: number, items: readonly GoValue[]): GoValue {
  // As Go computes it, which gives odd sizes a meaning too.
  const parts = Math.floor((items.length - 1) / size) + 1;
  if (!(parts >= 0 && Number.isFinite(parts)))
    throw new SprigError('runtime error: makeslice: len out of range');
  const chunks = Array.from({ length: parts }, (_, at): GoValue => {
    const rest = items.length % size;
    const length = at === parts - 1 && rest !== 0 ? rest : size;
    if (length < 0) throw new SprigError('runtime error: makeslice: len out of range');
    return items.slice(at * size, at * size + length);
  });
  return new GoSlice('[][]interface {}', chunks);
}
