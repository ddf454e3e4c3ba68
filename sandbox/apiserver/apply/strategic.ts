/**
 * Applies a strategic merge patch.
 *
 * Directives: `$patch: replace | delete | merge`, `$retainKeys`, `$setElementOrder/FIELD`, `$deleteFromPrimitiveList/FIELD`;
 * null removes. Lists merge by the patchMergeKey of their field, or by value for primitives.
 */
import { Fault } from '../../../lib/runtime/mod.ts';
import { childType, elementType, isObject, sameJson } from '../schema/type-node.ts';
import type { JsonObject, TypeNode } from '../schema/type-node.ts';

const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';

/** The patched object; the arguments stay as they are. @throws Fault `InvalidPatch` */
export function applyStrategicPatch(
  original: JsonObject,
  patch: JsonObject,
  type: TypeNode,
): JsonObject {
  const directive = patch['$patch'];
  if (directive === 'replace') return cleanObject(patch);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') {
    throw invalid(`Unrecognized patch type: ${JSON.stringify(directive)}`);
  }
  const result: JsonObject = { ...original };
  const retain = patch['$retainKeys'];
  if (Array.isArray(retain)) {
    for (const key of Object.keys(result)) if (!retain.includes(key)) delete result[key];
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$patch' || key === '$retainKeys' || key.startsWith(orderPrefix)) continue;
    if (key.startsWith(deletePrefix)) {
      const field = key.slice(deletePrefix.length);
      const list = result[field];
      if (Array.isArray(list) && Array.isArray(value)) {
        result[field] = list.filter((each) => !value.some((gone) => sameJson(gone, each)));
      }
      continue;
    }
    if (value === null) {
      delete result[key];
      continue;
    }
    const before = result[key];
    const fieldType = childType(type, key);
    if (before === undefined || before === null) {
      result[key] = withoutDirectives(value);
    } else if (isObject(before) && isObject(value)) {
      result[key] = applyStrategicPatch(before, value, fieldType);
    } else if (Array.isArray(before) && Array.isArray(value)) {
      result[key] = mergeLists(before, value, fieldType);
    } else {
      result[key] = withoutDirectives(value);
    }
  }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(orderPrefix) || !Array.isArray(order)) continue;
    const field = key.slice(orderPrefix.length);
    const merged = result[field];
    const before = original[field];
    if (!Array.isArray(merged)) continue;
    const mergeKey = childType(type, field).patchMergeKey;
    result[field] = reorder(merged, Array.isArray(before) ? before : [], order, mergeKey);
  }
  return result;
}

function mergeLists(before: unknown[], patch: unknown[], type: TypeNode): unknown[] {
  if (type.strategies?.includes('merge') !== true) {
    return patch.map(withoutDirectives);
  }
  const replaces = patch.some((each) => isObject(each) && each['$patch'] === 'replace');
  if (replaces) {
    return patch
      .filter((each) => !isObject(each) || each['$patch'] === undefined)
      .map(withoutDirectives);
  }
  const mergeKey = type.patchMergeKey;
  let merged = [...before];
  for (const item of patch) {
    if (!isObject(item)) {
      if (!merged.some((each) => sameJson(each, item))) merged.push(item);
      continue;
    }
    if (mergeKey === undefined) {
      merged.push(withoutDirectives(item));
      continue;
    }
    const key = item[mergeKey];
    if (key === undefined) {
      throw invalid(
        `map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`,
      );
    }
    const matches = (each: unknown) => isObject(each) && sameJson(each[mergeKey], key);
    if (item['$patch'] === 'delete') {
      merged = merged.filter((each) => !matches(each));
      continue;
    }
    const at = merged.findIndex(matches);
    const existing = merged[at];
    if (at < 0 || !isObject(existing)) merged.push(withoutDirectives(item));
    else merged[at] = applyStrategicPatch(existing, item, elementType(type));
  }
  const named = patch.filter((each) => !isObject(each) || each['$patch'] !== 'delete');
  return reorder(merged, before, named, mergeKey);
}

/** Elements named by `order` in that order; the others keep their place relative to what they stood before. */
function reorder(
  merged: unknown[],
  before: unknown[],
  order: unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const identity = (each: unknown): string =>
    JSON.stringify(mergeKey !== undefined && isObject(each) ? each[mergeKey] : each);
  const rank = new Map(order.map((each, i) => [identity(each), i]));
  const position = new Map(before.map((each, i) => [identity(each), i]));
  const ordered = merged
    .filter((each) => rank.has(identity(each)))
    .sort((a, b) => (rank.get(identity(a)) ?? 0) - (rank.get(identity(b)) ?? 0));
  const others = merged.filter((each) => !rank.has(identity(each)));
  const result: unknown[] = [];
  for (const each of ordered) {
    const place = position.get(identity(each));
    for (let first = others[0]; first !== undefined && place !== undefined; first = others[0]) {
      if ((position.get(identity(first)) ?? Infinity) > place) break;
      result.push(first);
      others.shift();
    }
    result.push(each);
  }
  return [...result, ...others];
}

/** What a patch leaves where there was nothing: directives and nulls dropped. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .filter((each) => !isObject(each) || each['$patch'] !== 'delete')
      .map((each: unknown) => withoutDirectives(each));
  }
  return isObject(value) ? cleanObject(value) : value;
}

function cleanObject(object: JsonObject): JsonObject {
  const clean: JsonObject = {};
  for (const [key, child] of Object.entries(object)) {
    if (key === '$patch' || key === '$retainKeys' || child === null) continue;
    if (key.startsWith(orderPrefix) || key.startsWith(deletePrefix)) continue;
    clean[key] = withoutDirectives(child);
  }
  return clean;
}

function invalid(message: string): Fault {
  return new Fault('InvalidPatch', 'stall', 'patch', message);
}
