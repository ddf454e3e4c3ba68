/** A cache of a collection that follows the server: list, watch, and again from the start when the watch is lost. */
import type { KubeObject } from '../objects/mod.ts';
import { asError, backoffMs } from '../runtime/mod.ts';
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
  /** 0 to 1, spreads pauses; default Math.random. */
  random?: () => number;
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
/** A watch that ends sooner than this is not opened again at once. */
const quickEndMs = 1000;

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

  const random = options.random ?? Math.random;
  /** Where to go on watching; `undefined` when only a new list helps. */
  let at: string | undefined;

  const tell = (key: string, now: T | undefined, before: T | undefined) => {
    try {
      options.onChange(key, now, before);
    } catch (thrown) {
      // The cache is right; a listener's mistake must not end the watch.
      options.onError(asError(thrown));
    }
  };
  const put = (object: T) => {
    const key = objectKey(object);
    const before = cache.get(key);
    if (before !== undefined && before.metadata.resourceVersion === object.metadata.resourceVersion)
      return;
    cache.set(key, object);
    tell(key, object, before);
  };
  const remove = (key: string) => {
    const before = cache.get(key);
    if (before === undefined) return;
    cache.delete(key);
    tell(key, undefined, before);
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

  /** Watches until the connection ends; returns how many events came. */
  const follow = async (from: string, signal: AbortSignal): Promise<number> => {
    let events = 0;
    for await (const event of client.watch<T>(collection, {
      resourceVersion: from,
      ...selectors,
      metadataOnly: options.metadataOnly === true,
      signal,
    })) {
      if (event.type === 'ERROR') {
        const { code, message } = event.object;
        throw new KubeError(
          code === 410 ? 'Expired' : 'ServerError',
          collection.kind,
          `watch ${collection.kind}: ${typeof message === 'string' ? message : 'failed'}`,
        );
      }
      events += 1;
      if (event.type === 'DELETED') remove(objectKey(event.object));
      else if (event.type !== 'BOOKMARK') put(event.object);
      at = event.object.metadata.resourceVersion ?? at;
    }
    return events;
  };

  return {
    run: async (signal) => {
      let failures = 0;
      while (!signal.aborted) {
        let begun = clock.now().getTime();
        try {
          at ??= await relist(signal);
          begun = clock.now().getTime();
          const events = await follow(at, signal);
          if (clock.now().getTime() - begun > quickEndMs) {
            failures = 0;
            continue;
          }
          // Where events come, they are not kept waiting for long.
          failures = events > 0 ? 1 : failures + 1;
        } catch (thrown) {
          // Only our own signal ends the work; an abort of any other origin is a failure like all others.
          if (signal.aborted) return;
          // A watch that lasted was no failure to connect.
          failures = clock.now().getTime() - begun > longestPauseMs ? 1 : failures + 1;
          const expired = thrown instanceof KubeError && thrown.reason === 'Expired';
          // After a cut the version still holds; after repeated failures a fresh list clears any doubt.
          if (expired || failures > 1) at = undefined;
          if (!expired) options.onError(asError(thrown));
          if (expired && failures === 1) continue;
        }
        const pause = backoffMs({ initialMs: firstPauseMs, maxMs: longestPauseMs }, failures);
        try {
          await clock.sleep(pause * (0.75 + 0.5 * random()), signal);
        } catch (thrown) {
          if (signal.aborted) return;
          throw thrown;
        }
      }
    },
    synced: () => synced,
    get: (key) => cache.get(key),
    list: () => [...cache.values()],
  };
}
