/** The path element of an element of a list. */
import { Fault } from '../../../lib/runtime/mod.ts';
import { isObject } from '../schema/type-node.ts';
import type { JsonObject, TypeNode } from '../schema/type-node.ts';

/** @throws Fault `InvalidListItem` for an element of a map list that lacks its keys */
export function listItemElement(type: TypeNode, item: unknown): string {
  if (type.listType !== 'map') return `v:${JSON.stringify(item)}`;
  const keys = type.listMapKeys ?? [];
  if (!isObject(item)) {
    throw new Fault(
      'InvalidListItem',
      'stall',
      'list',
      "associative list without keys has an element that's a map type",
    );
  }
  const key: JsonObject = {};
  for (const name of [...keys].sort()) {
    const value = item[name] ?? type.keyDefaults?.[name];
    if (value !== undefined && value !== null) key[name] = value;
  }
  if (Object.keys(key).length === 0) {
    throw new Fault(
      'InvalidListItem',
      'stall',
      'list',
      `associative list with keys has an element that omits all key fields ${JSON.stringify(keys).replaceAll('","', '" "')} (and doesn't have default values for any key fields)`,
    );
  }
  return `k:${JSON.stringify(key)}`;
}

/** True where elements of a list have an identity of their own. */
export function isAssociative(type: TypeNode): boolean {
  return type.shape === 'list' && (type.listType === 'map' || type.listType === 'set');
}
