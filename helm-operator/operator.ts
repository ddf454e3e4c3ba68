/** Puts the parts together: caches, queue, mirrors, loops. */
import path from 'node:path';
import { createHelmEngine } from '../lib/helm/action/mod.ts';
import { updateDependencies } from '../lib/helm/fetch/mod.ts';
import { releaseStatuses } from '../lib/helm/storage/mod.ts';
import type { ReleaseStatus } from '../lib/helm/storage/mod.ts';
import type { HttpCredentials, Mirror } from '../lib/git/mod.ts';
import { createEventRecorder, createInformer, createWorkQueue } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import { helmReleaseApiVersion, releaseNameOf, targetNamespaceOf } from '../lib/objects/mod.ts';
import type { HelmRelease, KubeObject } from '../lib/objects/mod.ts';
import { asError, backoffMs, isAbort, messageOf } from '../lib/runtime/mod.ts';
import type { Clock, Logger } from '../lib/runtime/mod.ts';
import { createGitCharts } from './chartsource/git-charts.ts';
import { createMirrors } from './chartsource/mirrors.ts';
import { createRepositoryCharts } from './chartsource/repository-charts.ts';
import { chartSourceOf } from './chartsource/source.ts';
import type { ChartSource, FetchedChart } from './chartsource/source.ts';
import type { Config } from './config.ts';
import { OperatorError } from './errors.ts';
import { startHttp } from './http.ts';
import { createMetrics } from './metrics.ts';
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

