/** Puts the daemon together: repository, syncer, automation, jobs, API; runs and ends their loops. */
import type { KubeClient } from '../lib/kube/mod.ts';
import type { Keychain, RegistryClient } from '../lib/registry/mod.ts';
import { messageOf } from '../lib/runtime/mod.ts';
import type { Clock, Logger } from '../lib/runtime/mod.ts';
import { createApi } from './api/answers.ts';
import type { Api } from './api/server.ts';
import { liveWorkloads } from './api/services.ts';
import type { RecordKeeper } from './automation/image-records.ts';
import { createScanning } from './automation/scanning.ts';
import type { Config } from './config.ts';
import { createAnnouncer } from './events/announce.ts';
import { commitEvent } from './events/event.ts';
import type { Tell } from './events/teller.ts';
import { decryptSops, revealSecrets } from './git/decrypt.ts';
import { secretMarker, tagMarker } from './git/marker.ts';
import { createPublisher } from './git/publisher.ts';
import type { ConfigRepository } from './git/repository.ts';
import { verifiedRepository } from './git/verify.ts';
import { sameRepository } from './hooks/payload.ts';
import type { HookNews } from './hooks/payload.ts';
import type { KeyRing } from './identity/key-ring.ts';
import { createJobQueue } from './jobs.ts';
import { runSyncLoop } from './loop.ts';
import type { Metrics } from './metrics.ts';
import type { LoadOptions } from './sync/load.ts';
import { syncSetName } from '../lib/wire/mod.ts';
import { createSyncer } from './sync/sync.ts';
import { createUpdateRequests } from './update/requests.ts';
import { createWake } from './wake.ts';

export interface DaemonOptions {
  config: Config;
  version: string;
  repository: ConfigRepository;
  kube: KubeClient;
  /** `undefined` when scanning is disabled. */
  registry: RegistryClient | undefined;
  /** Keeps what is known of images over restarts; `undefined` keeps it in memory. */
  imageKeeper: RecordKeeper | undefined;
  keyRing: KeyRing;
  /** Tells of events. */
  tell: Tell;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  /** Namespace of the kubeconfig's context. */
  contextNamespace: string | undefined;
  /** Namespace the daemon itself runs in. */
  ownNamespace: string;
  newId: () => string;
  dockerConfig: () => Promise<string | undefined>;
  /** Credentials for registries that the cloud gives. */
  cloud: { ecr: Keychain; platform: Keychain };
  /** The program's environment, for the user's generators, sops and git-secret. */
  env: Readonly<Record<string, string | undefined>>;
  /** For temporary files. */
  scratchFolder: string;
}

export interface Daemon {
  api: Api;
  /** Something changed elsewhere: exactly what it names is looked at. */
  hear(news: HookNews): void;
  /** Works until the signal fires; a job that is running then is finished first. */
  run(signal: AbortSignal): Promise<void>;
}

/** Longest pause behind the first push that came too late; each further one may be longer by as much. */
const longestPauseMs = 300;

