/** A cache of a collection that follows the server: list, watch, and again from the start when the watch is lost. */
import type { KubeObject } from '../objects/mod.ts';
import { asError, isAbort } from '../runtime/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import type { CollectionRef, KubeClient, ObjectList } from './client.ts';
import { KubeError } from './errors.ts';

export interface InformerOptions<T extends KubeObject> {
  client: KubeClient;
  collection: CollectionRef;
  clock: Clock;
  labelSelector?: string;
  fieldSelector?: string;
  /** Keeps only `metadata` of each object: for many objects whose content does not matter. */
  metadataOnly?: boolean;
  /** Called with each change; `undefined` stands for "not there". Level-based: read the cache, do not count calls. */
  onChange: (key: string, now: T | undefined, before: T | undefined) => void;
  /** Called with each failure; the informer goes on by itself. */
  onError: (error: Error) => void;
}

export interface Informer<T extends KubeObject> {
  /** Follows the collection until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves once the first list is in the cache. */
  synced(): Promise<void>;
  get(key: string): T | undefined;
  list(): T[];
}

/** `namespace/name`, or the name alone of a cluster-scoped object. */
export function objectKey(object: Pick<KubeObject, 'metadata'>): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? (name ?? '') : `${namespace}/${name ?? ''}`;
}

const firstPauseMs = 200;
const longestPauseMs = 30_000;

export function createInformer<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
  const { client, collection, clock } = options;
  const cache = new Map<string, T>();
  let markSynced: () => void = () => undefined;
  const synced = new Promise<void>((resolve) => {
    markSynced = resolve;
  });
  const selectors = {
    ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
    ...(options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector }),
  };

  const put = (object: T) => {
    const key = objectKey(object);
    const before = cache.get(key);
    if (before !== undefined && before.metadata.resourceVersion === object.metadata.resourceVersion)
      return;
    cache.set(key, object);
    options.onChange(key, object, before);
  };
  const remove = (key: string) => {
    const before = cache.get(key);
    if (before === undefined) return;
    cache.delete(key);
    options.onChange(key, undefined, before);
  };

  const relist = async (signal: AbortSignal): Promise<string> => {
    const { items, resourceVersion } =
      options.metadataOnly === true
        ? ((await client.listMetadata(collection, { ...selectors, signal })) as ObjectList<T>)
        : await client.list<T>(collection, { ...selectors, signal });
    const present = new Set(items.map(objectKey));
    for (const key of [...cache.keys()]) if (!present.has(key)) remove(key);
    for (const item of items) put(item);
    markSynced();
    return resourceVersion;
  };

  /** Watches from a version until the connection ends; returns where to go on, `undefined` to list again. */
  const follow = async (from: string, signal: AbortSignal): Promise<string | undefined> => {
    let at = from;
    for await (const event of client.watch<T>(collection, {
      resourceVersion: at,
      ...selectors,
      metadataOnly: options.metadataOnly === true,
      signal,
    })) {
      if (event.type === 'ERROR') {
        if (event.object.code === 410) return undefined;
        const message =
          typeof event.object.message === 'string' ? event.object.message : 'watch failed';
        throw new KubeError('ServerError', collection.kind, `watch ${collection.kind}: ${message}`);
      }
      at = event.object.metadata.resourceVersion ?? at;
      if (event.type === 'DELETED') remove(objectKey(event.object));
      else if (event.type !== 'BOOKMARK') put(event.object);
    }
    return at;
  };

  return {
    run: async (signal) => {
      let version: string | undefined;
      let failures = 0;
      while (!signal.aborted) {
        try {
          version ??= await relist(signal);
          version = await follow(version, signal);
          failures = 0;
        } catch (thrown) {
          if (signal.aborted || isAbort(thrown)) return;
          if (thrown instanceof KubeError && thrown.reason === 'Expired') {
            version = undefined;
            continue;
          }
          failures += 1;
          // After a cut the version still holds; after repeated failures a fresh list clears any doubt.
          if (failures > 1) version = undefined;
          options.onError(asError(thrown));
          const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
          try {
            await clock.sleep(pause, signal);
          } catch (interrupted) {
            if (isAbort(interrupted)) return;
            throw interrupted;
          }
        }
      }
    },
    synced: () => synced,
    get: (key) => cache.get(key),
    list: () => [...cache.values()],
  };
}
