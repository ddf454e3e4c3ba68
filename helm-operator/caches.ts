/** What the operator watches, and what each change asks for. */
import { createInformer, objectKey } from '../lib/kube/mod.ts';
import type { Informer, KubeClient } from '../lib/kube/mod.ts';
import { helmReleaseApiVersion, releaseNameOf, targetNamespaceOf } from '../lib/objects/mod.ts';
import type { HelmRelease } from '../lib/objects/mod.ts';
import type { Clock, Logger } from '../lib/runtime/mod.ts';
import { reconcileRequest } from './annotations.ts';
import { isReleased } from './reconcile/gates.ts';
import { createReferences } from './references.ts';
import { createRevisions } from './revisions.ts';
import type { Revisions } from './revisions.ts';

export interface CachesOptions {
  kube: KubeClient;
  clock: Clock;
  log: Logger;
  /** '' for all. */
  namespace: string;
  /** A HelmRelease came, went or changed in a way that asks for a look. */
  onRelease: (key: string, change: ReleaseChange) => void;
  /** Something that a HelmRelease refers to changed. */
  onReference: (key: string, reference: { isValues: boolean }) => void;
}

export interface ReleaseChange {
  now: HelmRelease | undefined;
  /** The one that is gone: deleted, or deleted and made anew. */
  gone: HelmRelease | undefined;
  /** Its spec is new. */
  newSpec: boolean;
  /** Another try was asked for by annotation. */
  requested: boolean;
  /** It was there already when this began. */
  known: boolean;
}

export interface Caches {
  releases: Informer<HelmRelease>;
  revisions: Revisions;
  /** Follows the cluster until the signal fires. */
  run(signal: AbortSignal): Promise<unknown>;
  synced(): Promise<unknown>;
}

export function createCaches(options: CachesOptions): Caches {
  const { kube, clock, log } = options;
  const scope = options.namespace === '' ? {} : { namespace: options.namespace };
  const onError = (what: string) => (error: Error) => {
    log.log({ warning: `watching ${what} failed, trying again`, err: error.message });
  };
  const references = createReferences();
  const revisions = createRevisions();
  const tell = (reference: string) => {
    const isValues = !reference.startsWith('HelmRelease/');
    for (const key of references.to(reference)) options.onReference(key, { isValues });
  };

  const releases = createInformer<HelmRelease>({
    client: kube,
    collection: { apiVersion: helmReleaseApiVersion, kind: 'HelmRelease', ...scope },
    clock,
    onError: onError('HelmReleases'),
    onChange: (key, now, before) => {
      const sameMetadata = now !== undefined && before !== undefined && hasSame(before, now);
      if (!sameMetadata) references.set(key, now);
      if (before === undefined || now === undefined || isReleased(before) !== isReleased(now))
        tell(`HelmRelease/${key}`);
      // A write of the status alone is our own.
      if (sameMetadata) return;
      const replaced =
        before !== undefined && now !== undefined && before.metadata.uid !== now.metadata.uid;
      if (before !== undefined && now !== undefined && !replaced) warnOfOrphan(log, before, now);
      options.onRelease(key, {
        now,
        gone: now === undefined || replaced ? before : undefined,
        newSpec:
          replaced ||
          (now !== undefined && before?.metadata.generation !== now.metadata.generation),
        requested:
          now !== undefined &&
          before !== undefined &&
          reconcileRequest(now) !== reconcileRequest(before),
        known: before !== undefined,
      });
    },
  });
  const metadataOf = (kind: 'Secret' | 'ConfigMap') =>
    createInformer({
      client: kube,
      collection: { apiVersion: 'v1', kind, ...scope },
      clock,
      metadataOnly: true,
      onError: onError(`${kind}s`),
      onChange: (key, now, before) => {
        if (kind === 'Secret') revisions.note(now, before);
        tell(`${kind}/${key}`);
      },
    });
  const all = [metadataOf('Secret'), metadataOf('ConfigMap'), releases];
  return {
    releases,
    revisions,
    run: (signal) => Promise.all(all.map((informer) => informer.run(signal))),
    synced: () => Promise.all(all.map((informer) => informer.synced())),
  };
}

/** Everything but the status. */
function hasSame({ metadata: before }: HelmRelease, { metadata: now }: HelmRelease): boolean {
  return (
    before.uid === now.uid &&
    before.generation === now.generation &&
    before.deletionTimestamp === now.deletionTimestamp &&
    JSON.stringify(before.annotations) === JSON.stringify(now.annotations) &&
    JSON.stringify(before.labels) === JSON.stringify(now.labels)
  );
}

/** Like the original, a renamed release is not removed: it may hold data. But it is said. */
function warnOfOrphan(log: Logger, before: HelmRelease, now: HelmRelease): void {
  const [name, namespace] = [releaseNameOf(before), targetNamespaceOf(before)];
  if (name === releaseNameOf(now) && namespace === targetNamespaceOf(now)) return;
  log.log({
    warning: `release '${name}' in namespace '${namespace}' is not managed any more; uninstall it by hand when it is not wanted`,
    resource: objectKey(now),
  });
}
