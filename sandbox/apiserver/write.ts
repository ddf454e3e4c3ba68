/** Creating and changing objects: from a request's body to what is stored. */
import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { applyJsonPatch, applyMergePatch } from './apply/json-patch.ts';
import { ApplyConflict, serverSideApply, trackUpdate } from './apply/server-side.ts';
import type { WriteContext } from './apply/server-side.ts';
import { applyStrategicPatch } from './apply/strategic.ts';
import {
  alreadyExists,
  ApiError,
  badRequest,
  changedMeanwhile,
  invalid,
  notFound,
  terminating,
  unsupportedMediaType,
} from './api-error.ts';
import { apiVersionOf, storageKey } from './kinds.ts';
import type { Kind } from './kinds.ts';
import type { ObjectRules } from './rules.ts';
import { forbidden, invalidValue } from './schema/issue.ts';
import type { Issue } from './schema/issue.ts';
import { isObject, sameJson } from './schema/type-node.ts';
import type { JsonObject } from './schema/type-node.ts';
import type { Store } from './store.ts';

export interface WriteRequest {
  kind: Kind;
  namespace: string | undefined;
  /** `status`, `scale`; absent for the object itself. */
  subresource?: string;
  dryRun: boolean;
  fieldManager: string;
  fieldValidation: 'Strict' | 'Warn' | 'Ignore';
}

export interface Written {
  object: KubeObject;
  created: boolean;
  warnings: string[];
}

export type PatchKind = 'json' | 'merge' | 'strategic' | 'apply';

export interface Writer {
  create(request: WriteRequest, body: unknown): Written;
  update(request: WriteRequest, name: string, body: unknown): Written;
  patch(
    request: WriteRequest & { force: boolean },
    name: string,
    type: PatchKind,
    body: unknown,
  ): Written;
}

export interface WriterDependencies {
  store: Store;
  clock: Clock;
  rules: ObjectRules;
  /** Called for an object whose last finalizer is gone while it is being deleted. */
  finalize: (kind: Kind, object: KubeObject) => void;
}

