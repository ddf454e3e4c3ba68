/** Server-side apply, and the tracking of fields that other writes change. Pure. */
import { Fault } from '../../../lib/runtime/mod.ts';
import type { KubeObject, ObjectMeta } from '../../../lib/objects/mod.ts';
import { stableJson } from '../../json.ts';
import { isObject, sameJson } from '../schema/type-node.ts';
import type { TypeNode } from '../schema/type-node.ts';
import {
  difference,
  differenceBelow,
  emptySet,
  formatPath,
  intersection,
  pathsOf,
  sameSet,
  setOf,
  union,
  withNamedFields,
} from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { compare, fieldsOf } from './fields-of.ts';
import { describeManager, managerKey, readManaged, writeManaged } from './managed-fields.ts';
import type { Managed, ManagerId } from './managed-fields.ts';
import { zeroValue } from '../protobuf/zero-value.ts';
import { mergeValue, refuseDuplicates, removeFields } from './structured-merge.ts';

export interface WriteContext {
  type: TypeNode;
  fieldManager: string;
  /** The version that the request is written in. */
  apiVersion: string;
  /** `status`, `scale`; empty for the object itself. */
  subresource?: string;
  /** Fields that this endpoint does not write and nobody owns through it, as names from the top: `[['status']]`. */
  ignoredFields?: readonly (readonly string[])[];
  now: Date;
}

export interface Conflict {
  manager: string;
  field: string;
}

/** Another manager owns fields of the applied configuration (HTTP 409). */
export class ApplyConflict extends Fault {
  readonly conflicts: readonly Conflict[];

  constructor(subject: string, message: string, conflicts: readonly Conflict[]) {
    super('Conflict', 'stall', subject, message);
    this.conflicts = conflicts;
  }
}

/** Nobody owns these (metadata that the server sets, and what identifies the object). */
const stripped = setOf([
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => ['f:metadata', `f:${name}`]),
]);

/** Bytes; all annotations of an object together may not be longer. */
const longestLastApplied = 256 * 1024;
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Records what a create, update or patch changed: `next` with its managedFields.
 *
 * `next` is the object to be stored, defaults filled in; its own managedFields are ignored, except that an empty list
 * asks for all tracking to be dropped, as with the real server.
 */
export function trackUpdate(
  live: KubeObject | undefined,
  next: KubeObject,
  context: WriteContext,
): KubeObject {
  const managed = live === undefined ? new Map<string, Managed>() : readManaged(live);
  const sent = next.metadata.managedFields;
  if (live !== undefined && sent !== undefined) {
    if (sent.length === 0 || (sent.length === 1 && Object.keys(sent[0] ?? {}).length === 0))
      managed.clear();
    else {
      managed.clear();
      for (const [key, value] of readManaged(next)) managed.set(key, value);
    }
  }
  // An object without owners gets none again before it is applied.
  if (live !== undefined && managed.size === 0) return withoutManaged(next);
  const before = withoutManaged(live ?? emptyObject(next, context.type));
  const after = withoutManaged(next);
  const changes = compare(before, after, context.type);
  const ignored = ignoredSet(context);
  const added = differenceBelow(changes.added, ignored);
  const modified = differenceBelow(changes.modified, ignored);
  const removed = differenceBelow(changes.removed, ignored);
  const id = managerOf(context, 'Update');
  const key = managerKey(id);
  const changed = union(added, modified);
  for (const [other, entry] of managed) {
    if (other === key) continue;
    managed.set(other, {
      ...entry,
      set: difference(difference(entry.set, changed), removed),
    });
  }
  const previous = managed.get(key);
  const owned = difference(
    differenceBelow(union(difference(previous?.set ?? emptySet, removed), changed), ignored),
    stripped,
  );
  const same = previous !== undefined && sameSet(previous.set, owned);
  managed.set(key, { ...id, set: owned, time: same ? previous.time : timestamp(context.now) });
  return withManaged(next, managed);
}

/**
 * Merges an applied configuration into the live object.
 *
 * @returns the object to be stored (before defaults), the live one itself when nothing changes
 * @throws ApplyConflict without `force`, when other managers own fields with other values
 * @throws Fault `DuplicateListKey`, `InvalidListItem`
 */
