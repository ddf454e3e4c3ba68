/** HelmRelease: what it needs, in order, then the release (helm-controller internal/controller/helmrelease_controller.go). */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { objectKey } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fault, formatDuration, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { ArtifactError, readArtifact } from '../artifacts/mod.ts';
import type { ReadArtifact } from '../artifacts/mod.ts';
import { readHealthExpressions } from '../health/mod.ts';
import type { HealthExpressions } from '../health/mod.ts';
import {
  Fields,
  markMisconfigured,
  referenceWatch,
  retrying,
  settled,
  stalled,
  waiting,
} from '../runtime/mod.ts';
import type {
  Caches,
  Collection,
  Draft,
  FeatureGates,
  Kind,
  Outcome,
  Serves,
  Slots,
  Watch,
} from '../runtime/mod.ts';
import { releaseAtomically } from './atomic.ts';
import { applyChartTemplate, chartVersion, removeChart } from './chart-template.ts';
import { createChartArrivals, isLookedAt } from './chart-arrival.ts';
import type { ChartArrivals } from './chart-arrival.ts';
import { isForced, mustReset } from './asked.ts';
import { hasRevisionDigest, withRevision } from './chart-revision.ts';
import { createCharts } from './charts.ts';
import type { Charts } from './charts.ts';
import { askedByExpression, dependencyProblem, isReady, isWaiting } from './dependencies.ts';
import { ReleaseError } from './errors.ts';
import { uninstall } from './other-actions.ts';
import { targetChange, uninstallMoved } from './moved.ts';
import { createOwnership, isGiven, sayGiven } from './ownership.ts';
import type { Ownership } from './ownership.ts';
import { giveWay, nothingNewer, watchForNewer } from './newer.ts';
import { clearFailures, latestOf, setHistory } from './request.ts';
import { referencesOf } from './references.ts';
import { isOtherChart, sourceKinds, sourceOf, sourceProblem } from './source.ts';
import { readSpec } from './spec.ts';
import type { HelmReleaseSpec } from './spec.ts';
import type { Targets } from './targets.ts';
import { composeValues } from './values.ts';
import { digestValues } from './values-digest.ts';

export const helmReleaseVersion = 'helm.toolkit.fluxcd.io/v2';
const kind = 'HelmRelease';

export interface HelmReleaseDependencies {
  kube: KubeClient;
  caches: Caches;
  clock: Clock;
  targets: Targets;
  /** Those who wait for their release to be ready leave theirs to others: the clock of `targets` sees to it. */
  slots: Slots;
  readArtifact: ReadArtifact;
  crossNamespace: boolean;
  /** Whether this instance looks at an object, such as a HelmChart that it makes. */
  serves: Serves;
  /** Whose HelmReleases of the older generation count; '' for all. */
  namespace: string;
  /** How soon something is asked for again that is not there yet, in milliseconds. */
  dependencyMs: number;
  /** Beginnings of names of managers whose fields count as drift. */
  overridden: readonly string[];
  gates: FeatureGates;
}

interface Parts extends HelmReleaseDependencies {
  all: Collection;
  helmCharts: Collection;
  /** What `chartRef` may name, by kind. */
  chartSources: ReadonlyMap<string, Collection>;
  /** ConfigMaps and Secrets, by kind, where their changes count while health is waited for. */
  configs: ReadonlyMap<string, Collection>;
  charts: Charts;
  arrivals: ChartArrivals;
  ownership: Ownership;
}

