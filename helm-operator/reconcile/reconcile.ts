/** One look at one HelmRelease: observe, decide, act (spec helm-operator §6). */
import type { HelmEngine } from '../../lib/helm/action/mod.ts';
import { HelmError } from '../../lib/helm/chart/mod.ts';
import type { Release, ReleaseStatus } from '../../lib/helm/storage/mod.ts';
import type { GoMap } from '../../lib/helm/values/mod.ts';
import type { EventRecorder, KubeClient } from '../../lib/kube/mod.ts';
import { releaseNameOf, targetNamespaceOf } from '../../lib/objects/mod.ts';
import type { HelmRelease, HelmReleasePhase, HelmReleaseStatus } from '../../lib/objects/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import type { FetchedChart } from '../chartsource/source.ts';
import { OperatorError, safeMessage, worthRetrying } from '../errors.ts';
import type { ActionName, Metrics } from '../metrics.ts';
import { conditionIs, enterPhase } from '../status/conditions.ts';
import type { StatusWriter } from '../status/writer.ts';
import { composeValues } from '../values/compose.ts';
import type { ValuesSources } from '../values/compose.ts';
import { annotateObjects, antecedentOf, findOwner } from './antecedent.ts';
import { canonical, differences } from './compare.ts';
import { decide, wasInterrupted } from './decide.ts';
import { mayBeHelm2 } from './helm2.ts';
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

/** What was last brought about, so that looking again costs nothing while nothing changes. */
interface Settled {
  generation: number;
  chartDigest: string;
  values: string;
  version: number;
}

export interface Reconciler {
  /**
   * Brings the release about. What has begun is brought to its end: an operation cut off would leave a `pending-*`
   * release behind.
   *
   * @returns false when it failed and is worth another try soon
   */
  reconcile(hr: HelmRelease): Promise<boolean>;
  /** Uninstalls what a deleted HelmRelease had released. @returns false when it failed */
  remove(hr: HelmRelease): Promise<boolean>;
}

export function createReconciler(dependencies: ReconcilerDependencies): Reconciler {
  const { clock, metrics } = dependencies;
  const settled = new Map<string, Settled>();

  const timed = async <T>(sync: Sync, action: ActionName, act: () => Promise<T>): Promise<T> => {
    const begin = clock.now().getTime();
    let success = false;
    try {
      const result = await act();
      success = true;
      return result;
    } finally {
      metrics.observeAction(action, success, sync, (clock.now().getTime() - begin) / 1000);
    }
  };

  return {
    reconcile: async (hr) => {
      const key = `${hr.metadata.namespace}/${hr.metadata.name}`;
      const sync = startSync(dependencies, hr);
      try {
        const worked = await timed(sync, 'sync', () =>
          run(dependencies, sync, settled, key, timed),
        );
        await observed(sync);
        if (worked || sync.status.phase !== sync.phaseBefore) {
          await dependencies.events.record(
            hr,
            'Normal',
            'ReleaseSynced',
            `managed release '${sync.releaseName}' in namespace '${sync.targetNamespace}' synchronized`,
          );
        }
        return true;
      } catch (thrown) {
        settled.delete(key);
        const message = safeMessage(thrown);
        sync.log.log({ error: message });
        await observed(sync);
        await dependencies.events.record(
          hr,
          'Warning',
          'FailedReleaseSync',
          `synchronization of release '${sync.releaseName}' in namespace '${sync.targetNamespace}' failed: ${message}`,
        );
        return !worthRetrying(thrown);
      }
    },
    remove: async (hr) => {
      const sync = startSync(dependencies, hr);
      settled.delete(`${hr.metadata.namespace}/${hr.metadata.name}`);
      metrics.setConditions(sync, undefined);
      try {
        // Nothing is uninstalled because of a cache that is wrong.
        const { apiVersion, kind, metadata } = hr;
        const { namespace, name, uid } = metadata;
        const live = await dependencies.kube.get({ apiVersion, kind, namespace, name });
        if (live !== undefined && live.metadata.uid === uid) return true;
        const release = await dependencies.engine.latest(sync.target);
        if (release === undefined) return true;
        const owner = await findOwner(dependencies.kube, release.manifest, sync.targetNamespace);
        if (owner !== undefined && owner !== antecedentOf(hr)) {
          sync.log.log({
            warning: `release appears to be managed by '${owner}'; it is left alone`,
          });
          return true;
        }
        sync.log.log({ info: 'running uninstall', phase: 'uninstall' });
        await timed(sync, 'uninstall', () =>
          dependencies.engine.uninstall({ ...sync.target, timeoutMs: sync.timeoutMs }),
        );
        return true;
      } catch (thrown) {
        sync.log.log({ warning: `uninstall failed: ${safeMessage(thrown)}` });
        return false;
      }
    },
  };
}