export function createWriter({ store, clock, rules, finalize }: WriterDependencies): Writer {
  const context = (request: WriteRequest, object: JsonObject): WriteContext => ({
    type: rules.typeOf(request.kind),
    fieldManager: request.fieldManager,
    apiVersion: apiVersionOf(request.kind),
    ...(request.subresource === undefined ? {} : { subresource: request.subresource }),
    ignoredFields: ignoredFields(request, object),
    now: clock.now(),
  });

  const insert = (request: WriteRequest, object: KubeObject, warnings: string[]): Written => {
    const { kind, namespace, dryRun } = request;
    const { metadata } = object;
    const prefix = metadata.generateName ?? '';
    const name = metadata.name || (prefix === '' ? '' : `${prefix}${randomSuffix()}`);
    if (kind.namespaced) checkNamespace(kind, name, namespace);
    const next: KubeObject = {
      ...object,
      metadata: {
        ...metadata,
        name,
        ...(kind.namespaced && namespace !== undefined ? { namespace } : {}),
        uid: randomUUID(),
        creationTimestamp: timeText(clock.now()),
        ...(kind.generation || kind.custom !== undefined ? { generation: 1 } : {}),
      },
    };
    for (const field of [
      'resourceVersion',
      'deletionTimestamp',
      'deletionGracePeriodSeconds',
      'selfLink',
    ] as const) {
      delete (next.metadata as Record<string, unknown>)[field];
    }
    if (kind.status) delete next.status;
    rules.complete(kind, next, undefined);
    if (kind.resource === 'namespaces' && kind.group === '') labelNamespace(next);
    const issues = rules.check(kind, next, undefined);
    if (issues.length > 0) throw invalid(kind, name, issues);
    if (store.get(storageKey(kind), namespace, name) !== undefined) throw alreadyExists(kind, name);
    return { object: dryRun ? next : store.put(storageKey(kind), next), created: true, warnings };
  };

  const checkNamespace = (kind: Kind, name: string, namespace: string | undefined) => {
    const live =
      namespace === undefined ? undefined : store.get('/namespaces', undefined, namespace);
    if (live === undefined) {
      throw new ApiError(
        404,
        'NotFound',
        `namespaces ${JSON.stringify(namespace ?? '')} not found`,
        {
          name: namespace ?? '',
          kind: 'namespaces',
        },
      );
    }
    if (live.metadata.deletionTimestamp !== undefined)
      throw terminating(kind, name, namespace ?? '');
  };

  /** Stores `next` over `live`, unless nothing would change. */
  const replace = (
    request: WriteRequest,
    live: KubeObject,
    next: KubeObject,
    warnings: string[],
  ): Written => {
    const { kind, dryRun } = request;
    const name = live.metadata.name ?? '';
    keepServerMetadata(live, next);
    rules.complete(kind, next, live);
    const issues = [...newFinalizers(live, next), ...rules.check(kind, next, live)];
    if (issues.length > 0) throw invalid(kind, name, issues);
    if (live.metadata.generation !== undefined) {
      const changed = request.subresource !== 'status' && !sameJson(desired(live), desired(next));
      next.metadata.generation = live.metadata.generation + (changed ? 1 : 0);
    }
    if (sameContent(live, next)) return { object: live, created: false, warnings };
    if (dryRun)
      return { object: { ...next, metadata: { ...next.metadata } }, created: false, warnings };
    const stored = store.put(storageKey(kind), next);
    if (
      stored.metadata.deletionTimestamp !== undefined &&
      (stored.metadata.finalizers ?? []).length === 0
    ) {
      finalize(kind, stored);
    }
    return { object: stored, created: false, warnings };
  };

  const liveOf = (kind: Kind, namespace: string | undefined, name: string) => {
    const live = store.get(storageKey(kind), namespace, name);
    if (live === undefined) throw notFound(kind, name);
    return { ...live, apiVersion: apiVersionOf(kind) };
  };

  return {
    create: (request, body) => {
      const { object, warnings } = readBody(rules, request, body);
      checkNames(request, object, undefined);
      const { managedFields: _sent, ...metadata } = object.metadata;
      const filled = rules.fill(request.kind, { ...object, metadata });
      return insert(request, trackUpdate(undefined, filled, context(request, filled)), warnings);
    },
    update: (request, name, body) => {
      const { kind, namespace } = request;
      const { object, warnings } = readBody(rules, request, body);
      checkNames(request, object, name);
      const existing = store.get(storageKey(kind), namespace, name);
      if (existing === undefined) throw notFound(kind, name);
      const live = { ...existing, apiVersion: apiVersionOf(kind) };
      checkVersion(kind, live, object);
      if (kind.custom !== undefined && (object.metadata.resourceVersion ?? '') === '') {
        throw invalid({ ...kind, kind: kind.resource }, name, [
          invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
        ]);
      }
      const next = confine(request, live, rules.fill(kind, object));
      return replace(request, live, trackUpdate(live, next, context(request, next)), warnings);
    },
    patch: (request, name, type, body) => {
      const { kind, namespace } = request;
      if (type === 'apply') {
        const { object, warnings } = readBody(rules, request, body);
        checkNames(request, object, name);
        const existing = store.get(storageKey(kind), namespace, name);
        if (existing === undefined && request.subresource !== undefined) throw notFound(kind, name);
        if (object.metadata.managedFields !== undefined)
          throw badRequest('metadata.managedFields must be nil');
        const live =
          existing === undefined ? undefined : { ...existing, apiVersion: apiVersionOf(kind) };
        if (live !== undefined) checkVersion(kind, live, object);
        const merged = applied(() =>
          serverSideApply(
            live,
            { ...object, metadata: { ...object.metadata, name } },
            { ...context(request, live ?? object), force: request.force },
          ),
        );
        if (live !== undefined)
          return replace(request, live, confine(request, live, rules.fill(kind, merged)), warnings);
        return insert(request, rules.fill(kind, merged), warnings);
      }
      const live = liveOf(kind, namespace, name);
      if (type === 'strategic' && kind.custom !== undefined) {
        throw unsupportedMediaType([
          'application/json-patch+json',
          'application/merge-patch+json',
          'application/apply-patch+yaml',
        ]);
      }
      const patched = patchedBody(live, type, body, rules, kind);
      const { object, warnings } = readBody(rules, request, patched);
      checkNames(request, object, name);
      checkVersion(kind, live, object);
      const next = confine(request, live, rules.fill(kind, object));
      return replace(request, live, trackUpdate(live, next, context(request, next)), warnings);
    },
  };
}

function applied<T>(act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    if (thrown instanceof ApplyConflict) {
      throw new ApiError(409, 'Conflict', thrown.message, {
        causes: thrown.conflicts.map(({ manager, field }) => ({
          reason: 'FieldManagerConflict',
          message: `conflict with ${manager}`,
          field,
        })),
      });
    }
    throw asBadRequest(thrown);
  }
}

function asBadRequest(thrown: unknown): unknown {
  return thrown instanceof Fault ? badRequest(thrown.message) : thrown;
}

function patchedBody(
  live: KubeObject,
  type: Exclude<PatchKind, 'apply'>,
  body: unknown,
  rules: ObjectRules,
  kind: Kind,
): unknown {
  try {
    if (type === 'json') return applyJsonPatch(live, body);
    if (!isObject(body)) throw badRequest('a patch has to be an object');
    if (type === 'merge') return applyMergePatch(live, body);
    return applyStrategicPatch(live, body, rules.typeOf(kind));
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.reason === 'PatchFailed') {
      throw new ApiError(
        422,
        'Invalid',
        `the server rejected our request due to an error in our request: ${thrown.message}`,
      );
    }
    throw asBadRequest(thrown);
  }
}

