/**
 * A scripted life of a repository — people push, CI pushes images, fluxd syncs and commits — in which fluxd is killed at
 * any moment; in the end Git, cluster and sync tag must agree, with nothing lost and nothing twice.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createKubeClient, loadConnection } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { memoryLogger, systemClock } from '../lib/runtime/mod.ts';
import { startSandbox } from '../sandbox/mod.ts';
import type { Sandbox } from '../sandbox/mod.ts';
import { gitIn } from './_git.ts';
import { startDaemonProcess } from './_process.ts';
import type { DaemonProcess } from './_process.ts';

export interface Kills {
  count: number;
  seed: number;
  /** Told of each kill. */
  onKill: (text: string) => void;
}

/** What was found in the end, beside what was to be found. */
export interface Found {
  /** Automated commits, oldest first, by their message. */
  automated: string[];
  /** Automated commits without their note. */
  withoutNote: string[];
  /** Commits of people that are in the branch no longer. */
  lost: string[];
  image: { git: string; cluster: string; want: string };
  settings: { cluster: Record<string, string>; want: Record<string, string> };
  revision: { head: string; tag: string };
  /** Other tags left in the repository. */
  leftTags: string[];
  /** Kills by what fluxd was doing: its last log line's keys. */
  moments: Record<string, number>;
}

const space = 'kills';
/** On a busy machine everything takes its time. */
const longestMs = 300_000;

export async function surviveKills({ count, seed, onKill }: Kills): Promise<Found> {
  const random = randomFrom(seed);
  const home = await mkdtemp(path.join(tmpdir(), 'fluxd-kills'));
  const sandbox = await startSandbox({ clock: systemClock, log: memoryLogger(), env: process.env });
  const kubeconfig = path.join(home, 'kubeconfig');
  await writeFile(kubeconfig, sandbox.api.kubeconfig);
  const kube = createKubeClient({
    connection: await loadConnection({ env: {}, path: kubeconfig }),
  });
  let daemon: DaemonProcess | undefined;
  try {
    const script = await createScript(home, sandbox);
    const port = await freePort();
    const start = async () => {
      // A folder for each life, as a new container has one.
      const scratch = await mkdtemp(path.join(home, 'life'));
      return startDaemonProcess({
        env: { HOME: home, TMPDIR: scratch, GIT_CONFIG_NOSYSTEM: '1' },
        args: [
          ...[`--listen=127.0.0.1:${port}`, `--kube-config=${kubeconfig}`],
          ...[`--git-url=${script.url}`, '--git-poll-interval=300ms', '--sync-interval=500ms'],
          ...['--automation-interval=300ms', '--sync-garbage-collection', '--sync-prune-limit=100'],
          ...[`--registry-insecure-host=${sandbox.registry.host}`],
          `--registry-cache-dir=${path.join(home, 'cache')}`,
        ],
      });
    };
    const moments: Record<string, number> = {};
    for (let kill = 1; kill <= count; kill++) {
      const life = (daemon = await start());
      // One in five dies while it starts; the others once they work, somewhere in the middle of it.
      if (random() > 0.2) {
        await ready(life);
        await script.happen(random);
        await delay(random() * 2500);
      } else await delay(random() * 1500);
      await life.end('SIGKILL');
      const doing = momentOf(life.log());
      moments[doing] = (moments[doing] ?? 0) + 1;
      onKill(`kill ${kill} of ${count}: ${doing}`);
    }
    const life = (daemon = await start());
    await script.settle(kube, life);
    return { ...(await script.found(kube)), moments };
  } finally {
    await daemon?.end('SIGTERM');
    await kube.close();
    await sandbox.close();
    await rm(home, { recursive: true, force: true });
  }
}

/** What the last line of a log tells of. */
function momentOf(log: string): string {
  const line = log.trim().split('\n').at(-1) ?? '';
  const keys = [...line.matchAll(/ ([a-z-]+)=/gi)].map(([, key = '']) => key);
  const telling = keys.filter((key) => !['ts', 'caller', 'component'].includes(key));
  return telling.slice(0, 2).join('+') || 'starting';
}

