/**
 * What tests of the whole operator share: a cluster with pods that come up or do not, Git, chart repositories, and the
 * operator in this process.
 *
 * The cluster is the sandbox, or a real API server with a stand-in for its nodes. On both, a container runs unless its
 * image is of `missing.example`, ends badly when its command is `false`, and is never ready when its readiness probe is.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { readFile } from 'node:fs/promises';
import { createHelmEngine } from '../lib/helm/action/mod.ts';
import type { HelmEngine } from '../lib/helm/action/mod.ts';
import { loadChart } from '../lib/helm/chart/mod.ts';
import { packChart } from '../lib/helm/fetch/mod.ts';
import { createKubeClient, impersonate, loadConnection } from '../lib/kube/mod.ts';
import type { KubeClient, KubeConnection } from '../lib/kube/mod.ts';
import { readDocuments } from '../lib/manifest/mod.ts';
import type { HelmRelease, KubeObject } from '../lib/objects/mod.ts';
import { memoryLogger, systemClock } from '../lib/runtime/mod.ts';
import { startGitServer, startSandbox } from '../sandbox/mod.ts';
import { startPods } from './_pods.ts';
import { readCommandLine } from './config.ts';
import { runOperator } from './operator.ts';

const run = promisify(execFile);

export interface TestCluster {
  kube: KubeClient;
  connection: KubeConnection;
  /** A file, for programs. */
  kubeconfig: string;
  engine: HelmEngine;
  /** Made for each run; removed at the end. */
  folder: string;
  createNamespace(): Promise<string>;
  createRepository(): Promise<TestRepository>;
  startOperator(options: StartOptions): Promise<TestOperator>;
  close(): Promise<void>;
}

export interface StartOptions {
  flags?: readonly string[];
  /** Default: that of the cluster. */
  kube?: KubeClient;
  identity?: string;
}

export interface TestOperator {
  log: ReturnType<typeof memoryLogger>;
  port: number;
  ended: Promise<void>;
  signal(): void;
  stop(): Promise<void>;
  syncGit(): Promise<void>;
}

/** A repository of charts in Git. */
export interface TestRepository {
  url: string;
  /** Commits files to master and pushes. @returns the commit */
  push(files: Readonly<Record<string, string>>): Promise<string>;
}

