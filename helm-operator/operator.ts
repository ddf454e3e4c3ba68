/** Puts the parts together: caches, queue, mirrors, loops. */
import { setMaxListeners } from 'node:events';
import { createHelmEngine } from '../lib/helm/action/mod.ts';
import { releaseStatuses } from '../lib/helm/storage/mod.ts';
import type { ReleaseStatus } from '../lib/helm/storage/mod.ts';
import {
  createEventRecorder,
  createInformer,
  createWorkQueue,
  objectKey,
} from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import { helmReleaseApiVersion, releaseNameOf, targetNamespaceOf } from '../lib/objects/mod.ts';
import type { HelmRelease, KubeObject } from '../lib/objects/mod.ts';
import { asError, backoffMs, isAbort, messageOf } from '../lib/runtime/mod.ts';
import type { Clock, Logger } from '../lib/runtime/mod.ts';
import { createChartFetcher } from './chartsource/chart-fetcher.ts';
import { importRepositories } from './chartsource/imports.ts';
import type { Config } from './config.ts';
import { startHttp } from './http.ts';
import { createMetrics } from './metrics.ts';
import { createHelm2Releases } from './reconcile/helm2.ts';
import { createReconciler } from './reconcile/reconcile.ts';
import { createStatusWriter } from './status/writer.ts';
import { valuesReferences } from './values/compose.ts';
import { readUrl } from './values/read-url.ts';

export interface OperatorDependencies {
  config: Config;
  kube: KubeClient;
  clock: Clock;
  log: Logger;
  env: Readonly<Record<string, string | undefined>>;
  /** For mirrors and charts under work; the caller removes it. */
  workFolder: string;
}

/** First pause after a failure; the longest is the resync period. */
const firstRetryMs = 5000;
/** A chart that cannot be had costs little to ask for, and often a person is just setting its source up. */
const longestChartRetryMs = 30_000;

