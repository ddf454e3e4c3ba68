/** Reading and writing fields of nodes, with the quirks of kyaml 0.20.1 (`yaml/fns.go`) that show in the output. */
import { failure } from './errors.ts';
import { eachField, indexOfKey, isNull, isString, scalar, Style, valueOf, YNode } from './node.ts';
import type { NodeKind } from './node.ts';
import { printed } from './print.ts';
import { isOldNonString } from './scalar.ts';

const kindNames: Readonly<Record<NodeKind, string>> = {
  none: '',
  scalar: 'ScalarNode',
  map: 'MappingNode',
  seq: 'SequenceNode',
  alias: 'AliasNode',
};

/** @throws KustomizeError unless the node is of a kind, or missing or null */
export function demandKind(node: YNode | undefined, kind: NodeKind): void {
  if (node === undefined || isNull(node) || node.kind === kind) return;
  throw failure(
    `wrong node kind: expected ${kindNames[kind]} but got ${kindNames[node.kind]}: node contents:\n${printed(node)}`,
  );
}

/** Value of a field of a mapping; undefined below what is missing or null. @throws KustomizeError below anything else */
export function getField(node: YNode | undefined, name: string): YNode | undefined {
  if (node === undefined || isNull(node)) return undefined;
  demandKind(node, 'map');
  return valueOf(node, name);
}

/** Items of a sequence. */
export function itemsOf(node: YNode): YNode[] {
  demandKind(node, 'seq');
  return node.content;
}

/** A list index of a path: `[name=value]`. */
export function isListIndex(part: string): boolean {
  return part.startsWith('[') && part.endsWith(']');
}

export function isIndex(part: string): boolean {
  return /^\+?[0-9]+$/.test(part);
}

