/** fluxd: flags, signals, exit status. The only place that reads the environment and builds dependencies. */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolveSrv } from 'node:dns/promises';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { useEnvironmentProxies } from '../lib/http/mod.ts';
import { isHttpUrl, withCredentials } from '../lib/git/mod.ts';
import {
  createEventRecorder,
  createKubeClient,
  createLeaderElection,
  impersonate,
  loadConnection,
} from '../lib/kube/mod.ts';
import { awsKeys } from '../lib/cloud/mod.ts';
import { cloudKeychains, createRegistryClient } from '../lib/registry/mod.ts';
import {
  createLogger,
  Fault,
  flagUsage,
  messageOf,
  programVersion,
  runTogether,
  systemClock,
} from '../lib/runtime/mod.ts';
import type { Logger } from '../lib/runtime/mod.ts';
import { runToolkit } from '../toolkit/mod.ts';
import type { ToolkitDependencies } from '../toolkit/mod.ts';
import { createApiServer, createMetricsServer } from './api/server.ts';
import { diskKeeper } from './automation/disk-keeper.ts';
import type { RecordKeeper } from './automation/image-records.ts';
import { keepersInTurn, memcachedKeeper } from './automation/memcached-keeper.ts';
import { ConfigError, flagTable, readConfig } from './config.ts';
import type { Config } from './config.ts';
import { createDaemon } from './daemon.ts';
import { chatSink, upstreamSink } from './events/sinks.ts';
import { createTeller } from './events/teller.ts';
import type { EventSink, Tell } from './events/teller.ts';
import { kubernetesEvents } from './events/kubernetes.ts';
import { createHookServer, hookSecrets } from './hooks/server.ts';
import { importKeys, trustKeys } from './git/gpg.ts';
import { createRepository } from './git/repository.ts';
import { identityFiles, noKeyRing, openKeyRing, sshCommand } from './identity/key-ring.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';

const version = programVersion(import.meta.url);

function configOrExit(): Config {
  try {
    return readConfig(process.argv.slice(2), process.env);
  } catch (thrown) {
    const usage = `Usage of fluxd:\n${flagUsage(flagTable)}`;
    if (thrown instanceof Fault && thrown.reason === 'Help') {
      process.stderr.write(usage);
      process.exit(0);
    }
    const wrong = thrown instanceof ConfigError;
    process.stderr.write(`${messageOf(thrown)}\n${wrong ? '' : usage}`);
    process.exit(wrong ? 1 : 2);
  }
}

