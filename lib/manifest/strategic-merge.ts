/** Applies patches to objects: strategic merge for built-in kinds, JSON merge (RFC 7386) for all others. Pure. */
import { mergeField, mergeTypeOf } from '../objects/mod.ts';
import type { KubeObject, MergeField } from '../objects/mod.ts';
import { isRecord } from '../runtime/mod.ts';

type Json = Readonly<Record<string, unknown>>;

/** @returns a new object; neither argument is changed */
export function applyPatchTo(object: KubeObject, patch: Json): KubeObject {
  const type = mergeTypeOf(object.apiVersion, object.kind);
  const merged = type === undefined ? mergeJson(object, patch) : mergeObject(object, patch, type);
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, metadata, ...(isRecord(merged) ? merged : {}) };
}

function mergeJson(before: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: Record<string, unknown> = isRecord(before) ? { ...before } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergeJson(merged[key], value);
  }
  return merged;
}

const orderPrefix = '$setElementOrder/';
const removePrefix = '$deleteFromPrimitiveList/';

function mergeObject(before: Json, patch: Json, type: string | undefined): Json {
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  if (patch.$patch === 'delete') return {};
  const merged: Record<string, unknown> = { ...before };
  const retained = patch.$retainKeys;
  if (Array.isArray(retained))
    for (const key of Object.keys(merged)) if (!retained.includes(key)) delete merged[key];
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (value === null) delete merged[key];
    else merged[key] = mergeValue(merged[key], value, mergeField(type, key));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!Array.isArray(value)) continue;
    const [removeFrom, order] = [after(key, removePrefix), after(key, orderPrefix)];
    const list = merged[removeFrom ?? order ?? ''];
    if (!Array.isArray(list)) continue;
    if (removeFrom !== undefined) merged[removeFrom] = list.filter((item) => !value.includes(item));
    else if (order !== undefined)
      merged[order] = inOrder(list, value, mergeField(type, order)?.patchMergeKey);
  }
  return merged;
}

const after = (key: string, prefix: string): string | undefined =>
  key.startsWith(prefix) ? key.slice(prefix.length) : undefined;

function mergeValue(before: unknown, patch: unknown, field: MergeField | undefined): unknown {
  const replaces = field?.strategies.includes('replace') === true;
  if (isRecord(patch)) {
    if (!isRecord(before) || replaces) return withoutDirectives(patch);
    if (field?.shape !== 'map') return mergeObject(before, patch, field?.type);
    const element: MergeField = { ...field, shape: 'object' };
    const merged: Record<string, unknown> = { ...before };
    for (const [key, value] of Object.entries(patch)) {
      if (value === null) delete merged[key];
      else merged[key] = mergeValue(merged[key], value, element);
    }
    return merged;
  }
  if (!Array.isArray(patch)) return patch;
  const merges = field?.strategies.includes('merge') === true;
  if (!Array.isArray(before) || !merges) return cleanList(patch);
  if (patch.some((item) => isRecord(item) && item.$patch === 'replace')) return cleanList(patch);
  const key = field.patchMergeKey;
  if (key === undefined) return [...new Set([...(before as unknown[]), ...(patch as unknown[])])];
  return mergeList(before, patch, key, field.type);
}

function mergeList(
  before: readonly unknown[],
  patch: readonly unknown[],
  key: string,
  type: string | undefined,
): unknown[] {
  const merged = [...before];
  for (const item of patch) {
    if (!isRecord(item)) continue;
    const at = merged.findIndex((known) => isRecord(known) && known[key] === item[key]);
    const known = merged[at];
    if (item.$patch === 'delete') {
      if (at >= 0) merged.splice(at, 1);
    } else if (isRecord(known)) merged[at] = mergeObject(known, item, type);
    else merged.push(withoutDirectives(item));
  }
  return merged;
}

/** Items that are named come in the named order; each other one stays behind the item it followed. */
function inOrder(
  list: readonly unknown[],
  order: readonly unknown[],
  key: string | undefined,
): unknown[] {
  const idOf = (item: unknown): unknown => (key !== undefined && isRecord(item) ? item[key] : item);
  const rank = new Map(order.map((item, at) => [idOf(item), at]));
  let last = -1;
  return list
    .map((item, at) => {
      last = rank.get(idOf(item)) ?? last;
      return { item, at, rank: last };
    })
    .sort((a, b) => a.rank - b.rank || a.at - b.at)
    .map(({ item }) => item);
}

const cleanList = (list: readonly unknown[]): unknown[] =>
  list
    .filter((item) => !isRecord(item) || item.$patch === undefined)
    .map((item) => (isRecord(item) ? withoutDirectives(item) : item));

/** What a patch makes of nothing. */
function withoutDirectives(patch: Json): Json {
  return Object.fromEntries(
    Object.entries(patch)
      .filter(([key, value]) => !key.startsWith('$') && value !== null)
      .map(([key, value]) => [
        key,
        Array.isArray(value)
          ? cleanList(value)
          : isRecord(value)
            ? withoutDirectives(value)
            : value,
      ]),
  );
}
