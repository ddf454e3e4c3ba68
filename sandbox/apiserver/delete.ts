/** Deleting: preconditions, finalizers, dependents, namespaces. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { notFound, preconditionFailed } from './api-error.ts';
import { storageKey } from './kinds.ts';
import type { Kind, KindRegistry } from './kinds.ts';
import type { Store } from './store.ts';
import { timeText } from './write-object.ts';

export interface DeleteRequest {
  kind: Kind;
  namespace: string | undefined;
  name: string;
  propagation?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  dryRun: boolean;
}

export interface Deleted {
  object: KubeObject;
  /** False while finalizers hold it. */
  gone: boolean;
}

export interface Deleter {
  delete(request: DeleteRequest): Deleted;
  /** Removes an object that nothing holds any more, then looks after its dependents. */
  finalize(kind: Kind, object: KubeObject): void;
}

const foreground = 'foregroundDeletion';

export function createDeleter({
  store,
  kinds,
  clock,
}: {
  store: Store;
  kinds: KindRegistry;
  clock: Clock;
}): Deleter {
  const kindOf = (object: KubeObject) => kinds.byKind(object.apiVersion, object.kind);

  const mark = (kind: Kind, object: KubeObject, finalizers: readonly string[]): KubeObject => {
    const metadata = {
      ...object.metadata,
      finalizers: [...finalizers],
      deletionTimestamp: object.metadata.deletionTimestamp ?? timeText(clock.now()),
      deletionGracePeriodSeconds: 0,
      ...(object.metadata.generation === undefined ||
      object.metadata.deletionTimestamp !== undefined
        ? {}
        : { generation: object.metadata.generation + 1 }),
    };
    if (finalizers.length === 0) delete (metadata as { finalizers?: string[] }).finalizers;
    return store.put(storageKey(kind), { ...object, metadata });
  };

  /** Takes one owner off an object. */
  const disown = (kind: Kind, object: KubeObject, uid: string) => {
    const { ownerReferences = [], ...metadata } = object.metadata;
    const others = ownerReferences.filter((owner) => owner.uid !== uid);
    store.put(storageKey(kind), {
      ...object,
      metadata: others.length === 0 ? metadata : { ...metadata, ownerReferences: others },
    });
  };

  const finalize = (kind: Kind, object: KubeObject): void => {
    store.remove(storageKey(kind), object);
    const uid = object.metadata.uid ?? '';
    for (const { object: dependent } of store.dependents(uid)) {
      const others = (dependent.metadata.ownerReferences ?? []).filter(
        (owner) => owner.uid !== uid,
      );
      const dependentKind = kindOf(dependent);
      if (dependentKind === undefined) continue;
      if (others.length > 0) disown(dependentKind, dependent, uid);
      else remove(dependentKind, dependent, 'Background');
    }
    for (const owner of object.metadata.ownerReferences ?? [])
      releaseForeground(owner.uid, object.metadata.namespace, owner);
    if (object.metadata.namespace !== undefined) finishNamespace(object.metadata.namespace);
    if (kind.resource === 'customresourcedefinitions')
      kinds.setCustom(object.metadata.name ?? '', []);
  };

  /** An owner that waits in the foreground goes when its last blocking dependent is gone. */
  const releaseForeground = (
    uid: string,
    namespace: string | undefined,
    ref: { apiVersion: string; kind: string; name: string },
  ) => {
    const kind = kinds.byKind(ref.apiVersion, ref.kind);
    if (kind === undefined) return;
    const owner = store.get(storageKey(kind), kind.namespaced ? namespace : undefined, ref.name);
    if (
      owner === undefined ||
      owner.metadata.uid !== uid ||
      !(owner.metadata.finalizers ?? []).includes(foreground)
    )
      return;
    if (store.dependents(uid).length > 0) return;
    settle(
      kind,
      owner,
      (owner.metadata.finalizers ?? []).filter((finalizer) => finalizer !== foreground),
    );
  };

  const settle = (kind: Kind, object: KubeObject, finalizers: readonly string[]): boolean => {
    if (finalizers.length > 0) {
      mark(kind, object, finalizers);
      return false;
    }
    finalize(kind, object);
    return true;
  };

  const remove = (
    kind: Kind,
    object: KubeObject,
    propagation: 'Background' | 'Foreground' | 'Orphan',
  ): boolean => {
    if (kind.resource === 'namespaces') {
      terminateNamespace(kind, object);
      return store.get(storageKey(kind), undefined, object.metadata.name ?? '') === undefined;
    }
    if (kind.resource === 'customresourcedefinitions') removeCustomObjects(object);
    const uid = object.metadata.uid ?? '';
    if (propagation === 'Orphan') {
      for (const { object: dependent } of store.dependents(uid)) {
        const dependentKind = kindOf(dependent);
        if (dependentKind === undefined) continue;
        disown(dependentKind, dependent, uid);
      }
    }
    const finalizers = object.metadata.finalizers ?? [];
    if (propagation === 'Foreground' && store.dependents(uid).length > 0) {
      const held = mark(kind, object, [...new Set([...finalizers, foreground])]);
      for (const { object: dependent } of store.dependents(uid)) {
        const dependentKind = kindOf(dependent);
        if (dependentKind !== undefined) remove(dependentKind, dependent, 'Foreground');
      }
      return (
        store.get(storageKey(kind), held.metadata.namespace, held.metadata.name ?? '') === undefined
      );
    }
    return settle(kind, object, finalizers);
  };

  const terminateNamespace = (kind: Kind, namespace: KubeObject) => {
    const name = namespace.metadata.name ?? '';
    if (namespace.metadata.deletionTimestamp === undefined) {
      const marked = mark(kind, namespace, namespace.metadata.finalizers ?? []);
      store.put(storageKey(kind), { ...marked, status: { phase: 'Terminating' } });
    }
    for (const each of kinds.all()) {
      if (!each.namespaced) continue;
      for (const object of store.list(storageKey(each), name)) {
        if (object.metadata.deletionTimestamp === undefined) remove(each, object, 'Background');
      }
    }
    finishNamespace(name);
  };

  const finishNamespace = (name: string) => {
    const kind = kinds.byResource('', 'v1', 'namespaces');
    const namespace = store.get('/namespaces', undefined, name);
    if (kind === undefined || namespace?.metadata.deletionTimestamp === undefined) return;
    const empty = kinds
      .all()
      .every((each) => !each.namespaced || store.list(storageKey(each), name).length === 0);
    if (empty && (namespace.metadata.finalizers ?? []).length === 0)
      store.remove('/namespaces', namespace);
  };

  const removeCustomObjects = (definition: KubeObject) => {
    for (const kind of kinds
      .all()
      .filter((each) => each.custom?.definition === definition.metadata.name)) {
      for (const object of store.list(storageKey(kind))) {
        if (object.metadata.deletionTimestamp === undefined) remove(kind, object, 'Background');
      }
    }
  };

  return {
    finalize,
    delete: ({ kind, namespace, name, propagation, uid, resourceVersion, dryRun }) => {
      const live = store.get(storageKey(kind), namespace, name);
      if (live === undefined) throw notFound(kind, name);
      const { metadata } = live;
      if (uid !== undefined && uid !== metadata.uid)
        throw preconditionFailed(kind, name, 'UID', uid, metadata.uid ?? '');
      if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
        throw preconditionFailed(
          kind,
          name,
          'ResourceVersion',
          resourceVersion,
          metadata.resourceVersion ?? '',
        );
      }
      if (dryRun) return { object: live, gone: (metadata.finalizers ?? []).length === 0 };
      const gone = remove(kind, live, propagation ?? 'Background');
      return { object: store.get(storageKey(kind), namespace, name) ?? live, gone };
    },
  };
}
