/** JSON patches (RFC 6902) with the liberties and messages of evanphx/json-patch 4.12: `replace` also adds, indexes may be negative. */
import { parseJson, parseJsonMap, writeJson, YamlError } from '../helm/yaml/mod.ts';
import type { GoMap, GoValue } from '../helm/values/mod.ts';
import { nodeOf, toJson } from './decode.ts';
import { failure } from './errors.ts';
import { yamlValue } from './kustomization.ts';
import type { YNode } from './node.ts';

export type JsonPatch = readonly GoMap[];

/** Reads a patch, in JSON when it begins with a bracket, otherwise in YAML. @throws KustomizeError for what is none */
export function readJsonPatch(text: string): JsonPatch {
  const value = text.startsWith('[') ? readJson(text) : yamlValue(text);
  if (value === null) return [];
  if (!Array.isArray(value)) {
    throw failure(
      `json: cannot unmarshal ${value instanceof Map ? 'object' : typeof value} into Go value of type jsonpatch.Patch`,
    );
  }
  return value.map((item) => {
    if (item instanceof Map) return item;
    const kind = Array.isArray(item) ? 'array' : typeof item;
    throw failure(`json: cannot unmarshal ${kind} into Go value of type jsonpatch.Operation`);
  });
}

function readJson(text: string): GoValue {
  try {
    return parseJson(text);
  } catch (thrown) {
    if (!(thrown instanceof YamlError)) throw thrown;
    throw failure(thrown.message);
  }
}

/** Applies a patch to an object, in place; its keys are sorted and its numbers floats afterwards. */
export function applyJsonPatch(object: YNode, patch: JsonPatch): void {
  let document: GoValue = parseJsonMap(toJson(object));
  for (const operation of patch) document = apply(document, operation);
  if (!(document instanceof Map)) {
    throw failure(
      `json: cannot unmarshal ${Array.isArray(document) ? 'array' : 'string'} into Go value of type map[string]interface {}`,
    );
  }
  object.become(nodeOf(document));
}

function apply(document: GoValue, operation: GoMap): GoValue {
  const kind = operation.get('op');
  switch (kind) {
    case 'add':
      add(document, pathOf(operation, 'add'), copyOf(valueOf(operation)));
      return document;
    case 'remove':
      remove(document, pathOf(operation, 'remove'));
      return document;
    case 'replace':
      return replace(document, pathOf(operation, 'replace'), copyOf(valueOf(operation)));
    case 'move':
      move(document, operation);
      return document;
    case 'copy':
      copy(document, operation);
      return document;
    case 'test':
      test(document, pathOf(operation, 'test'), valueOf(operation));
      return document;
    default:
      throw failure(`Unexpected kind: ${typeof kind === 'string' ? kind : 'unknown'}`);
  }
}

function valueOf(operation: GoMap): GoValue {
  return operation.get('value') ?? null;
}

function copyOf(value: GoValue): GoValue {
  return parseJson(writeJson(value));
}

function pathOf(operation: GoMap, name: string): string {
  const path = operation.get('path');
  if (typeof path === 'string') return path;
  const reason =
    name === 'add' || name === 'remove' || name === 'copy'
      ? 'missing value'
      : 'operation missing path field: missing value';
  throw failure(`${name} operation failed to decode path: ${reason}`);
}

function fromOf(operation: GoMap, name: string): string {
  const from = operation.get('from');
  if (typeof from === 'string') return from;
  throw failure(
    `${name} operation failed to decode from: operation, missing from field: missing value`,
  );
}

interface Target {
  container: GoMap | GoValue[];
  key: string;
}

/** The container of what a path names; undefined when there is none. */
function find(document: GoValue, path: string): Target | undefined {
  const parts = path.split('/');
  if (parts.length < 2) return undefined;
  const keys = parts.slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const key = keys.pop() ?? '';
  let container = document;
  for (const each of keys) {
    if (!isContainer(container)) return undefined;
    const next: GoValue | undefined = Array.isArray(container)
      ? container[indexIn(container, each) ?? -1]
      : container.get(each);
    if (next === undefined) return undefined;
    container = next;
  }
  return isContainer(container) ? { container, key } : undefined;
}

function isContainer(value: GoValue): value is GoMap | GoValue[] {
  return Array.isArray(value) || value instanceof Map;
}

function indexIn(list: readonly GoValue[], key: string): number | undefined {
  if (!/^[-+]?\d+$/.test(key)) return undefined;
  const index = Number(key) < 0 ? Number(key) + list.length : Number(key);
  return index >= 0 && index < list.length ? index : undefined;
}

