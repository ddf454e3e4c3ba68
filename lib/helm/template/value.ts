/** What Go's reflect says of a value: its type, its items, whether it is true. */
import { compareText, GoInt, GoObject, GoSlice, GoTypedMap, nilBytes } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { GoComplex } from './complex.ts';
import type { Struct } from './function.ts';

/** As `%T` prints it. */
export function typeOf(value: GoValue): string {
  if (value === null) return '<nil>';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return 'float64';
    default:
  }
  if (value instanceof GoInt) return value.kind;
  if (value instanceof Uint8Array) return '[]uint8';
  if (Array.isArray(value)) return '[]interface {}';
  return value instanceof Map ? 'map[string]interface {}' : value.goType;
}

/** The items of any slice; `undefined` when it is none. */
export function itemsOf(value: GoValue): readonly GoValue[] | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof GoSlice) return value.items;
  if (value instanceof Uint8Array)
    return [...value].map((byte) => new GoInt('uint8', BigInt(byte)));
  return undefined;
}

/** The entries of any map; `undefined` when it is none. */
export function entriesOf(value: GoValue): GoMap | undefined {
  if (value instanceof Map) return value;
  return value instanceof GoTypedMap ? value.entries : undefined;
}

/** Names and values of a struct's fields in Go's order. */
export function fieldsOf(value: GoValue): readonly (readonly [string, GoValue])[] | undefined {
  if (!(value instanceof GoObject)) return undefined;
  const struct: Struct = value;
  return struct.goFields?.();
}

/** Whether the elements of a collection are `interface {}`, as against strings, numbers or bytes. */
export function holdsInterfaces(value: GoValue): boolean {
  if (Array.isArray(value) || value instanceof Map) return true;
  return (
    ((value instanceof GoSlice || value instanceof GoTypedMap) &&
      /^(\[\]|map\[[^\]]*\])interface \{\}$/.test(value.goType)) ||
    (value instanceof GoTypedMap && value.goType === 'chartutil.Values')
  );
}

/** What a key that is not in a map gives: the zero value of its elements. */
export function zeroElement(map: GoValue): GoValue {
  if (!(map instanceof GoTypedMap)) return null;
  const element = map.goType.replace(/^map\[[^\]]*\]/, '');
  if (map.goType === 'engine.files') return nilBytes;
  if (element === 'string') return '';
  if (element === 'bool') return false;
  if (element === 'float64') return 0;
  return element === 'int' ? GoInt.int(0) : null;
}

export function sortedKeys(entries: GoMap): string[] {
  return [...entries.keys()].sort(compareText);
}

/** Go template truth: zero values and empty collections are false, structs are true. */
export function isTrue(value: GoValue): boolean {
  if (value === null || value === false || value === '' || value === 0) return false;
  if (typeof value !== 'object') return true;
  if (value instanceof GoInt) return value.value !== 0n;
  if (value instanceof GoComplex) return value.real !== 0 || value.imaginary !== 0;
  const entries = entriesOf(value);
  if (entries !== undefined) return entries.size > 0;
  const items = itemsOf(value);
  return items === undefined || items.length > 0;
}
