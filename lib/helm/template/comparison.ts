/** `eq`, `ne`, `lt`, `le`, `gt`, `ge` (text/template/funcs.go): which values compare, and what Go says of others. */
import { compareText, GoInt, GoObject, isNil } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { GoComplex } from './complex.ts';
import { problem } from './errors.ts';
import { sprintf } from './format.ts';
import type { Struct } from './function.ts';
import { entriesOf, itemsOf, typeOf } from './value.ts';

type Basic = 'bool' | 'int' | 'uint' | 'float' | 'string' | 'complex';

/** Integers of either sign compare with one another; every other pair must be of one kind. */
export function equal(a: GoValue, b: GoValue): boolean {
  const [left, right] = [basicKind(a), basicKind(b)];
  if (left !== right) {
    if (a instanceof GoInt && b instanceof GoInt) return a.value === b.value;
    return a === null || b === null ? false : incompatible(a, b);
  }
  if (left !== undefined) {
    if (a instanceof GoInt && b instanceof GoInt) return a.value === b.value;
    if (a instanceof GoComplex && b instanceof GoComplex)
      return a.real === b.real && a.imaginary === b.imaginary;
    return a === b;
  }
  if (a === null || b === null) return isNil(a) === isNil(b);
  if (shapeOf(a) !== shapeOf(b)) {
    return problem(sprintf('non-comparable types %s: %T, %T: %v', [a, a, b, b]));
  }
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b);
  if (!isComparable(b)) return problem(sprintf('non-comparable type %s: %T', [b, b]));
  return isSame(a, b);
}

/** Neither a map nor a slice nor a struct that holds one. */
function isComparable(value: GoValue): boolean {
  if (value === null || basicKind(value) !== undefined) return true;
  const shape = shapeOf(value);
  if (shape === 'struct') return partsOf(value).every(isComparable);
  return shape === 'pointer';
}

/** Go's `==`: structs by what they hold, pointers by where they point. */
function isSame(a: GoValue, b: GoValue): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeOf(a) !== typeOf(b)) return false;
  if (basicKind(a) !== undefined) return equal(a, b);
  if (shapeOf(a) !== 'struct') return false;
  const [left, right] = [partsOf(a), partsOf(b)];
  return left.length > 0 && left.every((part, at) => isSame(part, right[at] ?? null));
}

function partsOf(value: GoValue): GoValue[] {
  if (!(value instanceof GoObject)) return [];
  const struct: Struct = value;
  return (struct.goFields?.() ?? struct.goPrivateFields?.() ?? []).map(([, field]) => field);
}

export function less(a: GoValue, b: GoValue): boolean {
  const [left, right] = [basicKind(a), basicKind(b)];
  if (left === undefined || right === undefined) return problem('invalid type for comparison');
  if (a instanceof GoInt && b instanceof GoInt) return a.value < b.value;
  if (left !== right) return incompatible(a, b);
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b) < 0;
  return problem('invalid type for comparison');
}

export const lessOrEqual = (a: GoValue, b: GoValue): boolean => less(a, b) || equal(a, b);

function incompatible(a: GoValue, b: GoValue): never {
  return problem(`incompatible types for comparison: ${typeOf(a)} and ${typeOf(b)}`);
}

function shapeOf(value: GoValue): 'map' | 'slice' | 'struct' | 'pointer' {
  if (value instanceof GoObject && value.goType.startsWith('*')) return 'pointer';
  if (entriesOf(value) !== undefined) return 'map';
  return itemsOf(value) === undefined ? 'struct' : 'slice';
}

function basicKind(value: GoValue): Basic | undefined {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
      return 'float';
    case 'string':
      return 'string';
    default:
  }
  if (value instanceof GoInt) return value.kind.startsWith('u') ? 'uint' : 'int';
  return value instanceof GoComplex ? 'complex' : undefined;
}
