/** Several daemons at once: replicas of one, and many on one repository (more of them: `REFLUX_DAEMONS=10`). */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createKubeClient, loadConnection } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { memoryLogger, systemClock } from '../lib/runtime/mod.ts';
import { startSandbox } from '../sandbox/mod.ts';
import type { Sandbox } from '../sandbox/mod.ts';
import { gitIn } from './_git.ts';
import { freePort } from './_kills.ts';
import { startDaemonProcess } from './_process.ts';
import type { DaemonProcess } from './_process.ts';

let home: string;
let kubeconfig: string;
let sandbox: Sandbox;
let kube: KubeClient;
const running: DaemonProcess[] = [];

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'fluxd-replicas'));
  sandbox = await startSandbox({ clock: systemClock, log: memoryLogger(), env: process.env });
  kubeconfig = path.join(home, 'kubeconfig');
  await writeFile(kubeconfig, sandbox.api.kubeconfig);
  kube = createKubeClient({ connection: await loadConnection({ env: {}, path: kubeconfig }) });
}, 60_000);

afterEach(async () => {
  await Promise.all(running.splice(0).map((daemon) => daemon.end('SIGTERM')));
}, 60_000);

afterAll(async () => {
  await kube.close();
  await sandbox.close();
  await rm(home, { recursive: true, force: true });
});

/** How long a condition may take to come true; with ten daemons on a busy machine that is long. */
const late = { timeout: 240_000, interval: 1000 };
const soon = { timeout: 60_000, interval: 100 };

async function start(url: string, ...args: string[]) {
  const port = await freePort();
  const daemon = startDaemonProcess({
    env: { HOME: home, TMPDIR: home, GIT_CONFIG_NOSYSTEM: '1' },
    args: [
      ...[`--listen=127.0.0.1:${port}`, `--kube-config=${kubeconfig}`, `--git-url=${url}`],
      ...['--git-poll-interval=500ms', '--sync-interval=1s', '--automation-interval=500ms'],
      `--registry-insecure-host=${sandbox.registry.host}`,
      `--registry-cache-dir=${path.join(home, `cache-${port}`)}`,
      ...args,
    ],
  });
  running.push(daemon);
  const get = async (route: string) => {
    try {
      return (await fetch(`http://127.0.0.1:${port}${route}`)).status;
    } catch {
      // It does not listen yet.
      return 0;
    }
  };
  return { ...daemon, get };
}