/** One run over one HelmRelease, with the status as this run has left it. */
interface Sync {
  hr: HelmRelease;
  releaseName: string;
  targetNamespace: string;
  target: { releaseName: string; namespace: string };
  timeoutMs: number;
  log: Logger;
  /** The phase that the run before left behind. */
  phaseBefore: HelmReleasePhase | undefined;
  status: HelmReleaseStatus;
  enter: (
    phase: HelmReleasePhase,
    extra?: { revision?: string; cause?: string; ignoreFailure?: boolean },
  ) => Promise<void>;
  write: (status: HelmReleaseStatus) => Promise<void>;
}

function startSync({ clock, log, metrics, status }: ReconcilerDependencies, hr: HelmRelease): Sync {
  const releaseName = releaseNameOf(hr);
  const targetNamespace = targetNamespaceOf(hr);
  const sync: Sync = {
    hr,
    releaseName,
    targetNamespace,
    target: { releaseName, namespace: targetNamespace },
    timeoutMs: (hr.spec.timeout ?? 300) * 1000,
    log: log.with({
      component: 'release',
      release: releaseName,
      targetNamespace,
      resource: antecedentOf(hr),
      helmVersion: 'v3',
    }),
    phaseBefore: status.current(hr).phase,
    status: status.current(hr),
    enter: (phase, extra = {}) =>
      sync.write(
        enterPhase(sync.status, { phase, releaseName, targetNamespace, ...extra }, clock.now()),
      ),
    write: async (next) => {
      sync.status = await status.write(hr, sync.status, next);
      metrics.setConditions(sync, sync.status);
    },
  };
  return sync;
}

/** `observedGeneration` is set after failures too. */
async function observed(sync: Sync): Promise<void> {
  const generation = sync.hr.metadata.generation ?? 0;
  if ((sync.status.observedGeneration ?? 0) < generation)
    await sync.write({ ...sync.status, observedGeneration: generation });
}

type Timed = <T>(sync: Sync, action: ActionName, act: () => Promise<T>) => Promise<T>;

/** @returns whether anything was done */
async function run(
  dependencies: ReconcilerDependencies,
  sync: Sync,
  settled: Map<string, Settled>,
  key: string,
  timed: Timed,
): Promise<boolean> {
  const { hr } = sync;
  if (hr.spec.helmVersion === 'v2') {
    const message =
      'Helm v2 is not supported by this operator; convert the release with the helm 2to3 plugin (helm 2to3 convert) and set helmVersion: v3';
    await sync.enter('Failed', { cause: message });
    throw new OperatorError('HelmVersionUnsupported', key, message);
  }
  const chart = await fetchChart(dependencies, sync);
  const values = await readValues(dependencies, sync, chart);
  const mark = {
    generation: hr.metadata.generation ?? 0,
    chartDigest: chart.digest,
    values: canonical(values),
  };
  const before = settled.get(key);
  const stored = dependencies.storedRevision(sync.targetNamespace, sync.releaseName);
  if (
    before !== undefined &&
    before.generation === mark.generation &&
    before.chartDigest === mark.chartDigest &&
    before.values === mark.values &&
    stored?.version === before.version &&
    stored.status === 'deployed'
  ) {
    return false;
  }
  sync.log.log({ info: 'starting sync run' });
  const decision = await explained(sync, 'failed to determine sync action for release', () =>
    observe(dependencies, sync, chart, values, before),
  );
  switch (decision.action) {
    case 'refuse': {
      const message = `failed to determine sync action for release: ${decision.message}`;
      const was = decision.release?.info;
      const why = was?.status === 'failed' && was.description !== '' ? ` (${was.description})` : '';
      await sync.enter('Failed', { cause: safeMessage(`${decision.message}${why}`) });
      throw new OperatorError(decision.reason, key, message);
    }
    case 'none':
      if (decision.phase === 'Succeeded') await sync.enter('Succeeded');
      sync.log.log({ info: 'no changes', phase: 'dry-run-compare' });
      if (decision.release !== undefined && decision.release.info.status === 'deployed') {
        settled.set(key, { ...mark, version: decision.release.version });
      }
      return false;
    case 'install':
    case 'reinstall':
      await refuseHelm2(dependencies, sync);
      if (decision.action === 'reinstall') {
        sync.log.log({ warning: `${decision.because}; it is removed and installed anew` });
        await explained(sync, 'uninstall failed', () =>
          dependencies.engine.uninstall({ ...sync.target, timeoutMs: sync.timeoutMs }),
        );
      }
      settled.set(key, {
        ...mark,
        version: (await installRelease(dependencies, sync, chart, values, timed)).version,
      });
      return true;
    case 'recover':
      sync.log.log({
        warning: `${decision.because}; the last deployed revision is restored first`,
      });
      await explained(sync, 'rollback failed', () => restoreDeployed(dependencies, sync));
      settled.set(key, {
        ...mark,
        version: (await upgradeRelease(dependencies, sync, chart, values, timed)).version,
      });
      return true;
    case 'upgrade':
      settled.set(key, {
        ...mark,
        version: (await upgradeRelease(dependencies, sync, chart, values, timed)).version,
      });
      return true;
  }
}

