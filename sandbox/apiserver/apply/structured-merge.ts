/** Merging an applied configuration into an object, and removing fields by their paths. */
import { Fault } from '../../../lib/runtime/mod.ts';
import { childType, elementType, isObject } from '../schema/type-node.ts';
import type { JsonObject, TypeNode } from '../schema/type-node.ts';
import { formatPath } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { isGranularMap } from './fields-of.ts';
import { isAssociative, listItemElement } from './list-item.ts';

/** The live value with the configuration laid over it. Neither argument is changed. */
export function mergeValue(live: unknown, config: unknown, type: TypeNode): unknown {
  if (config === undefined) return live;
  if (live === undefined || live === null) return config;
  if (isGranularMap(live, type) && isGranularMap(config, type)) {
    const merged: JsonObject = { ...live };
    for (const [name, value] of Object.entries(config)) {
      merged[name] = mergeValue(live[name], value, childType(type, name));
    }
    return merged;
  }
  if (Array.isArray(live) && Array.isArray(config) && isAssociative(type)) {
    return mergeList(live, config, type);
  }
  return config;
}

/** Applied elements keep their order; live ones that are not applied stay in front of what followed them. */
function mergeList(live: unknown[], config: unknown[], type: TypeNode): unknown[] {
  const liveKeys = live.map((item) => listItemElement(type, item));
  const configKeys = config.map((item) => listItemElement(type, item));
  const applied = new Set(configKeys);
  const liveByKey = new Map(liveKeys.map((key, i) => [key, live[i]]));
  const merged: unknown[] = [];
  let next = 0;
  const keepUnapplied = () => {
    for (; next < live.length && !applied.has(liveKeys[next] ?? ''); next++)
      merged.push(live[next]);
  };
  config.forEach((item, i) => {
    const key = configKeys[i] ?? '';
    keepUnapplied();
    merged.push(mergeValue(liveByKey.get(key), item, elementType(type)));
    if (liveKeys[next] === key) next++;
  });
  for (; next < live.length; next++) {
    if (!applied.has(liveKeys[next] ?? '')) merged.push(live[next]);
  }
  return merged;
}

/** The value without the paths of a set; undefined when nothing is left of it. */
export function removeFields(value: unknown, remove: FieldSet, type: TypeNode): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0 || !isAssociative(type)) return undefined;
    const kept: unknown[] = [];
    for (const item of value) {
      const element = listItemElement(type, item);
      if (remove.members.has(element)) continue;
      const below = remove.children.get(element);
      kept.push(below === undefined ? item : removeFields(item, below, elementType(type)));
    }
    return kept.length === 0 ? undefined : kept;
  }
  if (!isObject(value)) return value;
  if (!isGranularMap(value, type)) return undefined;
  const kept: JsonObject = {};
  for (const [name, child] of Object.entries(value)) {
    const element = `f:${name}`;
    if (remove.members.has(element)) continue;
    const below = remove.children.get(element);
    const rest =
      below === undefined || isLeafSet(below)
        ? child
        : removeFields(child, below, childType(type, name));
    // What is emptied stays, as null, and nobody loses it; built-in objects drop it when they are written.
    kept[name] = rest ?? null;
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function isLeafSet(set: FieldSet): boolean {
  return set.members.size === 0 && set.children.size === 0;
}

/** @throws Fault `DuplicateListKey`, naming the path and the key */
export function refuseDuplicates(value: unknown, type: TypeNode, path: string[] = []): void {
  if (Array.isArray(value) && isAssociative(type)) {
    const seen = new Set<string>();
    for (const item of value) {
      const element = listItemElement(type, item);
      if (seen.has(element)) {
        throw new Fault(
          'DuplicateListKey',
          'stall',
          formatPath(path),
          `${formatPath(path)}: duplicate entries for key ${formatPath([element])}`,
        );
      }
      seen.add(element);
      refuseDuplicates(item, elementType(type), [...path, element]);
    }
  } else if (isGranularMap(value, type)) {
    for (const [name, child] of Object.entries(value)) {
      refuseDuplicates(child, childType(type, name), [...path, `f:${name}`]);
    }
  }
}