export function helmReleaseKind(dependencies: HelmReleaseDependencies): Kind {
  const { caches } = dependencies;
  const { clock, slots } = dependencies;
  const all = caches.collection({ apiVersion: helmReleaseVersion, kind });
  const helmCharts = caches.collection({ apiVersion: chartVersion, kind: 'HelmChart' });
  const chartSources = new Map(
    sourceKinds(dependencies.gates).map((of) => [
      of,
      of === 'HelmChart' ? helmCharts : caches.collection({ apiVersion: chartVersion, kind: of }),
    ]),
  );
  const usersOf = all.index(referencesOf);
  const askers = all.index(askedByExpression);
  const concernedBy = (object: KubeObject) => usersOf(`${object.kind} ${objectKey(object)}`);
  const configWatches = (['ConfigMap', 'Secret'] as const).map((of) =>
    referenceWatch(of, (key) => usersOf(`${of} ${key}`)),
  );
  const { CancelHealthCheckOnNewRevision, DisableConfigWatchers } = dependencies.gates;
  const isFollowing = CancelHealthCheckOnNewRevision && !DisableConfigWatchers;
  const parts: Parts = {
    ...dependencies,
    all,
    helmCharts,
    chartSources,
    configs: new Map(
      isFollowing ? configWatches.map((watch) => [watch.kind, caches.collection(watch)]) : [],
    ),
    charts: createCharts(dependencies.readArtifact),
    arrivals: createChartArrivals(helmCharts, slots.freeing(clock)),
    ownership: createOwnership({ ...dependencies, all }),
  };
  /**
   * That a chart was made for it is no news to a release before somebody has looked at the chart, and one that waits for
   * its chart in a look takes it from there.
   */
  const woken = (source: KubeObject, isNew: boolean) => {
    if (source.kind !== 'HelmChart') return concernedBy(source);
    const isUntouched = isNew && !isLookedAt(source);
    return concernedBy(source).filter((key) => {
      const hasTemplate = new Fields(all.get(key)?.['spec']).has('chart');
      return !(isUntouched && hasTemplate) && !parts.arrivals.isAwaiting(key, objectKey(source));
    });
  };
  return {
    name: kind,
    apiVersion: helmReleaseVersion,
    controller: 'helm-controller',
    mayWait: true,
    watches: [
      ...[...chartSources.keys()].map((of): Watch => ({
        apiVersion: chartVersion,
        kind: of,
        affected: (now, before) =>
          now !== undefined && isOtherChart(now, before) ? woken(now, before === undefined) : [],
      })),
      {
        apiVersion: helmReleaseVersion,
        kind,
        affected: (now, before) => {
          if (now === undefined) return [];
          const isNews = isReady(now) && (before === undefined || !isReady(before));
          const asked = [...askers(objectKey(now))].filter((key) => isWaiting(all.get(key)));
          return isNews ? [...concernedBy(now), ...asked] : asked;
        },
      },
      ...configWatches,
    ],
    reconcile: (draft, signal) => inSlot(parts, signal, () => reconcile(parts, draft, signal)),
    whenSuspended: ({ status, generation }) => {
      status['observedGeneration'] = generation;
    },
    remove: (draft, signal) => inSlot(parts, signal, () => remove(parts, draft, signal)),
  };
}

async function inSlot<T>(
  { slots }: Parts,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const leave = await slots.take(signal);
  try {
    return await work();
  } finally {
    leave();
  }
}

async function reconcile(parts: Parts, draft: Draft, signal: AbortSignal): Promise<Outcome> {
  if (isGiven(draft)) return sayGiven(draft);
  const spec = readSpec(draft, parts.gates);
  if ((spec.chart === undefined) === (spec.chartRef === undefined)) {
    // The API server refuses such objects; one that was written around it is left alone.
    draft.conditions.markStalled('InvalidChartReference', 'invalid Chart reference');
    draft.conditions.markFalse('Ready', 'InvalidChartReference', 'invalid Chart reference');
    return stalled;
  }
  let expressions: HealthExpressions[];
  try {
    expressions = readHealthExpressions(draft.spec.each('healthCheckExprs'));
  } catch (thrown) {
    return misexpressed(draft, thrown);
  }
  let helmChart: KubeObject | undefined;
  try {
    helmChart = await applyChartTemplate(draft, spec, parts);
  } catch (thrown) {
    return isDenied(thrown) ? denied(draft, thrown) : retrying(thrown);
  }
  return release(parts, { draft, spec, expressions, helmChart }, signal);
}

