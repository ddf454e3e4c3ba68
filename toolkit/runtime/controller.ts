/** Runs one kind: queue, workers, finalizer, pauses, final status. */
import { createWorkQueue, KubeError, objectKey } from '../../lib/kube/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { backoffMs, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import type { Caches } from './caches.ts';
import { openDraft, requestedAtKey } from './draft.ts';
import type { Draft } from './draft.ts';
import type { Tell } from './events.ts';
import { Fields } from './fields.ts';
import type { Kind, Outcome } from './kind.ts';
import type { Metrics } from './metrics.ts';

export const finalizer = 'finalizers.fluxcd.io';

/** Progress that lasts no longer is not written. */
const progressAfterMs = 2000;

/** Looks of one kind that may wait at the same time. */
const mostWaiting = 500;

export interface ControllerOptions {
  kind: Kind;
  kube: KubeClient;
  /** What it may read, and what it serves: all of it, or a part. */
  caches: Caches;
  shard: Caches;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  tell: Tell;
  /** Objects worked on at the same time. */
  concurrent: number;
  /** Pauses after failures, in milliseconds. */
  minRetryMs: number;
  maxRetryMs: number;
  /** 0 to 1: how far the interval is stretched or shortened. */
  jitter: number;
  random: () => number;
}

export interface Controller {
  run(signal: AbortSignal): Promise<void>;
}