async function main(): Promise<void> {
  const config = configOrExit();
  const { flags } = config;
  if (flags.version) {
    process.stdout.write(`${version}\n`);
    return;
  }
  for (const note of config.deprecations) process.stderr.write(`${note}\n`);
  const log = createLogger({
    format: flags['log-format'],
    stream: process.stderr,
    now: () => new Date(),
  });
  log.log({ version });
  for (const warning of config.warnings) log.log({ warning });

  const stop = new AbortController();
  let reason = '';
  const exit = (why: string) => {
    if (reason === '') reason = why;
    stop.abort();
  };
  process.on('SIGTERM', () => {
    exit('terminated');
  });
  process.on('SIGINT', () => {
    exit('interrupt');
  });

  await prepareKeys(config, log);
  const connection = await loadConnection({
    env: process.env,
    ...(flags['kube-config'] === '' ? {} : { path: flags['kube-config'] }),
  });
  const kube = createKubeClient({ connection });
  // A kubeconfig may name another one, for manifests that name none.
  const ownNamespace = connection.podNamespace ?? connection.namespace ?? 'default';
  const server = await kube.serverVersion();
  log.log({ host: connection.server, version: `kubernetes-${server.gitVersion}` });

  const keys = {
    dataKey: flags['k8s-secret-data-key'],
    mountFolder: flags['k8s-secret-volume-mount-path'],
    keygenFolder: flags['ssh-keygen-dir'] || flags['k8s-secret-volume-mount-path'],
  };
  const overSsh = inCluster() && !isHttpUrl(flags['git-url']);
  const keyRing = overSsh
    ? await openKeyRing({
        ...keys,
        kube,
        namespace: ownNamespace,
        secretName: flags['k8s-secret-name'],
        keygen: {
          bits: flags['ssh-keygen-bits'],
          type: flags['ssh-keygen-type'],
          format: flags['ssh-keygen-format'],
        },
        env: process.env,
      })
    : noKeyRing;
  if (overSsh) {
    const clusterLog = log.with({ component: 'cluster' });
    clusterLog.log({ identity: identityFiles(keys)[0] });
    clusterLog.log({ 'identity.pub': keyRing.publicKey().key.trim() });
  }

  const repository = createRepository({
    url: withCredentials(flags['git-url'], {
      username: process.env.GIT_AUTHUSER ?? '',
      password: process.env.GIT_AUTHKEY ?? '',
    }),
    branch: flags['git-branch'],
    readOnly: flags['git-readonly'],
    pollIntervalMs: flags['git-poll-interval'],
    timeoutMs: flags['git-timeout'],
    parentFolder: os.tmpdir(),
    env: overSsh
      ? { ...process.env, GIT_SSH_COMMAND: sshCommand(identityFiles(keys)) }
      : { ...process.env, GIT_SSH_COMMAND: undefined },
    clock: systemClock,
    log: log.with({ component: 'git' }),
    randomHex: () => randomBytes(5).toString('hex'),
    user: {
      name: flags['git-user'],
      email: flags['git-email'],
      signingKey: flags['git-signing-key'],
    },
  });
  const registry = flags['registry-disable-scanning']
    ? undefined
    : createRegistryClient({
        clock: systemClock,
        insecureHosts: flags['registry-insecure-host'],
        requestsPerSecond: flags['registry-rps'],
        burst: flags['registry-burst'],
        ...(flags['registry-trace']
          ? {
              onAnswer: (answer) => {
                log.log({ component: 'registry', trace: 'request', ...answer });
              },
            }
          : {}),
      });
  log.log({
    url: repository.safeUrl,
    user: flags['git-user'],
    email: flags['git-email'],
    'signing-key': flags['git-signing-key'],
    'verify-signatures-mode': config.verifyMode,
    'sync-tag': config.gitLabel.syncTag,
    state: config.syncState,
    readonly: flags['git-readonly'],
    'registry-disable-scanning': flags['registry-disable-scanning'],
    'notes-ref': config.gitLabel.notesRef,
    'set-author': flags['git-set-author'],
    'git-secret': flags['git-secret'],
    sops: flags.sops,
  });
  const cloudOptions = {
    clock: systemClock,
    env: process.env,
    readFile: (file: string) => readFile(file, 'utf8'),
  };
  for (const one of flags['registry-require']) {
    if (one !== 'ecr')
      throw new ConfigError(
        `unknown value ${JSON.stringify(one)} for --registry-require; only ecr is known`,
      );
    await awsKeys(flags['registry-ecr-region'][0] ?? 'us-east-1', cloudOptions);
  }
  const metrics = createMetrics();
  const daemon = createDaemon({
    config,
    version,
    repository,
    kube,
    registry,
    imageKeeper: imageKeeper(config, log),
    keyRing,
    tell: await teller(config, log, metrics, [
      kubernetesEvents({
        kube,
        recorder: createEventRecorder({
          client: kube,
          clock: systemClock,
          component: 'fluxd',
          onError: (error) => {
            log.log({ component: 'events', err: error.message });
          },
        }),
        daemon: {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { namespace: ownNamespace, name: os.hostname() },
        },
      }),
    ]),
    clock: systemClock,
    log,
    metrics,
    contextNamespace: connection.namespace,
    ownNamespace,
    newId: () => randomUUID(),
    env: process.env,
    scratchFolder: os.tmpdir(),
    cloud: cloudKeychains(cloudOptions),
    dockerConfig: () =>
      flags['docker-config'] === ''
        ? Promise.resolve(undefined)
        : readFile(flags['docker-config'], 'utf8'),
  });
  const separate = flags['listen-metrics'] !== '';
  const api = createApiServer(daemon.api, metrics, !separate);
  const secrets = await hookSecrets(flags.webhook, (file) => readFile(file, 'utf8'));
  if ((flags['listen-webhooks'] === '') !== (secrets.size === 0))
    throw new ConfigError('--listen-webhooks and --webhook belong together; only one is given');
  const hooks = createHookServer({
    secrets,
    onNews: daemon.hear,
    log: log.with({ component: 'webhooks' }),
  });
  const metricsServer = createMetricsServer(metrics);
  const listeners = [api, metricsServer, hooks];
  await api.listen(address(flags.listen));
  if (separate) await metricsServer.listen(address(flags['listen-metrics']));
  if (secrets.size > 0) await hooks.listen(address(flags['listen-webhooks']));
  log.log({ addr: flags.listen });
  const runDaemon = async (signal: AbortSignal) => {
    if (!flags['leader-election']) return daemon.run(signal);
    const election = createLeaderElection({
      client: kube,
      clock: systemClock,
      namespace: ownNamespace,
      name: flags['leader-election-lease'],
      identity: `${os.hostname()}-${randomBytes(4).toString('hex')}`,
      onError: (error) => {
        log.log({ err: error.message, component: 'leader-election' });
      },
    });
    await election.run(signal, async (held) => {
      log.log({ info: 'this replica works from now on', component: 'leader-election' });
      await daemon.run(held);
      // Whoever lost the Lease begins anew, with nothing in memory that another has changed since.
      exit('the Lease was lost');
    });
  };
  const { toolkit } = config;
  await runTogether(stop.signal, [
    runDaemon,
    ...(toolkit === undefined
      ? []
      : [
          (signal: AbortSignal) =>
            runToolkitIn(
              {
                config: toolkit,
                kube,
                clientAs: (user) => createKubeClient({ connection: impersonate(connection, user) }),
                clock: systemClock,
                log,
                env: process.env,
                identity: `${os.hostname()}-${randomUUID().slice(0, 8)}`,
                ownNamespace,
                random: Math.random,
              },
              signal,
            ),
        ]),
  ]);
  log.log({ exiting: reason === '' ? 'all loops ended' : reason });
  for (const listener of listeners) await listener.close();
  await kube.close();
  await registry?.close();
}

