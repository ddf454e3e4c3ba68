/** One informer for each collection that controllers read or watch, however many of them do. */
import { createInformer, objectKey } from '../../lib/kube/mod.ts';
import type { Informer, KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { createReferenceIndex } from './reference-index.ts';
import type { ReferenceIndex, RefersTo } from './reference-index.ts';

export type Listener = (
  key: string,
  now: KubeObject | undefined,
  before: KubeObject | undefined,
) => void;

export interface Collection {
  /** By `namespace/name`; our own writes are seen before the server tells of them. */
  get(key: string): KubeObject | undefined;
  list(): KubeObject[];
  /** Called with each change; must not throw. */
  onChange(listener: Listener): void;
  /** Keys of the objects that name something, without looking at all of them; to be asked for before `run`. */
  index(refersTo: RefersTo): (reference: string) => string[];
  /** Takes an object as the server returned it from a write. */
  wrote(object: KubeObject): void;
  synced(): Promise<void>;
}

export interface CollectionOptions {
  apiVersion: string;
  kind: string;
  /** Only `metadata`. */
  metadataOnly?: boolean;
  fieldSelector?: string;
}

export interface Caches {
  /** The same collection for the same options. */
  collection(options: CollectionOptions): Collection;
  /** Follows all collections asked for so far, until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

export interface CachesOptions {
  kube: KubeClient;
  clock: Clock;
  /** '' for all. */
  namespace: string;
  onError: (error: Error) => void;
}

export function createCaches({ kube, clock, namespace, onError }: CachesOptions): Caches {
  const known = new Map<string, { collection: Collection; informer: Informer<KubeObject> }>();
  const open = (options: CollectionOptions) => {
    const listeners: Listener[] = [];
    const indexes: ReferenceIndex[] = [];
    /** What we wrote and the watch has not shown yet. */
    const ahead = new Map<string, KubeObject>();
    const { apiVersion, kind, metadataOnly = false, fieldSelector } = options;
    const informer = createInformer<KubeObject>({
      client: kube,
      clock,
      collection: { apiVersion, kind, ...(namespace === '' ? {} : { namespace }) },
      metadataOnly,
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      onChange: (key, now, before) => {
        const own = ahead.get(key);
        if (now === undefined || (own !== undefined && !isNewer(own, now))) ahead.delete(key);
        for (const index of indexes) index.set(key, ahead.get(key) ?? now);
        for (const listener of listeners) listener(key, now, before);
      },
      onError,
    });
    const collection: Collection = {
      get: (key) => ahead.get(key) ?? informer.get(key),
      list: () => informer.list().map((object) => ahead.get(objectKey(object)) ?? object),
      onChange: (listener) => {
        listeners.push(listener);
      },
      index: (refersTo) => {
        const index = createReferenceIndex(refersTo);
        indexes.push(index);
        return index.usersOf;
      },
      wrote: (object) => {
        const key = objectKey(object);
        const seen = informer.get(key);
        if (seen === undefined || !isNewer(object, seen)) return;
        ahead.set(key, object);
        for (const index of indexes) index.set(key, object);
      },
      synced: () => informer.synced(),
    };
    return { collection, informer };
  };
  return {
    collection: (options) => {
      const { apiVersion, kind, metadataOnly = false, fieldSelector = '' } = options;
      const key = [apiVersion, kind, metadataOnly, fieldSelector].join(' ');
      const entry = known.get(key) ?? open(options);
      known.set(key, entry);
      return entry.collection;
    },
    run: async (signal) => {
      await Promise.all([...known.values()].map(({ informer }) => informer.run(signal)));
    },
  };
}

/**
 * Whether one state of an object came after another. Versions are numbers of one sequence on every server we know, and
 * Kubernetes 1.35 promises it; where they are not, what the watch shows counts.
 */
function isNewer(a: KubeObject, b: KubeObject): boolean {
  const [x = '', y = ''] = [a.metadata.resourceVersion, b.metadata.resourceVersion];
  return /^\d+$/.test(x) && /^\d+$/.test(y) && BigInt(x) > BigInt(y);
}