/** Installing beside a release of Helm 2 would fight it for its objects. */
async function refuseHelm2({ helm2 }: ReconcilerDependencies, sync: Sync): Promise<void> {
  if (!mayBeHelm2(sync.hr)) return;
  const { releaseName } = sync;
  await explained(sync, 'failed to determine sync action for release', async () => {
    if (!(await helm2.has(releaseName))) return;
    throw new OperatorError(
      'HelmVersionUnsupported',
      releaseName,
      `release '${releaseName}' is one of Helm v2, which is not supported by this operator; convert it with the helm 2to3 plugin (helm 2to3 convert ${releaseName}) and set helmVersion: v3`,
    );
  });
}

/** What fails outside of Helm's own operations shows in the status, too. */
async function explained<T>(sync: Sync, what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    const failure = failed(what, thrown);
    await sync.enter('Failed', { cause: failure.message });
    throw failure;
  }
}

async function fetchChart(dependencies: ReconcilerDependencies, sync: Sync): Promise<FetchedChart> {
  let chart: FetchedChart;
  try {
    chart = await dependencies.fetchChart(sync.hr);
  } catch (thrown) {
    await sync.enter('ChartFetchFailed', { cause: safeMessage(thrown) });
    throw new OperatorError(
      'ChartFetchFailed',
      sync.releaseName,
      `failed to prepare chart for release: ${safeMessage(thrown)}`,
      {
        cause: thrown,
      },
    );
  }
  if (!conditionIs(sync.status, 'ChartFetched', 'True')) await sync.enter('ChartFetched');
  return chart;
}

async function readValues(
  dependencies: ReconcilerDependencies,
  sync: Sync,
  chart: FetchedChart,
): Promise<GoMap> {
  try {
    return await composeValues(sync.hr, dependencies.valuesSources(chart));
  } catch (thrown) {
    await sync.enter('Failed', { cause: safeMessage(thrown) });
    throw new OperatorError(
      'ValuesFailed',
      sync.releaseName,
      `failed to compose values for release: ${safeMessage(thrown)}`,
      {
        cause: thrown,
      },
    );
  }
}

async function observe(
  dependencies: ReconcilerDependencies,
  sync: Sync,
  chart: FetchedChart,
  values: GoMap,
  before: Settled | undefined,
) {
  const { engine, kube } = dependencies;
  const { hr } = sync;
  const release = await engine.latest(sync.target);
  const rolledBack = conditionIs(sync.status, 'RolledBack', 'True');
  const base =
    release === undefined || !rolledBack ? release : await failedRevision(engine, sync, release);
  const reuse = hr.spec.resetValues === false;
  const found = base === undefined ? [] : differences(base, chart.chart, values, { reuse });
  // A sub-chart or file that the stored release does not keep counts by the digest of this process's memory.
  const movedChart = before !== undefined && before.chartDigest !== chart.digest;
  if (release !== undefined) {
    sync.log.log({
      info: `running dry-run upgrade to compare with release version '${base?.version ?? release.version}'`,
      action: 'dry-run-compare',
    });
  }
  const decision = decide({
    release:
      release === undefined
        ? undefined
        : {
            version: release.version,
            status: release.info.status,
            interrupted: wasInterrupted({
              status: release.info.status,
              ourPhase: sync.phaseBefore,
              ageMs: dependencies.clock.now().getTime() - lastTouched(release),
              timeoutMs: sync.timeoutMs,
            }),
          },
    owner:
      release === undefined
        ? undefined
        : await findOwner(kube, release.manifest, sync.targetNamespace),
    self: antecedentOf(hr),
    generation: hr.metadata.generation ?? 0,
    observedGeneration: sync.status.observedGeneration ?? 0,
    rolledBack,
    chartChanged: chart.changed || movedChart,
    differs: found.length > 0,
    rollback: {
      retry: hr.spec.rollback?.retry === true,
      maxRetries: hr.spec.rollback?.maxRetries ?? 5,
      count: sync.status.rollbackCount ?? 0,
    },
  });
  if (found.length > 0 && decision.action === 'upgrade') {
    sync.log.log({
      info: 'difference detected during release comparison',
      ...(dependencies.logDiffs ? { diff: found.join('; ') } : {}),
      phase: 'dry-run-compare',
    });
  }
  return { ...decision, release };
}