/** Works until the signal fires, then lets what runs come to its end. */
export async function runOperator(
  dependencies: OperatorDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { config, kube, clock, log, env, workFolder } = dependencies;
  const operatorLog = log.with({ component: 'operator' });
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
      const sameSpec =
        before !== undefined && before.metadata.generation === now.metadata.generation;
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

  const sourceOf = (hr: HelmRelease) =>
    chartSourceOf(hr, { ref: config.gitDefaultRef, updateDependencies: config.updateChartDeps });
  const mirrorName = (source: Extract<ChartSource, { kind: 'git' }>) =>
    source.secretRef === undefined
      ? source.url
      : `${source.secretRef.namespace}/${source.secretRef.name}/${source.url}`;
  /** Tree of the chart that each HelmRelease saw last. */
  const seenTrees = new Map<string, string | undefined>();
  const mirrors = createMirrors({
    env,
    timeoutMs: config.gitTimeoutMs,
    parentFolder: workFolder,
    clock,
    log: log.with({ component: 'gitchartsync' }),
    onRefreshed: (name, mirror) => {
      enqueueChanged(name, mirror).catch((thrown: unknown) => {
        operatorLog.log({
          error: 'failed to get HelmRelease resources for mirror',
          err: messageOf(thrown),
        });
      });
    },
  });
  const enqueueChanged = async (name: string, mirror: Mirror) => {
    for (const hr of releases.list()) {
      const key = `${hr.metadata.namespace}/${hr.metadata.name}`;
      const source = sourceOrUndefined(sourceOf, hr);
      if (source?.kind !== 'git' || mirrorName(source) !== name) continue;
      const head = await mirror.resolve(source.ref);
      const tree = head === undefined ? undefined : await mirror.treeId(head, source.path);
      if (seenTrees.has(key) && seenTrees.get(key) !== tree) queue.add(key, { urgent: true });
    }
  };

  const repositoryCharts = createRepositoryCharts(workFolder);
  const gitCharts = createGitCharts({
    parentFolder: workFolder,
    updateDependencies: (folder) =>
      updateDependencies(folder, { cacheFolder: path.join(workFolder, 'repositories'), clock }),
  });
  const credentialsOf = async (ref: {
    name: string;
    namespace: string;
  }): Promise<HttpCredentials> => {
    const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', ...ref });
    const data = (secret?.data ?? {}) as Record<string, string | undefined>;
    const decode = (key: string) => {
      const value = data[key];
      if (value === undefined) {
        throw new OperatorError(
          'ChartFetchFailed',
          ref.name,
          `git auth error: could not find ${key} key in secret ${ref.namespace}/${ref.name}`,
        );
      }
      return Buffer.from(value, 'base64').toString('utf8').trim();
    };
    return { username: decode('username'), password: decode('password') };
  };

  const fetchChart = async (hr: HelmRelease): Promise<FetchedChart> => {
    const source = sourceOf(hr);
    const lastAttempted = hr.status?.lastAttemptedRevision ?? '';
    if (source.kind === 'repository') {
      const { pullSecret } = source;
      const credentials =
        pullSecret === undefined
          ? undefined
          : await credentialsOf({ name: pullSecret, namespace: hr.metadata.namespace });
      const fetched = await repositoryCharts.fetch(source, credentials);
      return {
        ...fetched,
        changed: lastAttempted !== '' && fetched.revision !== lastAttempted,
        file: undefined,
      };
    }
    const { secretRef } = source;
    const mirror = await mirrors.ready(mirrorName(source), source.url, async () =>
      secretRef === undefined ? undefined : credentialsOf(secretRef),
    );
    const fetched = await gitCharts.fetch(mirror, { ...source, lastAttempted });
    seenTrees.set(
      `${hr.metadata.namespace}/${hr.metadata.name}`,
      await mirror.treeId(fetched.revision, source.path),
    );
    return fetched;
  };

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
    fetchChart,
    valuesSources: (chart) => ({
      configMap: (namespace, name) =>
        kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }),
      secret: (namespace, name) => kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name }),
      url: readUrl,
      chartFile: chart.file,
    }),
    storedRevision,
    logDiffs: config.logReleaseDiffs,
  });

  const work = async (key: string): Promise<void> => {
    const hr = releases.get(key);
    const gone = doomed.get(key);
    if (gone !== undefined && (hr === undefined || hr.metadata.uid !== gone.metadata.uid)) {
      if (await reconciler.remove(gone)) doomed.delete(key);
      status.forget(gone);
      seenTrees.delete(key);
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
    const pause = backoffMs({ initialMs: firstRetryMs, maxMs: config.chartsSyncIntervalMs }, count);
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
      mirrors.refreshAll(signal).catch((thrown: unknown) => {
        operatorLog.log({ error: 'failed syncing git mirrors', err: messageOf(thrown) });
      });
    },
  });
  const informers = [secrets.run(signal), configMaps.run(signal), releases.run(signal)];
  operatorLog.log({ info: 'waiting for informer caches to sync' });
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([
    Promise.all([secrets.synced(), configMaps.synced(), releases.synced()]),
    aborted,
  ]);
  operatorLog.log({ info: 'informer caches synced' });
  operatorLog.log({ info: 'starting workers' });
  await Promise.all([
    queue.run(config.workers, work, signal),
    every(config.gitPollIntervalMs, async () => {
      await mirrors.keepOnly(usedMirrors(releases.list(), sourceOf, mirrorName));
      await mirrors.refreshAll(signal);
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
  ]);
  operatorLog.log({ info: 'stopping workers' });
  await mirrors.close();
  await http.close();
}

function sourceOrUndefined(
  sourceOf: (hr: HelmRelease) => ChartSource,
  hr: HelmRelease,
): ChartSource | undefined {
  try {
    return sourceOf(hr);
  } catch (thrown) {
    // Its own reconcile reports it.
    if (thrown instanceof OperatorError) return undefined;
    throw thrown;
  }
}

function usedMirrors(
  all: readonly HelmRelease[],
  sourceOf: (hr: HelmRelease) => ChartSource,
  nameOf: (source: Extract<ChartSource, { kind: 'git' }>) => string,
): Set<string> {
  const used = new Set<string>();
  for (const hr of all) {
    const source = sourceOrUndefined(sourceOf, hr);
    if (source?.kind === 'git') used.add(nameOf(source));
  }
  return used;
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
