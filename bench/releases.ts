/**
 * Many HelmReleases of one chart from Git: how fast they are installed, what an operator costs while nothing happens, and
 * how long one that is started again takes until it has looked at all of them.
 *
 * Deployments have no replicas: it is the operator that is measured. Each hundred HelmReleases has a namespace of its own.
 */
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createInformer, createKubeClient } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import { readDocuments } from '../lib/manifest/mod.ts';
import type { HelmRelease, KubeObject } from '../lib/objects/mod.ts';
import { parseFlags, systemClock } from '../lib/runtime/mod.ts';
import { freePort, projectRoot, startCommand } from '../demo/mod.ts';
import type { Running } from '../demo/mod.ts';
import { bareRepository, openCluster } from './stage.ts';

const flags = [
  {
    name: 'kubeconfig',
    type: 'string',
    default: '',
    env: 'KUBECONFIG',
    help: 'cluster to release to; the sandbox when empty',
  },
  { name: 'releases', type: 'list', default: ['100', '500'], help: 'HelmReleases of each round' },
  { name: 'workers', type: 'int', default: 4, help: 'releases worked on at the same time' },
  {
    name: 'peer',
    type: 'string',
    default: '',
    env: 'REFLUX_BENCH_HELM_OPERATOR',
    help: 'another helm-operator to compare with: path of its program',
  },
] as const;

const bundle = path.join(projectRoot, 'dist/helm-operator.js');
const idleSeconds = 20;
/** Between looks at every HelmRelease; short, so that the idle time has some. */
const resync = '10s';
const longestMs = 20 * 60_000;
/** Looks at how far an operator has come take no more than one part of so many. */
const longestShare = 20;

interface Timing {
  installSeconds: number;
  /** CPU seconds of the operator until all were installed, its start included. */
  installCpu: number;
  /** CPU seconds for each second in which nothing happens. */
  idleCpu: number;
  idleMemoryMiB: number;
  peakMemoryMiB: number;
  restartSeconds: number;
  /** CPU seconds of the operator from its start until it had looked at all of them. */
  restartCpu: number;
}

export async function run(argv: readonly string[]): Promise<void> {
  const { values } = parseFlags(flags, argv, { env: process.env });
  const folder = await mkdtemp(path.join(tmpdir(), 'reflux-bench'));
  const cluster = await openCluster(values.kubeconfig, folder);
  const { kubeconfig, connection } = cluster;
  const kube = createKubeClient({ connection });
  const programs = {
    ours: [process.execPath, bundle],
    ...(values.peer === '' ? {} : { peer: [values.peer] }),
  };
  try {
    await installCrd(kube);
    const chart = await chartRepository(folder);
    for (const count of values.releases.map(Number)) {
      for (const [who, command] of Object.entries(programs)) {
        const name = `bench-${process.pid}-${who}-${count}`;
        const timing = await measure({
          kube,
          kubeconfig,
          folder,
          chart,
          command,
          name,
          count,
          workers: values.workers,
        });
        print(`${String(count)} ${who}`, count, timing);
        for (const namespace of namespacesOf(name, count))
          await kube.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
      }
    }
  } finally {
    await kube.close();
    await cluster.close();
    await rm(folder, { recursive: true });
  }
}

function print(title: string, count: number, timing: Timing): void {
  console.log(
    [
      title.padEnd(12),
      `installed in ${timing.installSeconds.toFixed(1)} s (${(count / timing.installSeconds).toFixed(1)}/s, ${((timing.installCpu / count) * 1000).toFixed(0)} ms CPU each)`,
      `idle ${(timing.idleCpu * 100).toFixed(1)} % of a CPU, ${timing.idleMemoryMiB} MiB (peak ${timing.peakMemoryMiB})`,
      `steady ${timing.restartSeconds.toFixed(1)} s after a restart (${((timing.restartCpu / count) * 1000).toFixed(0)} ms CPU each)`,
    ].join('  '),
  );
}

interface Measurement {
  kube: KubeClient;
  kubeconfig: string;
  folder: string;
  chart: string;
  command: readonly string[];
  name: string;
  count: number;
  workers: number;
}

async function measure(options: Measurement): Promise<Timing> {
  const { kube, name, count, folder } = options;
  for (const namespace of namespacesOf(name, count)) {
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  }
  for (const release of releasesOf(options)) await kube.create(release);
  const watch = await watchReleases(kube, name);
  const first = await start(options);
  const begun = performance.now();
  let timing: Omit<Timing, 'restartSeconds' | 'restartCpu'>;
  try {
    await until(first, () => watch.released() === count);
    const installSeconds = (performance.now() - begun) / 1000;
    const installCpu = await cpuSeconds(first);
    // The writes of the last installs, and a resync, pass.
    await delay(2000);
    const cpuBefore = await cpuSeconds(first);
    await delay(idleSeconds * 1000);
    timing = {
      installSeconds,
      installCpu,
      idleCpu: ((await cpuSeconds(first)) - cpuBefore) / idleSeconds,
      idleMemoryMiB: await memoryMiB(first),
      peakMemoryMiB: first.program.peakMemoryMiB() ?? 0,
    };
  } finally {
    await watch.stop();
    await first.program.stop();
  }
  const again = performance.now();
  const second = await start({ ...options, folder });
  try {
    await until(second, async () => (await syncsOf(second.port)) >= count);
    const restartSeconds = (performance.now() - again) / 1000;
    return { ...timing, restartSeconds, restartCpu: await cpuSeconds(second) };
  } finally {
    await second.program.stop();
  }
}

