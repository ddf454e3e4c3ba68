/** What became of a release's objects since they were applied: changes by other hands, and putting them right. */
import { KubeError } from '../../kube/mod.ts';
import type { KubeClient, PatchType } from '../../kube/mod.ts';
import { mergeTypeOf, writtenBy } from '../../objects/mod.ts';
import type { KubeObject } from '../../objects/mod.ts';
import type { Release } from '../storage/mod.ts';
import { buildObjects } from './objects.ts';
import type { ReleaseObject } from './objects.ts';
import { withOwner } from './ownership.ts';
import { isMap, sameJson, threeWayPatch } from './strategic-patch.ts';

type Json = Readonly<Record<string, unknown>>;

export interface DriftedObject {
  object: ReleaseObject;
  /** Where the live object differs, as JSON pointers; empty when there is no object any more. */
  fields: string[];
  /** Those of `fields` that the live object does not have, and those that only it has. */
  added: string[];
  removed: string[];
  missing: boolean;
  /** What puts it right; nothing for one that is missing. */
  change: { type: PatchType; patch: Json } | undefined;
}

/** The objects of a release's manifest as they are applied. @throws HelmError `InvalidManifest` */
export async function releaseObjects(kube: KubeClient, release: Release): Promise<ReleaseObject[]> {
  const { manifest, namespace, name } = release;
  return withOwner(await buildObjects(kube, manifest, namespace), name, namespace);
}

/**
 * Compares one object with the live one.
 *
 * A field counts only when the server says so: what a patch would change is tried out by a dry run, so that defaults and
 * other spellings (`1000m` for `1`) are no drift. Fields that only the live object has are nobody's business.
 *
 * @param ignored JSON pointers of fields that others are welcome to change
 * @param isUnwelcome managers that must not add fields, either
 * @throws KubeError
 */
export async function objectDrift(
  kube: KubeClient,
  object: ReleaseObject,
  ignored: readonly string[],
  isUnwelcome: (manager: string) => boolean = () => false,
): Promise<DriftedObject | undefined> {
  const live = await kube.get(object.ref);
  if (live === undefined)
    return { object, fields: [], added: [], removed: [], missing: true, change: undefined };
  const wanted = ignored.reduce((at, pointer) => takeOver(at, live, pointer), object.object);
  const isTheirs = ({ manager = '' }: { manager?: string }) => isUnwelcome(manager);
  const change = live.metadata.managedFields?.some(isTheirs)
    ? threeWayPatch(writtenBy(live, isTheirs), wanted, live, true)
    : changeOf(wanted, live);
  if (change === undefined) return undefined;
  const mended = await kube.patch(object.ref, change.type, change.patch, {
    dryRun: true,
    fieldManager: 'helm',
  });
  const [is, shouldBe] = [comparable(live), comparable(mended)];
  const fields = differingFields(is, shouldBe);
  const added = fields.filter((pointer) => valueAt(is, pointer) === undefined);
  const removed = fields.filter((pointer) => valueAt(shouldBe, pointer) === undefined);
  return fields.length === 0
    ? undefined
    : { object, fields, added, removed, missing: false, change };
}

/** Makes the live object what the manifest says. @throws KubeError */
export async function mendObject(kube: KubeClient, drifted: DriftedObject): Promise<void> {
  const { object, change } = drifted;
  if (change !== undefined) {
    await kube.patch(object.ref, change.type, change.patch, { fieldManager: 'helm' });
    return;
  }
  try {
    await kube.create(object.object, { fieldManager: 'helm' });
  } catch (thrown) {
    // Somebody else was faster; the next look compares.
    if (!(thrown instanceof KubeError && thrown.reason === 'AlreadyExists')) throw thrown;
  }
}

function changeOf(
  wanted: KubeObject,
  live: KubeObject,
): { type: PatchType; patch: Json } | undefined {
  if (mergeTypeOf(wanted.apiVersion, wanted.kind) !== undefined)
    return threeWayPatch(wanted, wanted, live);
  const patch = differing(wanted, live);
  return Object.keys(patch).length === 0 ? undefined : { type: 'merge', patch };
}

/** The fields of a document that another does not have so. */
function differing(wanted: Json, live: Json): Json {
  const patch: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(wanted)) {
    const current = live[key];
    if (isMap(value) && isMap(current)) {
      const inner = differing(value, current);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!sameJson(value, current) && (value ?? undefined) !== current) patch[key] = value;
  }
  return patch;
}

/** What a server writes by itself does not count. */
function comparable(object: KubeObject): Json {
  const { metadata, status: _status, ...rest } = object;
  const { labels, annotations } = metadata;
  return { ...rest, metadata: { labels, annotations } };
}

function differingFields(before: unknown, after: unknown, at = ''): string[] {
  if (isMap(before) && isMap(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      differingFields(before[key], after[key], `${at}/${escaped(key)}`),
    );
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    const other: readonly unknown[] = after;
    return before.flatMap((item: unknown, index) =>
      differingFields(item, other[index], `${at}/${index}`),
    );
  }
  return sameJson(before, after) ? [] : [at];
}

function valueAt(document: Json, pointer: string): unknown {
  let value: unknown = document;
  for (const part of pointer.split('/').slice(1).map(unescaped)) {
    if (Array.isArray(value)) value = (value as unknown[])[Number(part)];
    else value = isMap(value) ? value[part] : undefined;
  }
  return value;
}

const escaped = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');
const unescaped = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~');

/** A copy of an object in which one field is as in another; lists are entered by index. */
function takeOver<T extends Json>(object: T, from: Json, pointer: string): T {
  const parts = pointer.split('/').slice(1).map(unescaped);
  const enter = (target: unknown, source: unknown, depth: number): unknown => {
    const part = parts[depth];
    if (part === undefined) return source;
    if (Array.isArray(target)) {
      const other: readonly unknown[] = Array.isArray(source) ? source : [];
      return target.map((item: unknown, index) =>
        String(index) === part ? enter(item, other[index], depth + 1) : item,
      );
    }
    if (!isMap(target)) return target;
    const value = enter(target[part], isMap(source) ? source[part] : undefined, depth + 1);
    const { [part]: _old, ...rest } = target;
    return value === undefined ? rest : { ...rest, [part]: value };
  };
  return parts.length === 0 ? object : (enter(object, from, 0) as T);
}