async function runToolkitIn(
  dependencies: Omit<ToolkitDependencies, 'workFolder'>,
  signal: AbortSignal,
): Promise<void> {
  const workFolder = await mkdtemp(path.join(os.tmpdir(), 'toolkit'));
  try {
    await runToolkit({ ...dependencies, workFolder }, signal);
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** Keys that cannot be imported are said so and missed later, as in v1. */
async function prepareKeys({ flags, verifyMode }: Config, log: Logger): Promise<void> {
  const gpg = { env: process.env, timeoutMs: flags['git-timeout'] };
  try {
    for (const file of await importKeys(flags['git-gpg-key-import'], gpg))
      log.log({ info: 'imported GPG key(s)', file });
    if (verifyMode !== 'none') await trustKeys(gpg);
  } catch (thrown) {
    log.log({ err: messageOf(thrown), info: 'failed to import GPG key(s)' });
  }
  if (flags['git-gpg-key-import'].length > 0) return;
  for (const name of ['git-secret', 'sops'] as const)
    if (flags[name]) log.log({ warning: `--${name} is on, but no GPG keys are imported` });
}

/** On disk, and where a memcached is given, in it too. */
function imageKeeper({ flags, memcached }: Config, log: Logger): RecordKeeper {
  const disk = diskKeeper(
    flags['registry-cache-dir'] || path.join(os.tmpdir(), 'flux-image-cache'),
  );
  if (memcached === undefined) return disk;
  const { host, port, service, timeoutMs } = memcached;
  const servers = async () =>
    service === ''
      ? [{ host, port }]
      : (await resolveSrv(`_${service}._tcp.${host}`)).map((one) => ({
          host: one.name,
          port: one.port,
        }));
  return keepersInTurn([disk, memcachedKeeper({ servers, timeoutMs })], (thrown) => {
    log.log({ component: 'memcached', err: messageOf(thrown) });
  });
}

/** @throws Fault `BadNotify`, `BadConnect` */
async function teller(
  { flags }: Config,
  log: Logger,
  { connection }: Metrics,
  always: readonly EventSink[],
): Promise<Tell> {
  const chats = [...always];
  for (const one of flags.notify) chats.push(await chatSink(one, (file) => readFile(file, 'utf8')));
  const upstream = flags.connect === '' ? undefined : upstreamSink(flags.connect, flags.token);
  if (upstream === undefined) log.log({ upstream: 'no upstream URL given' });
  else {
    connection.set({ target: upstream.name }, 0);
    log.log({
      upstream: upstream.name,
      info: 'events are posted to the upstream; its websocket, over which it would give orders, is not served',
    });
  }
  return createTeller({ upstream, chats, log: log.with({ component: 'daemon' }) });
}

/** A pod has its service account there. */
const inCluster = () => existsSync('/var/run/secrets/kubernetes.io');

/** `:3030` listens everywhere, `127.0.0.1:3030` on one address. */
function address(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, Math.max(0, colon)).replace(/^\[|\]$/g, '');
  return { host: host === '' ? '::' : host, port: Number(text.slice(colon + 1)) };
}

useEnvironmentProxies(process.env);
main().catch((thrown: unknown) => {
  process.stderr.write(`fluxd: ${messageOf(thrown)}\n`);
  process.exit(1);
});