interface Look {
  draft: Draft;
  spec: HelmReleaseSpec;
  expressions: readonly HealthExpressions[];
  helmChart: KubeObject | undefined;
}

async function release(
  parts: Parts,
  { draft, spec, expressions, helmChart }: Look,
  signal: AbortSignal,
): Promise<Outcome> {
  const { conditions, status } = draft;
  if (await parts.ownership.isOthers(draft, 'look')) return waiting(parts.dependencyMs);
  const unready = (reason: string, message: string) => {
    conditions.markFalse('Ready', reason, message);
  };
  /** What stood in the way does no longer. */
  const passed = (...reasons: readonly string[]) => {
    if (conditions.hasReason('Ready', ...reasons))
      conditions.markUnknown('Ready', 'Progressing', 'reconciliation in progress');
  };
  const newerThan = parts.gates.CancelHealthCheckOnNewRevision
    ? watchForNewer(parts, draft)
    : () => nothingNewer;
  const isIdle = conditions.isTrue('Ready') && status['observedGeneration'] === draft.generation;
  conditions.markReconciling('Progressing', 'Fulfilling prerequisites');
  if (!isIdle) draft.showProgress();

  let problem: string | undefined;
  try {
    const isAdditive = parts.gates.AdditiveCELDependencyCheck;
    problem = dependencyProblem(parts.all, draft.object, spec, isAdditive);
  } catch (thrown) {
    return misexpressed(draft, thrown);
  }
  if (problem !== undefined) {
    unready('DependencyNotReady', problem);
    draft.tell({ severity: 'info', reason: 'DependencyNotReady', message: problem });
    return waiting(parts.dependencyMs);
  }
  passed('DependencyNotReady', 'HandedOver', 'ReleaseConflict');

  let source: KubeObject;
  try {
    source =
      helmChart === undefined
        ? sourceOf(parts, spec)
        : await parts.arrivals.awaited(objectKey(draft.object), helmChart, signal);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    if (isDenied(thrown)) return denied(draft, thrown);
    unready('ArtifactFailed', `could not get Source object: ${messageOf(thrown)}`);
    return retrying(thrown);
  }
  passed('AccessDenied', 'ArtifactFailed');
  const artifact = readArtifact(new Fields(source['status']).value['artifact']);
  const notReady = sourceProblem(source, artifact);
  if (notReady !== undefined || artifact === undefined) {
    unready('SourceNotReady', notReady ?? '');
    return waiting(parts.dependencyMs);
  }
  passed('SourceNotReady');

  let values;
  try {
    values = await composeValues(parts.kube, spec);
  } catch (thrown) {
    const message = messageOf(thrown);
    unready('ValuesError', message);
    draft.tell({ severity: 'error', reason: 'ValuesError', message });
    return retrying(thrown);
  }
  passed('ValuesError');

  let chart;
  try {
    chart = await parts.charts.load(artifact, signal);
  } catch (thrown) {
    if (thrown instanceof ArtifactError && thrown.reason === 'ArtifactMissing') {
      unready(
        'ArtifactFailed',
        `Source not ready: artifact not found. Retrying in ${formatDuration(parts.dependencyMs)}`,
      );
      return waiting(parts.dependencyMs);
    }
    unready('ArtifactFailed', `Could not load chart: ${messageOf(thrown)}`);
    draft.tell({ severity: 'error', reason: 'ArtifactFailed', message: messageOf(thrown) });
    return retrying(thrown);
  }
  passed('ArtifactFailed');

  let revisionDigest: string | undefined;
  if (hasRevisionDigest(source.kind, artifact.revision)) {
    try {
      ({ chart, digest: revisionDigest } = withRevision(
        chart,
        artifact.revision,
        !parts.gates.DisableChartDigestTracking,
      ));
    } catch (thrown) {
      unready('ChartMutateError', messageOf(thrown));
      return retrying(thrown);
    }
    passed('ChartMutateError');
  }

  let target;
  try {
    target = await parts.targets.open(spec);
  } catch (thrown) {
    unready('RESTClientError', messageOf(thrown));
    return retrying(thrown);
  }
  passed('RESTClientError');

  const newer = newerThan(source);
  const { clock, overridden } = parts;
  const about = { draft, spec, expressions, chart, values };
  const request = { ...about, target, clock, signal, overridden, newer };
  const moved = targetChange(draft, spec, chart.metadata.name);
  if (moved !== undefined) {
    await uninstallMoved(request, moved);
    clearFailures({ draft });
    setHistory({ draft }, []);
    delete status['storageNamespace'];
    return { next: 'again' };
  }
  status['storageNamespace'] = spec.storageNamespace;
  const configDigest = digestValues(values);
  if (mustReset(draft, chart.metadata.version, configDigest)) clearFailures({ draft });
  status['lastAttemptedGeneration'] = draft.generation;
  status['lastAttemptedRevision'] = chart.metadata.version;
  status['lastAttemptedConfigDigest'] = configDigest;
  for (const old of ['lastAttemptedValuesChecksum', 'lastReleaseRevision']) delete status[old];
  if (revisionDigest === undefined) delete status['lastAttemptedRevisionDigest'];
  else status['lastAttemptedRevisionDigest'] = revisionDigest;
  if (await parts.ownership.isOthers(draft, 'write')) return waiting(parts.dependencyMs);
  let pass;
  try {
    pass = await releaseAtomically(request, isForced(draft));
  } catch (thrown) {
    const trigger = signal.aborted ? undefined : newer();
    if (trigger === undefined) throw thrown;
    return giveWay(draft, trigger);
  }
  const trigger = pass.came === 'toRest' ? undefined : newer();
  if (trigger !== undefined) return giveWay(draft, trigger);
  switch (pass.came) {
    case 'toRest':
      return settled(spec.intervalMs);
    case 'again':
      return { next: 'again' };
    case 'later':
      return { next: 'later', afterMs: pass.afterMs, observed: true, jitter: true };
    case 'toNothing':
      return stalled;
  }
}