/** Works until the signal fires, then lets what runs come to its end. */
export async function runOperator(
  dependencies: OperatorDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { config, kube, clock, log, env, workFolder } = dependencies;
  // Each loop and each watch listens for the end.
  setMaxListeners(64, signal);
  const operatorLog = log.with({ component: 'operator' });
  const gitLog = log.with({ component: 'gitchartsync' });
  const metrics = createMetrics();
  const queue = createWorkQueue(clock, (length) => {
    metrics.setQueueLength(length);
  });
  const scope = config.allowNamespace === undefined ? {} : { namespace: config.allowNamespace };
  const onError = (what: string) => (error: Error) => {
    operatorLog.log({ warning: `watching ${what} failed, trying again`, err: error.message });
  };

  /** Deleted HelmReleases whose release is still to be removed. */
  const doomed = new Map<string, HelmRelease>();
  const failures = new Map<string, number>();
  const references = new Map<string, Set<string>>();
  const refer = (key: string, hr: HelmRelease | undefined) => {
    for (const keys of references.values()) keys.delete(key);
    for (const reference of hr === undefined ? [] : valuesReferences(hr)) {
      const keys = references.get(reference) ?? new Set<string>();
      keys.add(key);
      references.set(reference, keys);
    }
  };

  const releases = createInformer<HelmRelease>({
    client: kube,
    collection: { apiVersion: helmReleaseApiVersion, kind: 'HelmRelease', ...scope },
    clock,
    onError: onError('HelmReleases'),
    onChange: (key, now, before) => {
      metrics.setReleaseCount(releases.list().length);
      refer(key, now);
      if (now === undefined) {
        if (before !== undefined) doomed.set(key, before);
        queue.add(key, { urgent: true });
        return;
      }
      // Deleted and made anew between two looks.
      if (before !== undefined && before.metadata.uid !== now.metadata.uid) doomed.set(key, before);
      if (before !== undefined) warnOfOrphan(operatorLog, before, now);
      const sameSpec =
        before !== undefined &&
        before.metadata.uid === now.metadata.uid &&
        before.metadata.generation === now.metadata.generation;
      // A write of the status alone is our own.
      if (
        sameSpec &&
        JSON.stringify(before.metadata.annotations) === JSON.stringify(now.metadata.annotations) &&
        JSON.stringify(before.metadata.labels) === JSON.stringify(now.metadata.labels)
      )
        return;
      if (!sameSpec) failures.delete(key);
      queue.add(key, { urgent: before !== undefined && !sameSpec });
    },
  });

  /** Newest revision of each release, by `namespace/name`, out of the labels of Helm's Secrets. */
  const revisions = new Map<string, Map<number, ReleaseStatus>>();
  const valuesChanged = (reference: string) => {
    for (const key of references.get(reference) ?? []) queue.add(key, { urgent: true });
  };
  const secrets = createInformer({
    client: kube,
    collection: { apiVersion: 'v1', kind: 'Secret', ...scope },
    clock,
    metadataOnly: true,
    onError: onError('Secrets'),
    onChange: (key, now, before) => {
      noteRevision(revisions, now, before);
      valuesChanged(`Secret/${key}`);
    },
  });
  const configMaps = createInformer({
    client: kube,
    collection: { apiVersion: 'v1', kind: 'ConfigMap', ...scope },
    clock,
    metadataOnly: true,
    onError: onError('ConfigMaps'),
    onChange: (key) => {
      valuesChanged(`ConfigMap/${key}`);
    },
  });
  const storedRevision = (namespace: string, name: string) => {
    const known = [...(revisions.get(`${namespace}/${name}`) ?? [])].sort(([a], [b]) => b - a)[0];
    return known === undefined ? undefined : { version: known[0], status: known[1] };
  };

  const repositoryCredentials = await importRepositories(
    config.repositoryImports,
    log.with({ component: 'helm' }),
  );
  const charts = createChartFetcher({
    kube,
    clock,
    log: gitLog,
    env,
    workFolder,
    gitTimeoutMs: config.gitTimeoutMs,
    gitDefaultRef: config.gitDefaultRef,
    updateChartDeps: config.updateChartDeps,
    repositoryCredentials,
    releases: () => releases.list(),
    onChanged: (key) => {
      queue.add(key, { urgent: true });
    },
    onMirror: (ready) => {
      metrics.setGitReady(ready);
    },
  });

  const status = createStatusWriter(kube, log);
  const reconciler = createReconciler({
    engine: createHelmEngine({
      kube,
      clock,
      log: (line) => {
        log.log({ component: 'helm', version: 'v3', info: line });
      },
    }),
    kube,
    clock,
    log,
    metrics,
    status,
    events: createEventRecorder({
      client: kube,
      clock,
      component: 'helm-operator',
      onError: (error) => {
        operatorLog.log({ warning: 'event not written', err: error.message });
      },
    }),
    fetchChart: (hr) => charts.fetch(hr),
    valuesSources: (chart) => ({
      configMap: (namespace, name) =>
        kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }),
      secret: (namespace, name) => kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name }),
      url: readUrl,
      chartFile: chart.file,
    }),
    storedRevision,
    helm2: createHelm2Releases({ kube, clock, namespace: config.tillerNamespace }),
    logDiffs: config.logReleaseDiffs,
  });

  const work = async (key: string): Promise<void> => {
    const hr = releases.get(key);
    const gone = doomed.get(key);
    if (gone !== undefined && hr?.metadata.uid === gone.metadata.uid) doomed.delete(key);
    else if (gone !== undefined) {
      if (await reconciler.remove(gone)) doomed.delete(key);
      status.forget(gone);
      charts.forget(key);
    }
    if (hr === undefined && doomed.has(key)) {
      retryLater(key);
      return;
    }
    if (hr === undefined || signal.aborted) return;
    if (await reconciler.reconcile(hr)) failures.delete(key);
    else retryLater(key);
  };
  const retryLater = (key: string) => {
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    const maxMs = Math.min(
      config.chartsSyncIntervalMs,
      charts.hasFailed(key) ? longestChartRetryMs : config.chartsSyncIntervalMs,
    );
    const pause = backoffMs({ initialMs: firstRetryMs, maxMs }, count);
    operatorLog.log({
      info: `trying ${key} again in ${Math.round(pause / 1000)}s`,
      failures: count,
    });
    queue.addAfter(key, pause);
  };

  const every = async (intervalMs: number, act: () => Promise<void> | void) => {
    for (;;) {
      try {
        await clock.sleep(intervalMs, signal);
        await act();
      } catch (thrown) {
        if (signal.aborted || isAbort(thrown)) return;
        operatorLog.log({ error: asError(thrown).message });
      }
    }
  };

  operatorLog.log({ info: 'setting up event handlers' });
  const http = await startHttp({
    listen: config.listen,
    metrics,
    log: log.with({ component: 'daemonhttp' }),
    syncGit: () => {
      charts.refreshAll(signal).catch((thrown: unknown) => {
        operatorLog.log({ error: 'failed syncing git mirrors', err: messageOf(thrown) });
      });
    },
  });
  const informers = [secrets.run(signal), configMaps.run(signal), releases.run(signal)];
  operatorLog.log({ info: 'event handlers set up' });
  operatorLog.log({ info: 'starting operator' });
  operatorLog.log({ info: 'waiting for informer caches to sync' });
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  await Promise.race([
    Promise.all([secrets.synced(), configMaps.synced(), releases.synced()]),
    aborted,
  ]);
  operatorLog.log({ info: 'informer caches synced' });
  operatorLog.log({ info: 'starting workers' });
  gitLog.log({ info: 'starting sync of git chart sources' });
  const stopping = aborted.then(() => {
    operatorLog.log({ info: 'stopping workers' });
  });
  await Promise.all([
    queue.run(config.workers, work, signal),
    every(config.gitPollIntervalMs, async () => {
      await charts.dropUnused();
      await charts.refreshAll(signal);
    }),
    every(config.chartsSyncIntervalMs, () => {
      for (const hr of releases.list()) queue.add(`${hr.metadata.namespace}/${hr.metadata.name}`);
    }),
    every(config.statusUpdateIntervalMs, async () => {
      for (const hr of releases.list()) {
        const name = releaseNameOf(hr);
        const stored = storedRevision(targetNamespaceOf(hr), name);
        if (stored === undefined) continue;
        const before = status.current(hr);
        await status.write(hr, before, {
          ...before,
          releaseName: name,
          releaseStatus: stored.status,
        });
      }
    }),
    ...informers,
    stopping,
  ]);
  gitLog.log({ info: 'stopping sync of git chart sources' });
  await charts.close();
  await http.close();
}

