/**
 * What the end-to-end suite of Flux 1.25.4 asks (spec flux-v1 §12), of the programs on the sandbox, or on the real API
 * server whose kubeconfig REFLUX_DAEMON_KUBECONFIG names. SSH and its generated key need a pod: e2e/git.e2e.ts has
 * them; the chart is installed in e2e/charts.e2e.ts.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import { readDocuments } from '../lib/manifest/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { runProgram } from '../lib/runtime/mod.ts';
import { openWorlds } from './_world.ts';
import type { World, Worlds } from './_world.ts';

const kubeconfig = process.env.REFLUX_DAEMON_KUBECONFIG ?? '';
const waiting = { timeout: 60_000, interval: 100 };
const limit = { timeout: 240_000 };

const file = kubeconfig === '' ? undefined : kubeconfig;

describe(file === undefined ? 'on the sandbox' : 'on a real API server', () => {
  let worlds: Worlds;
  let world: World;
  let namespace: string;
  let host: string;

  beforeAll(async () => {
    worlds = await openWorlds(file);
    host = worlds.registry.host;
  }, 120_000);
  afterAll(() => worlds.close());
  beforeEach(async () => {
    world = await worlds.open();
    namespace = world.namespace;
  });
  afterEach(() => world.close(), 60_000);

  const podinfoFile = 'workloads/podinfo-dep.yaml';
  const ghostFile = 'releases/ghost.yaml';
  const podinfo = (tag = '3.1.0') => `---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: podinfo
  namespace: ${namespace}
  labels:
    app: podinfo
  annotations:
    fluxcd.io/tag.init: regex:^3.10.*
    fluxcd.io/tag.podinfod: semver:~3.1
    fluxcd.io/automated: 'true'
spec:
  replicas: 0
  selector:
    matchLabels:
      app: podinfo
  template:
    metadata:
      labels:
        app: podinfo
    spec:
      initContainers:
      - name: init
        image: ${host}/${namespace}/alpine:3.10
      containers:
      - name: podinfod
        image: ${host}/${namespace}/podinfo:${tag} # what runs
        ports:
        - containerPort: 9898
`;
  const ghost = () => `apiVersion: helm.fluxcd.io/v1
kind: HelmRelease
metadata:
  name: ghost
  namespace: ${namespace}
  annotations:
    fluxcd.io/tag.chart-image: glob:3.1.1-debian-9-*
spec:
  releaseName: ghost
  chart:
    repository: https://charts.example.com/
    name: ghost
    version: 9.1.2
  values:
    image:
      repository: ${host}/${namespace}/ghost
      tag: 3.1.1-debian-9-r0
`;
  const everything = (): Record<string, string> => ({
    'namespace.yaml': `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${namespace}\n`,
    [podinfoFile]: podinfo(),
    [ghostFile]: ghost(),
  });
  const deployment = () =>
    worlds.kube.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'podinfo' });
  const runningImage = async () =>
    /podinfo:([\w.-]+)/.exec(JSON.stringify((await deployment())?.spec ?? ''))?.[1];
  const podinfoRuns = (tag = '3.1.0') =>
    vi.waitFor(async () => expect(await runningImage()).toBe(tag), waiting);
  const tagIs = (revision: string, tag = 'flux-sync') =>
    vi.waitFor(async () => expect(await world.tag(tag)).toBe(revision), waiting);
  const ok = (done: { exitCode: number; stdout: string; stderr: string }) => {
    expect(done.exitCode, done.stdout + done.stderr).toBe(0);
    return done.stdout;
  };

  test(
    'fluxctl install: what it prints is applied, and fluxd with its arguments syncs',
    async () => {
      await world.push(everything());
      const printed = ok(
        await worlds.fluxctl(
          ...['install', `--git-url=${world.url}`, '--git-email=foo@example.com'],
          ...[`--namespace=${namespace}`, '--registry-disable-scanning'],
        ),
      );
      const objects = readDocuments(printed) as KubeObject[];
      await worlds.kube.create({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace },
      });
      for (const object of objects)
        await worlds.kube.apply(object, { fieldManager: 'test', force: true });
      // They have no namespace that takes them along, and the next installation has the same.
      onTestFinished(async () => {
        for (const { apiVersion, kind, metadata } of objects)
          if (kind.startsWith('ClusterRole'))
            await worlds.kube.delete({ apiVersion, kind, name: metadata.name ?? '' });
      });
      const flux = await worlds.kube.get({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace,
        name: 'flux',
      });
      const { args } = (flux?.spec as { template: { spec: { containers: [{ args: string[] }] } } })
        .template.spec.containers[0];
      const folder = path.join(worlds.home, 'keygen');
      await mkdir(folder, { recursive: true });
      await world.start([...args, `--ssh-keygen-dir=${folder}`]);
      await podinfoRuns();
      await tagIs(await world.git('rev-parse', 'HEAD'), 'flux');
    },
    limit.timeout,
  );

  describe('sync', () => {
    test('follows Git, and so does the tag', limit, async () => {
      const first = await world.push(everything());
      await world.start(['--registry-disable-scanning']);
      await podinfoRuns();
      await tagIs(first);
      const second = await world.push({ [podinfoFile]: podinfo('3.1.5') });
      await podinfoRuns('3.1.5');
      await tagIs(second);
    });

    test('a duplicate is told of; what runs stays, and so does the tag', limit, async () => {
      const first = await world.push(everything());
      const daemon = await world.start(['--registry-disable-scanning']);
      await tagIs(first);
      await world.push({ 'workloads/copy.yaml': podinfo('3.1.5') });
      await vi.waitFor(
        () =>
          expect(daemon.log()).toContain(
            `duplicate definition of '${namespace}:deployment/podinfo'`,
          ),
        waiting,
      );
      // Two more syncs have begun: the one that met the duplicate is over.
      const begun = () => daemon.log().split('trying to sync').length;
      const before = begun();
      await vi.waitFor(() => expect(begun()).toBeGreaterThan(before + 1), waiting);
      expect([await runningImage(), await world.tag('flux-sync')]).toEqual(['3.1.0', first]);
    });

    test('what leaves Git leaves the cluster, with garbage collection', limit, async () => {
      await world.push(everything());
      const daemon = await world.start([
        '--registry-disable-scanning',
        '--sync-garbage-collection',
      ]);
      await podinfoRuns();
      ok(await daemon.fluxctl('sync'));
      const second = await world.push({ [podinfoFile]: undefined });
      ok(await daemon.fluxctl('sync'));
      await vi.waitFor(async () => expect(await deployment()).toBeUndefined(), waiting);
      await tagIs(second);
    });

    test('happens when fluxctl asks, with intervals of a year', limit, async () => {
      const first = await world.push(everything());
      const daemon = await world.start([
        ...['--registry-disable-scanning', '--git-poll-interval=525600m'],
        '--sync-interval=525600m',
      ]);
      await vi.waitFor(async () => {
        ok(await daemon.fluxctl('sync'));
      }, waiting);
      await podinfoRuns();
      await tagIs(first);
      const second = await world.push({ [podinfoFile]: podinfo('3.1.5') });
      ok(await daemon.fluxctl('sync'));
      expect([await runningImage(), await world.tag('flux-sync')]).toEqual(['3.1.5', second]);
    });
  });

  describe('images', () => {
    /** As the original's suite has them: of podinfo the lower version was made later. */
    const seedAll = () => {
      const at = (day: number) => ({ created: new Date(Date.UTC(2020, 0, day)).toISOString() });
      const { registry } = worlds;
      registry.seedImage(`${namespace}/alpine`, '3.10', at(1));
      registry.seedImage(`${namespace}/ghost`, '3.0.2-debian-9-r3', at(1));
      registry.seedImage(`${namespace}/ghost`, '3.1.1-debian-9-r0', at(2));
      registry.seedImage(`${namespace}/podinfo`, '3.1.0', at(1));
      registry.seedImage(`${namespace}/podinfo`, '3.0.5', at(2));
    };
    const scanning = () => [
      ...[`--registry-insecure-host=${host}`, '--automation-interval=1s'],
      `--registry-exclude-image=${host}/${namespace}/alpine`,
    ];
    const podinfoIs = (tag: string) =>
      vi.waitFor(
        async () => expect(await world.file(podinfoFile)).toContain(`/podinfo:${tag} # what runs`),
        waiting,
      );
    const ghostIs = (tag: string) =>
      vi.waitFor(
        async () =>
          expect(await world.file(ghostFile)).toMatch(new RegExp(`^ {6}tag: ${tag}$`, 'm')),
        waiting,
      );
    const scanned = (name: string, log: () => string, times = 1) =>
      vi.waitFor(
        () => expect(log().split(`updated=${host}/${name} `).length).toBeGreaterThan(times),
        waiting,
      );
    const podinfoId = () => `--workload=${namespace}:deployment/podinfo`;
    const ghostId = () => `--workload=${namespace}:helmrelease/ghost`;

    test('are released by hand against filters, locked, automated', limit, async () => {
      seedAll();
      await world.push(everything());
      const daemon = await world.start(scanning());
      const run = async (...words: string[]) => ok(await daemon.fluxctl(...words));
      await podinfoRuns();
      await scanned(`${namespace}/ghost`, daemon.log);
      await run('deautomate', podinfoId());
      const podinfoImage = (tag: string) => `--update-image=${host}/${namespace}/podinfo:${tag}`;
      await run('release', '--force', podinfoId(), podinfoImage('3.0.5'));
      await podinfoIs('3.0.5');
      const old = `--update-image=${host}/${namespace}/ghost:3.0.2-debian-9-r3`;
      await run('release', '--force', ghostId(), old);
      await ghostIs('3.0.2-debian-9-r3');
      await run('lock', ghostId());
      await run('automate', ghostId());
      await run('automate', podinfoId());
      // The one is updated, the other locked: had both been free, one commit would have had both.
      await podinfoIs('3.1.0');
      await ghostIs('3.0.2-debian-9-r3');
      await run('unlock', ghostId());
      await ghostIs('3.1.1-debian-9-r0');
      await run('deautomate', podinfoId());
      worlds.registry.seedImage(`${namespace}/podinfo`, '3.1.5', {
        created: '2020-02-01T00:00:00Z',
      });
      await vi.waitFor(
        async () => expect(await run('list-images', podinfoId())).toContain('3.1.5'),
        waiting,
      );
      await run('release', '--force', podinfoId(), '--update-all-images');
      await podinfoIs('3.1.5');
    });

    test('and workloads are listed as the original lists them', limit, async () => {
      seedAll();
      await world.push(everything());
      const daemon = await world.start(scanning());
      await podinfoRuns();
      await scanned(`${namespace}/ghost`, daemon.log);
      ok(await daemon.fluxctl('lock', podinfoId()));
      await vi.waitFor(async () => {
        const listed = ok(await daemon.fluxctl('list-workloads', '-n', namespace));
        expect(listed).toContain('automated,locked');
      }, waiting);
      const squeeze = (text: string) => text.replaceAll(/ +/g, ' ');
      expect(squeeze(ok(await daemon.fluxctl('list-workloads', '-n', namespace)))).toBe(
        squeeze(
          [
            'WORKLOAD CONTAINER IMAGE RELEASE POLICY',
            `${namespace}:deployment/podinfo podinfod ${host}/${namespace}/podinfo:3.1.0 ready automated,locked`,
            ` init ${host}/${namespace}/alpine:3.10 `,
            `${namespace}:helmrelease/ghost chart-image ${host}/${namespace}/ghost:3.1.1-debian-9-r0 `,
            '',
          ].join('\n'),
        ),
      );
      const images = squeeze(ok(await daemon.fluxctl('list-images', '-n', namespace)));
      expect(images.replaceAll(/\d\d \w{3} \d\d \d\d:\d\d UTC/g, 'TIME')).toBe(
        [
          'WORKLOAD CONTAINER IMAGE CREATED',
          `${namespace}:deployment/podinfo podinfod ${host}/${namespace}/podinfo `,
          " '-> 3.1.0 TIME",
          ' 3.0.5 TIME',
          ' init image data not available',
          " '-> (untagged) ?",
          `${namespace}:helmrelease/ghost chart-image ${host}/${namespace}/ghost `,
          " '-> 3.1.1-debian-9-r0 TIME",
          ' 3.0.2-debian-9-r3 TIME',
          '',
        ].join('\n'),
      );
    });
  });

  test('policies are written to the file and leave it', limit, async () => {
    await world.push(everything());
    const daemon = await world.start(['--registry-disable-scanning']);
    await podinfoRuns();
    const workload = `--workload=${namespace}:deployment/podinfo`;
    const afterwards = async (...words: string[]) => {
      ok(await daemon.fluxctl(...words, workload));
      return world.file(podinfoFile);
    };
    expect(await afterwards('deautomate')).not.toContain('fluxcd.io/automated');
    for (const add of [['automate'], ['policy', '--automate']]) {
      expect(await afterwards(...add)).toContain("fluxcd.io/automated: 'true'");
      expect(await afterwards('policy', '--deautomate')).not.toContain('fluxcd.io/automated');
    }
    for (const [add, remove] of [
      [['lock'], ['unlock']],
      [
        ['policy', '--lock'],
        ['policy', '--unlock'],
      ],
    ] as const) {
      expect(await afterwards(...add)).toContain("fluxcd.io/locked: 'true'");
      expect(await afterwards(...remove)).not.toContain('fluxcd.io/locked');
    }
    expect(await afterwards('policy', '--tag=podinfod=3.5.*')).toMatch(
      /^ {4}fluxcd\.io\/tag\.podinfod: glob:3\.5\.\*$/m,
    );
  });

  describe('signatures', () => {
    let gnupg: string;
    let key: string;
    const gpg = async (program: string, args: readonly string[]) => {
      const env = { PATH: process.env.PATH ?? '', HOME: worlds.home, GNUPGHOME: gnupg };
      const done = await runProgram(program, args, { env, timeoutMs: 60_000 });
      if (done.exitCode !== 0) throw new Error(`${program}: ${done.stderr.toString()}`);
      return done.stdout.toString();
    };
    const keys = () => path.join(gnupg, 'keys.asc');

    beforeEach(async () => {
      gnupg = path.join(worlds.home, 'gpg');
      await mkdir(gnupg, { recursive: true, mode: 0o700 });
      const who = 'Ann <ann@example.com>';
      await gpg('gpg', [
        ...['--batch', '--quiet', '--passphrase', '', '--yes'],
        ...['--quick-gen-key', who, 'ed25519', 'sign', 'never'],
      ]);
      const listed = await gpg('gpg', ['--batch', '--list-secret-keys', '--with-colons']);
      key = [...listed.matchAll(/^fpr:+([0-9A-F]{40}):/gm)].at(-1)?.[1] ?? '';
      await writeFile(
        keys(),
        await gpg('gpg', ['--batch', '--armor', '--export-secret-keys', key]),
      );
    }, 60_000);
    afterEach(async () => {
      for (const home of [gnupg, path.join(worlds.home, 'daemon-gpg')])
        await runProgram('gpgconf', ['--kill', 'all'], {
          env: { PATH: process.env.PATH ?? '', GNUPGHOME: home },
          timeoutMs: 20_000,
        });
    });
    const start = async (...args: string[]) => {
      const GNUPGHOME = path.join(worlds.home, 'daemon-gpg');
      await mkdir(GNUPGHOME, { recursive: true, mode: 0o700 });
      return world.start(
        ['--registry-disable-scanning', `--git-gpg-key-import=${keys()}`, ...args],
        { GNUPGHOME },
      );
    };
    /** In our clone, with our key ring. */
    const verified = async (what: 'verify-tag' | 'verify-commit', name: string) => {
      await world.git('fetch', '--quiet', '--force', '--tags', 'origin', 'master');
      const done = await runProgram('git', [what, name], {
        cwd: path.join(worlds.home, namespace),
        env: { PATH: process.env.PATH ?? '', HOME: worlds.home, GNUPGHOME: gnupg },
        timeoutMs: 20_000,
      });
      return done.exitCode === 0;
    };
    const signed = async (files: Record<string, string>) => {
      // git asks gpg, which needs the ring of the key.
      const program = path.join(worlds.home, 'gpg-of-ann');
      await writeFile(program, `#!/bin/sh\nGNUPGHOME=${gnupg} exec gpg "$@"\n`, { mode: 0o755 });
      await world.git('config', 'gpg.program', program);
      return world.push(files, `--gpg-sign=${key}`);
    };

    test('the sync tag and our commits are signed', limit, async () => {
      const first = await world.push(everything());
      const daemon = await start(`--git-signing-key=${key}`);
      await tagIs(first);
      expect(await verified('verify-tag', 'flux-sync')).toBe(true);
      ok(await daemon.fluxctl('lock', `--workload=${namespace}:deployment/podinfo`));
      expect(await world.file(podinfoFile)).toContain("fluxcd.io/locked: 'true'");
      expect(await verified('verify-commit', 'FETCH_HEAD')).toBe(true);
      expect(await verified('verify-commit', first)).toBe(false);
    });

    test('what is not signed is not synced, and a lost tag returns to what is', limit, async () => {
      const first = await signed(everything());
      const daemon = await start(`--git-signing-key=${key}`, '--git-verify-signatures');
      await tagIs(first);
      expect(await verified('verify-tag', 'flux-sync')).toBe(true);
      await world.push({ [podinfoFile]: podinfo('3.1.5') }, '--no-gpg-sign');
      await world.git('push', '--quiet', 'origin', ':refs/tags/flux-sync');
      const { exitCode, stdout, stderr } = await daemon.fluxctl('sync');
      expect([exitCode, stdout + stderr]).toEqual([
        0,
        expect.stringContaining('Warning: The branch HEAD in the git repo is not verified'),
      ]);
      await tagIs(first);
      expect(await runningImage()).toBe('3.1.0');
    });

    test('without a signed commit nothing is synced and nothing committed', limit, async () => {
      await world.push(everything(), '--no-gpg-sign');
      const daemon = await start('--git-verify-signatures');
      await vi.waitFor(
        () => expect(daemon.log()).toContain('found invalid GPG signature for commit'),
        waiting,
      );
      const workload = `--workload=${namespace}:deployment/podinfo`;
      const { exitCode, stderr } = await daemon.fluxctl('lock', workload);
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringContaining('Error: HEAD revision is unsigned'),
      ]);
      expect([await deployment(), await world.tag('flux-sync')]).toEqual([undefined, '']);
    });
  });

  test('generated manifests are applied, and changed through the patch file', limit, async () => {
    const scaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: podinfo
  namespace: ${namespace}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: podinfo
  minReplicas: 1
  maxReplicas: 4
`;
    await world.push({
      '.flux.yaml':
        'version: 1\npatchUpdated:\n  generators:\n  - command: sh ./generate.sh\n  patchFile: flux-patch.yaml\n',
      'base/namespace.yaml': everything()['namespace.yaml'],
      'base/podinfo.yaml': podinfo().replace("    fluxcd.io/automated: 'true'\n", ''),
      'base/scaler.yaml': `---\n${scaler}`,
      'production/generate.sh': 'cat ../base/*.yaml | sed "s/minReplicas: 1/minReplicas: 2/"\n',
    });
    const daemon = await world.start([
      ...['--registry-disable-scanning', '--manifest-generation', '--git-path=production'],
    ]);
    await podinfoRuns();
    const ref = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace };
    await vi.waitFor(
      async () =>
        expect((await worlds.kube.get({ ...ref, name: 'podinfo' }))?.spec).toMatchObject({
          minReplicas: 2,
        }),
      waiting,
    );
    ok(await daemon.fluxctl('automate', `--workload=${namespace}:deployment/podinfo`));
    expect(await world.file('production/flux-patch.yaml')).toContain('fluxcd.io/automated');
    await vi.waitFor(async () => {
      const listed = ok(await daemon.fluxctl('list-workloads', '-n', namespace));
      expect(listed).toMatch(/deployment\/podinfo .* automated/);
    }, waiting);
  });
});