export function serverSideApply(
  live: KubeObject | undefined,
  config: KubeObject,
  context: WriteContext & { force: boolean },
): KubeObject {
  const apply = (force: boolean) =>
    withLastApplied(applyOnce(live, config, { ...context, force }), live, config, context);
  try {
    return apply(context.force);
  } catch (thrown) {
    // kubectl moves from client-side to server-side apply: what its annotation says it applied is its own.
    if (
      !(thrown instanceof ApplyConflict) ||
      context.fieldManager !== 'kubectl' ||
      live === undefined
    )
      throw thrown;
    const allowed = lastAppliedFields(live, context);
    const rest = thrown.conflicts.filter((each) => !allowed.has(each.field));
    if (rest.length > 0) throw conflictOf(thrown.subject, rest);
    return apply(true);
  }
}

function applyOnce(
  live: KubeObject | undefined,
  config: KubeObject,
  context: WriteContext & { force: boolean },
): KubeObject {
  const { type } = context;
  refuseDuplicates(config, type);
  const managed = live === undefined ? new Map<string, Managed>() : readManaged(live);
  const before = withoutManaged(
    live ?? { apiVersion: config.apiVersion, kind: config.kind, metadata: {} },
  );
  if (live !== undefined && managed.size === 0) adoptUntracked(before, managed, context);
  const applied = withoutManaged(config);
  const id = managerOf(context, 'Apply');
  const key = managerKey(id);
  const last = managed.get(key);
  const ignored = ignoredSet(context);
  const set = differenceBelow(fieldsOf(applied, type), ignored);
  managed.set(key, { ...id, set, time: last?.time });
  const merged = mergeValue(before, removeIgnored(applied, context), type);
  const next = asObject(
    last === undefined ? merged : prune(merged, last.set, managed, type),
    before,
  );

  const changes = compare(before, next, type);
  const changed = differenceBelow(union(changes.added, changes.modified), ignored);
  const conflicts: Conflict[] = [];
  for (const [other, entry] of managed) {
    if (other === key) continue;
    const taken = intersection(entry.set, changed);
    for (const path of pathsOf(taken)) {
      conflicts.push({ manager: describeManager(entry), field: formatPath(path) });
    }
    managed.set(other, {
      ...entry,
      set: difference(difference(entry.set, taken), changes.removed),
    });
  }
  if (conflicts.length > 0 && !context.force)
    throw conflictOf(config.metadata.name ?? '', conflicts);
  const owned = difference(set, stripped);
  const unchanged =
    live !== undefined && last !== undefined && sameSet(last.set, owned) && sameJson(before, next);
  if (unchanged) return live;
  // The time is that of the last change of the object, not of its owners.
  const time = sameJson(before, next) ? last?.time : timestamp(context.now);
  managed.set(key, { ...id, set: owned, time });
  return withManaged(next, managed);
}

/** Objects stored before anybody applied: what they hold belongs to a manager called `before-first-apply`. */
function adoptUntracked(
  before: KubeObject,
  managed: Map<string, Managed>,
  context: WriteContext,
): void {
  const id: ManagerId = {
    manager: 'before-first-apply',
    operation: 'Update',
    apiVersion: context.apiVersion,
    subresource: '',
  };
  const all = compare(emptyObject(before, context.type), before, context.type);
  const set = difference(differenceBelow(all.added, ignoredSet(context)), stripped);
  managed.set(managerKey(id), { ...id, set, time: timestamp(context.now) });
}

/** Removes what the applier applied before, does not apply now, and nobody else owns. */
function prune(
  merged: unknown,
  last: FieldSet,
  managed: ReadonlyMap<string, Managed>,
  type: TypeNode,
): unknown {
  const named = (set: FieldSet) => withNamedFields(set, type);
  const lastNamed = named(last);
  const pruned = removeFields(merged, lastNamed, type);
  const all = named(fieldsOf(merged, type));
  let owned: FieldSet = emptySet;
  for (const entry of managed.values()) owned = union(owned, entry.set);
  const left = named(fieldsOf(pruned ?? {}, type));
  const kept = removeFields(merged, difference(difference(all, left), named(owned)), type);
  // What disappeared only because it hung below a removed field is put back.
  const keptFields = named(fieldsOf(kept ?? {}, type));
  return removeFields(merged, intersection(difference(all, keptFields), lastNamed), type);
}

