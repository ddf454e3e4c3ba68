/**
 * Many objects of Flux v2: HelmReleases of one chart in one HelmRepository, and Kustomizations of one Artifact, from the
 * start of the toolkit until all are ready. As in the benchmark that Flux publishes, each makes few small objects: the
 * release a ConfigMap, a Secret and a Deployment without replicas, the Kustomization a ConfigMap.
 *
 * Each hundred objects have a namespace of their own, which goes afterwards.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadChart } from '../lib/helm/chart/mod.ts';
import { packChart } from '../lib/helm/fetch/mod.ts';
import { createInformer, createKubeClient } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import { readDocuments } from '../lib/manifest/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { inParallel, isRecord, parseFlags, systemClock } from '../lib/runtime/mod.ts';
import { freePort, projectRoot, runToEnd, startCommand } from '../demo/mod.ts';
import type { Running } from '../demo/mod.ts';
import { startGitServer } from '../sandbox/mod.ts';
import { openCluster, pushFiles } from './stage.ts';

const flags = [
  {
    name: 'kubeconfig',
    type: 'string',
    default: '',
    env: 'KUBECONFIG',
    help: 'cluster to work on; the sandbox when empty',
  },
  {
    name: 'releases',
    type: 'list',
    default: ['100', '500', '1000'],
    help: 'HelmReleases of each round',
  },
  { name: 'kustomizations', type: 'list', default: ['1000'], help: 'Kustomizations of each round' },
  {
    name: 'stored-versions',
    type: 'bool',
    default: false,
    help: 'definitions without older versions',
  },
  { name: 'concurrent', type: 'int', default: 16, help: 'objects worked on at the same time' },
  {
    name: 'node',
    type: 'array',
    default: [],
    help: 'options of Node for the toolkit, such as --cpu-prof',
  },
] as const;

const bundle = path.join(projectRoot, 'dist/toolkit.js');
const inNamespace = 100;
const longestMs = 30 * 60_000;
const idleSeconds = 20;
const lookMs = 50;

const sources = 'source.toolkit.fluxcd.io/v1';

interface Timing {
  seconds: number;
  /** Of the toolkit until all were ready, its start included. */
  cpu: number;
  /** CPU seconds for each second in which nothing happens. */
  idleCpu: number;
  idleMiB: number;
  peakMiB: number;
}

interface Round {
  title: string;
  kind: { apiVersion: string; kind: string };
  count: number;
  /** Objects that all others use. */
  source: KubeObject;
  objectOf: (namespace: string, at: number) => KubeObject;
}

export async function run(argv: readonly string[]): Promise<void> {
  const { values } = parseFlags(flags, argv, { env: process.env });
  const counts = (texts: readonly string[]) => texts.map(Number).filter((count) => count > 0);
  const folder = await mkdtemp(path.join(tmpdir(), 'reflux-bench'));
  const cluster = await openCluster(values.kubeconfig, folder);
  const kube = createKubeClient({ connection: cluster.connection });
  const charts = await startChartServer();
  const git = await startGitServer({ env: process.env });
  try {
    await installDefinitions(kube, values['stored-versions']);
    const repository = await git.createRepository('bench');
    await pushFiles(repository, path.join(folder, 'clone'), {
      'one/map.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {text: hello}\n',
      'one/kustomization.yaml': 'resources: [map.yaml]\n',
    });
    const home = `bench-${process.pid}`;
    const rounds = [
      ...counts(values.releases).map((count) => releases(home, count, charts.url)),
      ...counts(values.kustomizations).map((count) => kustomizations(home, count, repository)),
    ];
    for (const round of rounds) {
      const timing = await measure(round, {
        kube,
        folder,
        home,
        kubeconfig: cluster.kubeconfig,
        concurrent: values.concurrent,
        node: values.node,
      });
      print(round, timing);
    }
  } finally {
    await charts.close();
    await git.close();
    await kube.close();
    await cluster.close();
    await rm(folder, { recursive: true });
  }
}