/** Subscribes to the collections at once; nothing is done before `run`. */
export function createController(options: ControllerOptions): Controller {
  const { kind, kube, caches, clock, metrics } = options;
  const log = options.log.with({ controller: kind.name.toLowerCase() });
  const own = options.shard.collection({ apiVersion: kind.apiVersion, kind: kind.name });
  const queue = createWorkQueue(clock, (length) => {
    metrics.setQueueLength(kind.name, length);
  });
  const failures = new Map<string, number>();

  own.onChange((key, now, before) => {
    if (now === undefined) {
      failures.delete(key);
      metrics.forget(kind.name, key);
      return;
    }
    if (before !== undefined && !isNews(now, before)) return;
    if (before !== undefined) failures.delete(key);
    queue.add(key);
  });
  for (const watch of kind.watches ?? []) {
    caches.collection(watch).onChange((_key, now, before) => {
      for (const key of watch.affected(now, before)) {
        failures.delete(key);
        queue.add(key);
      }
    });
  }

  const draftOf = (object: KubeObject, signal: AbortSignal): Draft =>
    openDraft(object, {
      kube,
      fieldManager: kind.controller,
      now: () => clock.now(),
      tell: options.tell,
      onWritten: (written) => {
        own.wrote(written);
      },
      pause: (over) => clock.sleep(progressAfterMs, AbortSignal.any([over, signal])),
    });

  const setFinalizers = async (object: KubeObject, finalizers: string[]): Promise<KubeObject> => {
    const { namespace, name, resourceVersion } = object.metadata;
    const written = await kube.patch(
      { apiVersion: object.apiVersion, kind: object.kind, namespace, name: name ?? '' },
      'merge',
      { metadata: { finalizers, resourceVersion } },
      { fieldManager: kind.controller },
    );
    own.wrote(written);
    return written;
  };

  /** An empty status says that the object is as wanted; without one the server fills in its default, which says the contrary. */
  const clearStatus = async (object: KubeObject): Promise<void> => {
    const fields = Object.keys(new Fields(object['status']).value);
    if (fields.length === 0) return;
    const { namespace, name = '' } = object.metadata;
    const written = await kube.patch(
      { apiVersion: object.apiVersion, kind: object.kind, namespace, name },
      'merge',
      { status: Object.fromEntries(fields.map((field) => [field, null])) },
      { fieldManager: kind.controller, subresource: 'status' },
    );
    own.wrote(written);
  };

  const remove = async (object: KubeObject, signal: AbortSignal): Promise<Outcome> => {
    const finalizers = object.metadata.finalizers ?? [];
    if (!finalizers.includes(finalizer)) return { next: 'stop', observed: false };
    const draft = draftOf(object, signal);
    try {
      await kind.remove(draft, signal);
    } catch (error) {
      await draft.save();
      return { next: 'retry', error };
    }
    try {
      // The status may have been written meanwhile, and with it the version moved on.
      const latest = own.get(objectKey(object)) ?? object;
      await setFinalizers(
        latest,
        (latest.metadata.finalizers ?? []).filter((each) => each !== finalizer),
      );
    } catch (thrown) {
      if (!(thrown instanceof KubeError && thrown.reason === 'NotFound')) throw thrown;
    }
    return { next: 'stop', observed: false };
  };

  const look = async (found: KubeObject, signal: AbortSignal): Promise<Outcome> => {
    if (found.metadata.deletionTimestamp !== undefined) return remove(found, signal);
    if (kind.isStatic?.(found) === true) {
      await clearStatus(found);
      return { next: 'stop', observed: false };
    }
    const finalizers = found.metadata.finalizers ?? [];
    const object = finalizers.includes(finalizer)
      ? found
      : await setFinalizers(found, [...finalizers, finalizer]);
    const draft = draftOf(object, signal);
    if (draft.spec.flag('suspend') === true) {
      kind.whenSuspended?.(draft);
      await draft.save();
      return { next: 'stop', observed: false };
    }
    let outcome: Outcome;
    try {
      outcome = await kind.reconcile(draft, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      outcome = { next: 'retry', error };
    }
    const requestedAt = draft.annotations[requestedAtKey];
    if (requestedAt !== undefined) draft.status['lastHandledReconcileAt'] = requestedAt;
    if ('observed' in outcome && outcome.observed)
      draft.status['observedGeneration'] = draft.generation;
    await draft.save();
    return outcome;
  };

  const plan = (key: string, outcome: Outcome) => {
    if (outcome.next === 'later' || outcome.next === 'stop') failures.delete(key);
    if (outcome.next === 'stop') return;
    if (outcome.next === 'later') {
      const spread = outcome.jitter ? 1 + options.jitter * (2 * options.random() - 1) : 1;
      queue.addAfter(key, outcome.afterMs * spread);
      return;
    }
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    const pause = { initialMs: options.minRetryMs, maxMs: options.maxRetryMs };
    queue.addAfter(key, backoffMs(pause, count));
  };

  const work = async (key: string, signal: AbortSignal): Promise<void> => {
    const object = own.get(key);
    if (object === undefined) return;
    const begun = clock.now().getTime();
    let outcome: Outcome;
    try {
      outcome = await look(object, signal);
    } catch (error) {
      // What was cut short by the end of the program is taken up after the next start.
      if (signal.aborted) return;
      outcome = { next: 'retry', error };
    }
    if (outcome.next === 'retry') {
      const isConflict = outcome.error instanceof KubeError && outcome.error.reason === 'Conflict';
      if (!isConflict)
        log.log({ err: 'reconciliation failed', object: key, why: messageOf(outcome.error) });
    }
    metrics.observe(kind.name, key, outcome.next, (clock.now().getTime() - begun) / 1000);
    plan(key, outcome);
  };

  return {
    run: async (signal) => {
      const stopped = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
        if (signal.aborted) resolve();
      });
      await Promise.race([own.synced(), stopped]);
      const concurrent = kind.mayWait === true ? mostWaiting : options.concurrent;
      await queue.run(concurrent, work, signal);
    },
  };
}

/** Whether a change of an object was made by somebody else for us to act on; our own writes to its status are none. */
function isNews(now: KubeObject, before: KubeObject): boolean {
  const [a, b] = [now.metadata, before.metadata];
  if (a.uid !== b.uid || a.generation !== b.generation) return true;
  if (a.deletionTimestamp !== b.deletionTimestamp) return true;
  const asked = a.annotations?.[requestedAtKey];
  if (asked !== undefined && asked !== b.annotations?.[requestedAtKey]) {
    return asked !== new Fields(now['status']).text('lastHandledReconcileAt');
  }
  return false;
}
