/** One run over one HelmRelease: what it works with, and the status as it has left it. */
import type { HelmEngine, ReleaseTarget } from '../../lib/helm/action/mod.ts';
import type { ReleaseStatus } from '../../lib/helm/storage/mod.ts';
import { isServerAway, KubeError } from '../../lib/kube/mod.ts';
import type { EventRecorder, KubeClient } from '../../lib/kube/mod.ts';
import { releaseNameOf, targetNamespaceOf } from '../../lib/objects/mod.ts';
import type {
  HelmRelease,
  HelmReleasePhase,
  HelmReleaseStatus,
  ReleaseClaim,
} from '../../lib/objects/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import type { FetchedChart } from '../chartsource/source.ts';
import { OperatorError, safeMessage } from '../errors.ts';
import type { ActionName, Metrics } from '../metrics.ts';
import { enterPhase } from '../status/conditions.ts';
import type { StatusWriter } from '../status/writer.ts';
import type { ValuesSources } from '../values/compose.ts';
import type { Retries } from '../retries.ts';
import { antecedentOf } from './antecedent.ts';
import type { Helm2Records } from '../helm2/records.ts';

/** The cluster with the rights that a HelmRelease's work is done with. */
export interface ActingCluster {
  engine: HelmEngine;
  kube: KubeClient;
}

export interface ReconcilerDependencies {
  actFor: (hr: HelmRelease) => ActingCluster;
  /** The cluster with the operator's own rights. */
  ownKube: KubeClient;
  clock: Clock;
  log: Logger;
  events: EventRecorder;
  metrics: Metrics;
  status: StatusWriter;
  fetchChart: (hr: HelmRelease, kube: KubeClient) => Promise<FetchedChart>;
  valuesSources: (chart: FetchedChart, kube: KubeClient) => ValuesSources;
  /** Another HelmRelease, by `namespace/name`. */
  otherRelease: (key: string) => HelmRelease | undefined;
  /** What HelmReleases of the newer generation claim, as it was no longer ago than this. @throws KubeError */
  otherClaims: (maxAgeMs: number) => Promise<readonly ReleaseClaim[]>;
  retries: Retries;
  /** See `Sync.lost`. */
  lost: (key: string) => AbortSignal;
  /** Newest revision of a release by Helm's labels, from the cache; `undefined` when there is none. */
  storedRevision: (
    namespace: string,
    name: string,
  ) => { version: number; status: ReleaseStatus } | undefined;
  helm2: Helm2Records;
  logDiffs: boolean;
  /** Deleting the CustomResourceDefinition uninstalls every release, as in the original. */
  uninstallWithCrd: boolean;
  /** HelmReleases hold on until their release is gone. */
  useFinalizer: boolean;
}

export interface Sync extends Omit<ReconcilerDependencies, 'lost'>, ActingCluster {
  hr: HelmRelease;
  /** Somebody asks for another try, whatever happened before. */
  forced: boolean;
  /** Fires when something newer is wanted, so that waiting for this to become ready is pointless. */
  outdated: AbortSignal;
  /** Fires when another replica is to work on the HelmRelease: nothing more may be written. */
  lost: AbortSignal;
  /** `namespace/name` of the HelmRelease. */
  key: string;
  releaseName: string;
  targetNamespace: string;
  /** For every verb of the engine. */
  target: ReleaseTarget & { signal: AbortSignal };
  timeoutMs: number;
  /** The phase that the run before left behind. */
  phaseBefore: HelmReleasePhase | undefined;
  statusNow: HelmReleaseStatus;
  /** @throws OperatorError `StatusUnwritten` when something begins by it that a crash may leave unfinished */
  enter: (phase: HelmReleasePhase, extra?: PhaseExtra) => Promise<void>;
  /** A phase to be written together with the next one. */
  note: (phase: HelmReleasePhase) => void;
  /** Several phases, one after the other, in one write: nobody can stop in between. */
  enterAll: (phases: readonly (PhaseExtra & { phase: HelmReleasePhase })[]) => Promise<void>;
  change: (change: (before: HelmReleaseStatus) => HelmReleaseStatus) => Promise<void>;
  /** Counts how long an action takes, and whether it went well. */
  timed: <T>(action: ActionName, act: () => Promise<T>) => Promise<T>;
}