async function createScript(home: string, { git: server, registry }: Sandbox) {
  const work = path.join(home, 'work');
  await mkdir(work);
  const git = gitIn(work, home);
  const repository = `${registry.host}/team/app`;
  let build = 0;
  const newBuild = () => {
    build += 1;
    // A build each hour, so that order is never a matter of the same second.
    const created = new Date(Date.UTC(2020, 0, 1) + build * 3_600_000).toISOString();
    registry.seedImage('team/app', `dev-${build}`, { created });
  };
  newBuild();
  const settings = new Map<string, string>([['first', '1']]);
  const pushed: string[] = [];
  await writeFile(
    path.join(work, 'namespace.yaml'),
    `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${space}}\n`,
  );
  await writeFile(
    path.join(work, 'app.yaml'),
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\n  namespace: ${space}\n  annotations:\n` +
      `    fluxcd.io/automated: "true"\n    fluxcd.io/tag.app: glob:dev-*\nspec:\n  selector: {matchLabels: {a: b}}\n` +
      `  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: app, image: '${repository}:dev-1'}]}\n`,
  );
  await writeSettings(work, 'first', '1');
  const url = await server.createRepository(space, { fromFolder: work });
  await rm(work, { recursive: true });
  await mkdir(work);
  await git('clone', '--quiet', url, '.');

  const pushChange = async (random: () => number) => {
    const name = `s${Math.floor(random() * 6)}`;
    const value = String(pushed.length);
    await git('pull', '--quiet');
    if (settings.has(name) && random() < 0.4) {
      settings.delete(name);
      await rm(path.join(work, `${name}.yaml`));
    } else {
      settings.set(name, value);
      await writeSettings(work, name, value);
    }
    await git('add', '--all');
    const message = `Change ${pushed.length}`;
    await git('commit', '--quiet', '--message', message);
    for (;;) {
      try {
        await git('push', '--quiet', 'origin', 'HEAD:master');
        break;
      } catch {
        // fluxd was faster; a real fault shows in the pull.
        await git('pull', '--quiet');
      }
    }
    pushed.push(message);
  };
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: space, name: 'app' };
  const imageIn = (text: string) => /app:(dev-\d+)/.exec(text)?.[1] ?? '';

  const found = async (kube: KubeClient) => {
    await git(
      'fetch',
      '--quiet',
      '--prune',
      '--tags',
      '--force',
      'origin',
      '+refs/notes/*:refs/notes/*',
    );
    await git('pull', '--quiet');
    const log = (await git('log', '--reverse', '--format=%H %s')).split('\n');
    const automated = log.filter((line) => line.includes(' Auto-release '));
    const noted = new Set((await git('notes', '--ref=flux', 'list').catch(() => '')).split(/\s/));
    const subjects = new Set(log.map((line) => line.slice(41)));
    const maps = await kube.list<KubeObject & { data?: Record<string, string> }>({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', namespace: space },
    });
    const cluster = Object.fromEntries(
      maps.items
        .filter(({ metadata }) => metadata.labels?.['fluxcd.io/sync-gc-mark'] !== undefined)
        .map(({ metadata, data = {} }) => [metadata.name ?? '', data.value ?? '']),
    );
    return {
      automated: automated.map((line) => imageIn(line)),
      withoutNote: automated.filter((line) => !noted.has(line.slice(0, 40))),
      lost: pushed.filter((message) => !subjects.has(message)),
      image: {
        git: imageIn(await git('show', 'HEAD:app.yaml')),
        cluster: imageIn(JSON.stringify(await kube.get(deployment))),
        want: `dev-${build}`,
      },
      settings: { cluster, want: Object.fromEntries(settings) },
      revision: {
        head: await git('rev-parse', 'HEAD'),
        tag: await git('rev-parse', 'refs/tags/flux-sync^{commit}').catch(() => ''),
      },
      leftTags: (await git('ls-remote', '--tags', '--refs', 'origin'))
        .split('\n')
        .map((line) => line.split('refs/tags/')[1] ?? '')
        .filter((tag) => tag !== 'flux-sync'),
    };
  };
  return {
    url,
    /** Somebody pushes, or CI does, or both at once. */
    happen: async (random: () => number) => {
      const what = random();
      if (what < 0.7) newBuild();
      if (what > 0.4) await pushChange(random);
    },
    found,
    /** Waits until everything agrees, or for as long as that may take. */
    settle: async (kube: KubeClient, daemon: DaemonProcess) => {
      newBuild();
      const end = Date.now() + longestMs;
      for (;;) {
        const { image, settings: maps, revision } = await found(kube);
        const same =
          image.git === image.want &&
          image.cluster === image.want &&
          revision.head === revision.tag &&
          Object.keys(maps.cluster).length === Object.keys(maps.want).length;
        if (same || Date.now() > end || !daemon.running()) return;
        await delay(200);
      }
    },
  };
}

const writeSettings = (work: string, name: string, value: string) =>
  writeFile(
    path.join(work, `${name}.yaml`),
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${space}}\ndata: {value: '${value}'}\n`,
  );

async function ready(life: DaemonProcess): Promise<void> {
  const end = Date.now() + longestMs;
  while (!life.log().includes('git repo ready')) {
    if (Date.now() > end || !life.running())
      throw new Error(`fluxd has not become ready:\n${life.log().slice(-2000)}`);
    await delay(20);
  }
}

/** mulberry32: the same moments for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}
