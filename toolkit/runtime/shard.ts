/** Instances that share the work: each serves the objects that a label selector chooses, and may read the others. */
import { parseLabelSelector } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import type { Caches, Collection } from './caches.ts';

/** Whether an object is served by this instance. */
export type Serves = (object: KubeObject) => boolean;

/**
 * @param selector `sharding.fluxcd.io/key=shard1`, `!sharding.fluxcd.io/key`; '' for every object
 * @throws Fault `BadFlag`
 */
export function readShard(selector: string): Serves {
  const refuse = (why: string, cause?: unknown): Fault =>
    new Fault(
      'BadFlag',
      'stall',
      'watch-label-selector',
      `--watch-label-selector: couldn't parse the selector string ${JSON.stringify(selector)}: ${why}`,
      { cause },
    );
  if (/[<>]/.test(selector)) throw refuse('labels are not compared as numbers');
  let matches;
  try {
    matches = parseLabelSelector(selector);
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    throw refuse(thrown.message, thrown);
  }
  return ({ metadata }) => matches(new Map(Object.entries(metadata.labels ?? {})));
}

/** The caches with the served objects of our kinds alone: another one is not there, and one that gets other labels comes or goes. */
export function shardOf(caches: Caches, serves: Serves): Caches {
  return {
    collection: (options) => {
      const collection = caches.collection(options);
      return isOurs(options.apiVersion) ? served(collection, serves) : collection;
    },
    run: (signal) => caches.run(signal),
  };
}

const isOurs = (apiVersion: string): boolean => apiVersion.includes('.toolkit.fluxcd.io/');

function served(collection: Collection, serves: Serves): Collection {
  const kept = (object: KubeObject | undefined) =>
    object !== undefined && serves(object) ? object : undefined;
  const get = (key: string) => kept(collection.get(key));
  return {
    get,
    list: () => collection.list().filter(serves),
    onChange: (listener) => {
      collection.onChange((key, now, before) => {
        const [is, was] = [kept(now), kept(before)];
        if (is !== undefined || was !== undefined) listener(key, is, was);
      });
    },
    index: (refersTo) => {
      const usersOf = collection.index(refersTo);
      return (reference) => usersOf(reference).filter((key) => get(key) !== undefined);
    },
    wrote: (object) => {
      collection.wrote(object);
    },
    synced: () => collection.synced(),
  };
}
