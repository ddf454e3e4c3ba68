/** One look at a HelmRelease once all it needs is there: what the state machine and its actions work on. */
import type { HelmEngine, ReleaseTarget } from '../../lib/helm/action/mod.ts';
import type { Chart } from '../../lib/helm/chart/mod.ts';
import type { Release } from '../../lib/helm/storage/mod.ts';
import type { GoMap } from '../../lib/helm/values/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import type { HealthExpressions } from '../health/mod.ts';
import type { Draft } from '../runtime/mod.ts';
import type { Newer } from './newer.ts';
import { readHistory, sorted } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import type { HelmReleaseSpec, Remediation, Retry } from './spec.ts';

export const releaseGroup = 'helm.toolkit.fluxcd.io';

/** What is in the cluster that the release goes to. */
export interface Target {
  engine: HelmEngine;
  kube: KubeClient;
  /** For waits: who waits leaves his place to others. */
  clock: Clock;
}

export interface Request {
  draft: Draft;
  spec: HelmReleaseSpec;
  chart: Chart;
  values: GoMap;
  /** Of `healthCheckExprs`. */
  expressions: readonly HealthExpressions[];
  target: Target;
  clock: Clock;
  signal: AbortSignal;
  /** Beginnings of names of managers that must not have fields of the release's objects. */
  overridden: readonly string[];
  /** Health is waited for as long as it says nothing. */
  newer: Newer;
}

type Draftable = Pick<Request, 'draft'>;

export const historyOf = ({ draft }: Draftable): Snapshot[] =>
  sorted(readHistory(draft.status['history']));

export function setHistory({ draft }: Draftable, history: readonly Snapshot[]): void {
  if (history.length === 0) delete draft.status['history'];
  else draft.status['history'] = sorted(history);
}

export const latestOf = (request: Draftable): Snapshot | undefined => historyOf(request)[0];

/** @throws TypeError when nothing was released yet: the caller has made sure that something was */
export function mustLatest(request: Draftable): Snapshot {
  const latest = latestOf(request);
  if (latest === undefined) throw new TypeError('there is no latest release');
  return latest;
}

/** What Helm is asked about: names, and where the release is stored. */
export function engineTarget(
  spec: Pick<HelmReleaseSpec, 'releaseName' | 'releaseNamespace'>,
  storageNamespace: string,
): ReleaseTarget {
  return {
    releaseName: spec.releaseName,
    namespace: spec.releaseNamespace,
    storageNamespace,
  };
}

export const targetOf = ({ spec }: Pick<Request, 'spec'>): ReleaseTarget =>
  engineTarget(spec, spec.storageNamespace);

export type Counter = 'failures' | 'installFailures' | 'upgradeFailures';

export function countOf({ draft }: Draftable, counter: Counter): number {
  const value = draft.status[counter];
  return typeof value === 'number' ? value : 0;
}

export function countUp(request: Draftable, counter: Counter): void {
  request.draft.status[counter] = countOf(request, counter) + 1;
}

export function clearFailures({ draft }: Draftable): void {
  for (const counter of ['failures', 'installFailures', 'upgradeFailures'] as const)
    delete draft.status[counter];
}

/** What was last attempted decides which block of the spec counts: install or upgrade. */
function lastAction({ draft }: Draftable): 'install' | 'upgrade' | undefined {
  const action = draft.status['lastAttemptedReleaseAction'];
  return action === 'install' || action === 'upgrade' ? action : undefined;
}

export type ActiveRemediation = Remediation & { counter: 'installFailures' | 'upgradeFailures' };

export function activeRemediation(
  request: Pick<Request, 'draft' | 'spec'>,
): ActiveRemediation | undefined {
  const { spec } = request;
  switch (lastAction(request)) {
    case 'install':
      return {
        ...spec.install.remediation,
        strategy: 'uninstall',
        counter: 'installFailures',
      };
    case 'upgrade':
      return { ...spec.upgrade.remediation, counter: 'upgradeFailures' };
    case undefined:
      return undefined;
  }
}

export function activeRetry(request: Pick<Request, 'draft' | 'spec'>): Retry | undefined {
  const action = lastAction(request);
  return action === undefined ? undefined : request.spec[action].retry;
}

export const isExhausted = (
  request: Draftable,
  { retries }: Remediation,
  counter: Counter,
): boolean => retries >= 0 && countOf(request, counter) > retries;

/** Metadata of the Events about a revision. */
export function eventMetadata(
  revision: string,
  token: string,
  { appVersion = '', ociDigest = '' }: { appVersion?: string; ociDigest?: string },
): Record<string, string> {
  const key = (name: string) => `${releaseGroup}/${name}`;
  return {
    ...(revision === '' ? {} : { [key('revision')]: revision }),
    ...(token === '' ? {} : { [key('token')]: token }),
    ...(appVersion === '' ? {} : { [key('app-version')]: appVersion }),
    ...(ociDigest === '' ? {} : { [key('oci-digest')]: ociDigest }),
  };
}

export const snapshotMetadata = (snapshot: Snapshot): Record<string, string> =>
  eventMetadata(snapshot.chartVersion, snapshot.configDigest, snapshot);

/** Collects revisions as Helm stores them, the last state of each. */
export function observer(): { onStored: (release: Release) => void; seen: Map<number, Release> } {
  const seen = new Map<number, Release>();
  return {
    seen,
    onStored: (release) => {
      // The engine goes on with the release it stored; what it was at this moment is kept.
      seen.set(release.version, { ...release, info: { ...release.info } });
    },
  };
}