function add(document: GoValue, path: string, value: GoValue): void {
  const target = find(document, path);
  if (target === undefined) {
    throw failure(`add operation does not apply: doc is missing path: "${path}": missing value`);
  }
  addTo(target, value, `error in add for path: '${path}'`);
}

function addTo({ container, key }: Target, value: GoValue, prefix: string): void {
  if (container instanceof Map) {
    container.set(key, value);
    return;
  }
  if (key === '-') {
    container.push(value);
    return;
  }
  if (!/^[-+]?\d+$/.test(key)) {
    throw failure(
      `${prefix}: value was not a proper array index: '${key}': strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`,
    );
  }
  const size = container.length + 1;
  const index = Number(key) < 0 ? Number(key) + size : Number(key);
  if (index < 0 || index >= size) {
    throw failure(
      `${prefix}: Unable to access invalid index: ${Number(key)}: invalid index referenced`,
    );
  }
  container.splice(index, 0, value);
}

function remove(document: GoValue, path: string): void {
  const target = find(document, path);
  if (target === undefined) {
    throw failure(`remove operation does not apply: doc is missing path: "${path}": missing value`);
  }
  removeFrom(target, `error in remove for path: '${path}'`);
}

function removeFrom({ container, key }: Target, prefix: string): void {
  if (Array.isArray(container)) {
    container.splice(prefixedIndex(container, key, prefix), 1);
    return;
  }
  if (!container.has(key)) {
    throw failure(`${prefix}: Unable to remove nonexistent key: ${key}: missing value`);
  }
  container.delete(key);
}

function prefixedIndex(list: readonly GoValue[], key: string, prefix: string): number {
  const index = indexIn(list, key);
  if (index !== undefined) return index;
  const problem = /^[-+]?\d+$/.test(key)
    ? `Unable to access invalid index: ${Number(key)}: invalid index referenced`
    : `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
  throw failure(`${prefix}: ${problem}`);
}

function replace(document: GoValue, path: string, value: GoValue): GoValue {
  if (path === '') return value;
  const target = find(document, path);
  if (target === undefined) {
    throw failure(`replace operation does not apply: doc is missing path: ${path}: missing value`);
  }
  const { container, key } = target;
  if (container instanceof Map) container.set(key, value);
  else {
    const index = indexIn(container, key);
    if (index === undefined) {
      throw failure(`replace operation does not apply: doc is missing key: ${path}: missing value`);
    }
    container[index] = value;
  }
  return document;
}

function move(document: GoValue, operation: GoMap): void {
  const from = fromOf(operation, 'move');
  const source = find(document, from);
  if (source === undefined) {
    throw failure(
      `move operation does not apply: doc is missing from path: ${from}: missing value`,
    );
  }
  const { container, key } = source;
  const value = Array.isArray(container)
    ? (container[prefixedIndex(container, key, `error in move for path: '${key}'`)] ?? null)
    : (container.get(key) ?? null);
  removeFrom(source, `error in move for path: '${key}'`);
  const path = pathOf(operation, 'move');
  const target = find(document, path);
  if (target === undefined) {
    throw failure(
      `move operation does not apply: doc is missing destination path: ${path}: missing value`,
    );
  }
  addTo(target, value, `error in move for path: '${path}'`);
}

function copy(document: GoValue, operation: GoMap): void {
  const from = fromOf(operation, 'copy');
  const source = find(document, from);
  if (source === undefined) {
    throw failure(
      `copy operation does not apply: doc is missing from path: ${from}: missing value`,
    );
  }
  const { container, key } = source;
  const value = Array.isArray(container)
    ? (container[prefixedIndex(container, key, `error in copy for from: '${from}'`)] ?? null)
    : (container.get(key) ?? null);
  const path = pathOf(operation, 'copy');
  const target = find(document, path);
  if (target === undefined) {
    throw failure(
      `copy operation does not apply: doc is missing destination path: ${path}: missing value`,
    );
  }
  addTo(target, copyOf(value), 'error while adding value during copy');
}

function test(document: GoValue, path: string, wanted: GoValue): void {
  const target = path === '' ? undefined : find(document, path);
  if (path !== '' && target === undefined) {
    throw failure(`test operation does not apply: is missing path: ${path}: missing value`);
  }
  let found: GoValue = document;
  if (target !== undefined) {
    const { container, key } = target;
    found = Array.isArray(container)
      ? (container[prefixedIndex(container, key, `error in test for path: '${path}'`)] ?? null)
      : (container.get(key) ?? null);
  }
  if (writeJson(found) !== writeJson(wanted)) {
    throw failure(`testing value ${path} failed: test failed`);
  }
}
