/** Puts the parts together: caches, queue, mirrors, loops. */
import { setMaxListeners } from 'node:events';
import { createHelmEngine } from '../lib/helm/action/mod.ts';
import {
  createEventRecorder,
  createSharedList,
  createWorkQueue,
  objectKey,
} from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import { claimOfV2, releaseNameOf, targetNamespaceOf, v2Group } from '../lib/objects/mod.ts';
import type { HelmRelease } from '../lib/objects/mod.ts';
import { asError, isAbort, messageOf } from '../lib/runtime/mod.ts';
import type { Clock, Logger } from '../lib/runtime/mod.ts';
import { createActors } from './actors.ts';
import { createCaches } from './caches.ts';
import type { ReleaseChange } from './caches.ts';
import { createChartFetcher } from './chartsource/chart-fetcher.ts';
import { importRepositories } from './chartsource/imports.ts';
import type { Config } from './config.ts';
import { createDriftGuard } from './drift/drift.ts';
import { createLiveMetadata } from './drift/live-metadata.ts';
import { startHttp } from './http.ts';
import { createLegacyReport } from './legacy.ts';
import { createMetrics } from './metrics.ts';
import { isEnding, hasFinalizer } from './reconcile/finalizer.ts';
import { createHelm2Records } from './helm2/records.ts';
import { createReconciler } from './reconcile/reconcile.ts';
import { createRetries } from './retries.ts';
import { allShards, createShards } from './shards.ts';
import { createSlots } from './slots.ts';
import { createStatusWriter } from './status/writer.ts';
import { createDecrypter } from './values/decrypt.ts';
import { readUrl } from './values/read-url.ts';
import { createWorkList } from './work-list.ts';

export interface OperatorDependencies {
  config: Config;
  kube: KubeClient;
  /** A client whose requests count as another user's. */
  clientAs: (user: string) => KubeClient;
  clock: Clock;
  log: Logger;
  env: Readonly<Record<string, string | undefined>>;
  /** For mirrors and charts under work; the caller removes it. */
  workFolder: string;
  /** Unique among the replicas. */
  identity: string;
  /** Namespace of the Leases unless a flag names another. */
  ownNamespace: string;
}

/** A chart that cannot be had costs little to ask for, and often a person is just setting its source up. */
const longestChartRetryMs = 30_000;

/** Of answers of chart repositories. */
const longestSharedMs = 30_000;
/** Releases that wait to become ready, for each that is worked on. */
const waitingPerWorker = 64;