export interface PhaseExtra {
  revision?: string;
  cause?: string;
  ignoreFailure?: boolean;
  /** Nothing comes after it. Always so for phases that end a run whatever happened. */
  final?: boolean;
}

/** Written before something is begun that others may have to go on with. */
const beginnings: readonly HelmReleasePhase[] = [
  'Installing',
  'Upgrading',
  'Testing',
  'RollingBack',
];

const finalPhases: readonly HelmReleasePhase[] = [
  'ChartFetchFailed',
  'Succeeded',
  'Failed',
  'RolledBack',
  'RollbackFailed',
];

export function startSync(
  dependencies: ReconcilerDependencies,
  hr: HelmRelease,
  { forced, outdated, lost }: Pick<Sync, 'forced' | 'outdated' | 'lost'>,
): Sync {
  const { clock, metrics, status } = dependencies;
  const releaseName = releaseNameOf(hr);
  const targetNamespace = targetNamespaceOf(hr);
  const statusNow = status.current(hr);
  const noted: (PhaseExtra & { phase: HelmReleasePhase })[] = [];
  const sync: Sync = {
    ...dependencies,
    ...dependencies.actFor(hr),
    hr,
    forced,
    outdated,
    lost,
    key: `${hr.metadata.namespace}/${hr.metadata.name}`,
    releaseName,
    targetNamespace,
    target: { releaseName, namespace: targetNamespace, signal: lost },
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
    enter: (phase, extra = {}) => sync.enterAll([{ ...extra, phase }]),
    note: (phase) => {
      noted.push({ phase });
    },
    enterAll: async (phases) => {
      const all = [...noted.splice(0), ...phases];
      await sync.change((status) => {
        let next = status;
        for (const { final = false, ...change } of all) {
          const isFinal = final || finalPhases.includes(change.phase);
          const observedGeneration = isFinal ? hr.metadata.generation : undefined;
          const about = { releaseName, targetNamespace, observedGeneration };
          next = enterPhase(next, { ...change, ...about }, clock.now());
        }
        return next;
      });
      if (phases.some(({ phase }) => beginnings.includes(phase)) && !status.isWritten(hr))
        throw new OperatorError('StatusUnwritten', sync.key, 'the status could not be written');
    },
    change: async (change) => {
      if (lost.aborted) return;
      sync.statusNow = await status.update(hr, change);
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

/**
 * `observedGeneration` is set after failures too.
 *
 * @param change what else is written with it
 */
export async function observed(
  sync: Sync,
  change: (status: HelmReleaseStatus) => HelmReleaseStatus = (status) => status,
): Promise<void> {
  // What was noted and nothing came after.
  await sync.enterAll([]);
  const generation = sync.hr.metadata.generation ?? 0;
  await sync.change((status) =>
    change(
      (status.observedGeneration ?? 0) < generation
        ? { ...status, observedGeneration: generation }
        : status,
    ),
  );
}

/** Errors of the server in a row until they count. */
const mostServerErrors = 8;

/**
 * Whether a failure says nothing about the release, so that the operation is neither failed nor undone, but done once
 * more: the API server was away. One that answers, but with errors again and again, is believed in the end.
 */
export function isLeftOpen(sync: Sync, thrown: unknown): boolean {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    if (at instanceof OperatorError && at.reason === 'StatusUnwritten') return true;
    if (!(at instanceof KubeError)) continue;
    if (at.reason === 'ServerError') return sync.retries.count(sync.key) < mostServerErrors;
    return isServerAway(at);
  }
  return false;
}

/** What fails outside of Helm's own operations shows in the status, too. */
export async function explained<T>(sync: Sync, what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    const failure = failed(what, thrown);
    if (isLeftOpen(sync, thrown)) throw failure;
    await sync.enter('Failed', { cause: failure.message });
    throw failure;
  }
}

export function failed(what: string, thrown: unknown): Error {
  return new Error(`${what}: ${safeMessage(thrown)}`, { cause: thrown });
}
