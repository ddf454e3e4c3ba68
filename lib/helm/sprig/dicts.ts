/** Dictionaries. `set`, `unset` and the merges change the dictionary they are given. */
import { GoTypedMap, isNil } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { SprigError } from './errors.ts';
import { any, dict, fn, strings, text } from './function.ts';
import type { SprigFunctions } from './function.ts';
import { mergeInto, UnlikeError } from './merge.ts';
import { toText, typeOf } from './reflection.ts';
import { noVersion, SemverValue } from './semver.ts';

/** @param must says what does not fit together, where the others give an empty text */
const merging = (overwrite: boolean, must: boolean) =>
  fn('dict ...dict', ([target, ...sources]) => {
    const isNil = target instanceof GoTypedMap && sources.every((each) => !(each instanceof Map));
    if (isNil) return target;
    const into = dict(target);
    try {
      for (const source of sources) mergeInto(into, dict(source), overwrite);
    } catch (thrown) {
      if (must || !(thrown instanceof UnlikeError)) throw thrown;
      return '';
    }
    return into;
  });

const copy = fn('any', ([value]) => {
  if (any(value) !== null) return deepCopy(any(value));
  throw new SprigError('reflect: call of reflect.Value.Type on zero Value');
});

export const dictFunctions: SprigFunctions = {
  dict: fn('...any', (items) => {
    const made: GoMap = new Map();
    for (let i = 0; i < items.length; i += 2)
      made.set(toText(any(items[i])), i + 1 < items.length ? any(items[i + 1]) : '');
    return made;
  }),
  get: fn(
    'dict string',
    ([from, key]) => dict(from).get(text(key)) ?? (dict(from).has(text(key)) ? null : ''),
  ),
  set: fn('dict string any', ([into, key, value]) => {
    if (into instanceof GoTypedMap) throw new SprigError('assignment to entry in nil map');
    return dict(into).set(text(key), any(value));
  }),
  unset: fn('dict string', ([from, key]) => {
    dict(from).delete(text(key));
    // As it was given: a nil one stays nil.
    return any(from);
  }),
  hasKey: fn('dict string', ([from, key]) => dict(from).has(text(key))),
  pluck: fn('string ...dict', ([key, ...dicts]) =>
    dicts.filter((from) => dict(from).has(text(key))).map((from) => any(dict(from).get(text(key)))),
  ),
  keys: fn('...dict', (dicts) => strings(dicts.flatMap((from) => [...dict(from).keys()]))),
  values: fn('dict', ([from]) => [...dict(from).values()]),
  pick: fn('dict ...string', ([from, ...keys]) => {
    const picked: GoMap = new Map();
    for (const key of keys) {
      const value = dict(from).get(text(key));
      if (value !== undefined) picked.set(text(key), value);
    }
    return picked;
  }),
  omit: fn('dict ...string', ([from, ...keys]) => {
    const left: GoMap = new Map(dict(from));
    for (const key of keys) left.delete(text(key));
    return left;
  }),
  merge: merging(false, false),
  mustMerge: merging(false, true),
  mergeOverwrite: merging(true, false),
  mustMergeOverwrite: merging(true, true),
  deepCopy: copy,
  mustDeepCopy: copy,
  dig: fn('...any', (items) => dig(items)),
};

/** More values than any chart has; one that is held many times over is counted each time. */
const mostNodes = 2_000_000;

export function deepCopy(value: GoValue): GoValue {
  let nodes = 0;
  const copyEntries = (entries: GoMap): [string, GoValue][] =>
    [...entries].map(([key, item]) => [key, copyOf(item)]);
  const copyOf = (item: GoValue): GoValue => {
    nodes += 1;
    if (nodes > mostNodes) throw new SprigError(`more than ${mostNodes} values`);
    if (Array.isArray(item)) return item.map(copyOf);
    if (item instanceof Map) return new Map(copyEntries(item));
    if (item instanceof GoTypedMap && item.goType === 'chartutil.Values')
      return new GoTypedMap(item.goType, new Map(copyEntries(item.entries)));
    // What Go cannot see of a version is not copied.
    if (item instanceof SemverValue) return new SemverValue(noVersion);
    return item instanceof Uint8Array && !isNil(item) ? item.slice() : item;
  };
  return copyOf(value);
}

function dig(items: readonly GoValue[]): GoValue {
  if (items.length < 3) throw new SprigError('dig needs at least three arguments');
  const keys = items.slice(0, -2);
  let at = wanted(any(items.at(-1)));
  const names = keys.map((key) => {
    if (typeof key === 'string') return key;
    throw new SprigError(conversion(key, 'string'));
  });
  for (const [i, name] of names.entries()) {
    const next = at.get(name);
    if (next === undefined) return any(items.at(-2));
    if (i === names.length - 1) return next;
    at = wanted(next);
  }
  return at;
}

function wanted(value: GoValue): GoMap {
  const type = 'map[string]interface {}';
  if (value !== null && typeOf(value) === type) return dict(value);
  throw new SprigError(conversion(value, type));
}

function conversion(value: GoValue, type: string): string {
  const is = value === null ? 'nil' : typeOf(value);
  return `interface conversion: interface {} is ${is}, not ${type}`;
}