const app = (namespace: string) =>
  `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${namespace}}\n---\n` +
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\n  namespace: ${namespace}\n  annotations:\n` +
  `    fluxcd.io/automated: "true"\n    fluxcd.io/tag.app: glob:dev-*\nspec:\n  selector: {matchLabels: {a: b}}\n` +
  `  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: app, image: '${sandbox.registry.host}/${namespace}/app:dev-1'}]}\n`;

const seed = (namespace: string, build: number) => {
  const created = new Date(Date.UTC(2020, 0, build)).toISOString();
  sandbox.registry.seedImage(`${namespace}/app`, `dev-${build}`, { created });
};

async function repository(name: string, namespaces: readonly string[]) {
  const work = path.join(home, `${name}-work`);
  for (const namespace of namespaces) {
    seed(namespace, 1);
    await mkdir(path.join(work, namespace), { recursive: true });
    await writeFile(path.join(work, namespace, 'app.yaml'), app(namespace));
  }
  const url = await sandbox.git.createRepository(name, { fromFolder: work });
  await rm(work, { recursive: true });
  await mkdir(work);
  const git = gitIn(work, home);
  await git('clone', '--quiet', url, '.');
  return { url, git };
}

const imageIn = (namespace: string) =>
  kube
    .get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'app' })
    .then((object) => /app:(dev-\d+)/.exec(JSON.stringify(object ?? ''))?.[1]);

describe('two replicas with a Lease', () => {
  test(
    'one works; when it is killed the other goes on, and nothing is committed twice',
    { timeout: 240_000 },
    async () => {
      const { url, git } = await repository('two', ['two']);
      const replicas = await Promise.all([
        start(url, '--leader-election'),
        start(url, '--leader-election'),
      ]);
      const works = (one: DaemonProcess) => one.log().includes('this replica works from now on');
      await vi.waitFor(() => expect(replicas.filter(works)).toHaveLength(1), soon);
      const leader = replicas.find(works);
      const standby = replicas.find((one) => one !== leader);
      if (leader === undefined || standby === undefined) throw new Error('no leader');
      const lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        namespace: 'default',
        name: 'fluxd',
      };
      const holder = async () =>
        (await kube.get<KubeObject & { spec?: { holderIdentity?: string } }>(lease))?.spec
          ?.holderIdentity;
      const first = await holder();
      await vi.waitFor(async () => expect(await imageIn('two')).toBe('dev-1'), soon);
      expect([await leader.get('/readyz'), await standby.get('/readyz')]).toEqual([200, 503]);
      expect([await leader.get('/healthz'), await standby.get('/healthz')]).toEqual([200, 200]);
      seed('two', 2);
      // In the middle of a commit, or just behind it: the remote has the branch, the mirror and the tag may be behind.
      await vi.waitFor(
        async () => {
          expect(await git('ls-remote', 'origin', 'refs/heads/master')).not.toContain(
            await git('rev-parse', 'HEAD'),
          );
        },
        { timeout: 60_000, interval: 10 },
      );
      await leader.end('SIGKILL');
      seed('two', 3);
      await vi.waitFor(async () => expect(await imageIn('two')).toBe('dev-3'), soon);
      expect(await holder()).not.toBe(first);
      expect(works(standby)).toBe(true);
      // The tag may move between what git is told and what it asks for.
      await vi.waitFor(() => git('pull', '--quiet'), soon);
      expect((await git('log', '--reverse', '--format=%s')).split('\n').slice(1)).toEqual(
        [2, 3].map((build) => `Auto-release ${sandbox.registry.host}/two/app:dev-${build}`),
      );
      await vi.waitFor(async () => {
        await git('fetch', '--quiet', '--tags', '--force');
        expect(await git('rev-parse', 'refs/tags/flux-sync^{commit}')).toBe(
          await git('rev-parse', 'HEAD'),
        );
      }, soon);
      const said = standby.log();
      expect(said.indexOf('trying to sync')).toBeGreaterThan(said.indexOf('this replica works'));
    },
  );
});

const count = Number(process.env.REFLUX_DAEMONS ?? 4);

describe(`${count} daemons on one repository`, () => {
  test('all commit at once, and nothing is lost', { timeout: 500_000 }, async () => {
    const names = Array.from({ length: count }, (_, at) => `many${at}`);
    const { url, git } = await repository('many', names);
    const daemons = await Promise.all(
      names.map((name) =>
        start(
          url,
          `--git-path=${name}`,
          `--git-label=${name}`,
          '--git-poll-interval=5s',
          '--sync-interval=5s',
          '--sync-timeout=4m',
        ),
      ),
    );
    await vi.waitFor(async () => {
      expect(await Promise.all(names.map(imageIn))).toEqual(names.map(() => 'dev-1'));
    }, late);
    for (const name of names) seed(name, 2);
    await vi.waitFor(async () => {
      expect(await Promise.all(names.map(imageIn))).toEqual(names.map(() => 'dev-2'));
      await git('fetch', '--quiet', '--tags', '--force', 'origin', '+refs/notes/*:refs/notes/*');
      await git('pull', '--quiet');
    }, late);
    const subjects = (await git('log', '--format=%s')).split('\n').slice(0, -1);
    expect(subjects.sort()).toEqual(
      names.map((name) => `Auto-release ${sandbox.registry.host}/${name}/app:dev-2`).sort(),
    );
    for (const name of names)
      expect((await git('notes', `--ref=${name}`, 'list')).split('\n')).toHaveLength(1);
    for (const daemon of daemons)
      expect(daemon.log()).not.toContain('external change in sync state');
  });
});
