/** Puts the daemon together: repository, syncer, automation, jobs, API. */
import type { KubeClient } from '../lib/kube/mod.ts';
import type { RegistryClient } from '../lib/registry/mod.ts';
import { Fault, messageOf } from '../lib/runtime/mod.ts';
import type { Clock, Logger } from '../lib/runtime/mod.ts';
import type { CommitNote, JobStatus, ReadOnlyReason, UpdateSpec } from '../lib/wire/mod.ts';
import { parseNote } from '../lib/wire/mod.ts';
import { exportYaml } from './api/export.ts';
import type { Api } from './api/server.ts';
import { controllerStatus, imageStatus, liveWorkloads } from './api/services.ts';
import { automatedChanges, scanImages, workloadsOf } from './automation/automate.ts';
import { autoNote, autoReleaseMessage, editImages } from './automation/commit.ts';
import { createImageStore } from './automation/image-store.ts';
import { workloadKeychain } from './automation/keychain.ts';
import type { Config } from './config.ts';
import { commitText } from './events/texts.ts';
import { secretMarker, tagMarker } from './git/marker.ts';
import { publish } from './git/publish.ts';
import type { ConfigRepository } from './git/repository.ts';
import { createJobQueue } from './jobs.ts';
import { runEvery, runSyncLoop } from './loop.ts';
import type { Metrics } from './metrics.ts';
import { syncSetName } from './sync/mark.ts';
import { createSyncer } from './sync/sync.ts';
import { planUpdate } from './update.ts';
import { createSerial, createWake } from './wake.ts';

export interface DaemonOptions {
  config: Config;
  version: string;
  repository: ConfigRepository;
  kube: KubeClient;
  registry: RegistryClient | undefined;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  /** Namespace of the kubeconfig's context. */
  contextNamespace: string | undefined;
  /** Namespace the daemon itself runs in. */
  ownNamespace: string;
  newId: () => string;
  dockerConfig: () => Promise<string | undefined>;
}