/** `[name=value]` as its two halves. */
export function splitListIndex(part: string): [name: string, value: string] {
  const text = part.slice(part.startsWith('[') ? 1 : 0, part.endsWith(']') ? -1 : undefined);
  const equals = text.indexOf('=');
  if (equals < 0) {
    throw failure('list path element must contain fieldName=fieldValue for element to match');
  }
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** The node at a path; undefined when a part of it is missing. */
export function lookup(node: YNode | undefined, path: readonly string[]): YNode | undefined {
  return walk(node, path, undefined);
}

/** The node at a path; what is missing is made, the last part of the given kind. Nothing is made below null. */
export function lookupCreate(
  node: YNode,
  kind: NodeKind,
  path: readonly string[],
): YNode | undefined {
  return walk(node, path, kind);
}

function walk(
  start: YNode | undefined,
  path: readonly string[],
  create: NodeKind | undefined,
): YNode | undefined {
  const parts = path.map((part) => part.trim()).filter((part) => part !== '');
  let node = start;
  for (const [at, part] of parts.entries()) {
    if (node === undefined) return undefined;
    node = step(node, part, parts[at + 1] ?? '', create);
  }
  return node;
}

function step(
  node: YNode,
  part: string,
  next: string,
  create: NodeKind | undefined,
): YNode | undefined {
  if (/^[-+]?[0-9]+$/.test(part)) {
    const index = Number(part);
    if (index < 0) throw failure(`array index ${index} cannot be negative`);
    return itemsOf(node)[index];
  }
  if (part === '-') return itemsOf(node).at(-1);
  if (part === '*') throw failure('wildcard is not supported in PathGetter');
  if (isListIndex(part)) return elementAt(node, part, create);
  if (isNull(node)) return undefined;
  const found = getField(node, part);
  if (found !== undefined || create === undefined) return found;
  return setField(node, part, new YNode(kindOfPart(next, create)));
}

function elementAt(node: YNode, part: string, create: NodeKind | undefined): YNode | undefined {
  const [name, value] = splitListIndex(part);
  for (const item of itemsOf(node)) {
    if (name === '' ? item.value === value : matches(item, name, value)) return item;
  }
  if (create === undefined) return undefined;
  let item = scalar(value);
  if (name !== '') {
    item = new YNode('map');
    item.content = [scalar(name), scalar(value)];
  }
  node.content.push(item);
  return item;
}

function matches(item: YNode, name: string, value: string): boolean {
  return item.kind === 'map' && valueOf(item, name)?.value === value;
}

/** What a missing part of a path becomes, by the part behind it. */
export function kindOfPart(next: string, last: NodeKind): NodeKind {
  if (isListIndex(next) || isIndex(next)) return 'seq';
  return next === '' ? last : 'map';
}

export interface SetOptions {
  /** A null is written instead of taking the field away. */
  keepNull?: boolean;
  /** How the key is written when it is new. */
  keyStyle?: number;
}

/**
 * Sets a field. An existing value keeps its place and gives its style (its quotes) to the new one; undefined and null
 * take the field away.
 *
 * @returns the node that is in the field afterwards
 */
export function setField(
  node: YNode,
  name: string,
  value: YNode | undefined,
  options: SetOptions = {},
): YNode | undefined {
  if (value === undefined || (isNull(value) && options.keepNull !== true)) {
    return clearField(node, name);
  }
  quoteOldNonString(value);
  const found = getField(node, name);
  if (found !== undefined) {
    value.style = found.style;
    found.become(value);
    return found;
  }
  node.content.push(scalar(name, '', options.keyStyle ?? Style.plain), value);
  return value;
}

/** Sets the text of a scalar; it keeps its style. */
export function setScalar(node: YNode, value: YNode): void {
  quoteOldNonString(value);
  demandKind(node, 'scalar');
  if (isNull(value)) return;
  value.style = node.style;
  node.become(value);
}

/** yaml/v3 would not quote `yes`; other readers need the quotes. */
function quoteOldNonString(value: YNode): void {
  if (isString(value) && value.style === Style.plain && isOldNonString(value.value)) {
    value.style = Style.double;
  }
}

/** Sets a key with its value as they are. */
export function setEntry(node: YNode, key: YNode, value: YNode): void {
  const at = indexOfKey(node, key.value);
  if (at < 0) node.content.push(key, value);
  else {
    node.content[at] = key;
    node.content[at + 1] = value;
  }
}

/** Takes a field away; returns what was in it. */
export function clearField(node: YNode | undefined, name: string): YNode | undefined {
  if (node === undefined) return undefined;
  demandKind(node, 'map');
  const at = indexOfKey(node, name);
  if (at < 0) return undefined;
  const removed = node.content[at + 1];
  node.content = [...node.content.slice(0, at), ...node.content.slice(at + 2)];
  return removed;
}

/** Sets the text at a path of names; the parents are made. */
export function setText(node: YNode, value: string, ...path: string[]): void {
  const parent = lookupCreate(node, 'map', path.slice(0, -1));
  const name = path.at(-1);
  if (parent !== undefined && name !== undefined) setField(parent, name, scalar(value));
}

/** Names of the fields of a mapping, in order. */
export function namesOf(node: YNode): string[] {
  demandKind(node, 'map');
  const names: string[] = [];
  eachField(node, (key) => names.push(key.value));
  return names;
}

/** Parts of a path; `\` in front of the separator makes it part of a name. */
export function splitPath(path: string, separator: string): string[] {
  const parts = path.split(separator);
  if (parts.length > 1 && parts[0] === '') parts.shift();
  const result: string[] = [parts[0] ?? ''];
  for (const part of parts.slice(1)) {
    const last = result.at(-1) ?? '';
    if (last.endsWith('\\')) result[result.length - 1] = last.slice(0, -1) + separator + part;
    else result.push(part);
  }
  return result;
}

/** As {@link splitPath}, and brackets hold separators together: `[app.kubernetes.io/name]`, `[name=a.b]`. */
export function splitBracketPath(path: string, separator: string): string[] {
  const parts = splitPath(path, separator);
  const result: string[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] ?? '';
    if (!part.startsWith('[') || part.endsWith(']')) {
      result.push(part);
      continue;
    }
    const group = [part];
    while (at < parts.length - 1) {
      at += 1;
      group.push(parts[at] ?? '');
      if (group.at(-1)?.endsWith(']') === true) break;
    }
    const joined = group.join(separator);
    result.push(joined.includes('=') ? joined : joined.replaceAll(/^[[\]]+|[[\]]+$/g, ''));
  }
  return result;
}
