/** Places in objects that a transformer writes to, and the walk that finds them. */
import { failure, within } from './errors.ts';
import { getField, lookup, lookupCreate, splitPath } from './fields.ts';
import { fieldOf, isNull, Tag, valueOf } from './node.ts';
import type { NodeKind, YNode } from './node.ts';
import { isSelected, printId, splitApiVersion } from './resource-id.ts';
import type { Gvk } from './resource-id.ts';

export interface FieldSpec extends Gvk {
  /** Names with slashes; lists on the way are gone through without a part of their own. */
  path: string;
  /** What is missing of the path is made. */
  create: boolean;
}

/** What is done at a place, and what is made when nothing is there. */
export interface FieldAction {
  set: (node: YNode) => void;
  createKind?: NodeKind;
  createTag?: string;
}

/** Type and names of an object, however broken. */
export function identityOf(object: YNode): Gvk & { name: string; namespace: string } {
  const metadata = fieldOf(object, 'metadata');
  return {
    ...splitApiVersion(valueOf(object, 'apiVersion')?.value ?? ''),
    kind: valueOf(object, 'kind')?.value ?? '',
    name: fieldOf(metadata, 'name')?.value ?? '',
    namespace: fieldOf(metadata, 'namespace')?.value ?? '',
  };
}

/** Does an action at every place of an object that a list of specs names. */
export function applySpecs(object: YNode, specs: readonly FieldSpec[], action: FieldAction): void {
  for (const spec of specs) applySpec(object, spec, action);
}

export function applySpec(object: YNode, spec: FieldSpec, action: FieldAction): void {
  const identity = identityOf(object);
  if (!isSelected(identity, spec)) return;
  const path = pathOf(spec);
  within(
    () => `considering field '${spec.path}' of object ${printId(identity)}`,
    () => walk(object, path, 0, spec.create, action),
  );
}

const paths = new Map<string, readonly string[]>();

/** Split once per path; there are a few hundred. */
function pathOf({ path }: FieldSpec): readonly string[] {
  let parts = paths.get(path);
  if (parts === undefined) {
    parts = splitPath(path, '/');
    if (paths.size < 5000) paths.set(path, parts);
  }
  return parts;
}

function walk(
  node: YNode,
  path: readonly string[],
  at: number,
  create: boolean,
  action: FieldAction,
): void {
  if (at >= path.length) {
    action.set(node);
    return;
  }
  if (isNull(node)) return;
  if (node.kind === 'seq') {
    within(
      () => `visit traversal on path: [${path.slice(at).join(' ')}]`,
      () => {
        for (const item of [...node.content]) walk(item, path, at, create, action);
      },
    );
  } else if (node.kind === 'map') walkField(node, path, at, create, action);
  else throw failure('expected sequence or mapping node');
}

function walkField(
  node: YNode,
  path: readonly string[],
  at: number,
  create: boolean,
  action: FieldAction,
): void {
  const part = path[at] ?? '';
  const isList = part.endsWith('[]');
  const name = isList ? part.slice(0, -2) : part;
  if (name === '') throw failure('cannot set or create an empty field name');
  const { createKind } = action;
  const isLast = at === path.length - 1;
  const made = create && createKind !== undefined && !isList;
  const kind: NodeKind = isLast ? (createKind ?? 'scalar') : 'map';
  const field = within(`fieldName: ${name}`, () =>
    made ? lookupCreate(node, kind, [name]) : lookupName(node, name),
  );
  if (field === undefined) return;
  if (isNull(field) && (made || isList)) {
    field.kind = made ? kind : 'seq';
    field.tag = made ? (isLast ? (action.createTag ?? '') : Tag.map) : '';
  }
  walk(field, path, at + 1, create, action);
}

/** A name is cleaned as parts of paths are; an index reads nothing here. */
function lookupName(node: YNode, name: string): YNode | undefined {
  return /^[-+]?[0-9]+$|^-$|^\*$|^\[.*\]$/.test(name)
    ? lookup(node, [name])
    : getField(node, name.trim());
}

/** Adds a spec unless one that it covers has the same path. @throws KustomizeError when only `create` differs */
export function mergeSpec(list: readonly FieldSpec[], spec: FieldSpec): readonly FieldSpec[] {
  const same = list.find((each) => isSelected(each, spec) && each.path === spec.path);
  if (same === undefined) return [...list, spec];
  if (same.create !== spec.create) throw failure('conflicting fieldspecs');
  return list;
}

export function mergeSpecs(
  list: readonly FieldSpec[],
  more: readonly FieldSpec[],
): readonly FieldSpec[] {
  return more.reduce(mergeSpec, list);
}
