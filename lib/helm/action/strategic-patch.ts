/**
 * Three-way merge patches: what to send so that a live object follows a change of its manifest.
 *
 * Strategic for built-in kinds (`strategicpatch.CreateThreeWayMergePatch` of apimachinery, overwriting), JSON merge for
 * the rest (RFC 7386, from manifest to manifest, as Helm does).
 */
import { mergeField, mergeTypeOf } from '../../objects/mod.ts';
import type { KubeObject, MergeField } from '../../objects/mod.ts';
import type { PatchType } from '../../kube/mod.ts';
import { HelmError } from '../chart/mod.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * @param before the object of the old manifest
 * @param after the object of the new one
 * @param live as the server has it
 * @param customThreeWay whether custom kinds follow the live object too
 * @returns `undefined` when there is nothing to change
 */
export function threeWayPatch(
  before: KubeObject,
  after: KubeObject,
  live: KubeObject,
  customThreeWay = false,
): { type: PatchType; patch: Json } | undefined {
  const type = mergeTypeOf(after.apiVersion, after.kind);
  const patch =
    type !== undefined
      ? mergeObjects(before, after, live, type)
      : customThreeWay
        ? mergeThreeWays(before, after, live)
        : mergeBetween(before, after);
  if (Object.keys(patch).length === 0) return undefined;
  return { type: type === undefined ? 'merge' : 'strategic', patch };
}

/** RFC 7386: the patch that turns one document into another. */
export function mergeBetween(before: Json, after: Json): Json {
  const patch: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(after)) {
    const old = before[key];
    if (isMap(value) && isMap(old)) {
      const inner = mergeBetween(old, value);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!(key in before) || !sameJson(old, value)) patch[key] = value;
  }
  for (const key of Object.keys(before)) if (!(key in after)) patch[key] = null;
  return patch;
}

/** What differs from the live object, and what the manifest no longer has (`jsonmergepatch`, three ways). */
function mergeThreeWays(before: Json, after: Json, live: Json): Json {
  const patch: Record<string, unknown> = {};
  for (const [key, wanted] of Object.entries(after)) {
    const [old, current] = [before[key], live[key]];
    if (isMap(wanted) && isMap(current)) {
      const inner = mergeThreeWays(isMap(old) ? old : {}, wanted, current);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!(key in live) || !sameJson(current, wanted)) patch[key] = wanted;
  }
  for (const key of Object.keys(before)) if (!(key in after)) patch[key] = null;
  return patch;
}

function mergeObjects(before: Json, after: Json, live: Json, type: string | undefined): Json {
  const patch: Record<string, unknown> = {};
  for (const [key, wanted] of Object.entries(after)) {
    const change = fieldChange(key, before[key], wanted, live[key], mergeField(type, key));
    if (change !== undefined) Object.assign(patch, change);
  }
  for (const key of Object.keys(before)) {
    if (!(key in after) && live[key] !== undefined && live[key] !== null) patch[key] = null;
  }
  return patch;
}

function fieldChange(
  key: string,
  before: unknown,
  wanted: unknown,
  live: unknown,
  field: MergeField | undefined,
): Json | undefined {
  if (wanted === null || wanted === undefined)
    return live === undefined || live === null ? undefined : { [key]: null };
  if (live === undefined || live === null) return { [key]: wanted };
  if (isMap(wanted) && isMap(live)) {
    const old = isMap(before) ? before : {};
    if (field?.strategies.includes('replace') === true) {
      return sameJson(wanted, live) ? undefined : { [key]: { ...wanted, $patch: 'replace' } };
    }
    // The elements of a map have the map's type each; the map itself has none.
    const inner =
      field?.shape === 'map'
        ? mergeMapOf(old, wanted, live, field)
        : mergeObjects(old, wanted, live, field?.type);
    if (field?.strategies.includes('retainKeys') === true) {
      const extra = Object.keys(live).some((name) => !(name in wanted));
      if (
        Object.keys(inner).length === 0 &&
        !(
          extra &&
          Object.keys(old).length > 0 &&
          !sameJson(Object.keys(old).sort(), Object.keys(wanted).sort())
        )
      ) {
        return undefined;
      }
      return { [key]: { ...inner, $retainKeys: Object.keys(wanted).sort() } };
    }
    return Object.keys(inner).length === 0 ? undefined : { [key]: inner };
  }
  if (Array.isArray(wanted) && Array.isArray(live)) {
    if (field?.strategies.includes('merge') !== true)
      return sameJson(wanted, live) ? undefined : { [key]: wanted };
    const old: unknown[] = Array.isArray(before) ? before : [];
    return field.patchMergeKey === undefined
      ? mergePrimitives(key, old, wanted, live)
      : mergeLists(key, old, wanted, live, field.patchMergeKey, field.type);
  }
  return sameJson(wanted, live) ? undefined : { [key]: wanted };
}

