/** Values into typed structures as encoding/json does it: the first problem is told in its words, after everything was read. */
import { GoInt } from '../helm/values/mod.ts';
import type { GoMap, GoValue } from '../helm/values/mod.ts';
import { failure } from './errors.ts';

/** A structure as a value, without what is empty: what the original prints of it. */
export function valueOfStruct(item: unknown): GoValue {
  if (item === undefined || item === null) return null;
  if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') {
    return item;
  }
  if (Array.isArray(item)) return item.map(valueOfStruct);
  const entries = item instanceof Map ? [...item] : Object.entries(item);
  const map: GoMap = new Map();
  for (const [key, each] of entries) {
    if (item instanceof Map || !isZero(each)) map.set(String(key), valueOfStruct(each));
  }
  return map;
}

function isZero(item: unknown): boolean {
  return (
    item === undefined ||
    item === '' ||
    item === 0 ||
    item === false ||
    (Array.isArray(item) && item.length === 0) ||
    (item instanceof Map && item.size === 0)
  );
}

/** Where a value stands, and what went wrong so far. */
export interface Place {
  strict: boolean;
  problems: string[];
  /** Name of the Go structure, path of fields from the top. */
  struct: string;
  path: readonly string[];
}

export interface Decoder<T> {
  /** As Go prints the type. */
  goType: string;
  zero: () => T;
  read: (value: GoValue, place: Place) => T;
}

export type Decoded<D> = D extends Decoder<infer T> ? T : never;

/** Decodes a whole value. @throws KustomizeError with the first problem */
export function decodeStruct<T>(value: GoValue, decoder: Decoder<T>, strict: boolean): T {
  const place: Place = { strict, problems: [], struct: '', path: [] };
  const result = value === null ? decoder.zero() : decoder.read(value, place);
  const [problem] = place.problems;
  if (problem !== undefined) throw failure(problem);
  return result;
}

function mismatch(value: GoValue, goType: string, place: Place): void {
  const at =
    place.path.length === 0
      ? `Go value of type ${goType}`
      : `Go struct field ${place.struct}.${place.path.join('.')} of type ${goType}`;
  place.problems.push(`json: cannot unmarshal ${nameOf(value)} into ${at}`);
}

function nameOf(value: GoValue): string {
  if (value instanceof Map) return 'object';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'number' || value instanceof GoInt ? 'number' : 'string';
}

export const text: Decoder<string> = {
  goType: 'string',
  zero: () => '',
  read(value, place) {
    if (typeof value === 'string') return value;
    mismatch(value, 'string', place);
    return '';
  },
};

export const flag: Decoder<boolean> = {
  goType: 'bool',
  zero: () => false,
  read(value, place) {
    if (typeof value === 'boolean') return value;
    mismatch(value, 'bool', place);
    return false;
  },
};

export const integer = (goType: 'int' | 'int64'): Decoder<number> => ({
  goType,
  zero: () => 0,
  read(value, place) {
    const number = value instanceof GoInt ? Number(value.value) : value;
    if (typeof number === 'number' && Number.isInteger(number)) return number;
    mismatch(value, goType, place);
    return 0;
  },
});

/** Anything; what it means is somebody else's business. */
export const anything: Decoder<GoValue> = {
  goType: 'interface {}',
  zero: () => null,
  read: (value) => value,
};

/** Undefined when absent, null or not a list. */
export function list<T>(item: Decoder<T>): Decoder<T[] | undefined> {
  const goType = `[]${item.goType}`;
  return {
    goType,
    zero: () => undefined,
    read(value, place) {
      if (Array.isArray(value)) {
        return value.map((each) => (each === null ? item.zero() : item.read(each, place)));
      }
      mismatch(value, goType, place);
      return undefined;
    },
  };
}

export function mapOf<T>(item: Decoder<T>): Decoder<Map<string, T> | undefined> {
  const goType = `map[string]${item.goType}`;
  return {
    goType,
    zero: () => undefined,
    read(value, place) {
      if (!(value instanceof Map)) {
        mismatch(value, goType, place);
        return undefined;
      }
      const result = new Map<string, T>();
      for (const [key, each] of value) {
        result.set(key, each === null ? item.zero() : item.read(each, place));
      }
      return result;
    },
  };
}

function within(place: Place, key: string, struct = place.struct): Place {
  return { ...place, struct, path: [...place.path, key] };
}

/** A pointer: undefined when absent or null. */
export function optional<T>(item: Decoder<T>): Decoder<T | undefined> {
  return {
    goType: `*${item.goType}`,
    zero: () => undefined,
    read: (value, place) => item.read(value, place),
  };
}

type Fields = Readonly<Record<string, Decoder<unknown>>>;
export type Struct<F extends Fields> = { [K in keyof F]: Decoded<F[K]> };

/**
 * A structure; keys are matched in any case, as Go does.
 *
 * @param name with its package, for example `types.Kustomization`
 */
export function struct<const F extends Fields>(name: string, fields: F): Decoder<Struct<F>> {
  const folded = new Map(Object.keys(fields).map((key) => [key.toLowerCase(), key]));
  const zero = (): Struct<F> => {
    const result: Record<string, unknown> = {};
    for (const [key, decoder] of Object.entries(fields)) result[key] = decoder.zero();
    return result as Struct<F>;
  };
  const fill = (value: GoMap, place: Place): Struct<F> => {
    const result: Record<string, unknown> = zero();
    const short = name.slice(name.lastIndexOf('.') + 1);
    for (const key of [...value.keys()].sort()) {
      const field = Object.hasOwn(fields, key) ? key : folded.get(key.toLowerCase());
      const decoder = field === undefined ? undefined : fields[field];
      if (field === undefined || decoder === undefined) {
        if (place.strict) place.problems.push(`json: unknown field ${JSON.stringify(key)}`);
        continue;
      }
      const each = value.get(key) ?? null;
      if (each === null) continue;
      result[field] = decoder.read(each, within(place, field, short));
    }
    return result as Struct<F>;
  };
  return {
    goType: name,
    zero,
    read(value, place) {
      if (value instanceof Map) return fill(value, place);
      mismatch(value, name, place);
      return zero();
    },
  };
}
