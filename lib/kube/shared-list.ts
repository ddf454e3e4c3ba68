/** A collection that many ask for at the same time: one list serves all who asked before it began. */
import type { KubeObject } from '../objects/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import type { CollectionRef, KubeClient } from './client.ts';
import { KubeError } from './errors.ts';

export interface SharedList<T> {
  /**
   * What there is, as it was no longer ago than this; 0 asks for what there is after the call.
   *
   * @returns nothing when no such kind is served, or when it may not be listed
   * @throws KubeError
   */
  get(maxAgeMs: number): Promise<readonly T[]>;
}

export interface SharedListOptions<T> {
  client: Pick<KubeClient, 'list' | 'resourceType'>;
  clock: Clock;
  /** The first of them that is served. */
  apiVersions: readonly string[];
  kind: string;
  /** '' for all. */
  namespace: string;
  /** What is kept of an object; `undefined` leaves it out. */
  read: (object: KubeObject) => T | undefined;
  /** Told once that the collection may not be listed. */
  onForbidden: (error: KubeError) => void;
}

export function createSharedList<T>(options: SharedListOptions<T>): SharedList<T> {
  const { client, clock, kind, namespace } = options;
  let last: { begun: number; items: readonly T[] } | undefined;
  let running: Promise<unknown> | undefined;
  let next: Promise<readonly T[]> | undefined;
  let hasComplained = false;

  const served = async (): Promise<CollectionRef | undefined> => {
    for (const apiVersion of options.apiVersions)
      if ((await client.resourceType({ apiVersion, kind })) !== undefined)
        return { apiVersion, kind, ...(namespace === '' ? {} : { namespace }) };
    return undefined;
  };
  const list = async (): Promise<readonly T[]> => {
    const begun = clock.now().getTime();
    const collection = await served();
    let items: readonly T[] = [];
    try {
      if (collection !== undefined)
        items = (await client.list(collection)).items.flatMap(
          (object) => options.read(object) ?? [],
        );
    } catch (thrown) {
      if (!(thrown instanceof KubeError && thrown.reason === 'Forbidden')) throw thrown;
      if (!hasComplained) options.onForbidden(thrown);
      hasComplained = true;
    }
    last = { begun, items };
    return items;
  };
  /** One that is under way may have passed what was written just now: those who ask wait for the one after it. */
  const afterRunning = async (): Promise<readonly T[]> => {
    await running?.catch(() => undefined);
    next = undefined;
    const mine = list();
    running = mine;
    return mine;
  };
  return {
    get: (maxAgeMs) => {
      if (last !== undefined && maxAgeMs > 0 && clock.now().getTime() - last.begun <= maxAgeMs)
        return Promise.resolve(last.items);
      next ??= afterRunning();
      return next;
    },
  };
}