/** The body as an object of the kind; unknown fields are dropped, reported or refused as asked. */
function readBody(
  rules: ObjectRules,
  request: WriteRequest,
  body: unknown,
): { object: KubeObject; warnings: string[] } {
  const { kind } = request;
  if (!isObject(body)) throw badRequest('the request body is not an object');
  const apiVersion = apiVersionOf(kind);
  const sent = { apiVersion, kind: kind.kind, ...body };
  if (sent.kind !== kind.kind || sent.apiVersion !== apiVersion) {
    throw badRequest(
      `${String(sent.kind)} in version ${JSON.stringify(sent.apiVersion)} cannot be handled as a ${kind.kind}: the object provided is unrecognized (must be of type ${kind.kind})`,
    );
  }
  const { value, unknown, failure } = rules.decode(kind, sent);
  if (failure !== undefined) throw badRequest(failure);
  if (unknown.length > 0 && request.fieldValidation === 'Strict') {
    throw badRequest(
      `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: strict decoding error: ${unknown.join(', ')}`,
    );
  }
  const metadata = isObject(value.metadata) ? value.metadata : {};
  return {
    object: { ...value, apiVersion, kind: kind.kind, metadata },
    warnings: request.fieldValidation === 'Warn' ? unknown : [],
  };
}

function checkNames(
  { kind, namespace }: WriteRequest,
  object: KubeObject,
  name: string | undefined,
): void {
  const { metadata } = object;
  if (name !== undefined && metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (kind.namespaced && metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
}

function checkVersion(kind: Kind, live: KubeObject, object: KubeObject): void {
  const asked = object.metadata.resourceVersion;
  if (asked !== undefined && asked !== '' && asked !== live.metadata.resourceVersion) {
    throw changedMeanwhile(kind, live.metadata.name ?? '');
  }
  const uid = object.metadata.uid;
  if (uid !== undefined && uid !== '' && uid !== live.metadata.uid) {
    throw new ApiError(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${kind.resource} ${JSON.stringify(live.metadata.name)}: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`,
    );
  }
}

/** The status endpoint writes the status alone, the object's own everything but the status. */
function confine(
  { kind, subresource }: WriteRequest,
  live: KubeObject,
  next: KubeObject,
): KubeObject {
  if (subresource === 'status') {
    const { managedFields } = next.metadata;
    return {
      ...live,
      metadata: { ...live.metadata, ...(managedFields === undefined ? {} : { managedFields }) },
      ...('status' in next ? { status: next.status } : {}),
    };
  }
  if (!kind.status) return next;
  const { status: _ignored, ...rest } = next;
  return { ...(rest as KubeObject), ...('status' in live ? { status: live.status } : {}) };
}

/** What is being deleted waits for those who asked before. */
function newFinalizers(live: KubeObject, next: KubeObject): Issue[] {
  if (live.metadata.deletionTimestamp === undefined) return [];
  const added = (next.metadata.finalizers ?? []).filter(
    (each) => !(live.metadata.finalizers ?? []).includes(each),
  );
  if (added.length === 0) return [];
  const list = added.map((each) => JSON.stringify(each)).join(', ');
  return [
    forbidden(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    ),
  ];
}

function ignoredFields({ kind, subresource }: WriteRequest, object: JsonObject): string[][] {
  if (subresource === 'status') {
    return Object.keys(object)
      .filter((field) => !['apiVersion', 'kind', 'metadata', 'status'].includes(field))
      .map((field) => [field])
      .concat([
        ['metadata', 'labels'],
        ['metadata', 'annotations'],
      ]);
  }
  return kind.status ? [['status']] : [];
}

/** What a client cannot change about an existing object. */
function keepServerMetadata(live: KubeObject, next: KubeObject): void {
  const kept: Record<string, unknown> = { ...next.metadata };
  for (const field of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'generation',
    'resourceVersion',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generateName',
  ] as const) {
    const value = live.metadata[field];
    if (value === undefined) delete kept[field];
    else kept[field] = value;
  }
  next.metadata = kept;
}

/** What a generation counts: everything but metadata and status. */
function desired(object: KubeObject): JsonObject {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}

function sameContent(live: KubeObject, next: KubeObject): boolean {
  const strip = ({
    metadata: { managedFields, resourceVersion: _version, ...metadata },
    ...rest
  }: KubeObject) => ({
    ...rest,
    metadata,
    managed: (managedFields ?? []).map(({ time: _time, ...entry }) => entry),
  });
  return sameJson(strip(live), strip(next));
}

/** Every namespace can be selected by its name. */
function labelNamespace(namespace: KubeObject): void {
  namespace.metadata.labels = {
    ...namespace.metadata.labels,
    'kubernetes.io/metadata.name': namespace.metadata.name ?? '',
  };
}

export function timeText(now: Date): string {
  return now.toISOString().replace(/\.\d+Z$/, 'Z');
}

const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';

/** Five letters, as generateName appends. */
function randomSuffix(): string {
  return [...randomUUID().replaceAll('-', '').slice(0, 5)]
    .map((digit, at) => suffixLetters[(parseInt(digit, 16) * 7 + at * 3) % suffixLetters.length])
    .join('');
}
