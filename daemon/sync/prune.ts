/** Deletes objects that left the repository, with a guard against losing everything (spec flux-v1 §3.7). */
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Logger } from '../../lib/runtime/mod.ts';
import type { ResourceError } from './apply.ts';
import { liveOf } from './live.ts';
import type { Live } from './live.ts';
import { markLabel, markOf } from '../../lib/wire/mod.ts';
import { ignoreOf, rankOf } from './mark.ts';

export interface PruneOptions {
  kube: KubeClient;
  log: Logger;
  setName: string;
  dryRun: boolean;
  /** Largest share of our objects that may go at once, in percent. */
  limitPercent: number;
  /** Files that cannot be read and never could: what has left the repository cannot be told. */
  lost: readonly string[];
  /** Somebody has confirmed this very revision. */
  confirmed: boolean;
  /** How to confirm, for the log. */
  confirmation: string;
  signal: AbortSignal;
}

/** With fewer objects of ours only an empty repository is suspicious. */
const guardedFrom = 10;

export interface PruneOutcome {
  errors: ResourceError[];
  /** Why nothing was deleted although something has left the repository. */
  refused?: string;
}

/** Numbers of objects: to delete, with our mark in the cluster, and in the repository. */
export interface PruneCounts {
  gone: number;
  ours: number;
  inRepository: number;
  limitPercent: number;
  lost: readonly string[];
}

export interface InRepository {
  /** By ID, with those that are left alone. */
  has(id: string): boolean;
  size: number;
  /** As it is applied; `undefined` for those that are left alone. */
  object(id: string): KubeObject | undefined;
}

/**
 * Whether what goes by the ID is by now an object of another group, which is there beside it. One object that the server
 * shows in two groups, as Ingresses once were, is no replacement.
 */
function isReplaced(id: string, object: KubeObject, live: Live, inRepository: InRepository) {
  const wanted = inRepository.object(id);
  const uid = wanted === undefined ? undefined : liveOf(live, id, wanted)?.metadata.uid;
  return uid !== undefined && uid !== object.metadata.uid;
}

/** Why a deletion looks like an accident; `undefined` when it does not. */
export function whyNot(counts: PruneCounts): string | undefined {
  const { gone, ours, inRepository, limitPercent, lost } = counts;
  if (inRepository === 0)
    return `the repository holds no manifest at all; not deleting ${gone} resources`;
  if (lost.length > 0)
    return `${lost.join(', ')} cannot be read; not deleting ${gone} resources that may be meant there`;
  if (ours >= guardedFrom && (100 * gone) / ours > limitPercent)
    return `${gone} of ${ours} resources left the repository at once; not deleting them`;
  return undefined;
}

export async function prune(
  live: Live,
  inRepository: InRepository,
  options: PruneOptions,
): Promise<PruneOutcome> {
  const { log } = options;
  const ours = [...live]
    .flatMap(([id, objects]) => objects.map((object) => [id, object] as const))
    .filter(([id, object]) => object.metadata.labels?.[markLabel] === markOf(options.setName, id));
  const gone = ours
    .filter(([id, object]) => !inRepository.has(id) || isReplaced(id, object, live, inRepository))
    .filter(([id, object]) => {
      const ignored = ['true', 'sync_only'].includes(ignoreOf(object.metadata.annotations));
      if (ignored)
        log.log({
          info: 'not deleting resource; ignore annotation in cluster resource',
          resource: id,
        });
      return !ignored;
    })
    .sort(([, a], [, b]) => rankOf(b.kind) - rankOf(a.kind));
  if (gone.length === 0) return { errors: [] };

  const refused = whyNot({
    gone: gone.length,
    ours: ours.length,
    inRepository: inRepository.size,
    limitPercent: options.limitPercent,
    lost: options.lost,
  });
  if (refused !== undefined && !options.confirmed) {
    log.log({ warning: refused, 'to-confirm': options.confirmation });
    return { errors: [], refused };
  }
  const errors: ResourceError[] = [];
  for (const [id, object] of gone) {
    log.log({
      info: 'cluster resource not in resources to be synced; deleting',
      'dry-run': options.dryRun,
      resource: id,
    });
    if (options.dryRun) continue;
    const { name = '', namespace, uid } = object.metadata;
    try {
      await options.kube.delete(
        { apiVersion: object.apiVersion, kind: object.kind, name, namespace },
        {
          propagation: 'Background',
          signal: options.signal,
          ...(uid === undefined ? {} : { uid }),
        },
      );
    } catch (thrown) {
      options.signal.throwIfAborted();
      errors.push({ id, path: '', error: messageOf(thrown) });
      log.log({ err: messageOf(thrown), resource: id });
    }
  }
  return { errors };
}
