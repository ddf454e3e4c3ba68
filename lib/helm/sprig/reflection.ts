/** What Go's reflect and fmt say of a value: type, kind, text, equality, emptiness. */
import { GoInt, GoSlice, GoTypedMap, isNil, textOfBytes } from '../values/mod.ts';
import type { GoObject, GoValue } from '../values/mod.ts';
import { entriesOf, fieldsOf, isTrue, itemsOf, sprintValue, typeOf } from '../template/mod.ts';

export { entriesOf, fieldsOf, itemsOf, typeOf };

/** Engine-side values of named types may say what kind they are. */
interface Kinded {
  goKind: string;
}

/** As `reflect.Kind` prints it; `invalid` for nil. */
export function kindOf(value: GoValue): string {
  if (value === null) return 'invalid';
  if (value instanceof Uint8Array || Array.isArray(value)) return 'slice';
  if (value instanceof Map) return 'map';
  if (typeof value !== 'object' || value instanceof GoInt) return typeOf(value);
  if (isKinded(value)) return value.goKind;
  if (value instanceof GoSlice) return 'slice';
  if (value instanceof GoTypedMap) return 'map';
  if (value.goType.startsWith('*')) return 'ptr';
  return value.goType.startsWith('func') ? 'func' : 'struct';
}

function isKinded(value: GoObject): value is GoObject & Kinded {
  return 'goKind' in value && typeof value.goKind === 'string';
}

/** As `%v` prints it. */
export const sprint = sprintValue;

/** sprig's `toString`: bytes become text, everything else prints as `%v`. */
export function toText(value: GoValue): string {
  return value instanceof Uint8Array ? textOfBytes(value) : sprint(value);
}

/** `reflect.DeepEqual`: types must agree too. */
export function deepEqual(a: GoValue, b: GoValue): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof GoInt) return b instanceof GoInt && a.kind === b.kind && a.value === b.value;
  if (typeOf(a) !== typeOf(b)) return false;
  if (isNil(a) !== isNil(b)) return false;
  const [left, right] = [itemsOf(a), itemsOf(b)];
  if (left !== undefined && right !== undefined) {
    return (
      left.length === right.length && left.every((item, i) => deepEqual(item, right[i] ?? null))
    );
  }
  const x = a instanceof GoTypedMap ? a.entries : a;
  const y = b instanceof GoTypedMap ? b.entries : b;
  if (!(x instanceof Map) || !(y instanceof Map)) return false;
  if (x.size !== y.size) return false;
  for (const [key, item] of x) {
    const other = y.get(key);
    if (other === undefined || !deepEqual(item, other)) return false;
  }
  return true;
}

/** sprig's `empty`: nil, zero, false, and collections without items. */
export function isEmpty(value: GoValue): boolean {
  if (value === null || value === false || value === '' || value === 0) return true;
  if (typeof value !== 'object') return false;
  if (value instanceof GoInt) return value.value === 0n;
  if (value instanceof Map) return value.size === 0;
  if (value instanceof GoTypedMap) return value.entries.size === 0;
  if (kindOf(value) === 'complex128') return !isTrue(value);
  const items = itemsOf(value);
  return items !== undefined && items.length === 0;
}