export function createDaemon(given: DaemonOptions): Daemon {
  const { config, kube, clock, log, metrics } = given;
  const { flags, gitLabel } = config;
  const paths = flags['git-path'];
  const loopLog = log.with({ component: 'sync-loop' });
  const daemonLog = log.with({ component: 'daemon' });
  const inGit = config.syncState === 'git';
  const marker = inGit
    ? tagMarker(given.repository, gitLabel.syncTag)
    : secretMarker(kube, given.ownNamespace, flags['k8s-secret-name']);
  const repository =
    config.verifyMode === 'none'
      ? given.repository
      : verifiedRepository({
          repository: given.repository,
          marker,
          tag: inGit ? gitLabel.syncTag : undefined,
          firstParent: config.verifyMode === 'first-parent',
          log: loopLog,
        });
  const options = { ...given, repository };
  const { tell } = given;
  const manifests = manifestOptions(options, paths);
  const syncer = createSyncer({
    repository,
    kube,
    clock,
    log,
    marker,
    manifests,
    setName: syncSetName(repository.safeUrl, repository.branch, paths),
    defaultNamespace: flags['k8s-default-namespace'] || (options.contextNamespace ?? 'default'),
    allowedNamespaces: config.allowedNamespaces,
    excludeKinds: flags['k8s-unsafe-exclude-resource'],
    collect: flags['sync-garbage-collection'],
    dryRun: flags['sync-garbage-collection-dry'],
    pruneLimitPercent: flags['sync-prune-limit'],
    confirmTag: `${gitLabel.syncTag}-prune`,
    announce: createAnnouncer({
      repository,
      tell,
      clock,
      paths,
      notesRef: gitLabel.notesRef,
    }),
  });
  const jobs = createJobQueue({
    newId: options.newId,
    clock,
    log: loopLog,
    metrics,
    timeoutMs: flags['sync-timeout'],
  });
  const signingKey = flags['git-signing-key'];
  const publisher = createPublisher({
    repository,
    load: syncer.load,
    skipMessage: config.skipMessage,
    readOnly: flags['git-readonly'],
    manifests,
    metrics,
    clone: {
      branch: repository.branch,
      userName: flags['git-user'],
      userEmail: flags['git-email'],
      notesRef: gitLabel.notesRef,
      ...(signingKey === '' ? {} : { signingKey }),
    },
    onPushed: (revision, { note, result }) =>
      tell(commitEvent(revision, note.spec, result, clock.now())),
    pause: (attempt, signal) => {
      // An ID is as good as dice, and is handed in.
      const dice = parseInt(options.newId().slice(0, 4), 16) / 0x10000;
      return clock.sleep(dice * Math.min(attempt * longestPauseMs, 5000), signal);
    },
    log: daemonLog,
  });
  const scanning = createScanning(options, {
    load: syncer.load,
    jobs,
    publisher,
    log: daemonLog,
  });
  const syncWake = createWake(clock);
  const api = createApi({
    version: options.version,
    kube,
    repository,
    syncer,
    marker,
    jobs,
    images: scanning?.images,
    scanner: scanning?.scanner,
    keyRing: options.keyRing,
    paths,
    notesRef: gitLabel.notesRef,
    readOnly: flags['git-readonly'],
    allowedNamespaces: config.allowedNamespaces,
    update: createUpdateRequests({
      repository,
      publisher,
      jobs,
      load: syncer.load,
      images: scanning?.images,
      liveIds: async () => new Set((await liveWorkloads(kube, undefined)).keys()),
      metrics,
      setAuthor: flags['git-set-author'],
      timeoutMs: flags['sync-timeout'],
      onSyncAsked: () => {
        syncWake.wake();
      },
      onPoliciesChanged: () => {
        scanning?.automation.wake();
      },
    }),
  });

  return {
    api,
    hear: ({ git, images }) => {
      const ours = git.some(
        ({ urls, branches }) =>
          urls.some((url) => sameRepository(url, repository.safeUrl)) &&
          (branches.length === 0 || branches.includes(repository.branch)),
      );
      if (ours) repository.notify();
      for (const name of images)
        if (scanning?.scanner.target(name) !== undefined) scanning.scanner.notice(name);
    },
    run: async (signal) => {
      repository.onStatus((status) => {
        metrics.gitReady.set(status === 'ready' ? 1 : 0);
      });
      const loops = [
        repository.run(signal),
        runSyncLoop(
          {
            repository,
            syncer,
            wake: syncWake,
            clock,
            log: loopLog,
            metrics,
            intervalMs: flags['sync-interval'],
            timeoutMs: flags['sync-timeout'],
            onHead: () => {
              scanning?.scanner.look();
              scanning?.automation.wake();
            },
            forgetKinds: () => {
              kube.invalidateDiscovery();
            },
          },
          signal,
        ),
        ...(scanning === undefined
          ? []
          : [
              scanning.scanner.run(signal),
              ...(flags['git-readonly'] ? [] : [scanning.automation.run(signal)]),
            ]),
      ];
      for (const ended of await Promise.allSettled(loops))
        if (ended.status === 'rejected') log.log({ err: messageOf(ended.reason) });
      await jobs.stop();
      await repository.close();
    },
  };
}

/** How manifests are read: plain, generated, decrypted. */
function manifestOptions(
  { config, env, scratchFolder }: DaemonOptions,
  paths: readonly string[],
): LoadOptions {
  const { flags } = config;
  const timeoutMs = flags['sync-timeout'];
  return {
    paths,
    generation: flags['manifest-generation'] ? { env, timeoutMs } : undefined,
    reveal: flags['git-secret'] ? (folder) => revealSecrets(folder, { env, timeoutMs }) : undefined,
    decrypt: flags.sops
      ? (text, file) => decryptSops(text, file, { env, timeoutMs, folder: scratchFolder })
      : undefined,
    lastGenerated: new Map(),
  };
}
