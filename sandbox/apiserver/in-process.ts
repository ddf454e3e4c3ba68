/** The store as controllers see it: whole objects in and out, no HTTP. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { notFound } from './api-error.ts';
import type { Deleter } from './delete.ts';
import { storageKey } from './kinds.ts';
import type { Kind, KindRegistry } from './kinds.ts';
import type { Store } from './store.ts';
import type { Writer } from './write.ts';

interface Ref {
  apiVersion: string;
  kind: string;
  namespace?: string | undefined;
  name: string;
}

interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
}

/** The contract of sandbox/controllers. */
export interface InProcessCluster {
  get(ref: Ref): KubeObject | undefined;
  list(apiVersion: string, kind: string, namespace?: string): readonly KubeObject[];
  create(object: KubeObject): KubeObject;
  update(object: KubeObject): void;
  updateStatus(object: KubeObject): void;
  remove(ref: Ref): void;
  watch(listener: (change: Change) => void): () => void;
}

export function inProcessCluster(parts: {
  store: Store;
  kinds: KindRegistry;
  writer: Writer;
  deleter: Deleter;
}): InProcessCluster {
  const { store, kinds, writer, deleter } = parts;
  const kindOf = (of: { apiVersion: string; kind: string }): Kind => {
    const kind = kinds.byKind(of.apiVersion, of.kind);
    if (kind === undefined) throw new Error(`no kind ${of.apiVersion} ${of.kind}`);
    return kind;
  };
  const request = (object: KubeObject, subresource?: string) => ({
    kind: kindOf(object),
    namespace: object.metadata.namespace,
    dryRun: false,
    fieldManager: 'kube-controller-manager',
    fieldValidation: 'Ignore' as const,
    ...(subresource === undefined ? {} : { subresource }),
  });
  const put = (object: KubeObject, subresource?: string) => {
    const { resourceVersion: _any, managedFields: _kept, ...metadata } = object.metadata;
    writer.update(request(object, subresource), metadata.name ?? '', { ...object, metadata });
  };
  return {
    get: (ref) => {
      const kind = kinds.byKind(ref.apiVersion, ref.kind);
      return kind === undefined
        ? undefined
        : store.get(storageKey(kind), kind.namespaced ? ref.namespace : undefined, ref.name);
    },
    list: (apiVersion, kindName, namespace) => {
      const kind = kinds.byKind(apiVersion, kindName);
      return kind === undefined ? [] : store.list(storageKey(kind), namespace);
    },
    create: (object) => writer.create(request(object), object).object,
    update: (object) => {
      put(object);
    },
    updateStatus: (object) => {
      put(object, 'status');
    },
    remove: (ref) => {
      const kind = kindOf(ref);
      const namespace = kind.namespaced ? ref.namespace : undefined;
      try {
        deleter.delete({ kind, namespace, name: ref.name, dryRun: false });
      } catch (thrown) {
        if (!(thrown instanceof Error) || thrown.message !== notFound(kind, ref.name).message)
          throw thrown;
      }
    },
    watch: (listener) => {
      for (const kind of kinds.all()) {
        if (kind.virtual === true) continue;
        for (const object of store.list(storageKey(kind))) listener({ type: 'ADDED', object });
      }
      return store.subscribe(({ type, object }) => {
        listener({ type, object });
      });
    },
  };
}