/** When the release's status was written, in milliseconds since 1970; 0 when it does not say. */
function lastTouched({ info }: Release): number {
  const time = Date.parse(info.deleted || info.lastDeployed);
  return Number.isNaN(time) ? 0 : time;
}

/** After a rollback, the revision that failed is what a new try has to differ from. */
async function failedRevision(engine: HelmEngine, sync: Sync, newest: Release): Promise<Release> {
  const history = await engine.history(sync.target);
  return (
    history.findLast(({ info }) => info.status === 'failed' || info.status === 'superseded') ??
    newest
  );
}

async function restoreDeployed({ engine }: ReconcilerDependencies, sync: Sync): Promise<void> {
  const history = await engine.history(sync.target);
  const good = history.findLast(
    ({ info }) => info.status === 'deployed' || info.status === 'superseded',
  );
  if (good === undefined) {
    throw new OperatorError(
      'UnsafeUpgrade',
      sync.releaseName,
      'there is no revision to go back to; repair or remove the release by hand',
    );
  }
  await engine.rollback({
    ...sync.target,
    revision: good.version,
    timeoutMs: sync.timeoutMs,
  });
}

const waits = ({ spec }: HelmRelease): boolean =>
  spec.wait ?? (spec.rollback?.enable === true || spec.test?.enable === true);

async function installRelease(
  dependencies: ReconcilerDependencies,
  sync: Sync,
  chart: FetchedChart,
  values: GoMap,
  timed: Timed,
): Promise<Release> {
  const { engine } = dependencies;
  const { hr, timeoutMs } = sync;
  sync.log.log({ info: 'running installation', phase: 'install' });
  await sync.enter('Installing', { revision: chart.revision });
  const purge = async () => {
    sync.log.log({ info: 'running uninstall', phase: 'uninstall' });
    try {
      await timed(sync, 'uninstall', () => engine.uninstall({ ...sync.target, timeoutMs }));
    } catch (thrown) {
      sync.log.log({ warning: `uninstall failed: ${safeMessage(thrown)}` });
    }
  };
  let release: Release;
  try {
    release = await timed(sync, 'install', () =>
      engine.install({
        ...sync.target,
        chart: chart.chart,
        values,
        timeoutMs,
        wait: waits(hr),
        skipCrds: hr.spec.skipCRDs === true,
        disableOpenApiValidation: hr.spec.disableOpenAPIValidation === true,
      }),
    );
  } catch (thrown) {
    await sync.enter('DeployFailed', { cause: safeMessage(thrown) });
    // A name that was taken in the meantime belongs to somebody else.
    const taken = thrown instanceof HelmError && thrown.reason === 'ReleaseExists';
    if (!taken && (await engine.latest(sync.target)) !== undefined) await purge();
    throw failed('installation failed', thrown);
  }
  await sync.enter('Deployed');
  sync.log.log({ info: 'installation succeeded', revision: chart.revision, phase: 'install' });
  try {
    await testRelease(dependencies, sync, chart, timed);
  } catch (thrown) {
    await purge();
    throw thrown;
  }
  await annotate(dependencies, sync, release, timed);
  return release;
}

