/** Strategic merge of a patch into an object (kyaml `merge2` and `walk`): new elements of lists come first. */
import { elementHaving, elementWith, keyTexts, setElement } from './elements.ts';
import { failure } from './errors.ts';
import { clearField, demandKind, getField, namesOf, setField } from './fields.ts';
import {
  fieldOf,
  isEmptyMap,
  isMissingOrNull,
  isNull,
  scalar,
  Tag,
  textOf,
  valueOf,
  YNode,
} from './node.ts';
import type { NodeKind } from './node.ts';
import { printed } from './print.ts';
import type { Schema, Schemas } from './schema.ts';

interface Pair {
  dest: YNode | undefined;
  patch: YNode | undefined;
}

/** Nulls that stand in the object, not in the patch, stay. */
const keptNulls = new WeakSet<YNode>();

/**
 * Merges a patch into an object; both are changed.
 *
 * @returns the object, or undefined when the patch deletes it
 * @throws KustomizeError when a field is a list here and a mapping there
 */
export function strategicMerge(patch: YNode, object: YNode, schemas: Schemas): YNode | undefined {
  return walk({ dest: object, patch }, undefined, schemas, []);
}

function walk(
  pair: Pair,
  known: Schema | undefined,
  schemas: Schemas,
  path: readonly string[],
): YNode | undefined {
  const schema = known ?? schemaByMeta(pair, schemas);
  const kind = kindOf(pair);
  for (const each of [pair.dest, pair.patch]) {
    if (kind !== undefined && kind !== 'none') demandKind(each, kind);
  }
  switch (kind) {
    case undefined:
    case 'none':
    case 'map':
      return walkMap(pair, schema, schemas, path);
    case 'seq':
      return schema?.merges === true
        ? walkList(pair, schema, schemas, path)
        : (pair.patch ?? pair.dest);
    case 'scalar':
      return pair.patch ?? pair.dest;
    case 'alias':
      return undefined;
  }
}

function kindOf({ dest, patch }: Pair): NodeKind | undefined {
  if (!isMissingOrNull(dest)) return (dest as YNode).kind;
  if (!isMissingOrNull(patch)) return (patch as YNode).kind;
  return undefined;
}

/** An object inside of something unknown is known by its own kind. */
function schemaByMeta({ dest, patch }: Pair, schemas: Schemas): Schema | undefined {
  for (const each of [dest, patch]) {
    const kind = textOf(fieldOf(each, 'kind'));
    const apiVersion = textOf(fieldOf(each, 'apiVersion'));
    const schema = kind === '' || apiVersion === '' ? undefined : schemas.ofKind(apiVersion, kind);
    if (schema !== undefined) return schema;
  }
  return undefined;
}

function walkMap(
  pair: Pair,
  schema: Schema | undefined,
  schemas: Schemas,
  path: readonly string[],
): YNode | undefined {
  const { patch } = pair;
  takeStyle(pair);
  const dest = mapToFill(pair);
  if (dest === undefined) return undefined;
  const names = new Set<string>();
  for (const each of [dest, patch]) {
    if (each !== undefined && !isNull(each)) for (const name of namesOf(each)) names.add(name);
  }
  for (const name of [...names].sort(compareBytes)) {
    const below = { dest: fieldOf(dest, name), patch: fieldOf(patch, name) };
    const value = walk(below, schema?.field(name), schemas, [...path, name]);
    const key = patch?.content.find((each, at) => at % 2 === 0 && each.value === name);
    setField(dest, name, value, {
      keepNull: value !== undefined && keptNulls.has(value),
      ...(value === below.patch && key !== undefined ? { keyStyle: key.style } : {}),
    });
  }
  return dest;
}

function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** An empty collection is written as that of the patch. */
function takeStyle({ dest, patch }: Pair): void {
  if (dest === undefined || patch === undefined) return;
  if (dest.kind !== 'scalar' && dest.content.length === 0) dest.style = patch.style;
}

/** The mapping into which the fields go, undefined when it is to be taken away. */
function mapToFill({ dest, patch }: Pair): YNode | undefined {
  if (isMissingOrNull(dest)) {
    const had: YNode | undefined = dest;
    if (patch !== undefined && directiveOf(patch, true) === 'delete') return undefined;
    if (patch === undefined && had !== undefined && (had as YNode).value !== '') {
      const kept = scalar((had as YNode).value, Tag.null);
      keptNulls.add(kept);
      return kept;
    }
    return patch;
  }
  if (isNull(patch)) return undefined;
  switch (directiveOf(patch, false)) {
    case 'delete':
      return undefined;
    case 'replace':
      return patch;
    case 'merge':
      return dest;
  }
}

type Directive = 'merge' | 'replace' | 'delete';

function isDirective(text: string): text is Directive {
  return text === 'merge' || text === 'replace' || text === 'delete';
}

/** What `$patch` says; it is taken out of the patch. */
function directiveOf(patch: YNode | undefined, lenient: boolean): Directive {
  if (patch === undefined) return 'merge';
  if (patch.kind === 'map') {
    const node = getField(patch, '$patch');
    if (node === undefined) return 'merge';
    if (isDirective(node.value)) {
      clearField(patch, '$patch');
      return node.value;
    }
    if (lenient) return 'merge';
    throw failure(`unknown patch strategy '${node.value}'`);
  }
  if (patch.kind === 'seq') {
    const item = elementHaving(patch, '$patch');
    const node =
      item === undefined || item.content.length > 2 ? undefined : valueOf(item, '$patch');
    if (node === undefined) return 'merge';
    if (!isDirective(node.value)) throw failure(`unknown patch strategy '${node.value}'`);
    setElement(patch, undefined, ['$patch'], [node.value]);
    return node.value;
  }
  if (lenient) return 'merge';
  throw failure(
    `no implemented strategic merge patch strategy for '${patch.tag}' ('${printed(patch)}')`,
  );
}