/** Works until the signal fires, then lets what runs come to its end. */
export async function runOperator(
  dependencies: OperatorDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { config, kube, clock, log, env, workFolder } = dependencies;
  // Each loop and each watch listens for the end.
  setMaxListeners(128, signal);
  const operatorLog = log.with({ component: 'operator' });
  const gitLog = log.with({ component: 'gitchartsync' });
  const metrics = createMetrics();
  const queue = createWorkQueue(clock, (length) => {
    metrics.setQueueLength(length);
  });
  const workList = createWorkList(clock);
  const enqueue = (key: string, urgent: boolean) => {
    queue.add(key, { urgent });
  };
  const onError = (error: Error) => {
    operatorLog.log({ warning: 'leader election failed, trying again', err: error.message });
  };

  const caches = createCaches({
    kube,
    clock,
    log: operatorLog,
    namespace: config.allowNamespace ?? '',
    onRelease: (key, change) => {
      metrics.setReleaseCount(caches.releases.list().length);
      takeChange(key, change);
    },
    onReference: (key, { isValues }) => {
      if (isValues) reconciler.outdate(key);
      enqueue(key, true);
    },
  });
  const takeChange = (key: string, { now, gone, newSpec, requested, known }: ReleaseChange) => {
    if (gone !== undefined) workList.doom(key, gone);
    if (newSpec || now === undefined || isEnding(now)) {
      retries.reset(key);
      reconciler.outdate(key);
    }
    if (requested) {
      retries.reset(key);
      charts.renew(key);
      reconciler.force(key);
    }
    enqueue(key, now === undefined || requested || (known && newSpec));
  };

  const charts = createChartFetcher({
    clock,
    log: gitLog,
    env,
    workFolder,
    gitTimeoutMs: config.gitTimeoutMs,
    gitDefaultRef: config.gitDefaultRef,
    updateChartDeps: config.updateChartDeps,
    crossNamespaceRefs: config.crossNamespaceRefs,
    sharedMs: Math.min(longestSharedMs, config.chartsSyncIntervalMs / 2),
    repositoryAccess: await importRepositories(
      config.repositoryImports,
      log.with({ component: 'helm' }),
    ),
    releases: () => caches.releases.list().filter((hr) => shards.owns(objectKey(hr))),
    onChanged: (key, { moved }) => {
      if (moved) reconciler.outdate(key);
      enqueue(key, true);
    },
    onMirror: (ready) => {
      metrics.setGitReady(ready);
    },
  });
  const retries = createRetries((key) =>
    charts.hasFailed(key)
      ? Math.min(config.chartsSyncIntervalMs, longestChartRetryMs)
      : config.chartsSyncIntervalMs,
  );

  const shards = config.leaderElect
    ? createShards({
        client: kube,
        clock,
        namespace: config.leaderElectNamespace || dependencies.ownNamespace,
        name: 'helm-operator',
        identity: dependencies.identity,
        count: config.shards,
        onError,
        onGained: (isOfShard, shard) => {
          operatorLog.log({ info: 'leading', shard });
          for (const hr of caches.releases.list())
            if (isOfShard(objectKey(hr))) enqueue(objectKey(hr), false);
          for (const key of workList.doomedKeys()) if (isOfShard(key)) enqueue(key, true);
        },
        onLost: (shard) => {
          operatorLog.log({ info: 'leading no longer', shard });
        },
        drained: (isOfShard) => workList.idle(isOfShard),
      })
    : allShards();

  const status = createStatusWriter(kube, log);
  const events = createEventRecorder({
    client: kube,
    clock,
    component: 'helm-operator',
    onError: (error) => {
      operatorLog.log({ warning: 'event not written', err: error.message });
    },
  });
  const slots = createSlots(config.workers, clock);
  const engineOn = (client: KubeClient) =>
    createHelmEngine({
      kube: client,
      clock: slots.clock,
      servedApis: true,
      log: (line) => {
        log.log({ component: 'helm', version: 'v3', info: line });
      },
    });
  const actors = createActors({
    own: { kube, engine: engineOn(kube) },
    actAs: (user) => {
      const client = dependencies.clientAs(user);
      return { kube: client, engine: engineOn(client) };
    },
    defaultServiceAccount: config.defaultServiceAccount,
  });
  const decrypt = createDecrypter(env);
  const newer = createSharedList({
    client: kube,
    clock,
    apiVersions: ['v2', 'v2beta2', 'v2beta1'].map((version) => `${v2Group}/${version}`),
    kind: 'HelmRelease',
    namespace: config.allowNamespace ?? '',
    read: claimOfV2,
    onForbidden: (error) => {
      operatorLog.log({
        warning: `HelmReleases of ${v2Group} may not be listed: a release that they manage is not noticed`,
        err: error.message,
      });
    },
  });
  const reconciler = createReconciler({
    actFor: (hr) => actors.actFor(hr),
    ownKube: kube,
    clock,
    log,
    metrics,
    status,
    events,
    fetchChart: (hr, client) => charts.fetch(hr, client),
    valuesSources: (chart, client) => ({
      configMap: (namespace, name) =>
        client.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }),
      secret: (namespace, name) =>
        client.get({ apiVersion: 'v1', kind: 'Secret', namespace, name }),
      url: readUrl,
      chartFile: chart.file,
      crossNamespace: config.crossNamespaceRefs,
      decrypt,
    }),
    otherClaims: (maxAgeMs) => newer.get(maxAgeMs),
    otherRelease: (key) => caches.releases.get(key),
    storedRevision: (namespace, name) => caches.revisions.newest(namespace, name),
    helm2: createHelm2Records({ kube, clock, namespace: config.tillerNamespace }),
    retries,
    lost: (key) => shards.lost(key),
    logDiffs: config.logReleaseDiffs,
    uninstallWithCrd: config.uninstallWithCrd,
    useFinalizer: config.finalizer,
  });

  const drift = createDriftGuard({
    actFor: (hr) => actors.actFor(hr),
    live: createLiveMetadata(kube, clock),
    byDefault: config.driftDetection,
    log,
    events,
    metrics,
  });
  /** Whose objects are to be compared with the cluster. */
  const driftDue = new Set<string>();

  const later = (key: string, pause: number | undefined) => {
    if (pause === undefined) return;
    operatorLog.log({ info: `trying ${key} again in ${Math.round(pause / 1000)}s` });
    queue.addAfter(key, pause);
  };
  const remove = async (key: string, hr: HelmRelease): Promise<boolean> => {
    const pause = await reconciler.remove(hr);
    status.forget(hr);
    charts.forget(key);
    drift.forget(key);
    later(key, pause);
    return pause === undefined;
  };
  const look = async (key: string): Promise<void> => {
    const hr = caches.releases.get(key);
    const gone = workList.doomed(key);
    if (gone !== undefined) {
      if (hr?.metadata.uid !== gone.metadata.uid && !(await remove(key, gone))) return;
      workList.spare(key);
    }
    if (hr === undefined || signal.aborted) return;
    if (isEnding(hr)) {
      if (hasFinalizer(hr)) await remove(key, hr);
      return;
    }
    later(key, await reconciler.reconcile(hr));
    const version = reconciler.settledVersion(key);
    if (driftDue.delete(key) && version !== undefined) await drift.look(hr, version);
  };
  const work = async (key: string): Promise<void> => {
    if (!shards.owns(key)) return;
    try {
      await workList.during(key, () => slots.run(() => look(key)));
    } catch (thrown) {
      operatorLog.log({ error: messageOf(thrown), resource: key });
      later(key, retries.failed(key));
    }
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
  const writeReleaseStatuses = async () => {
    for (const hr of caches.releases.list()) {
      const releaseName = releaseNameOf(hr);
      const stored = caches.revisions.newest(targetNamespaceOf(hr), releaseName);
      if (!shards.owns(objectKey(hr)) || (stored === undefined && status.isWritten(hr))) continue;
      const now = stored === undefined ? {} : { releaseName, releaseStatus: stored.status };
      await status.update(hr, (before) => ({ ...before, ...now }));
    }
  };
  const legacy = createLegacyReport({ kube, log: operatorLog, events });

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
  const watching = caches.run(signal);
  operatorLog.log({ info: 'event handlers set up' });
  operatorLog.log({ info: 'starting operator' });
  operatorLog.log({ info: 'waiting for informer caches to sync' });
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  await Promise.race([caches.synced(), aborted]);
  operatorLog.log({ info: 'informer caches synced' });
  operatorLog.log({ info: 'starting workers' });
  gitLog.log({ info: 'starting sync of git chart sources' });
  await legacy.look();
  const stopping = aborted.then(() => {
    operatorLog.log({ info: 'stopping workers' });
  });
  await Promise.all([
    queue.run(config.workers * waitingPerWorker, work, signal),
    shards.run(signal),
    every(config.gitPollIntervalMs, async () => {
      await charts.dropUnused();
      await charts.refreshAll(signal);
    }),
    every(config.chartsSyncIntervalMs, async () => {
      for (const hr of caches.releases.list()) {
        driftDue.add(objectKey(hr));
        enqueue(objectKey(hr), false);
      }
      await legacy.look();
    }),
    every(config.statusUpdateIntervalMs, writeReleaseStatuses),
    watching,
    stopping,
  ]);
  gitLog.log({ info: 'stopping sync of git chart sources' });
  await charts.close();
  await actors.close();
  await http.close();
}
