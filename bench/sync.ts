/**
 * A sync of many objects: the first, and those in which nothing has changed, beside bare requests that do the same.
 *
 * Half of the objects are Deployments (of no replicas: it is the sync that is measured), half ConfigMaps, and each hundred
 * has a namespace of its own. Times of fluxd are its own `flux_daemon_sync_duration_seconds`.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import type { KubeConnection } from '../lib/kube/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { inParallel, parseFlags } from '../lib/runtime/mod.ts';
import { freePort, projectRoot, startCommand } from '../demo/mod.ts';
import type { Running } from '../demo/mod.ts';
import { bareRepository, gitEnv, openCluster } from './stage.ts';

const flags = [
  {
    name: 'kubeconfig',
    type: 'string',
    default: '',
    env: 'KUBECONFIG',
    help: 'cluster to sync to; the sandbox when empty',
  },
  { name: 'objects', type: 'int', default: 1000, help: 'Deployments and ConfigMaps together' },
  { name: 'rounds', type: 'int', default: 3, help: 'fresh namespaces each' },
  {
    name: 'peer',
    type: 'string',
    default: '',
    env: 'REFLUX_BENCH_FLUXD',
    help: 'another fluxd to compare with: path of its program',
  },
] as const;

interface Timing {
  first: number;
  unchanged: number;
  memoryMiB: number | undefined;
}

const bundle = path.join(projectRoot, 'dist/fluxd.js');
const inFlight = 16;
const unchangedSyncs = 3;

export async function run(argv: readonly string[]): Promise<void> {
  const { values } = parseFlags(flags, argv, { env: process.env });
  const folder = await mkdtemp(path.join(tmpdir(), 'reflux-bench'));
  const cluster = await openCluster(values.kubeconfig, folder);
  const { kubeconfig, connection } = cluster;
  const rounds: Record<string, Timing>[] = [];
  try {
    for (let round = 0; round < values.rounds; round++) {
      const prefix = `bench-${process.pid}-${round}`;
      const sync = (who: string, command: readonly string[]) => {
        const name = `${prefix}-${who}`;
        const objects = objectsOf(name, values.objects);
        return syncOf({ kubeconfig, folder, name, objects, command });
      };
      const measures: [string, () => Promise<Timing>][] = [
        ['bare', () => bareRequests(connection, objectsOf(`${prefix}-bare`, values.objects))],
        ['fluxd', () => sync('fluxd', [process.execPath, bundle])],
      ];
      // The controller manager still works for the one before: each goes first as often as the other.
      if (round % 2 === 1) measures.reverse();
      if (values.peer !== '') measures.push(['peer', () => sync('peer', [values.peer])]);
      const result: Record<string, Timing> = {};
      for (const [who, measure] of measures) result[who] = await measure();
      rounds.push(result);
    }
  } finally {
    await cleanUp(connection, `bench-${process.pid}-`);
    await cluster.close();
    await rm(folder, { recursive: true });
  }
  print(rounds, objectsOf('x', values.objects).length, values.kubeconfig !== '');
}

function print(rounds: readonly Record<string, Timing>[], count: number, real: boolean): void {
  console.log(
    `${count} objects, ${real ? 'the API server of the kubeconfig' : 'the sandbox'}, median of ${rounds.length}`,
  );
  const best = (who: string, what: (timing: Timing) => number) =>
    median(rounds.flatMap((round) => (round[who] === undefined ? [] : [what(round[who])])));
  const bare = best('bare', (timing) => timing.first);
  const bareList = best('bare', (timing) => timing.unchanged);
  for (const who of Object.keys(rounds[0] ?? {})) {
    const [first, unchanged] = [best(who, (t) => t.first), best(who, (t) => t.unchanged)];
    const memory = Math.max(...rounds.map((round) => round[who]?.memoryMiB ?? 0));
    console.log(
      [
        who.padEnd(14),
        `first ${first.toFixed(2)} s (${(first / bare).toFixed(2)} × bare)`,
        `unchanged ${unchanged.toFixed(3)} s (${(unchanged / bareList).toFixed(1)} × bare)`,
        ...(memory === 0 ? [] : [`${memory} MiB`]),
      ].join('  '),
    );
  }
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

function objectsOf(prefix: string, count: number): KubeObject[] {
  const objects: KubeObject[] = [];
  for (let at = 0; at < count; at++) {
    const namespace = `${prefix}-${Math.floor(at / 100)}`;
    if (at % 100 === 0)
      objects.push({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const metadata = { name: `o${at}`, namespace };
    const labels = { app: metadata.name };
    objects.push(
      at % 2 === 0
        ? {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata,
            data: { 'settings.yaml': `level: ${at}\n` },
          }
        : {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata,
            spec: {
              replicas: 0,
              selector: { matchLabels: labels },
              template: {
                metadata: { labels },
                spec: {
                  containers: [
                    {
                      name: 'app',
                      image: `example.com/app:${at}`,
                      ports: [{ name: 'http', containerPort: 8080 }],
                      env: [{ name: 'LEVEL', value: String(at) }],
                      resources: { requests: { cpu: '10m', memory: '16Mi' } },
                    },
                  ],
                },
              },
            },
          },
    );
  }
  return objects;
}

/** What a sync cannot do without: an apply for each object; later, lists of the metadata. */
async function bareRequests(
  connection: KubeConnection,
  objects: readonly KubeObject[],
): Promise<Timing> {
  const pool = poolOf(connection);
  const send = async (method: 'GET' | 'PATCH', target: string, accept: string, body?: string) => {
    const answer = await pool.request({
      method,
      path: target,
      headers: {
        ...(await connection.headers()),
        accept,
        'content-type': 'application/apply-patch+yaml',
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.body.text();
    if (answer.statusCode > 299)
      throw new Error(`${method} ${target}: ${answer.statusCode} ${text}`);
  };
  const apply = (object: KubeObject) =>
    send(
      'PATCH',
      `${pathOf(object)}?fieldManager=bench&force=true`,
      'application/json',
      JSON.stringify(object),
    );
  try {
    const started = performance.now();
    const isNamespace = ({ kind }: KubeObject) => kind === 'Namespace';
    for (const wave of [
      objects.filter(isNamespace),
      objects.filter((each) => !isNamespace(each)),
    ]) {
      await inParallel(wave, inFlight, apply);
    }
    const first = (performance.now() - started) / 1000;
    const listing = performance.now();
    const partial = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
    await Promise.all(
      ['/api/v1/namespaces', '/api/v1/configmaps', '/apis/apps/v1/deployments'].map((target) =>
        send('GET', target, partial),
      ),
    );
    return { first, unchanged: (performance.now() - listing) / 1000, memoryMiB: undefined };
  } finally {
    await pool.close();
  }
}

interface SyncOptions {
  kubeconfig: string;
  folder: string;
  name: string;
  objects: readonly KubeObject[];
  /** A fluxd. */
  command: readonly string[];
}

async function syncOf(options: SyncOptions): Promise<Timing> {
  const { kubeconfig, folder, objects, name } = options;
  const work = path.join(folder, `${name}-work`);
  const remote = path.join(folder, `${name}.git`);
  await mkdir(work);
  for (const object of objects) {
    const file = `${object.metadata.namespace ?? 'namespaces'}-${object.metadata.name ?? ''}.yaml`;
    await writeFile(path.join(work, file), JSON.stringify(object, undefined, 2));
  }
  const url = await bareRepository(work, remote);
  const port = await freePort();
  const program = startCommand({
    name,
    command: options.command,
    args: [
      `--listen=127.0.0.1:${port}`,
      `--kube-config=${kubeconfig}`,
      `--git-url=${url}`,
      '--git-branch=master',
      '--sync-interval=1s',
      // Another fluxd needs minutes.
      '--sync-timeout=30m',
      '--git-timeout=2m',
      '--registry-disable-scanning',
      '--sync-garbage-collection',
    ],
    env: { ...gitEnv(folder), KUBECONFIG: kubeconfig },
    logFile: path.join(folder, `${name}.log`),
  });
  try {
    const first = await syncsOf(program, port, 1);
    const later = await syncsOf(program, port, first.count + unchangedSyncs);
    return {
      first: first.seconds / first.count,
      unchanged: (later.seconds - first.seconds) / (later.count - first.count),
      memoryMiB: program.peakMemoryMiB(),
    };
  } finally {
    await program.stop();
  }
}

/** Waits for a number of successful syncs. @returns how many there were, and their seconds together */
async function syncsOf(program: Running, port: number, wanted: number) {
  for (;;) {
    if (program.exit() !== undefined) throw new Error(`${program.name} ended:\n${program.log()}`);
    const text = await fetch(`http://127.0.0.1:${port}/metrics`)
      .then((answer) => answer.text())
      .catch(() => '');
    const metric = (part: string) =>
      Number(
        new RegExp(
          `^flux_daemon_sync_duration_seconds_${part}\\{success="true"\\} (.+)$`,
          'm',
        ).exec(text)?.[1] ?? 0,
      );
    if (metric('count') >= wanted) return { count: metric('count'), seconds: metric('sum') };
    await delay(50);
  }
}

async function cleanUp(connection: KubeConnection, prefix: string): Promise<void> {
  const pool = poolOf(connection);
  const headers = await connection.headers();
  const listed = await pool.request({ method: 'GET', path: '/api/v1/namespaces', headers });
  const { items } = (await listed.body.json()) as { items: KubeObject[] };
  for (const { metadata } of items) {
    if (metadata.name?.startsWith(prefix) !== true) continue;
    const target = `/api/v1/namespaces/${metadata.name}`;
    await (await pool.request({ method: 'DELETE', path: target, headers })).body.dump();
  }
  await pool.close();
}

function pathOf({ apiVersion, kind, metadata }: KubeObject): string {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const home = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${root}${home}/${kind.toLowerCase()}s/${metadata.name ?? ''}`;
}

const poolOf = ({ server, ca, cert, key, insecure }: KubeConnection) =>
  new Pool(server, {
    connections: inFlight,
    connect: { ca, cert, key, rejectUnauthorized: !insecure },
  });
