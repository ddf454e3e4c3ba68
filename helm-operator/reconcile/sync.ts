/** One run over one HelmRelease: what it works with, and the status as it has left it. */
import type { HelmEngine, ReleaseTarget } from '../../lib/helm/action/mod.ts';
import type { ReleaseStatus } from '../../lib/helm/storage/mod.ts';
import type { EventRecorder, KubeClient } from '../../lib/kube/mod.ts';
import { releaseNameOf, targetNamespaceOf } from '../../lib/objects/mod.ts';
import type { HelmRelease, HelmReleasePhase, HelmReleaseStatus } from '../../lib/objects/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import type { FetchedChart } from '../chartsource/source.ts';
import { safeMessage } from '../errors.ts';
import type { ActionName, Metrics } from '../metrics.ts';
import { enterPhase } from '../status/conditions.ts';
import type { StatusWriter } from '../status/writer.ts';
import type { ValuesSources } from '../values/compose.ts';
import { antecedentOf } from './antecedent.ts';
import type { Helm2Releases } from './helm2.ts';

export interface ReconcilerDependencies {
  engine: HelmEngine;
  kube: KubeClient;
  clock: Clock;
  log: Logger;
  events: EventRecorder;
  metrics: Metrics;
  status: StatusWriter;
  fetchChart: (hr: HelmRelease) => Promise<FetchedChart>;
  valuesSources: (chart: FetchedChart) => ValuesSources;
  /** Newest revision of a release by Helm's labels, from the cache; `undefined` when there is none. */
  storedRevision: (
    namespace: string,
    name: string,
  ) => { version: number; status: ReleaseStatus } | undefined;
  helm2: Helm2Releases;
  logDiffs: boolean;
}

export interface Sync extends ReconcilerDependencies {
  hr: HelmRelease;
  /** `namespace/name` of the HelmRelease. */
  key: string;
  releaseName: string;
  targetNamespace: string;
  target: ReleaseTarget;
  timeoutMs: number;
  /** The phase that the run before left behind. */
  phaseBefore: HelmReleasePhase | undefined;
  statusNow: HelmReleaseStatus;
  enter: (
    phase: HelmReleasePhase,
    extra?: { revision?: string; cause?: string; ignoreFailure?: boolean },
  ) => Promise<void>;
  write: (status: HelmReleaseStatus) => Promise<void>;
  /** Counts how long an action takes, and whether it went well. */
  timed: <T>(action: ActionName, act: () => Promise<T>) => Promise<T>;
}

export function startSync(dependencies: ReconcilerDependencies, hr: HelmRelease): Sync {
  const { clock, metrics, status } = dependencies;
  const releaseName = releaseNameOf(hr);
  const targetNamespace = targetNamespaceOf(hr);
  const statusNow = status.current(hr);
  const sync: Sync = {
    ...dependencies,
    hr,
    key: `${hr.metadata.namespace}/${hr.metadata.name}`,
    releaseName,
    targetNamespace,
    target: { releaseName, namespace: targetNamespace },
    timeoutMs: (hr.spec.timeout ?? 300) * 1000,
    log: dependencies.log.with({
      component: 'release',
      release: releaseName,
      targetNamespace,
      resource: antecedentOf(hr),
      helmVersion: 'v3',
    }),
    phaseBefore: statusNow.phase,
    statusNow,
    enter: (phase, extra = {}) =>
      sync.write(
        enterPhase(sync.statusNow, { phase, releaseName, targetNamespace, ...extra }, clock.now()),
      ),
    write: async (next) => {
      sync.statusNow = await status.write(hr, sync.statusNow, next);
      metrics.setConditions(sync, sync.statusNow);
    },
    timed: async (action, act) => {
      const begin = clock.now().getTime();
      let success = false;
      try {
        const result = await act();
        success = true;
        return result;
      } finally {
        metrics.observeAction(action, success, sync, (clock.now().getTime() - begin) / 1000);
      }
    },
  };
  return sync;
}

/** `observedGeneration` is set after failures too. */
export async function observed(sync: Sync): Promise<void> {
  const generation = sync.hr.metadata.generation ?? 0;
  if ((sync.statusNow.observedGeneration ?? 0) < generation)
    await sync.write({ ...sync.statusNow, observedGeneration: generation });
}

/** What fails outside of Helm's own operations shows in the status, too. */
export async function explained<T>(sync: Sync, what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    const failure = failed(what, thrown);
    await sync.enter('Failed', { cause: failure.message });
    throw failure;
  }
}

export function failed(what: string, thrown: unknown): Error {
  return new Error(`${what}: ${safeMessage(thrown)}`, { cause: thrown });
}
