/** The objects, their versions, and what happened lately. In memory; nothing here knows about HTTP. */
import type { KubeObject } from '../../lib/objects/mod.ts';

/** One change of one object. `before` is absent for an addition. */
export interface StoreChange {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** Storage key of the kind: `apps/deployments`. */
  key: string;
  object: KubeObject;
  before: KubeObject | undefined;
  version: number;
}

export interface Store {
  /** Version of the latest change. */
  version(): number;
  get(key: string, namespace: string | undefined, name: string): KubeObject | undefined;
  /** In the order of namespace and name. */
  list(key: string, namespace?: string): KubeObject[];
  /** Keys of kinds that have objects. */
  keys(): string[];
  /** Writes an object under a new resourceVersion and returns what is stored. */
  put(key: string, object: KubeObject): KubeObject;
  remove(key: string, object: KubeObject): void;
  /** Objects that name this UID as an owner. */
  dependents(uid: string): { key: string; object: KubeObject }[];
  /** Changes after a version; `undefined` when they are no longer known. */
  since(version: number): readonly StoreChange[] | undefined;
  /** Oldest version from which `since` still answers. */
  oldest(): number;
  /** Calls the listener with each change, in order, before the writer goes on; returns how to stop. */
  subscribe(listener: (change: StoreChange) => void): () => void;
}

const longestHistory = 20_000;

export function createStore(
  initial: { version: number; objects: readonly { key: string; object: KubeObject }[] } = {
    // As on any cluster, what was before its start cannot be asked for.
    version: 100,
    objects: [],
  },
): Store {
  const kinds = new Map<string, Map<string, KubeObject>>();
  const owned = new Map<string, Map<string, { key: string; id: string }>>();
  const listeners = new Set<(change: StoreChange) => void>();
  let history: StoreChange[] = [];
  let version = initial.version;
  let oldest = initial.version;

  /** Sorted lists, each until the next change of its kind. */
  const ordered = new Map<string, readonly KubeObject[]>();
  const inOrder = (key: string): readonly KubeObject[] => {
    const known = ordered.get(key);
    if (known !== undefined) return known;
    const sorted = [...(kinds.get(key)?.entries() ?? [])]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
    ordered.set(key, sorted);
    return sorted;
  };
  const idOf = (object: KubeObject) =>
    `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
  const owners = (object: KubeObject | undefined) =>
    object?.metadata.ownerReferences?.map(({ uid }) => uid) ?? [];
  const index = (
    key: string,
    id: string,
    before: KubeObject | undefined,
    after: KubeObject | undefined,
  ) => {
    for (const uid of owners(before)) owned.get(uid)?.delete(`${key} ${id}`);
    for (const uid of owners(after)) {
      const set = owned.get(uid) ?? new Map<string, { key: string; id: string }>();
      set.set(`${key} ${id}`, { key, id });
      owned.set(uid, set);
    }
  };
  const announce = (change: StoreChange) => {
    ordered.delete(change.key);
    history.push(change);
    if (history.length > longestHistory) {
      history = history.slice(longestHistory / 2);
      oldest = (history[0]?.version ?? version) - 1;
    }
    for (const listener of listeners) listener(change);
  };
  for (const { key, object } of initial.objects) {
    const objects = kinds.get(key) ?? new Map<string, KubeObject>();
    objects.set(idOf(object), object);
    kinds.set(key, objects);
    index(key, idOf(object), undefined, object);
  }

  return {
    version: () => version,
    oldest: () => oldest,
    keys: () => [...kinds.keys()],
    get: (key, namespace, name) => kinds.get(key)?.get(`${namespace ?? ''}/${name}`),
    list: (key, namespace) => {
      const all = inOrder(key);
      return namespace === undefined
        ? [...all]
        : all.filter((object) => object.metadata.namespace === namespace);
    },
    put: (key, object) => {
      version += 1;
      const stored = {
        ...object,
        metadata: { ...object.metadata, resourceVersion: String(version) },
      };
      const objects = kinds.get(key) ?? new Map<string, KubeObject>();
      const id = idOf(stored);
      const before = objects.get(id);
      objects.set(id, stored);
      kinds.set(key, objects);
      index(key, id, before, stored);
      announce({
        type: before === undefined ? 'ADDED' : 'MODIFIED',
        key,
        object: stored,
        before,
        version,
      });
      return stored;
    },
    remove: (key, object) => {
      const id = idOf(object);
      const before = kinds.get(key)?.get(id);
      if (before === undefined) return;
      version += 1;
      kinds.get(key)?.delete(id);
      index(key, id, before, undefined);
      // The last state, under the version of the deletion, as watches show it.
      const last = {
        ...before,
        metadata: { ...before.metadata, resourceVersion: String(version) },
      };
      announce({ type: 'DELETED', key, object: last, before, version });
    },
    dependents: (uid) =>
      [...(owned.get(uid)?.values() ?? [])].flatMap(({ key, id }) => {
        const object = kinds.get(key)?.get(id);
        return object === undefined ? [] : [{ key, object }];
      }),
    since: (from) =>
      from < oldest || from > version
        ? undefined
        : history.filter((change) => change.version > from),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