/** Takes the release away, unless there is nothing left to do it with, then the HelmChart. */
async function remove(parts: Parts, draft: Draft, signal: AbortSignal): Promise<void> {
  const spec = readSpec(draft, parts.gates);
  if (draft.spec.flag('suspend') === true) return;
  const storage = draft.status['storageNamespace'];
  const latest = isGiven(draft) ? undefined : latestOf({ draft });
  if (typeof storage === 'string' && storage !== '' && (await parts.targets.isReachable(spec))) {
    let target;
    try {
      target = await parts.targets.open(spec);
    } catch (thrown) {
      draft.conditions.markFalse(
        'Ready',
        'UninstallFailed',
        `failed to build REST client getter to uninstall release: ${messageOf(thrown)}`,
      );
      throw thrown;
    }
    if (latest !== undefined) {
      const place = {
        releaseName: latest.name,
        namespace: latest.namespace,
        storageNamespace: storage,
      };
      await uninstall({ draft, spec, target, clock: parts.clock, signal }, place);
    }
  }
  setHistory({ draft }, []);
  delete draft.status['storageNamespace'];
  await removeChart(draft, spec, parts);
}

/** An expression that never can be answered. @throws anything else */
function misexpressed(draft: Draft, thrown: unknown): Outcome {
  if (!(thrown instanceof Fault && thrown.reason === 'InvalidCELExpression')) throw thrown;
  markMisconfigured(draft, thrown);
  draft.tell({ severity: 'error', reason: thrown.reason, message: thrown.message });
  return stalled;
}

const isDenied = (thrown: unknown): thrown is ReleaseError =>
  thrown instanceof ReleaseError && thrown.reason === 'AccessDenied';

function denied(draft: Draft, { reason, message }: ReleaseError): Outcome {
  draft.conditions.markStalled(reason, message);
  draft.conditions.markFalse('Ready', reason, message);
  draft.tell({ severity: 'error', reason, message });
  return stalled;
}