async function upgradeRelease(
  dependencies: ReconcilerDependencies,
  sync: Sync,
  chart: FetchedChart,
  values: GoMap,
  timed: Timed,
): Promise<Release> {
  const { engine } = dependencies;
  const { hr, timeoutMs } = sync;
  const compared = (await engine.latest(sync.target))?.version ?? 0;
  sync.log.log({ info: 'running upgrade', action: 'upgrade' });
  await sync.enter('Upgrading', { revision: chart.revision });
  let release: Release;
  try {
    release = await timed(sync, 'upgrade', () =>
      engine.upgrade({
        ...sync.target,
        chart: chart.chart,
        values,
        timeoutMs,
        wait: waits(hr),
        force: hr.spec.forceUpgrade === true,
        previousValues: hr.spec.resetValues === false ? 'reuse' : 'reset',
        maxHistory: hr.spec.maxHistory ?? 10,
        disableOpenApiValidation: hr.spec.disableOpenAPIValidation === true,
      }),
    );
  } catch (thrown) {
    await sync.enter('DeployFailed', { cause: safeMessage(thrown) });
    await rollBack(dependencies, sync, compared, timed);
    const failure = failed('upgrade failed', thrown);
    const stored = ((await engine.latest(sync.target))?.version ?? 0) > compared;
    if (!stored || hr.spec.rollback?.retry === true) throw failure;
    throw new OperatorError('UpgradeFailed', sync.releaseName, failure.message, { cause: thrown });
  }
  await sync.enter('Deployed');
  sync.log.log({ info: 'upgrade succeeded', revision: chart.revision, phase: 'upgrade' });
  try {
    await testRelease(dependencies, sync, chart, timed);
  } catch (thrown) {
    await rollBack(dependencies, sync, compared, timed);
    throw thrown;
  }
  await annotate(dependencies, sync, release, timed);
  return release;
}

/** Only when asked for, and only when a newer revision was stored at all. */
async function rollBack(
  dependencies: ReconcilerDependencies,
  sync: Sync,
  compared: number,
  timed: Timed,
): Promise<void> {
  const { engine } = dependencies;
  const { rollback } = sync.hr.spec;
  if (rollback?.enable !== true) return;
  const newest = (await engine.latest(sync.target))?.version ?? 0;
  if (newest <= compared) return;
  sync.log.log({ info: 'running rollback', phase: 'rollback' });
  await sync.enter('RollingBack');
  let release: Release;
  try {
    release = await timed(sync, 'rollback', () =>
      engine.rollback({
        ...sync.target,
        revision: 0,
        timeoutMs: (rollback.timeout ?? 300) * 1000,
        wait: rollback.wait === true,
        force: rollback.force === true,
        recreatePods: rollback.recreate === true,
        disableHooks: rollback.disableHooks === true,
      }),
    );
  } catch (thrown) {
    await sync.enter('RollbackFailed', { cause: safeMessage(thrown) });
    throw failed('rollback failed', thrown);
  }
  await sync.enter('RolledBack');
  sync.log.log({ info: 'rollback succeeded', phase: 'rollback' });
  await annotate(dependencies, sync, release, timed);
}

async function testRelease(
  { engine }: ReconcilerDependencies,
  sync: Sync,
  chart: FetchedChart,
  timed: Timed,
): Promise<void> {
  const { test } = sync.hr.spec;
  if (test?.enable === true) {
    const ignoreFailure = test.ignoreFailures === true;
    sync.log.log({ info: 'running test', phase: 'test' });
    await sync.enter('Testing');
    try {
      await timed(sync, 'test', () =>
        engine.test({
          ...sync.target,
          timeoutMs: (test.timeout ?? 300) * 1000,
        }),
      );
      await sync.enter('Tested');
      sync.log.log({ info: 'test succeeded', revision: chart.revision });
    } catch (thrown) {
      await sync.enter('TestFailed', { cause: safeMessage(thrown), ignoreFailure });
      const failure = new OperatorError(
        'TestFailed',
        sync.releaseName,
        failed('test failed', thrown).message,
        { cause: thrown },
      );
      if (!ignoreFailure) throw failure;
      sync.log.log({ error: failure.message });
      sync.log.log({ info: 'test failed - ignoring failures', revision: chart.revision });
    }
  }
  await sync.enter('Succeeded', { revision: chart.revision });
}

async function annotate(
  { kube }: ReconcilerDependencies,
  sync: Sync,
  release: Release,
  timed: Timed,
): Promise<void> {
  const problems = await timed(sync, 'annotate', () =>
    annotateObjects(kube, release.manifest, sync.targetNamespace, antecedentOf(sync.hr)),
  );
  if (problems.length > 0)
    sync.log.log({ warning: `failed to annotate release resources: ${problems.join('; ')}` });
}

function failed(what: string, thrown: unknown): Error {
  return new Error(`${what}: ${safeMessage(thrown)}`, { cause: thrown });
}