/** kubectl's own annotation goes along, for those who go back to client-side apply. */
function withLastApplied(
  next: KubeObject,
  live: KubeObject | undefined,
  config: KubeObject,
  { fieldManager }: WriteContext,
): KubeObject {
  const known = live?.metadata.annotations?.[lastApplied];
  if (fieldManager !== 'kubectl' || known === undefined || known === '') return next;
  const { annotations = {}, ...metadata } = withoutManaged(config).metadata;
  const { [lastApplied]: _own, ...others } = annotations;
  const text = `${stableJson({
    ...config,
    metadata: { ...metadata, ...(Object.keys(others).length === 0 ? {} : { annotations: others }) },
  })}\n`;
  if (text === known || text.length > longestLastApplied) return next;
  const changed = { ...next.metadata.annotations, [lastApplied]: text };
  return { ...next, metadata: { ...next.metadata, annotations: changed } };
}

function lastAppliedFields(live: KubeObject, context: WriteContext): Set<string> {
  const text = live.metadata.annotations?.[lastApplied];
  if (text === undefined || text === '') return new Set();
  const config: unknown = JSON.parse(text);
  if (!isObject(config) || config['apiVersion'] !== context.apiVersion) return new Set();
  const changes = compare(config, withoutManaged(live), context.type);
  const own = difference(
    difference(fieldsOf(config, context.type), changes.modified),
    union(changes.added, changes.removed),
  );
  return new Set(pathsOf(own).map(formatPath));
}

function conflictOf(subject: string, conflicts: readonly Conflict[]): ApplyConflict {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1) {
    const message = `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.field}`;
    return new ApplyConflict(subject, message, conflicts);
  }
  const lines: string[] = [];
  for (const manager of [...new Set(conflicts.map((each) => each.manager))].sort()) {
    lines.push(`conflicts with ${manager}:`);
    for (const each of conflicts) if (each.manager === manager) lines.push(`- ${each.field}`);
  }
  const message = `Apply failed with ${String(conflicts.length)} conflicts: ${lines.join('\n')}`;
  return new ApplyConflict(subject, message, conflicts);
}

function ignoredSet(context: WriteContext): FieldSet {
  return setOf((context.ignoredFields ?? []).map((path) => path.map((name) => `f:${name}`)));
}

function removeIgnored(config: KubeObject, context: WriteContext): unknown {
  if (context.ignoredFields === undefined || context.ignoredFields.length === 0) return config;
  return removeFields(config, ignoredSet(context), context.type);
}

function managerOf(context: WriteContext, operation: 'Apply' | 'Update'): ManagerId {
  return {
    manager: context.fieldManager === '' ? 'unknown' : context.fieldManager,
    operation,
    apiVersion: context.apiVersion,
    subresource: context.subresource ?? '',
  };
}

/** What exists before a create: the structs that Go writes for an empty object, which nobody comes to own. */
function emptyObject(like: KubeObject, type: TypeNode): KubeObject {
  return { metadata: {}, ...zeroValue(type), apiVersion: like.apiVersion, kind: like.kind };
}

function withoutManaged(object: KubeObject): KubeObject {
  const metadata: ObjectMeta = { ...object.metadata };
  delete metadata.managedFields;
  return { ...object, metadata };
}

function withManaged(object: KubeObject, managed: ReadonlyMap<string, Managed>): KubeObject {
  const clean = withoutManaged(object);
  const entries = writeManaged(managed);
  if (entries.length > 0) clean.metadata.managedFields = entries;
  return clean;
}

function asObject(value: unknown, before: KubeObject): KubeObject {
  const fields = isObject(value) ? value : {};
  const metadata = isObject(fields['metadata']) ? fields['metadata'] : {};
  return { ...fields, apiVersion: before.apiVersion, kind: before.kind, metadata };
}

function timestamp(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}
