/** One sync: load, apply, prune, move the marker, tell (spec flux-v1 §3.2). */

import type { KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { allEnded, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import type { SyncMarker } from '../git/marker.ts';
import type { ConfigRepository } from '../git/repository.ts';
import { applySet } from './apply.ts';
import type { Remembered, ResourceError } from './apply.ts';
import { listMarked, withUnmarked } from './live.ts';
import { loadTree } from './load.ts';
import type { LoadedTree, LoadOptions } from './load.ts';
import { checksumOf } from './checksum.ts';
import { prune } from './prune.ts';
import { scopeTree } from './scope.ts';
import type { ScopedSet } from './scope.ts';

export interface SyncerOptions {
  repository: ConfigRepository;
  marker: SyncMarker;
  kube: KubeClient;
  clock: Clock;
  log: Logger;
  manifests: LoadOptions;
  setName: string;
  defaultNamespace: string;
  allowedNamespaces: readonly string[];
  excludeKinds: readonly string[];
  collect: boolean;
  dryRun: boolean;
  pruneLimitPercent: number;
  /** Tells of what a sync did before its mark moves; when that fails the mark stays, and it is told again. */
  announce: (outcome: SyncOutcome) => Promise<void>;
  /** A tag of this name on a commit allows that commit to delete any number of objects. */
  confirmTag: string;
}

/** What a sync did, for events, metrics and the API. */
export interface SyncOutcome {
  from: string | undefined;
  to: string;
  set: ScopedSet;
  /** IDs whose manifests differ from the sync before. */
  changed: readonly string[];
  applied: number;
  errors: readonly ResourceError[];
  /** Some of the manifests came out of generators. */
  generated: boolean;
  startedAt: Date;
}

/** The manifests of one commit. */
export interface LoadedRevision {
  tree: LoadedTree;
  set: ScopedSet;
}

export interface Syncer {
  /** @param signal ends the sync early; what was applied stays */
  sync(signal: AbortSignal): Promise<SyncOutcome>;
  /** The manifests of a commit, from memory when it is the one read last. */
  load(revision: string): Promise<LoadedRevision>;
  last(): SyncOutcome | undefined;
}

export function createSyncer(options: SyncerOptions): Syncer {
  const { repository, marker, kube, log } = options;
  const remembered: Remembered = new Map();
  let checksums: ReadonlyMap<string, string> | undefined;
  let markedAt: string | undefined;
  let toldOfOther = false;
  let last: SyncOutcome | undefined;
  let loading: { revision: string; tree: Promise<LoadedTree> } | undefined;
  let loaded: LoadedTree | undefined;
  let reported = new Set<string>();
  let excluded = new Set<string>();

  /** Whoever asks for a commit while it is being read waits for the same reading. */
  const treeOf = (revision: string): Promise<LoadedTree> => {
    if (loading?.revision === revision) return loading.tree;
    const tree = loadTree(repository.mirror(), revision, options.manifests, loaded);
    const mine = { revision, tree };
    loading = mine;
    tree.then(
      (done) => {
        loaded = done;
      },
      () => {
        if (loading === mine) loading = undefined;
      },
    );
    return tree;
  };
  const load = async (revision: string) => {
    const tree = await treeOf(revision);
    return { tree, set: await scopeTree(tree, options) };
  };

  const before = async (from: string | undefined): Promise<ReadonlyMap<string, string>> => {
    if (checksums !== undefined) return checksums;
    if (from === undefined) return new Map();
    try {
      const tree = await loadTree(repository.mirror(), from, options.manifests);
      return checksumsOf(await scopeTree(tree, options));
    } catch (thrown) {
      log.log({ warning: 'cannot read what was synced before', err: messageOf(thrown) });
      return new Map();
    }
  };

  const report = (set: ScopedSet) => {
    const now = new Set(set.failures.map(({ message }) => message));
    for (const { file, message } of set.failures)
      if (!reported.has(message)) log.log({ err: message, file });
    reported = now;
    const unknown = new Set(set.unknown.map(({ kind, name }) => `${kind}/${name}`));
    for (const { kind, apiVersion, name } of set.unknown) {
      const resource = `${kind}/${name}`;
      if (excluded.has(resource)) continue;
      log.log({
        warn: `cannot find scope of resource ${resource}: resource ${apiVersion}/${kind} not found`,
        impact: `resource ${resource} will be excluded until its scope is available`,
      });
    }
    for (const resource of excluded)
      if (!unknown.has(resource))
        log.log({ info: `found scope of resource ${resource}, back in business!` });
    excluded = unknown;
  };

  return {
    load,
    last: () => last,
    sync: async (signal) => {
      const startedAt = options.clock.now();
      const to = await repository.head();
      const from = await marker.get();
      if (markedAt !== undefined && from !== undefined && from !== markedAt && !toldOfOther) {
        toldOfOther = true;
        log.log({
          warning:
            'detected external change in sync state; the sync state should not be shared by fluxd instances',
        });
      }
      log.log({ info: 'trying to sync git changes to the cluster', old: from ?? '', new: to });
      // What generators make may change though the commit does not.
      if (last !== undefined && last.to === to && last.generated) loading = undefined;
      const looking = {
        kube,
        log,
        exclude: options.excludeKinds,
        allowedNamespaces: options.allowedNamespaces,
        signal,
      };
      const collecting = options.collect || options.dryRun;
      const [{ set, tree }, marked] = await allEnded([
        load(to),
        collecting ? listMarked(looking) : new Map<string, KubeObject[]>(),
      ]);
      report(set);
      const all = [...set.objects.values()];
      const live = await withUnmarked(marked, all, looking);
      const { applied, errors } = await applySet(all, live, { ...options, remembered, signal });
      if (collecting) {
        const { objects, kept, lost } = set;
        const pruned = await prune(
          live,
          {
            has: (id) => objects.has(id) || kept.has(id),
            size: objects.size + kept.size,
            object: (id) => objects.get(id)?.object,
          },
          {
            ...options,
            lost,
            limitPercent: options.pruneLimitPercent,
            confirmed:
              (await repository.mirror().resolve(`refs/tags/${options.confirmTag}`)) === to,
            confirmation: `git tag ${options.confirmTag} ${to} && git push origin ${options.confirmTag}`,
            signal,
          },
        );
        errors.push(...pruned.errors);
      }
      for (const id of [...remembered.keys()]) if (!set.objects.has(id)) remembered.delete(id);
      const now = checksumsOf(set);
      const then = await before(from);
      const changed = [...now.keys()].filter((id) => now.get(id) !== then.get(id));
      checksums = now;
      const generated = tree.generated.size > 0;
      last = { from, to, set, changed, applied, errors, generated, startedAt };
      await options.announce(last);
      // As in v1: a load with an error keeps the marker where it is, an object that fails does not.
      if (set.failures.length === 0 && from !== to) {
        await marker.set(to);
        log.log({ state: 'tag flux', old: from ?? '', new: to });
        markedAt = to;
      }
      return last;
    },
  };
}

const checksumsOf = ({ objects }: ScopedSet): ReadonlyMap<string, string> =>
  new Map([...objects.values()].map(({ id, written }) => [id, checksumOf(written)]));