interface Started {
  program: Running;
  port: number;
  deadline: number;
}

async function start({
  kubeconfig,
  folder,
  command,
  name,
  workers,
}: Measurement): Promise<Started> {
  const port = await freePort();
  const program = startCommand({
    command,
    name: 'helm-operator',
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--listen=127.0.0.1:${port}`,
      '--enabled-helm-versions=v3',
      `--charts-sync-interval=${resync}`,
      '--git-poll-interval=10s',
      `--workers=${workers}`,
    ],
    env: { HOME: folder, CHECKPOINT_DISABLE: '1', KUBECONFIG: kubeconfig },
    logFile: path.join(folder, `${name}.log`),
  });
  return { program, port, deadline: performance.now() + longestMs };
}

async function until(
  { program, deadline }: Started,
  done: () => boolean | Promise<boolean>,
): Promise<void> {
  for (;;) {
    const begun = performance.now();
    if (await done()) return;
    if (program.exit() !== undefined) throw new Error(`${program.name} ended:\n${program.log()}`);
    if (performance.now() > deadline) throw new Error(`${program.name} takes too long`);
    // Asking may be work for the operator, and more of it the more releases there are.
    await delay(Math.max(100, longestShare * (performance.now() - begun)));
  }
}

/** Counts by a watch: a list of them all, again and again, would keep the server from its work. */
async function watchReleases(
  kube: KubeClient,
  prefix: string,
): Promise<{ released: () => number; stop: () => Promise<void> }> {
  const released = new Set<string>();
  const stop = new AbortController();
  const informer = createInformer<HelmRelease>({
    client: kube,
    collection: { apiVersion: 'helm.fluxcd.io/v1', kind: 'HelmRelease' },
    clock: systemClock,
    onChange: (key, now) => {
      const is = now?.status?.conditions?.find(({ type }) => type === 'Released')?.status;
      if (key.startsWith(`${prefix}-`) && is === 'True') released.add(key);
      else released.delete(key);
    },
    onError: (error) => {
      console.error(`watching HelmReleases: ${error.message}`);
    },
  });
  const running = informer.run(stop.signal);
  await informer.synced();
  return {
    released: () => released.size,
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

/** How many syncs of HelmReleases have ended well since the operator started. */
async function syncsOf(port: number): Promise<number> {
  const text = await fetch(`http://127.0.0.1:${port}/metrics`)
    .then((answer) => answer.text())
    .catch(() => '');
  const lines = text.matchAll(
    /^flux_helm_operator_release_action_duration_seconds_count\{([^}]*)\} (\d+)$/gm,
  );
  const released = new Set<string>();
  for (const [, labels = ''] of lines)
    if (labels.includes('action="sync"') && labels.includes('success="true"')) released.add(labels);
  return released.size;
}

async function cpuSeconds({ program }: Started): Promise<number> {
  const stat = await readFile(`/proc/${program.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticksPerSecond = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function memoryMiB({ program }: Started): Promise<number> {
  const status = await readFile(`/proc/${program.pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024);
}

const namespacesOf = (name: string, count: number) =>
  Array.from({ length: Math.ceil(count / 100) }, (_, at) => `${name}-${at}`);

function releasesOf({ name, count, chart }: Measurement): KubeObject[] {
  return Array.from({ length: count }, (_, at) => ({
    apiVersion: 'helm.fluxcd.io/v1',
    kind: 'HelmRelease',
    metadata: { namespace: `${name}-${Math.floor(at / 100)}`, name: `podinfo-${at}` },
    spec: {
      releaseName: `podinfo-${at}`,
      chart: { git: chart, path: 'charts/podinfo', ref: 'master' },
      values: { replicaCount: 0, image: { tag: '3.1.5' } },
    },
  }));
}

async function chartRepository(folder: string): Promise<string> {
  const work = path.join(folder, 'charts-work');
  const remote = path.join(folder, 'charts.git');
  await mkdir(path.join(work, 'charts'), { recursive: true });
  await cp(path.join(projectRoot, 'chart/podinfo'), path.join(work, 'charts/podinfo'), {
    recursive: true,
  });
  return bareRepository(work, remote);
}

async function installCrd(kube: KubeClient): Promise<void> {
  const text = await readFile(path.join(projectRoot, 'crds/helmreleases.yaml'), 'utf8');
  for (const document of readDocuments(text)) {
    await kube.apply(document as KubeObject, { fieldManager: 'bench', force: true });
  }
  for (;;) {
    kube.invalidateDiscovery();
    const kind = { apiVersion: 'helm.fluxcd.io/v1', kind: 'HelmRelease' };
    if ((await kube.resourceType(kind)) !== undefined) return;
    await delay(100);
  }
}
