/** One view of a field's type for built-in kinds and custom kinds: what apply, pruning and checks walk along. */

import { isObject } from '../../json.ts';
import type { JsonObject } from '../../json.ts';

export type Scalar =
  | 'string'
  | 'int32'
  | 'int64'
  | 'number'
  | 'boolean'
  | 'time'
  | 'microTime'
  | 'quantity'
  | 'intOrString'
  | 'bytes';

export interface TypeNode {
  /** `any`: no knowledge; its value decides, lists are atomic. */
  shape: 'object' | 'map' | 'list' | 'scalar' | 'any';
  /** Go type or JSON type, for messages. */
  name: string;
  /** Name of a built-in type with its package: `core.v1.PodSpec`. */
  path?: string;
  scalar?: Scalar;
  /** `object`: the type of a known field. */
  field?: (name: string) => TypeNode | undefined;
  /** `object`: the known fields in the order of the document. */
  fieldNames?: () => readonly string[];
  required?: readonly string[];
  /** Of a list or map; of an object, the type of the fields that `field` does not know (absent: unknown fields are errors). */
  element?: TypeNode;
  listType?: 'atomic' | 'set' | 'map';
  listMapKeys?: readonly string[];
  /** Values that identify an element when it leaves the key out (`protocol: TCP`). */
  keyDefaults?: Readonly<Record<string, unknown>>;
  /** Owned and replaced as a whole by server-side apply. */
  atomic?: boolean;
  strategies?: readonly ('merge' | 'replace' | 'retainKeys')[];
  patchMergeKey?: string;
}

export const anyType: TypeNode = { shape: 'any', name: 'any' };

/** The type below `node` at a field; `any` where nothing is known. */
export function childType(node: TypeNode, field: string): TypeNode {
  return node.field?.(field) ?? node.element ?? anyType;
}

export function elementType(node: TypeNode): TypeNode {
  return node.element ?? anyType;
}

export { isObject };
export type { JsonObject };

/** Equality of JSON values; the order of fields does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((each, i) => sameJson(each, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}