function mergeMapOf(before: Json, after: Json, live: Json, field: MergeField): Json {
  const patch: Record<string, unknown> = {};
  const element: MergeField = {
    shape: 'object',
    strategies: [],
    ...(field.type === undefined ? {} : { type: field.type }),
  };
  for (const [key, wanted] of Object.entries(after)) {
    Object.assign(patch, fieldChange(key, before[key], wanted, live[key], element));
  }
  for (const key of Object.keys(before))
    if (!(key in after) && live[key] !== undefined) patch[key] = null;
  return patch;
}

function mergeLists(
  key: string,
  before: readonly unknown[],
  wanted: readonly unknown[],
  live: readonly unknown[],
  mergeKey: string,
  type: string | undefined,
): Json | undefined {
  const oldByKey = byMergeKey(before, mergeKey);
  const liveByKey = byMergeKey(live, mergeKey);
  const wantedByKey = byMergeKey(wanted, mergeKey);
  const changes: Json[] = [];
  for (const [id, element] of wantedByKey) {
    const current = liveByKey.get(id);
    if (current === undefined) {
      changes.push(element);
      continue;
    }
    const inner = mergeObjects(oldByKey.get(id) ?? {}, element, current, type);
    if (Object.keys(inner).length > 0) changes.push({ ...inner, [mergeKey]: element[mergeKey] });
  }
  for (const [id, element] of oldByKey) {
    if (!wantedByKey.has(id) && liveByKey.has(id))
      changes.push({ $patch: 'delete', [mergeKey]: element[mergeKey] });
  }
  const order = [...wantedByKey.values()].map((element) => ({ [mergeKey]: element[mergeKey] }));
  const reordered = !sameJson(
    [...wantedByKey.keys()].filter((id) => liveByKey.has(id)),
    [...liveByKey.keys()].filter((id) => wantedByKey.has(id)),
  );
  if (changes.length === 0 && !reordered) return undefined;
  return {
    [`$setElementOrder/${key}`]: order,
    ...(changes.length === 0 ? {} : { [key]: changes }),
  };
}

function mergePrimitives(
  key: string,
  before: readonly unknown[],
  wanted: readonly unknown[],
  live: readonly unknown[],
): Json | undefined {
  const added = wanted.filter((item) => !live.includes(item));
  const removed = before.filter((item) => !wanted.includes(item) && live.includes(item));
  if (added.length === 0 && removed.length === 0) return undefined;
  return {
    [`$setElementOrder/${key}`]: wanted,
    ...(removed.length === 0 ? {} : { [`$deleteFromPrimitiveList/${key}`]: removed }),
    ...(added.length === 0 ? {} : { [key]: added }),
  };
}

function byMergeKey(list: readonly unknown[], mergeKey: string): Map<unknown, Json> {
  const found = new Map<unknown, Json>();
  for (const element of list) {
    if (!isMap(element) || element[mergeKey] === undefined) {
      throw new HelmError(
        'ApplyFailed',
        mergeKey,
        `failed to create patch: map: ${JSON.stringify(element)} does not contain declared merge key: ${mergeKey}`,
      );
    }
    found.set(element[mergeKey], element);
  }
  return found;
}

export function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deep equality of JSON values; the order of keys does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, at) => sameJson(item, b[at]));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => key in b && sameJson(a[key], b[key]))
  );
}
