/** Puts the parts together: caches, controllers, artifact server, metrics. */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createKept } from '../lib/cloud/mod.ts';
import { createEventRecorder, createLeaderElection } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import { providerCredentials } from '../lib/registry/mod.ts';
import { messageOf } from '../lib/runtime/mod.ts';
import type { Clock, Logger } from '../lib/runtime/mod.ts';
import { createArtifactReader, createArtifactStore, startArtifactServer } from './artifacts/mod.ts';
import type { Config } from './config.ts';
import { createClusters } from './clusters/mod.ts';
import { createTargets } from './helmrelease/mod.ts';
import { startHttp } from './http.ts';
import type { Health } from './http.ts';
import { createTagStore } from './image/mod.ts';
import { kindsOf } from './kinds.ts';
import {
  alertVersion,
  createDispatcher,
  createIdTokens,
  listenForEvents,
  listenForHooks,
  receiverVersion,
} from './notification/mod.ts';
import {
  createCaches,
  createCloudIdentities,
  createController,
  createMetrics,
  createSlots,
  createTell,
  readShard,
  shardOf,
  withoutReferenceWatches,
} from './runtime/mod.ts';
import type { Metrics, Tell } from './runtime/mod.ts';
import type { KeptGitLogin, KeptTrustedRoot } from './sources/mod.ts';

export interface ServingPorts {
  artifacts: number;
  metrics: number;
  events: number;
  hooks: number;
}

export interface ToolkitDependencies {
  config: Config;
  kube: KubeClient;
  /** A client whose requests count as another user's. */
  clientAs: (user: string) => KubeClient;
  clock: Clock;
  log: Logger;
  env: Readonly<Record<string, string | undefined>>;
  /** For checkouts and charts under work, and artifacts without a place of their own; the caller removes it. */
  workFolder: string;
  /** Unique among the replicas. */
  identity: string;
  ownNamespace: string;
  random: () => number;
  /** Told once artifacts are served, where. */
  onServing?: (ports: ServingPorts) => void;
}

const readTimeoutMs = 60_000;

/** Works until the signal fires, then lets what runs come to its end. */
export async function runToolkit(
  dependencies: ToolkitDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { config, kube, clock, log } = dependencies;
  const metrics = createMetrics();
  const health = { isServing: false };
  const http = await startHttp(config.metricsListen, metrics, health);
  const work = (held: AbortSignal) =>
    serve({ ...dependencies, metrics, health, metricsPort: http.port }, held);
  try {
    if (!config.leaderElection) {
      await work(signal);
      return;
    }
    const election = createLeaderElection({
      client: kube,
      clock,
      namespace: dependencies.ownNamespace,
      name: leaseName(config.labelSelector),
      identity: dependencies.identity,
      onError: (error) => {
        log.log({ warning: 'leader election failed, trying again', err: error.message });
      },
    });
    await election.run(signal, work);
  } finally {
    await http.close();
  }
}

/** Instances that serve other objects do not keep one another from working; by `leaderelection.GenerateID` of fluxcd/pkg/runtime 0.110. */
function leaseName(labelSelector: string): string {
  if (labelSelector === '') return 'reflux-toolkit';
  const digest = createHash('sha256').update(labelSelector).digest('hex');
  return `reflux-toolkit-${digest.slice(0, 8)}`;
}

interface ServingDependencies extends ToolkitDependencies {
  metrics: Metrics;
  health: Health;
  metricsPort: number;
}

