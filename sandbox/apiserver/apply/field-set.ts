/**
 * Sets of field paths, as `metadata.managedFields` keeps them.
 *
 * Path elements are written as in FieldsV1: `f:name` a field, `k:{"name":"x"}` an element of a map list, `v:"x"` an
 * element of a set. `.` in FieldsV1 says that the path itself belongs to the set beside paths below it.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import { childType, elementType, isObject } from '../schema/type-node.ts';
import type { JsonObject, TypeNode } from '../schema/type-node.ts';

export interface FieldSet {
  readonly members: ReadonlySet<string>;
  readonly children: ReadonlyMap<string, FieldSet>;
}

/** A set that is being built. */
export class FieldSetBuilder implements FieldSet {
  readonly members = new Set<string>();
  readonly children = new Map<string, FieldSetBuilder>();

  add(path: readonly string[]): void {
    let node: FieldSetBuilder = this;
    path.forEach((element, i) => {
      if (i === path.length - 1) node.members.add(element);
      else node = node.below(element);
    });
  }

  below(element: string): FieldSetBuilder {
    const known = this.children.get(element);
    if (known !== undefined) return known;
    const built = new FieldSetBuilder();
    this.children.set(element, built);
    return built;
  }
}

export const emptySet: FieldSet = { members: new Set(), children: new Map() };

export function isEmpty(set: FieldSet): boolean {
  return set.members.size === 0 && [...set.children.values()].every(isEmpty);
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map(a.children);
  for (const [element, below] of b.children) {
    const mine = children.get(element);
    children.set(element, mine === undefined ? below : union(mine, below));
  }
  return { members: new Set([...a.members, ...b.members]), children };
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [element, below] of a.children) {
    const other = b.children.get(element);
    if (other === undefined) continue;
    const common = intersection(below, other);
    if (!isEmpty(common)) children.set(element, common);
  }
  return { members: new Set([...a.members].filter((each) => b.members.has(each))), children };
}

export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [element, below] of a.children) {
    const other = b.children.get(element);
    const rest = other === undefined ? below : difference(below, other);
    if (!isEmpty(rest)) children.set(element, rest);
  }
  return { members: new Set([...a.members].filter((each) => !b.members.has(each))), children };
}

/** Takes away the paths of `b` and everything below them. */
export function differenceBelow(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [element, below] of a.children) {
    if (b.members.has(element)) continue;
    const other = b.children.get(element);
    const rest = other === undefined ? below : differenceBelow(below, other);
    if (!isEmpty(rest)) children.set(element, rest);
  }
  return { members: new Set([...a.members].filter((each) => !b.members.has(each))), children };
}

export function sameSet(a: FieldSet, b: FieldSet): boolean {
  return isEmpty(difference(a, b)) && isEmpty(difference(b, a));
}

/** Adds the structs on the way to a path, so that removing all their fields removes them. */
export function withNamedFields(set: FieldSet, type: TypeNode): FieldSet {
  const members = new Set(set.members);
  const children = new Map<string, FieldSet>();
  for (const [element, below] of set.children) {
    const name = element.slice(2);
    if (element.startsWith('f:') && type.field?.(name) !== undefined) members.add(element);
    const next = element.startsWith('f:') ? childType(type, name) : elementType(type);
    children.set(element, withNamedFields(below, next));
  }
  return { members, children };
}

/** Every path of the set, parents before what lies below them. */
export function pathsOf(set: FieldSet, prefix: readonly string[] = []): string[][] {
  const found: string[][] = [];
  for (const element of [...set.members].sort()) found.push([...prefix, element]);
  for (const element of [...set.children.keys()].sort()) {
    const below = set.children.get(element);
    if (below !== undefined) found.push(...pathsOf(below, [...prefix, element]));
  }
  return found;
}

export function setOf(paths: readonly (readonly string[])[]): FieldSet {
  const built = new FieldSetBuilder();
  for (const path of paths) built.add(path);
  return built;
}

export function toFieldsV1(set: FieldSet): JsonObject {
  const fields: JsonObject = {};
  for (const element of [...new Set([...set.members, ...set.children.keys()])].sort()) {
    const below = set.children.get(element);
    const written = below === undefined ? {} : toFieldsV1(below);
    const own = set.members.has(element) && Object.keys(written).length > 0;
    fields[element] = own ? { '.': {}, ...written } : written;
  }
  return fields;
}

/** Unknown path elements are left out, as the API server does with entries it cannot read. */
export function fromFieldsV1(fields: unknown): FieldSet {
  const built = new FieldSetBuilder();
  read(fields, built);
  return built;
}

function read(fields: unknown, into: FieldSetBuilder): void {
  if (!isObject(fields)) return;
  for (const [element, below] of Object.entries(fields)) {
    if (!/^[fkvi]:/.test(element) || !isObject(below)) continue;
    const keys = Object.keys(below);
    if (keys.length === 0 || Object.hasOwn(below, '.')) into.members.add(element);
    if (keys.some((key) => key !== '.')) read(below, into.below(element));
  }
}

/** `.spec.template.spec.containers[name="app"].image`, as conflict messages write it. */
export function formatPath(path: readonly string[]): string {
  return path
    .map((element) => {
      const rest = element.slice(2);
      if (element.startsWith('f:')) return `.${rest}`;
      if (element.startsWith('k:')) return `[${formatKey(rest)}]`;
      return element.startsWith('v:') ? `[=${rest}]` : `[${rest}]`;
    })
    .join('');
}

function formatKey(json: string): string {
  const key: unknown = JSON.parse(json);
  if (!isObject(key)) return json;
  return Object.entries(key)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',');
}