function print({ title, count }: Round, timing: Timing): void {
  console.log(
    [
      `${count} ${title}`.padEnd(20),
      `ready in ${timing.seconds.toFixed(1)} s (${(count / timing.seconds).toFixed(1)}/s, ${((timing.cpu / count) * 1000).toFixed(0)} ms CPU each)`,
      `memory ${timing.peakMiB} MiB at most, ${timing.idleMiB} MiB idle`,
      `idle ${(timing.idleCpu * 100).toFixed(1)} % of a CPU`,
    ].join('  '),
  );
}

const releases = (home: string, count: number, url: string): Round => ({
  title: 'HelmReleases',
  kind: { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease' },
  count,
  source: {
    apiVersion: sources,
    kind: 'HelmRepository',
    metadata: { namespace: home, name: 'charts' },
    spec: { url, interval: '1h' },
  },
  objectOf: (namespace, at) => ({
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { namespace, name: `release-${at}` },
    spec: {
      interval: '1h',
      chart: {
        spec: {
          chart: 'small',
          version: '1.0.0',
          sourceRef: { kind: 'HelmRepository', name: 'charts', namespace: home },
        },
      },
      values: { text: `release ${at}` },
    },
  }),
});

const kustomizations = (home: string, count: number, url: string): Round => ({
  title: 'Kustomizations',
  kind: { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' },
  count,
  source: {
    apiVersion: sources,
    kind: 'GitRepository',
    metadata: { namespace: home, name: 'repository' },
    spec: { url, interval: '1h', ref: { branch: 'master' } },
  },
  objectOf: (namespace, at) => ({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { namespace, name: `kustomization-${at}` },
    spec: {
      interval: '1h',
      path: './one',
      prune: true,
      targetNamespace: namespace,
      namePrefix: `k${at}-`,
      sourceRef: { kind: 'GitRepository', name: 'repository', namespace: home },
    },
  }),
});

interface Stage {
  kube: KubeClient;
  folder: string;
  home: string;
  kubeconfig: string;
  concurrent: number;
  node: readonly string[];
}

async function measure(round: Round, stage: Stage): Promise<Timing> {
  const { kube, folder } = stage;
  const namespaces = Array.from(
    { length: Math.ceil(round.count / inNamespace) },
    (_, at) => `${stage.home}-${round.title.toLowerCase()}-${round.count}-${at}`,
  );
  for (const name of [stage.home, ...namespaces])
    await kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, asBench);
  await kube.apply(round.source, asBench);
  const objects = Array.from({ length: round.count }, (_, at) =>
    round.objectOf(namespaces[Math.floor(at / inNamespace)] ?? '', at),
  );
  await inParallel(objects, 8, (object) => kube.create(object));

  const toolkit = await start(stage, `${round.title}-${round.count}`);
  const begun = performance.now();
  // A list of a thousand custom resources costs the server a second of CPU: what becomes of them is watched.
  const watching = new AbortController();
  const found = createInformer<KubeObject>({
    client: kube,
    collection: round.kind,
    clock: systemClock,
    onChange: () => undefined,
    onError: (error) => {
      console.error(error.message);
    },
  });
  const watched = found.run(watching.signal);
  try {
    await found.synced();
    await until(toolkit, () => found.list().filter(isReady).length === round.count);
    const seconds = (performance.now() - begun) / 1000;
    const cpu = await cpuSeconds(toolkit);
    // The last writes pass.
    await delay(2000);
    const before = await cpuSeconds(toolkit);
    await delay(idleSeconds * 1000);
    const timing = {
      seconds,
      cpu,
      idleCpu: ((await cpuSeconds(toolkit)) - before) / idleSeconds,
      idleMiB: await memoryMiB(toolkit),
      peakMiB: toolkit.peakMemoryMiB() ?? 0,
    };
    await inParallel(objects, 8, ({ metadata: { namespace, name } }) =>
      kube.delete({ ...round.kind, namespace, name: name ?? '' }),
    );
    await until(toolkit, () => found.list().length === 0);
    return timing;
  } finally {
    watching.abort();
    await watched;
    await toolkit.stop();
    await rm(path.join(folder, 'storage'), { recursive: true, force: true });
    for (const name of namespaces) await kube.delete({ ...aNamespace, name });
  }
}

const asBench = { fieldManager: 'bench', force: true };
const aNamespace = { apiVersion: 'v1', kind: 'Namespace' };

async function start({ folder, kubeconfig, concurrent, node }: Stage, name: string) {
  return startCommand({
    command: [process.execPath, ...node, bundle],
    name: 'toolkit',
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--concurrent=${concurrent}`,
      `--storage-path=${path.join(folder, 'storage')}`,
      `--storage-addr=127.0.0.1:${await freePort()}`,
      '--metrics-addr=127.0.0.1:0',
      '--events-listen-addr=127.0.0.1:0',
      '--receiverAddr=127.0.0.1:0',
    ],
    env: { HOME: folder },
    logFile: path.join(folder, `${name}.log`),
  });
}

async function until(program: Running, done: () => boolean): Promise<void> {
  const deadline = performance.now() + longestMs;
  while (!done()) {
    if (program.exit() !== undefined) throw new Error(`${program.name} ended:\n${program.log()}`);
    if (performance.now() > deadline)
      throw new Error(`${program.name} takes too long:\n${program.log().slice(-4000)}`);
    await delay(lookMs);
  }
}

function isReady({ status }: KubeObject): boolean {
  const conditions =
    isRecord(status) && Array.isArray(status['conditions']) ? status['conditions'] : [];
  return conditions
    .filter(isRecord)
    .some(({ type, status: is }) => type === 'Ready' && is === 'True');
}

async function cpuSeconds({ pid }: Running): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticksPerSecond = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function memoryMiB({ pid }: Running): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024);
}

/** One repository with one chart. */
async function startChartServer() {
  const text: Record<string, string> = {
    'Chart.yaml': 'apiVersion: v2\nname: small\nversion: 1.0.0\n',
    'values.yaml': 'text: hello\n',
    'templates/all.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {text: {{ .Values.text | quote }}}
---
apiVersion: v1
kind: Secret
metadata: {name: {{ .Release.Name }}}
stringData: {text: {{ .Values.text | quote }}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: 0
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec: {containers: [{name: app, image: example.com/app:1}]}
`,
  };
  const files = Object.entries(text).map(([name, content]) => ({
    name,
    data: Buffer.from(content),
  }));
  const archive = await packChart(loadChart(files, { unpack: () => [] }));
  const index = `apiVersion: v1\nentries:\n  small:\n  - {apiVersion: v2, name: small, version: 1.0.0, urls: [small-1.0.0.tgz]}\n`;
  const server = createServer((request, response) => {
    const body =
      request.url === '/index.yaml'
        ? index
        : request.url === '/small-1.0.0.tgz'
          ? archive
          : undefined;
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve).closeAllConnections();
      }),
  };
}

async function installDefinitions(kube: KubeClient, isStoredOnly: boolean): Promise<void> {
  const which = isStoredOnly ? ['stored'] : [];
  const text = await runToEnd(process.execPath, [bundle, 'crds', ...which], {}, projectRoot);
  for (const document of readDocuments(text)) await kube.apply(document as KubeObject, asBench);
  for (;;) {
    kube.invalidateDiscovery();
    const kinds = [
      { apiVersion: sources, kind: 'HelmRepository' },
      { apiVersion: 'image.toolkit.fluxcd.io/v1', kind: 'ImageUpdateAutomation' },
      { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' },
    ];
    const types = await Promise.all(kinds.map((kind) => kube.resourceType(kind)));
    if (types.every((type) => type !== undefined)) return;
    await delay(100);
  }
}