async function serve(dependencies: ServingDependencies, signal: AbortSignal): Promise<void> {
  const { config, kube, clock, log, env, workFolder, ownNamespace, metrics, health } = dependencies;
  setMaxListeners(0, signal);
  const warnOf = (what: string) => (error: Error) => {
    log.log({ warning: what, err: error.message });
  };
  const caches = createCaches({
    kube,
    clock,
    namespace: config.allNamespaces ? '' : ownNamespace,
    onError: warnOf('watching failed, trying again'),
  });
  const serves = readShard(config.labelSelector);
  const shard = shardOf(caches, serves);
  const root = config.storagePath === '' ? path.join(workFolder, 'storage') : config.storagePath;
  const work = path.join(workFolder, 'work');
  await mkdir(root, { recursive: true });
  await mkdir(work, { recursive: true });
  const artifacts = await startArtifactServer({
    root,
    listen: config.storageListen,
    onError: warnOf('serving an artifact failed'),
  });
  const host =
    config.storageAddress ||
    (config.storageListen.host === undefined
      ? `source-controller.${ownNamespace}.svc.cluster.local.`
      : `${config.storageListen.host}:${artifacts.port}`);
  const store = createArtifactStore({
    root,
    address: host,
    now: () => clock.now(),
    keptRecords: config.keptRecords,
    keptMs: config.keptMs,
    digestAlgorithm: config.digestAlgorithm,
  });
  const readArtifact = createArtifactReader({
    store,
    clock,
    attempts: config.httpAttempts,
    timeoutMs: readTimeoutMs,
  });
  const cloud = { clock, env, readFile: (file: string) => readFile(file, 'utf8') };
  const identitiesBy = (defaultAccount: string) =>
    createCloudIdentities({
      kube,
      cloud,
      mayNameAccount: config.gates.ObjectLevelWorkloadIdentity,
      defaultAccount,
    });
  // Who is meant is said by what asks.
  const remotes = identitiesBy('');
  const clusters = createClusters({
    kube,
    clientAs: dependencies.clientAs,
    defaultServiceAccount: config.defaultServiceAccount,
    issuer: {
      clock,
      readFile: cloud.readFile,
      mayNameAccount: config.gates.ObjectLevelWorkloadIdentity,
      cloudOf: ({ namespace, name }) => remotes.of({ namespace, account: name || undefined }),
      defaultAccount: config.defaultKubeConfigAccount || config.defaultServiceAccount,
    },
    log: (line) => {
      log.log({ component: 'clusters', info: line });
    },
  });
  const identities = identitiesBy(config.defaultServiceAccount);
  const decryptors = identitiesBy(config.defaultDecryptionAccount);
  const slots = createSlots(config.concurrent);
  const targets = createTargets({
    clusters,
    clock: slots.freeing(clock),
    log: (line) => {
      log.log({ component: 'helm', info: line });
    },
  });
  const { dependencyMs, crossNamespace, limits } = config;
  const notification = createEventRecorder({
    client: kube,
    clock,
    component: 'notification-controller',
    onError: warnOf('event not written'),
  });
  const notificationLog = log.with({ component: 'notification' });
  const dispatcher = createDispatcher({
    kube,
    alerts: caches.collection({ apiVersion: alertVersion, kind: 'Alert' }),
    providers: caches.collection({ apiVersion: alertVersion, kind: 'Provider' }),
    clock,
    identities,
    log: notificationLog,
    crossNamespace,
    quietMs: config.quietMs,
    complain: (alert, reason, message, annotations) => {
      void notification.record(alert, 'Warning', reason, message, annotations);
    },
    signal,
  });
  const common = { kube, caches, clock, dependencyMs, gates: config.gates };
  const registryCredentials = providerCredentials(cloud);
  const git = { env, cloud, identities, gitLogins: createKept<KeptGitLogin>(clock) };
  const kinds = kindsOf(
    shard,
    {
      ...common,
      ...git,
      store,
      workFolder: work,
      limits,
      registryCredentials,
      trustedRoots: createKept<KeptTrustedRoot>(clock),
      log: (line) => {
        log.log({ component: 'sources', info: line });
      },
    },
    {
      ...common,
      targets,
      slots,
      readArtifact,
      crossNamespace,
      serves,
      overridden: config.overriddenManagers,
      namespace: config.allNamespaces ? '' : ownNamespace,
    },
    {
      ...common,
      clusters,
      readArtifact,
      crossNamespace,
      workFolder: work,
      env,
      identities: decryptors,
      strictSubstitutions: config.strictSubstitutions,
      remoteBases: config.remoteBases,
      macCheck: config.macCheck,
      ageSecret: config.ageSecret === '' ? '' : `${ownNamespace}/${config.ageSecret}`,
      vaultConfigMap:
        config.vaultConfigMap === '' ? '' : `${ownNamespace}/${config.vaultConfigMap}`,
      stageKinds: config.stageKinds,
      overridden: config.overriddenManagers,
      concurrent: config.concurrent,
    },
    { kube, caches },
    {
      ...common,
      ...git,
      tags: createTagStore(),
      workFolder: work,
      crossNamespace,
      registryCredentials,
    },
  );
  const tells = new Map<string, Tell>();
  const tellOf = (controller: string): Tell => {
    const known = tells.get(controller);
    if (known !== undefined) return known;
    const onError = warnOf('event not written');
    const tell = createTell({
      recorder: createEventRecorder({ client: kube, clock, component: controller, onError }),
      address: config.eventsAddress,
      deliver: (event) => {
        dispatcher.take(event);
      },
      controller,
      instance: dependencies.identity,
      clock,
      signal,
      onError,
    });
    tells.set(controller, tell);
    return tell;
  };
  for (const warning of config.notes) log.log({ warning });
  const controllers = kinds.map((kind) =>
    createController({
      kind: config.gates.DisableConfigWatchers ? withoutReferenceWatches(kind) : kind,
      kube,
      caches,
      shard,
      clock,
      log,
      metrics,
      tell: tellOf(kind.controller),
      concurrent: config.concurrent,
      minRetryMs: config.minRetryMs,
      maxRetryMs: config.maxRetryMs,
      jitter: config.jitter,
      random: dependencies.random,
    }),
  );
  const events = await listenForEvents(config.eventsListen, dispatcher, notificationLog);
  const hooks = await listenForHooks(config.receiverListen, {
    kube,
    receivers: caches.collection({ apiVersion: receiverVersion, kind: 'Receiver' }),
    idTokens: createIdTokens({ clock }),
    clock,
    log: notificationLog,
    crossNamespace,
  });
  log.log({ info: 'serving', kinds: kinds.map(({ name }) => name).join(','), artifacts: host });
  health.isServing = true;
  dependencies.onServing?.({
    artifacts: artifacts.port,
    metrics: dependencies.metricsPort,
    events: events.port,
    hooks: hooks.port,
  });
  try {
    await Promise.all([caches.run(signal), ...controllers.map((each) => each.run(signal))]);
  } catch (thrown) {
    log.log({ error: 'stopped', err: messageOf(thrown) });
    throw thrown;
  } finally {
    health.isServing = false;
    const listeners = [artifacts, events, hooks, clusters];
    await Promise.all(listeners.map((each) => each.close()));
  }
}