/** @param kubeconfig of a real API server; the sandbox when it is not given */
export async function startTestCluster(kubeconfig?: string): Promise<TestCluster> {
  const folder = await mkdtemp(path.join(tmpdir(), 'helm-operator-test'));
  const isMissing = (image: string) => image.startsWith('missing.example/');
  const own =
    kubeconfig === undefined
      ? await startSandbox({
          clock: systemClock,
          log: memoryLogger(),
          env: process.env,
          alsoExists: (image) => !isMissing(image),
        })
      : undefined;
  const ownKubeconfig = path.join(folder, 'kubeconfig');
  if (own !== undefined) await writeFile(ownKubeconfig, own.api.kubeconfig, { mode: 0o600 });
  const git = own?.git ?? (await startGitServer({ env: process.env }));
  const connection: KubeConnection =
    own === undefined
      ? await loadConnection({ env: process.env, path: kubeconfig ?? '' })
      : {
          server: own.api.url,
          ca: own.api.ca,
          insecure: false,
          namespace: undefined,
          headers: () => Promise.resolve({ authorization: `Bearer ${own.api.token}` }),
        };
  const kube = createKubeClient({ connection });
  const pods = own === undefined ? startPods({ kube, clock: systemClock, isMissing }) : undefined;
  const crd = await readFile(path.join(import.meta.dirname, '../crds/helmreleases.yaml'), 'utf8');
  for (const document of readDocuments(crd)) {
    await kube.apply(document as KubeObject, { fieldManager: 'test', force: true });
  }
  kube.invalidateDiscovery();
  const namespaces: string[] = [];
  let repositories = 0;
  // A real server keeps what an earlier run left.
  const runId = Date.now().toString(36);
  return {
    kube,
    connection,
    kubeconfig: kubeconfig ?? ownKubeconfig,
    engine: createHelmEngine({ kube, clock: systemClock, log: () => undefined }),
    folder,
    createNamespace: async () => {
      const name = `test-${runId}-${namespaces.length + 1}`;
      namespaces.push(name);
      await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      return name;
    },
    createRepository: async () => {
      repositories += 1;
      const url = await git.createRepository(`charts-${repositories}`);
      return openRepository(url, path.join(folder, `clone-${repositories}`));
    },
    startOperator: (options) => startOperator({ kube, connection, folder }, options),
    close: async () => {
      await pods?.close();
      if (own === undefined)
        for (const name of namespaces)
          await kube.delete({ apiVersion: 'v1', kind: 'Namespace', name });
      await kube.close();
      await (own ?? git).close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The operator in this process, on ports and folders of its own. */
export async function startOperator(
  { kube, connection, folder }: Pick<TestCluster, 'kube' | 'connection' | 'folder'>,
  options: StartOptions,
): Promise<TestOperator> {
  const port = await freePort();
  const log = memoryLogger();
  const command = readCommandLine(
    [
      `--listen=127.0.0.1:${port}`,
      '--status-update-interval=50ms',
      '--git-poll-interval=1h',
      '--charts-sync-interval=1s',
      '--workers=4',
      ...(options.flags ?? []),
    ],
    {},
  );
  if (command.ask !== 'run') throw new Error(command.ask);
  const stop = new AbortController();
  const workFolder = await mkdtemp(path.join(folder, 'work'));
  const ended = runOperator(
    {
      config: command.config,
      kube: options.kube ?? kube,
      clientAs: (user) => createKubeClient({ connection: impersonate(connection, user) }),
      clock: systemClock,
      log,
      env: process.env,
      workFolder,
      identity: options.identity ?? `test-${port}`,
      ownNamespace: 'default',
    },
    stop.signal,
  );
  return {
    log,
    port,
    ended,
    signal: () => {
      stop.abort();
    },
    stop: () => {
      stop.abort();
      return ended;
    },
    syncGit: async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/sync-git`, { method: 'POST' });
      if ((await answer.text()) !== 'OK') throw new Error(`sync-git: ${answer.status}`);
    },
  };
}

/** @param clone where the working copy goes */
export async function openRepository(url: string, clone: string): Promise<TestRepository> {
  await run('git', ['clone', '--quiet', url, clone]);
  const at = ['-C', clone, '-c', 'user.name=You', '-c', 'user.email=you@example.com'];
  return {
    url,
    push: async (files) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(clone, name)), { recursive: true });
        await writeFile(path.join(clone, name), text);
      }
      await run('git', [...at, 'add', '--all']);
      await run('git', [...at, 'commit', '--quiet', '--message', 'change']);
      await run('git', [...at, 'push', '--quiet', 'origin', 'HEAD:master']);
      return (await run('git', [...at, 'rev-parse', 'HEAD'])).stdout.trim();
    },
  };
}

export interface TestChartRepository {
  url: string;
  /** Packs files of a chart (paths below the chart's folder) as one more version. */
  publish(files: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<unknown>;
}

/** A chart repository over HTTP, with a password when an owner is given. */
export async function startChartRepository(owner?: {
  username: string;
  password: string;
}): Promise<TestChartRepository> {
  const files = new Map<string, Uint8Array>();
  const entries = new Map<string, string[]>();
  const pair = owner === undefined ? '' : `${owner.username}:${owner.password}`;
  const basic = `Basic ${Buffer.from(pair).toString('base64')}`;
  const server = createHttpServer((request, response) => {
    const body = files.get(request.url ?? '');
    const isOwner = owner === undefined || request.headers.authorization === basic;
    response.writeHead(!isOwner ? 401 : body === undefined ? 404 : 200).end(isOwner ? body : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    publish: async (content) => {
      const chart = loadChart(
        Object.entries(content).map(([name, text]) => ({ name, data: Buffer.from(text) })),
        { unpack: () => [] },
      );
      const { name, version } = chart.metadata;
      files.set(`/${name}-${version}.tgz`, await packChart(chart));
      const known = entries.get(name) ?? [];
      const entry = `  - {apiVersion: v2, name: ${name}, version: ${version}, urls: [${name}-${version}.tgz]}\n`;
      entries.set(name, [...known, entry]);
      const index = [...entries].map(([each, lines]) => `  ${each}:\n${lines.join('')}`).join('');
      files.set('/index.yaml', Buffer.from(`apiVersion: v1\nentries:\n${index}`));
    },
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Reads and writes of HelmReleases and what comes of them, in one namespace. */
export function inNamespace(
  { kube, engine }: Pick<TestCluster, 'kube' | 'engine'>,
  namespace: string,
) {
  const ref = (name: string) => ({
    apiVersion: 'helm.fluxcd.io/v1',
    kind: 'HelmRelease',
    namespace,
    name,
  });
  const statusOf = async (name: string) => (await kube.get<HelmRelease>(ref(name)))?.status ?? {};
  return {
    ref,
    statusOf,
    release: async (
      name: string,
      spec: HelmRelease['spec'],
      annotations: Readonly<Record<string, string>> = {},
    ) => {
      await kube.apply(
        {
          apiVersion: 'helm.fluxcd.io/v1',
          kind: 'HelmRelease',
          metadata: { namespace, name, annotations },
          spec: { releaseName: name, ...spec },
        },
        { fieldManager: 'test', force: true },
      );
    },
    patch: (name: string, patch: unknown) => kube.patch(ref(name), 'merge', patch),
    conditionOf: async (name: string, type: string) =>
      (await statusOf(name)).conditions?.find((condition) => condition.type === type),
    revisions: async (name: string) =>
      (await engine.history({ namespace, releaseName: name })).map(
        ({ version, info }) => `${version} ${info.status}`,
      ),
    events: async (name: string) =>
      (await kube.list({ apiVersion: 'v1', kind: 'Event', namespace })).items
        .filter(({ involvedObject }) => (involvedObject as { name?: string }).name === name)
        .map(({ type, reason, message }) => [type, reason, message].join(' ')),
    object: (kind: string, name: string, apiVersion = 'v1') =>
      kube.get({ apiVersion, kind, namespace, name }),
  };
}
