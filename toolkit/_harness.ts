/** What tests of the whole toolkit share: a cluster, Git, a chart repository over HTTP, and the toolkit in this process. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { loadChart } from '../lib/helm/chart/mod.ts';
import { packChart } from '../lib/helm/fetch/mod.ts';
import { createKubeClient, impersonate } from '../lib/kube/mod.ts';
import type { KubeClient, KubeConnection } from '../lib/kube/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { isRecord, memoryLogger, systemClock } from '../lib/runtime/mod.ts';
import { startSandbox } from '../sandbox/mod.ts';
import type { Sandbox } from '../sandbox/mod.ts';
import { readCommandLine } from './config.ts';
import { customResourceDefinitions } from './crds/mod.ts';
import { Fields } from './runtime/mod.ts';
import { runToolkit } from './toolkit.ts';
import type { ServingPorts } from './toolkit.ts';

const run = promisify(execFile);

export interface Stage {
  kube: KubeClient;
  sandbox: Sandbox;
  folder: string;
  /** Where the toolkit listens, once it does. */
  ports: Promise<ServingPorts>;
  log: ReturnType<typeof memoryLogger>;
  apply(object: KubeObject): Promise<void>;
  /** A Secret of texts. @param type default: `Opaque` */
  secret(name: string, data: Readonly<Record<string, string>>, type?: string): Promise<void>;
  /** Waits until an object is as wanted. */
  until(
    kind: string,
    name: string,
    accept: (status: Fields, object: KubeObject) => boolean,
  ): Promise<KubeObject>;
  /** Waits until a condition of an object says this. */
  says(kind: string, name: string, type: string, reason: string | RegExp): Promise<string>;
  events(name: string): Promise<string[]>;
  restart(): Promise<void>;
  /** Starts another instance on the same cluster; it ends with the stage. */
  startAnother(more: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export const namespace = 'apps';

const groupOf: Readonly<Record<string, string>> = {
  GitRepository: 'source.toolkit.fluxcd.io/v1',
  HelmRepository: 'source.toolkit.fluxcd.io/v1',
  HelmChart: 'source.toolkit.fluxcd.io/v1',
  HelmRelease: 'helm.toolkit.fluxcd.io/v2',
  Kustomization: 'kustomize.toolkit.fluxcd.io/v1',
  OCIRepository: 'source.toolkit.fluxcd.io/v1',
  Bucket: 'source.toolkit.fluxcd.io/v1',
  ImageRepository: 'image.toolkit.fluxcd.io/v1',
  ImagePolicy: 'image.toolkit.fluxcd.io/v1',
  ImageUpdateAutomation: 'image.toolkit.fluxcd.io/v1',
  Receiver: 'notification.toolkit.fluxcd.io/v1',
  Alert: 'notification.toolkit.fluxcd.io/v1beta3',
  Provider: 'notification.toolkit.fluxcd.io/v1beta3',
  ConfigMap: 'v1',
};

export const refOf = (kind: string, name: string) => ({
  apiVersion: groupOf[kind] ?? 'v1',
  kind,
  namespace,
  name,
});

/**
 * @param prepare what is done before the toolkit starts
 * @param env beside the process's own
 */
export async function startStage(
  more: readonly string[] = [],
  prepare: (kube: KubeClient) => Promise<void> = () => Promise.resolve(),
  env: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  const folder = await mkdtemp(path.join(tmpdir(), 'toolkit-test'));
  const sandbox = await startSandbox({
    clock: systemClock,
    log: memoryLogger(),
    env: process.env,
    alsoExists: (image) => !image.startsWith('missing.example/'),
  });
  const connection: KubeConnection = {
    server: sandbox.api.url,
    ca: sandbox.api.ca,
    insecure: false,
    namespace: undefined,
    headers: () => Promise.resolve({ authorization: `Bearer ${sandbox.api.token}` }),
  };
  const kube = createKubeClient({ connection });
  const log = memoryLogger();
  for (const definition of customResourceDefinitions)
    await kube.apply(definition, { fieldManager: 'test', force: true });
  kube.invalidateDiscovery();
  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await prepare(kube);
  const start = (flags: readonly string[], workFolder: string) => {
    const command = readCommandLine(
      [
        '--metrics-addr=127.0.0.1:0',
        '--storage-addr=127.0.0.1:0',
        '--events-listen-addr=127.0.0.1:0',
        '--receiverAddr=127.0.0.1:0',
        `--storage-path=${path.join(workFolder, 'storage')}`,
        '--min-retry-delay=50ms',
        '--requeue-dependency=1s',
        ...flags,
      ],
      {},
    );
    if (command.ask !== 'run') throw new Error(command.ask);
    const { config } = command;
    const stop = new AbortController();
    let serves: (ports: ServingPorts) => void = () => undefined;
    const ports = new Promise<ServingPorts>((resolve) => {
      serves = resolve;
    });
    const ended = runToolkit(
      {
        config,
        kube,
        clientAs: (user) => createKubeClient({ connection: impersonate(connection, user) }),
        clock: systemClock,
        log,
        env: { ...process.env, ...env },
        workFolder,
        identity: 'test',
        ownNamespace: 'default',
        random: () => 0.5,
        onServing: serves,
      },
      stop.signal,
    );
    return {
      ports,
      stop: async () => {
        stop.abort();
        await ended;
      },
    };
  };
  let running = start(more, folder);
  const others: ReturnType<typeof start>[] = [];
  const until: Stage['until'] = async (kind, name, accept) => {
    const end = Date.now() + 20_000;
    for (;;) {
      const object = await kube.get(refOf(kind, name));
      if (object !== undefined && accept(new Fields(object['status']), object)) return object;
      if (Date.now() > end) {
        const events = await eventsOf(name);
        throw new Error(
          `${kind} ${name}: ${JSON.stringify(object?.['status'], undefined, 1)}\n${events.join('\n')}\n${log.records
            .slice(-8)
            .map((record) => JSON.stringify(record))
            .join('\n')}`,
        );
      }
      await systemClock.sleep(25);
    }
  };
  const eventsOf = async (name: string) =>
    (await kube.list({ apiVersion: 'v1', kind: 'Event', namespace })).items
      .filter(({ involvedObject }) => isRecord(involvedObject) && involvedObject['name'] === name)
      .map(({ type, reason, message }) => [type, reason, message].join(' '));
  const apply: Stage['apply'] = async (object) => {
    await kube.apply(object, { fieldManager: 'test', force: true });
  };
  return {
    kube,
    sandbox,
    folder,
    get ports() {
      return running.ports;
    },
    log,
    apply,
    secret: (name, data, type = 'Opaque') =>
      apply({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace, name },
        type,
        data: Object.fromEntries(
          Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
        ),
      }),
    until,
    says: async (kind, name, type, reason) => {
      const found = await until(kind, name, (status, object) => {
        const condition = conditionOf(status, type);
        const observed = status.count('observedGeneration');
        const isCurrent =
          type !== 'Ready' ||
          condition?.text('status') !== 'True' ||
          observed === object.metadata.generation;
        const text = condition?.text('reason') ?? '';
        return isCurrent && (typeof reason === 'string' ? text === reason : reason.test(text));
      });
      const condition = conditionOf(new Fields(found['status']), type);
      return `${condition?.text('status') ?? ''} ${condition?.text('message') ?? ''}`;
    },
    events: eventsOf,
    restart: async () => {
      await running.stop();
      running = start(more, folder);
    },
    startAnother: async (flags) => {
      const other = start(flags, path.join(folder, `other-${others.length}`));
      others.push(other);
      await other.ports;
    },
    close: async () => {
      await Promise.all([running, ...others].map((each) => each.stop()));
      await kube.close();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const conditionOf = (status: Fields, type: string): Fields | undefined =>
  status.each('conditions').find((each) => each.text('type') === type);

/** Commits files to a branch of a repository and pushes. @returns the commit */
export async function push(
  folder: string,
  url: string,
  files: Readonly<Record<string, string>>,
  { branch = 'master', tag = '' } = {},
): Promise<string> {
  const clone = await mkdtemp(path.join(folder, 'clone'));
  await run('git', ['clone', '--quiet', url, clone]);
  const at = ['-C', clone, '-c', 'user.name=You', '-c', 'user.email=you@example.com'];
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(clone, name)), { recursive: true });
    await writeFile(path.join(clone, name), text);
  }
  await run('git', [...at, 'add', '--all']);
  await run('git', [...at, 'commit', '--quiet', '--allow-empty', '--message', 'change']);
  if (tag !== '') await run('git', [...at, 'tag', '--annotate', '--message', tag, tag]);
  await run('git', [...at, 'push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`]);
  if (tag !== '') await run('git', [...at, 'push', '--quiet', 'origin', tag]);
  return (await run('git', [...at, 'rev-parse', 'HEAD'])).stdout.trim();
}

export interface ChartServer {
  url: string;
  publish(files: Readonly<Record<string, string>>): Promise<void>;
  /** Requests so far, by path. */
  asked: Map<string, number>;
  close(): Promise<unknown>;
}

export async function startChartServer(owner?: {
  username: string;
  password: string;
}): Promise<ChartServer> {
  const files = new Map<string, Uint8Array>();
  const entries = new Map<string, string[]>();
  const asked = new Map<string, number>();
  const pair = Buffer.from(`${owner?.username ?? ''}:${owner?.password ?? ''}`);
  const basic = `Basic ${pair.toString('base64')}`;
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    asked.set(url, (asked.get(url) ?? 0) + 1);
    const body = files.get(url);
    const isOwner = owner === undefined || request.headers.authorization === basic;
    response.writeHead(!isOwner ? 401 : body === undefined ? 404 : 200).end(isOwner ? body : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    publish: async (content) => {
      const chart = loadChart(
        Object.entries(content).map(([name, text]) => ({ name, data: Buffer.from(text) })),
        { unpack: () => [] },
      );
      const { name, version } = chart.metadata;
      files.set(`/${name}-${version}.tgz`, await packChart(chart));
      const known = entries.get(name) ?? [];
      entries.set(name, [
        ...known,
        `  - {apiVersion: v2, name: ${name}, version: ${version}, urls: [${name}-${version}.tgz]}\n`,
      ]);
      const index = [...entries].map(([each, lines]) => `  ${each}:\n${lines.join('')}`).join('');
      files.set('/index.yaml', Buffer.from(`apiVersion: v1\nentries:\n${index}`));
    },
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

/** A small chart: a ConfigMap with the value `text`, and a Deployment when `image` is set. */
export const smallChart = (
  version: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> => ({
  'Chart.yaml': `apiVersion: v2\nname: small\nversion: ${version}\n`,
  'values.yaml': 'text: hello\n',
  'templates/map.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-map}
data: {text: {{ .Values.text | quote }}, version: {{ .Chart.Version | quote }}}
`,
  ...more,
});

/** In `spec.chart` of a HelmRelease: the small chart of the HelmRepository `charts`. */
export const chartOf = (version: string) => ({
  spec: { chart: 'small', version, sourceRef: { kind: 'HelmRepository', name: 'charts' } },
});

export const smallRelease = (
  name: string,
  version: string,
  spec: Readonly<Record<string, unknown>> = {},
  apiVersion = 'v2',
) => ({
  apiVersion: `helm.toolkit.fluxcd.io/${apiVersion}`,
  kind: 'HelmRelease',
  metadata: { namespace, name },
  spec: { interval: '5m', chart: chartOf(version), ...spec },
});