function walkList(
  pair: Pair,
  schema: Schema,
  schemas: Schemas,
  path: readonly string[],
): YNode | undefined {
  takeStyle(pair);
  const dest = listToFill(pair);
  if (dest === undefined) return undefined;
  const lists = { dest, patch: pair.patch };
  const { keys } = schema;
  const values = keys.length > 0 ? keyedValues(lists, keys) : [];
  if (keys.length > 0) return mergeElements(lists, values, keys, schema, schemas, path);
  return mergeElements(lists, plainValues(lists), [''], schema, schemas, path);
}

function listToFill({ dest, patch }: Pair): YNode | undefined {
  if (isMissingOrNull(dest)) return patch;
  if (isNull(patch)) return undefined;
  switch (directiveOf(patch, false)) {
    case 'delete':
      return undefined;
    case 'replace':
      return patch;
    case 'merge':
      return dest;
  }
}

/** Values of the keys, each combination once, those of the patch first. */
function keyedValues({ dest, patch }: Pair, keys: readonly string[]): string[][] {
  const found: string[][] = [];
  const seen = new Set<string>();
  for (const list of [patch, dest]) {
    if (list === undefined) continue;
    for (const values of keyTexts(list, keys)) {
      const id = JSON.stringify(values);
      if (seen.has(id)) continue;
      seen.add(id);
      found.push(values);
    }
  }
  return found;
}

function plainValues({ dest, patch }: Pair): string[][] {
  const seen = new Set<string>();
  for (const list of [patch, dest]) for (const item of list?.content ?? []) seen.add(item.value);
  return [...seen].map((value) => [value]);
}

function mergeElements(
  lists: { dest: YNode; patch: YNode | undefined },
  found: string[][],
  keys: readonly string[],
  schema: Schema,
  schemas: Schemas,
  path: readonly string[],
): YNode | undefined {
  const { dest, patch } = lists;
  const added = new YNode('seq');
  const list = keys.length > 1 ? joinValues(found) : found;
  let usedKeys: readonly string[] = [];
  for (const values of list) {
    if (values.length === 0) continue;
    const used = usefulKeys(list, values, keys);
    usedKeys = used.keys;
    const element = walk(
      { dest: elementFor(dest, used), patch: patch && elementFor(patch, used) },
      schema.elements(),
      schemas,
      path,
    );
    if (isEmptyMap(element)) {
      if (used.keys.length > 0) setElement(dest, undefined, used.keys, used.values);
      if (used.keys.length > 0) continue;
    }
    for (const [at, key] of used.keys.entries()) {
      const value = used.values[at] ?? '';
      if (element !== undefined && fieldOf(element, key) === undefined && value !== '') {
        setKey(element, key, value);
      }
    }
    setElement(added, element, used.keys, used.values);
  }
  if (list.length === 0) return dest;
  return appendElements(added, dest, usedKeys);
}

function setKey(element: YNode, key: string, value: string): void {
  if (key !== '') {
    setField(element, key, scalar(value));
    return;
  }
  demandKind(element, 'scalar');
  element.become(scalar(value, '', element.style));
}

interface Keyed {
  keys: readonly string[];
  values: readonly string[];
}

function elementFor(list: YNode, wanted: Keyed): YNode | undefined {
  const { keys, values } = usefulKeys([wanted.values], wanted.values, wanted.keys);
  return elementWith(list, keys, values);
}

/** Keys that no element has are left out, unless all of them are. */
function usefulKeys(
  list: readonly (readonly string[])[],
  values: readonly string[],
  keys: readonly string[],
): Keyed {
  const useful = new Set<string>();
  for (const each of list) {
    for (const [at, value] of each.entries()) if (value !== '') useful.add(keys[at] ?? '');
  }
  if (useful.size === 0) return { keys, values };
  return {
    keys: keys.filter((key) => useful.has(key)),
    values: values.filter((value, at) => value !== '' || useful.has(keys[at] ?? '')),
  };
}

/** Elements that agree where both say something are one: `[80, '']` is `[80, 'TCP']`. */
function joinValues(list: string[][]): string[][] {
  for (let i = 0; i < list.length; i++) {
    // The first values are those from before the round, as in the original's range loop.
    const first = list[i] ?? [];
    for (let j = 0; j < list.length; j++) {
      const joined = joined2(first, list[j] ?? []);
      if (joined === undefined) continue;
      list[i] = joined;
      list[j] = joined;
    }
  }
  return list;
}

function joined2(a: readonly string[], b: readonly string[]): string[] | undefined {
  if (a.length !== b.length) return undefined;
  let common = false;
  const result: string[] = [];
  for (const [at, value] of a.entries()) {
    const other = b[at] ?? '';
    if (value === other) common = true;
    else if (value !== '' && other !== '') return undefined;
    result.push(value !== '' ? value : other);
  }
  return common ? result : undefined;
}

/** Elements of the object behind those of the patch; those that are in both take the place that the patch gives. */
function appendElements(added: YNode, dest: YNode, keys: readonly string[]): YNode {
  for (const item of [...dest.content]) {
    if (keys[0] === '') {
      setElement(added, item, [''], [item.value]);
      continue;
    }
    const values: string[] = [];
    for (const key of keys) {
      const value = getField(item, key);
      if (value === undefined) added.content.push(item);
      else values.push(value.value);
    }
    if (keys.length > 1) setElement(added, undefined, keys, values);
    setElement(added, item, keys, values);
  }
  return added;
}