/** Like the original, a renamed release is not removed: it may hold data. But it is said. */
function warnOfOrphan(log: Logger, before: HelmRelease, now: HelmRelease): void {
  const [name, namespace] = [releaseNameOf(before), targetNamespaceOf(before)];
  if (before.metadata.uid !== now.metadata.uid) return;
  if (name === releaseNameOf(now) && namespace === targetNamespaceOf(now)) return;
  log.log({
    warning: `release '${name}' in namespace '${namespace}' is not managed any more; uninstall it by hand when it is not wanted`,
    resource: objectKey(now),
  });
}

const isStatus = (text: string | undefined): text is ReleaseStatus =>
  releaseStatuses.some((status) => status === text);

/** Keeps the map of revisions in step with one of Helm's Secrets. */
function noteRevision(
  revisions: Map<string, Map<number, ReleaseStatus>>,
  now: KubeObject | undefined,
  before: KubeObject | undefined,
): void {
  const labels = (now ?? before)?.metadata.labels ?? {};
  const namespace = (now ?? before)?.metadata.namespace ?? '';
  if (labels.owner !== 'helm' || labels.name === undefined) return;
  const key = `${namespace}/${labels.name}`;
  const known = revisions.get(key) ?? new Map<number, ReleaseStatus>();
  const version = Number(labels.version);
  if (now === undefined || !isStatus(labels.status)) known.delete(version);
  else known.set(version, labels.status);
  if (known.size === 0) revisions.delete(key);
  else revisions.set(key, known);
}
