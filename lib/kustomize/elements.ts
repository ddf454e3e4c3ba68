/** Elements of associative lists: found, replaced and taken away by the values of their keys. */
import { demandKind, getField, itemsOf } from './fields.ts';
import { fieldOf, isEmpty, isEmptyMap, isMissingOrNull, textOf, valueOf } from './node.ts';
import type { YNode } from './node.ts';

/**
 * Puts an element in the place of each one that has the same values of the keys, or at the end; without an element they
 * are taken away. The single key `''` compares scalars.
 */
export function setElement(
  list: YNode,
  element: YNode | undefined,
  keys: readonly string[],
  values: readonly string[],
): void {
  demandKind(list, 'seq');
  const wanted = keys.length === 0 ? [''] : keys;
  const byField = (wanted[0] ?? '') !== '' && (values[0] ?? '') !== '';
  const kept: YNode[] = [];
  let replaced = false;
  for (const item of list.content) {
    if (isEmptyMap(item)) continue;
    if (item.kind !== 'map' && byField) {
      kept.push(item);
      continue;
    }
    if (!hasValues(item, wanted, values)) {
      if (values.length > 0) kept.push(item);
      continue;
    }
    replaced = true;
    if (element !== undefined) kept.push(element);
  }
  list.content = kept;
  if (!replaced && element !== undefined && !isMissingOrNull(element)) list.content.push(element);
}

function hasValues(item: YNode, keys: readonly string[], values: readonly string[]): boolean {
  let found: YNode | undefined;
  for (const [at, key] of keys.entries()) {
    if (at < values.length) found = matchField(item, key, values[at] ?? '');
    if (found === undefined) return false;
  }
  return true;
}

/** A field with a value; any value when none is asked for. */
function matchField(item: YNode, name: string, value: string): YNode | undefined {
  if (name === '') {
    demandKind(item, 'scalar');
    return textOf(item) === value ? item : undefined;
  }
  const found = getField(item, name);
  return value === '' || found?.value === value ? found : undefined;
}

/** The first element whose fields have exactly these texts. */
export function elementWith(
  list: YNode,
  keys: readonly string[],
  values: readonly string[],
): YNode | undefined {
  if (list.kind !== 'seq') return undefined;
  if (keys.length === 0 || keys[0] === '') {
    return list.content.find((item) => item.value === (values[0] ?? ''));
  }
  if (keys.length !== values.length) return undefined;
  return list.content.find(
    (item) =>
      item.kind === 'map' && keys.every((key, at) => valueOf(item, key)?.value === values[at]),
  );
}

/** The first element that has a field. */
export function elementHaving(list: YNode, key: string): YNode | undefined {
  return itemsOf(list).find((item) => item.kind === 'map' && valueOf(item, key) !== undefined);
}

/** Texts of the keys in each element; empty where one is missing. */
export function keyTexts(list: YNode, keys: readonly string[]): string[][] {
  demandKind(list, 'seq');
  return list.content.map((item) =>
    keys.map((key) => {
      const value = fieldOf(item, key);
      return value === undefined || isEmpty(value) ? '' : value.value;
    }),
  );
}
