/** The fields of a value, and the fields in which two values differ. */
import { childType, elementType, isObject, sameJson } from '../schema/type-node.ts';
import type { JsonObject, TypeNode } from '../schema/type-node.ts';
import { FieldSetBuilder } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { isAssociative, listItemElement } from './list-item.ts';

/** The set that an applier of `value` owns. @throws Fault `InvalidListItem` */
export function fieldsOf(value: unknown, type: TypeNode): FieldSet {
  const built = new FieldSetBuilder();
  collect(value, type, [], built);
  return built;
}

function collect(value: unknown, type: TypeNode, path: string[], into: FieldSetBuilder): void {
  if (isGranularMap(value, type)) {
    for (const [name, child] of Object.entries(value)) {
      const below = [...path, `f:${name}`];
      collect(child, childType(type, name), below, into);
      const emptyMap = isObject(child) && Object.keys(child).length === 0;
      if (child === null || emptyMap || type.field?.(name) === undefined) into.add(below);
    }
    return;
  }
  if (Array.isArray(value) && isAssociative(type)) {
    for (const item of value) {
      const below = [...path, listItemElement(type, item)];
      collect(item, elementType(type), below, into);
      into.add(below);
    }
    return;
  }
  if (path.length > 0) into.add(path);
}

/** A map whose fields are owned one by one. */
export function isGranularMap(value: unknown, type: TypeNode): value is JsonObject {
  return (
    isObject(value) && type.atomic !== true && type.shape !== 'list' && type.shape !== 'scalar'
  );
}

export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/** What changes from `left` to `right`; `undefined` for a value that is not there. */
export function compare(left: unknown, right: unknown, type: TypeNode): Comparison {
  const found = {
    added: new FieldSetBuilder(),
    modified: new FieldSetBuilder(),
    removed: new FieldSetBuilder(),
  };
  walk(left, right, type, [], found);
  return found;
}

interface Found {
  added: FieldSetBuilder;
  modified: FieldSetBuilder;
  removed: FieldSetBuilder;
}

function walk(left: unknown, right: unknown, type: TypeNode, path: string[], found: Found): void {
  if (left === undefined && right === undefined) return;
  const both = (test: (value: unknown) => boolean) =>
    (left === undefined || left === null || test(left)) &&
    (right === undefined || right === null || test(right)) &&
    (hasContent(left) || hasContent(right));
  if (both((value) => isGranularMap(value, type))) {
    const l = isObject(left) ? left : {};
    const r = isObject(right) ? right : {};
    for (const name of new Set([...Object.keys(l), ...Object.keys(r)])) {
      walk(own(l, name), own(r, name), childType(type, name), [...path, `f:${name}`], found);
    }
  } else if (isAssociative(type) && both(Array.isArray)) {
    walkList(left, right, type, path, found);
  } else {
    if (path.length === 0) return;
    if (left !== undefined && right !== undefined) {
      if (!sameJson(left, right)) found.modified.add(path);
      return;
    }
  }
  if (path.length === 0) return;
  if (left === undefined) found.added.add(path);
  else if (right === undefined) found.removed.add(path);
}

function walkList(l: unknown, r: unknown, type: TypeNode, path: string[], found: Found): void {
  const left = byElement(l, type);
  const right = byElement(r, type);
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const before = left.get(element) ?? [];
    const after = right.get(element) ?? [];
    const below = [...path, element];
    if (before.length < 2 && after.length < 2) {
      walk(before[0], after[0], elementType(type), below, found);
    } else if (before.length === 0) {
      found.added.add(below);
    } else if (after.length === 0) {
      found.removed.add(below);
    } else if (!sameJson(before, after)) {
      found.modified.add(below);
    }
  }
}

function byElement(list: unknown, type: TypeNode): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  if (!Array.isArray(list)) return found;
  for (const item of list) {
    const element = listItemElement(type, item);
    const seen = found.get(element);
    if (seen === undefined) found.set(element, [item]);
    else seen.push(item);
  }
  return found;
}

function hasContent(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : isObject(value) && Object.keys(value).length > 0;
}

function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