export function createDaemon(options: DaemonOptions): {
  api: Api;
  run: (signal: AbortSignal) => Promise<void>;
} {
  const { config, repository, kube, clock, log, metrics } = options;
  const { flags, gitLabel } = config;
  const paths = flags['git-path'];
  const syncer = createSyncer({
    repository,
    kube,
    clock,
    log,
    paths,
    marker:
      config.syncState === 'git'
        ? tagMarker(repository, gitLabel.syncTag)
        : secretMarker(kube, options.ownNamespace, flags['k8s-secret-name']),
    setName: syncSetName(repository.safeUrl, repository.branch, paths),
    defaultNamespace: flags['k8s-default-namespace'] || (options.contextNamespace ?? 'default'),
    allowedNamespaces: config.allowedNamespaces,
    excludeKinds: flags['k8s-unsafe-exclude-resource'],
    collect: flags['sync-garbage-collection'],
    dryRun: flags['sync-garbage-collection-dry'],
    pruneLimitPercent: flags['sync-prune-limit'],
    confirmTag: `${gitLabel.syncTag}-prune`,
  });
  const warmLog = log.with({ component: 'warmer' });
  const store =
    options.registry === undefined
      ? undefined
      : createImageStore({
          registry: options.registry,
          clock,
          log: warmLog,
          burst: flags['registry-burst'],
        });
  const loopLog = log.with({ component: 'sync-loop' });
  const daemonLog = log.with({ component: 'daemon' });
  const syncWake = createWake(clock);
  const automationWake = createWake(clock);
  const writing = createSerial();
  const jobs = createJobQueue({ newId: options.newId, clock, log: loopLog, metrics });

  const signingKey = flags['git-signing-key'];
  const publishing = {
    repository,
    skipMessage: config.skipMessage,
    clone: {
      branch: repository.branch,
      userName: flags['git-user'],
      userEmail: flags['git-email'],
      notesRef: gitLabel.notesRef,
      ...(signingKey === '' ? {} : { signingKey }),
    },
  };
  const pushed = (revision: string, ids: readonly string[]) => {
    daemonLog.log({ event: commitText(revision, ids), logupstream: false });
    return repository.refresh();
  };
  const refuseReadOnly = () => {
    if (flags['git-readonly'])
      throw new Fault(
        'ReadOnly',
        'stall',
        repository.safeUrl,
        'cannot make a working clone of a read-only git repo',
      );
  };

  const automate = async (signal: AbortSignal) => {
    if (store === undefined || repository.status().status !== 'ready') return;
    const head = await repository.head();
    const { set } = await syncer.load(head);
    await scanImages(
      workloadsOf(set),
      {
        store,
        globs: {
          include: flags['registry-include-image'],
          exclude: flags['registry-exclude-image'],
        },
        keychain: ({ object }) =>
          workloadKeychain(object, { kube, log: warmLog, dockerConfig: options.dockerConfig }),
      },
      signal,
    );
    if (flags['git-readonly']) return;
    const allow = flags['automation-allow-downgrade'];
    const changesAt = async (revision: string) => {
      const loaded = await syncer.load(revision);
      const changes = automatedChanges(workloadsOf(loaded.set), store, allow, daemonLog);
      return { changes, texts: loaded.tree.texts };
    };
    if ((await changesAt(head)).changes.length === 0) return;
    jobs.enqueue((id) =>
      writing(async () => {
        let touched: string[] = [];
        const revision = await publish(publishing, async (at) => {
          const { changes, texts } = await changesAt(at);
          if (changes.length === 0) return undefined;
          touched = [...new Set(changes.map(({ workload }) => workload.id))];
          return {
            files: editImages(changes, texts),
            message: autoReleaseMessage(changes),
            note: JSON.stringify(autoNote(id, changes)),
            author: undefined,
          };
        });
        if (revision === undefined) return {};
        await pushed(revision, touched);
        return { revision };
      }),
    );
  };

  const runUpdate = async (
    id: string,
    spec: Exclude<UpdateSpec, { type: 'auto' }>,
  ): Promise<JobStatus['Result']> => {
    if (spec.type === 'sync') {
      await repository.refresh();
      syncWake.wake();
      return { revision: await repository.head() };
    }
    refuseReadOnly();
    let result: JobStatus['Result'] = { spec };
    const revision = await publish(publishing, async (head) => {
      const plan = planUpdate(spec, { ...(await syncer.load(head)), images: store });
      result = { spec, result: plan.result };
      if (plan.files.size === 0) return undefined;
      const note: CommitNote = {
        jobID: id,
        spec,
        result: spec.type === 'policy' ? null : plan.result,
      };
      return {
        files: plan.files,
        message: plan.message,
        note: JSON.stringify(note),
        author: flags['git-set-author'] && spec.cause.User !== '' ? spec.cause.User : undefined,
      };
    });
    if (revision === undefined) {
      if (spec.type === 'policy') return result;
      throw new Fault('NothingChanged', 'stall', repository.safeUrl, 'no changes made in repo');
    }
    const done = Object.entries(result.result ?? {}).filter(
      ([, { Status }]) => Status === 'success',
    );
    await pushed(
      revision,
      done.map(([workload]) => workload),
    );
    if (spec.type === 'policy') automationWake.wake();
    return { ...result, revision };
  };

  const readOnly = (): ReadOnlyReason => {
    const { status } = repository.status();
    if (status === 'unconfigured') return 'NoRepo';
    if (status !== 'ready') return 'NotReady';
    return flags['git-readonly'] ? 'ReadOnlyMode' : '';
  };
  const known = async () => {
    if (repository.status().status !== 'ready') return new Map();
    const { set } = await syncer.load(await repository.head());
    return new Map(workloadsOf(set).map((workload) => [workload.id, workload]));
  };

  const api: Api = {
    version: options.version,
    notify: (change) => {
      if (change.Kind === 'git') repository.notify();
      else automationWake.wake();
    },
    services: async (namespace, ids) => {
      const [live, inRepository] = await Promise.all([
        liveWorkloads(kube, namespace || undefined),
        known(),
      ]);
      const errors = new Map((syncer.last()?.errors ?? []).map(({ id, error }) => [id, error]));
      return [...live]
        .filter(([id]) => ids.length === 0 || ids.includes(id))
        .map(([id, object]) =>
          controllerStatus(id, object, inRepository.get(id), readOnly(), errors.get(id) ?? ''),
        );
    },
    images: async (namespace, workload) => {
      const [live, inRepository] = await Promise.all([
        liveWorkloads(kube, namespace || undefined),
        known(),
      ]);
      return [...live]
        .filter(([id]) => workload === '<all>' || workload === id)
        .map(([id, object]) => imageStatus(id, object, inRepository.get(id), store));
    },
    update: async (spec) => {
      if (spec.type === 'auto')
        throw new Fault('BadRequest', 'stall', 'auto', 'unknown update spec type "auto"');
      if ((spec.type === 'image' || spec.type === 'containers') && spec.spec.Kind === 'plan') {
        const { result } = planUpdate(spec, {
          ...(await syncer.load(await repository.head())),
          images: store,
        });
        return jobs.enqueue(() => Promise.resolve({ spec, result }));
      }
      return jobs.enqueue((id) =>
        spec.type === 'sync' ? runUpdate(id, spec) : writing(() => runUpdate(id, spec)),
      );
    },
    job: async (id) => {
      const status = jobs.status(id);
      if (status !== undefined || repository.status().status !== 'ready') return status;
      const mirror = repository.mirror();
      const to = await repository.head();
      for (const { revision } of (await mirror.commits({ from: undefined, to, paths })).slice(
        0,
        200,
      )) {
        const text = await mirror.note(gitLabel.notesRef, revision);
        const note = text === undefined ? undefined : parseNote(text);
        if (note?.jobID !== id) continue;
        const { spec, result } = note;
        return {
          Result: { revision, spec, ...(result === null ? {} : { result }) },
          Err: '',
          StatusString: 'succeeded',
        };
      }
      return undefined;
    },
    syncStatus: async (ref) => {
      const from =
        config.syncState === 'git'
          ? await repository.mirror().resolve(`refs/tags/${gitLabel.syncTag}`)
          : syncer.last()?.to;
      const commits = await repository.mirror().commits({ from, to: ref, paths });
      return commits.map(({ revision }) => revision);
    },
    export: async () =>
      exportYaml(kube, await liveWorkloads(kube, undefined), config.allowedNamespaces),
    gitConfig: () => {
      const { status, error } = repository.status();
      const { safeUrl: url, branch } = repository;
      return {
        remote: { url, branch, path: paths.join(',') },
        publicSSHKey: api.publicKey(),
        status,
        errors: error,
      };
    },
    publicKey: () => ({ key: '', fingerprints: null }),
    ready: () => repository.status().status === 'unconfigured' || syncer.last() !== undefined,
  };

  return {
    api,
    run: async (signal) => {
      repository.onRefreshed(() => {
        metrics.gitReady.set(1);
        automationWake.wake();
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
            paths,
            notesRef: gitLabel.notesRef,
            intervalMs: flags['sync-interval'],
            timeoutMs: flags['sync-timeout'],
            forgetKinds: () => {
              kube.invalidateDiscovery();
            },
          },
          signal,
        ),
        ...(store === undefined
          ? []
          : [
              runEvery(automationWake, config.automationIntervalMs, daemonLog, signal, () =>
                automate(signal),
              ),
            ]),
      ];
      for (const ended of await Promise.allSettled(loops))
        if (ended.status === 'rejected') log.log({ err: messageOf(ended.reason) });
    },
  };
}
