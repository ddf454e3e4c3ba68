/** Creating and changing objects: from a request's body to what is stored. */
import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { serverSideApply, trackUpdate } from './apply/server-side.ts';
import type { WriteContext } from './apply/server-side.ts';
import {
  alreadyExists,
  ApiError,
  badRequest,
  invalid,
  notFound,
  terminating,
  unsupportedMediaType,
} from './api-error.ts';
import { apiVersionOf, storageKey } from './kinds.ts';
import type { Kind } from './kinds.ts';
import type { ObjectRules } from './rules.ts';
import { invalidValue } from './schema/issue.ts';
import { sameJson } from './schema/type-node.ts';
import type { JsonObject } from './schema/type-node.ts';
import type { Store } from './store.ts';
import { applied, checkNames, checkVersion, patchedBody, readBody } from './write-body.ts';
import {
  confine,
  desired,
  ignoredFields,
  keepServerMetadata,
  labelNamespace,
  newFinalizers,
  randomSuffix,
  sameContent,
  timeText,
} from './write-object.ts';

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
