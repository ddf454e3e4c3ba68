/** `simulate` and `diff` with the real programs. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHelmEngine } from '../../lib/helm/action/mod.ts';
import { loadChart } from '../../lib/helm/chart/mod.ts';
import { createKubeClient, loadConnection } from '../../lib/kube/mod.ts';
import { readDocuments } from '../../lib/manifest/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { memoryLogger, runProgram, systemClock } from '../../lib/runtime/mod.ts';
import { markLabel, markOf, syncSetName } from '../../lib/wire/mod.ts';
import { startSandbox } from '../../sandbox/mod.ts';
import { testWorld } from '../_world.ts';
import { runFluxctl } from '../run.ts';
import { gitConfig, plainUrl } from './repository.ts';

const env = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1' };
const longMs = 120_000;
let home: string;
let work: string;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'fluxctl-simulate-test'));
  work = path.join(home, 'work');
  await mkdir(work);
});

afterEach(() => rm(home, { recursive: true, force: true }));

const origin = 'git@git.example.com:team/config.git';

const files = {
  'ns.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: demo}\n',
  'config.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: demo}\ndata: {level: one}\n',
  'secret.yaml':
    'apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: demo}\nstringData: {key: open-sesame}\n',
  'release.yaml':
    'apiVersion: helm.fluxcd.io/v1\nkind: HelmRelease\nmetadata: {name: app, namespace: demo}\n' +
    'spec:\n  releaseName: app\n' +
    '  chart: {git: https://git.example.com/team/config, path: charts/app, ref: main}\n  values: {greeting: hello}\n',
  'charts/app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 0.1.0\n',
  'charts/app/values.yaml': 'greeting: none\n',
  'charts/app/templates/map.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: greeter}\ndata: {greeting: {{ .Values.greeting }}}\n',
};

async function git(...args: string[]): Promise<void> {
  const who = ['-c', 'user.name=You', '-c', 'user.email=you@example.com'];
  const { exitCode, stderr } = await runProgram('git', [...who, ...args], {
    cwd: work,
    env: { ...env, PATH: env.PATH ?? '', HOME: home },
    timeoutMs: 20_000,
  });
  if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.toString()}`);
}

async function write(changed: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const [name, text] of Object.entries(changed)) {
    const file = path.join(work, name);
    await mkdir(path.dirname(file), { recursive: true });
    if (text === undefined) await rm(file);
    else await writeFile(file, text);
  }
}

async function commit(changed: Readonly<Record<string, string | undefined>>): Promise<void> {
  await write(changed);
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'Change');
}

async function repository(): Promise<void> {
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', origin);
  await commit(files);
}

async function fluxctl(...argv: string[]) {
  const world = testWorld({ env: { ...env, HOME: home } });
  const status = await runFluxctl([...argv, '--timeout=100s'], world);
  return { status, ...world.printed };
}

describe('simulate', () => {
  test(
    'applies, releases charts out of the very files, and says what went wrong',
    { timeout: longMs },
    async () => {
      await repository();
      await write({
        'broken.yaml': 'a: [\n',
        'lost.yaml':
          'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lost, namespace: nowhere}\n',
        'thing.yaml': 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\n',
        'bad-release.yaml': files['release.yaml']
          .replaceAll('app', 'bad')
          .replace('ref: main', 'ref: no-such'),
      });
      const { status, out, err } = await fluxctl('simulate', work, '-o=json');
      expect(err).toContain('Error: 3 errors and 1 warnings in the simulation');
      expect(status).toBe(1);
      expect(JSON.parse(out)).toEqual({
        objects: [
          '<cluster>:namespace/demo',
          'demo:configmap/settings',
          'demo:helmrelease/app',
          'demo:helmrelease/bad',
          'demo:secret/key',
        ],
        releases: [
          {
            ...{ namespace: 'demo', name: 'app', chart: 'app', version: '0.1.0' },
            ...{ revision: 1, status: 'deployed' },
          },
        ],
        problems: [
          {
            level: 'error',
            subject: 'broken.yaml',
            message: expect.stringContaining('broken.yaml:'),
          },
          {
            level: 'error',
            subject: 'nowhere:configmap/lost',
            message: expect.stringContaining('nowhere'),
          },
          {
            level: 'error',
            subject: 'demo:helmrelease/bad',
            message: expect.stringMatching(/no ref 'no-such'$/),
          },
          {
            level: 'warning',
            subject: 'Thing/x',
            message: expect.stringContaining('cannot find scope'),
          },
        ],
      });
    },
  );

  test('says what is missing before anything is started', async () => {
    expect((await fluxctl('simulate', path.join(home, 'none'))).err).toContain(
      'is not a directory',
    );
    await repository();
    expect((await fluxctl('simulate', work, '--ref=none')).err).toContain(
      'there is no commit none',
    );
  });
});

describe('diff', () => {
  test('between commits, charts rendered, Secrets hidden', { timeout: longMs }, async () => {
    await repository();
    await commit({
      'config.yaml': files['config.yaml'].replace('one', 'two'),
      'release.yaml': files['release.yaml'].replace('hello', 'good day'),
      'secret.yaml': files['secret.yaml'].replace('open', 'shut'),
    });
    const { status, out } = await fluxctl('diff', work, '--from=HEAD~1', '--exit-code');
    expect(status).toBe(1);
    expect(out).toMatch(
      /^changed demo:configmap\/settings\n@@[^]*\n-  level: one\n\+  level: two\n/m,
    );
    expect(out).toMatch(
      /^changed release demo\/app: demo:configmap\/greeter\n@@[^]*\n-  greeting: hello\n\+  greeting: good day\n/m,
    );
    expect(out).toMatch(/^changed demo:secret\/key\n/m);
    expect(out).not.toMatch(/sesame|b3Blbi1zZXNhbWU/);
    expect(out).toContain('0 added, 4 changed, 0 removed\n');
  });

  test(
    'with a cluster: what would be added, changed, removed; nothing is written',
    { timeout: longMs },
    async () => {
      await repository();
      const sandbox = await startSandbox({ clock: systemClock, log: memoryLogger(), env });
      const kubeconfig = path.join(home, 'kubeconfig');
      await writeFile(kubeconfig, sandbox.api.kubeconfig);
      const kube = createKubeClient({
        connection: await loadConnection({ env: {}, path: kubeconfig }),
      });
      const remote = { url: 'ssh://git@git.example.com/team/config.git', branch: 'main', path: '' };
      const fluxd = createServer((_request, response) => {
        response.end(JSON.stringify({ remote, publicSSHKey: {}, status: 'ready', errors: '' }));
      });
      await new Promise<void>((resolve) => fluxd.listen(0, '127.0.0.1', resolve));
      try {
        const setName = syncSetName(remote.url, remote.branch, []);
        const apply = (object: KubeObject, id: string) =>
          kube.apply(
            {
              ...object,
              metadata: { ...object.metadata, labels: { [markLabel]: markOf(setName, id) } },
            },
            { fieldManager: 'flux', force: true },
          );
        const [namespace] = readDocuments(files['ns.yaml']) as KubeObject[];
        const [settings] = readDocuments(
          files['config.yaml'].replace('one', 'zero'),
        ) as KubeObject[];
        if (namespace === undefined || settings === undefined) throw new Error('no manifests');
        await apply(namespace, '<cluster>:namespace/demo');
        await apply(settings, 'demo:configmap/settings');
        const old = { ...settings, metadata: { name: 'old', namespace: 'demo' } };
        await apply(old, 'demo:configmap/old');
        const text = (name: keyof typeof files) => ({
          name: path.basename(name),
          data: Buffer.from(files[name]),
        });
        await createHelmEngine({ kube, clock: systemClock, log: () => undefined }).install({
          ...{ releaseName: 'app', namespace: 'demo', values: new Map([['greeting', 'hi']]) },
          chart: loadChart([
            text('charts/app/Chart.yaml'),
            text('charts/app/values.yaml'),
            { ...text('charts/app/templates/map.yaml'), name: 'templates/map.yaml' },
          ]),
        });
        const url = `http://127.0.0.1:${(fluxd.address() as AddressInfo).port}`;
        const world = testWorld({
          env: { ...env, HOME: home, KUBECONFIG: kubeconfig, FLUX_URL: url },
        });
        expect(await runFluxctl(['diff', work, '-o=json', '--timeout=100s'], world)).toBe(0);
        const { differences } = JSON.parse(world.printed.out) as {
          differences: { change: string; subject: string; diff: string }[];
        };
        expect(differences.map(({ change, subject }) => `${change} ${subject}`)).toEqual([
          'removed demo:configmap/old',
          'changed demo:configmap/settings',
          'added demo:helmrelease/app',
          'added demo:secret/key',
          'changed release demo/app: demo:configmap/greeter',
        ]);
        expect(differences[1]?.diff).toContain('-  level: zero\n+  level: one\n');
        expect(differences[4]?.diff).toContain('-  greeting: hi\n+  greeting: hello\n');
        const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'demo', name: 'key' };
        expect(await kube.get(ref)).toBeUndefined();
      } finally {
        fluxd.close();
        await kube.close();
        await sandbox.close();
      }
    },
  );
});

test.each([
  ['git@host.example:Team/x.git', 'ssh://git@HOST.example:22/Team/x', true],
  ['https://user@host.example/Team/x', 'git@host.example:Team/x.git', true],
  ['https://host.example/Team/x', 'https://host.example/Team/x-other', false],
  ['/srv/git/x', '/srv/git/y', false],
])('%s and %s are one repository: %s', (a, b, same) => {
  expect(plainUrl(a) === plainUrl(b)).toBe(same);
});

test('only the very URLs of the repository are led to the sandbox', () => {
  const own = 'https://host.example/team/x';
  const text = gitConfig({
    url: 'http://127.0.0.1:1/repository.git',
    asked: [own, `${own}-other`],
    remotes: ['git@host.example:team/x.git'],
    theirs: undefined,
  });
  expect(text).toContain(`[url "http://127.0.0.1:1/repository.git"]\n\tinsteadOf = "${own}"\n`);
  expect(text).toContain(`[url "${own}-other"]\n\tinsteadOf = "${own}-other"\n`);
});
