/** The daemon as a whole, on the sandbox: real API server, registry and Git over HTTP. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEventRecorder, createKubeClient, loadConnection } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { createRegistryClient } from '../lib/registry/mod.ts';
import { memoryLogger, runProgram, systemClock } from '../lib/runtime/mod.ts';
import { startSandbox } from '../sandbox/mod.ts';
import type { Sandbox } from '../sandbox/mod.ts';
import { createApiServer } from './api/server.ts';
import { diskKeeper } from './automation/disk-keeper.ts';
import { readConfig } from './config.ts';
import { createDaemon } from './daemon.ts';
import { kubernetesEvents } from './events/kubernetes.ts';
import { createTeller } from './events/teller.ts';
import { createRepository } from './git/repository.ts';
import { noKeyRing } from './identity/key-ring.ts';
import { createMetrics } from './metrics.ts';

let home: string;
let sandbox: Sandbox;
let kube: KubeClient;
let namespace: string;
let repositoryUrl: string;
let work: string;
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'fluxd-test'));
  sandbox = await startSandbox({ clock: systemClock, log: memoryLogger(), env: process.env });
  const kubeconfig = path.join(home, 'kubeconfig');
  await writeFile(kubeconfig, sandbox.api.kubeconfig);
  kube = createKubeClient({ connection: await loadConnection({ env: {}, path: kubeconfig }) });
});

afterAll(async () => {
  await kube.close();
  await sandbox.close();
  await rm(home, { recursive: true, force: true });
});

beforeEach(async () => {
  namespace = `t${randomBytes(4).toString('hex')}`;
  work = path.join(home, namespace);
  await mkdir(work);
  await writeFile(path.join(work, 'namespace.yaml'), manifest('v1', 'Namespace', namespace));
  repositoryUrl = await sandbox.git.createRepository(namespace, { fromFolder: work });
  await rm(work, { recursive: true });
  await git(home, 'clone', '--quiet', repositoryUrl, work);
});

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
  sandbox.git.refusePushes(undefined);
});

describe('sync', () => {
  test('applies, marks, moves the tag, and writes nothing when nothing changed', async () => {
    await push({ 'a.yaml': configMap('a') });
    const daemon = await start();
    await tagReaches(await head());
    const first = await live('a');
    expect(first?.metadata.labels?.['fluxcd.io/sync-gc-mark']).toMatch(/^sha256\./);
    expect(first?.metadata.annotations?.['fluxcd.io/sync-checksum']).toMatch(/^[0-9a-f]{40}$/);
    const { applies } = daemon;
    expect(applies()).toBe(2);
    await daemon.anotherSync();
    expect(applies()).toBe(2);
  });

  test('puts back what was edited by hand, and only that', async () => {
    await push({ 'a.yaml': configMap('a'), 'b.yaml': configMap('b') });
    const daemon = await start();
    await tagReaches(await head());
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' };
    await kube.patch(ref, 'merge', { data: { key: 'edited' } });
    const before = daemon.applies();
    await daemon.anotherSync();
    expect((await live('a'))?.data).toEqual({ key: 'a' });
    expect(daemon.applies()).toBe(before + 1);
  });

  test('a bad file and a duplicate stop only themselves', async () => {
    await push({ 'a.yaml': configMap('a'), 'b.yaml': configMap('b'), 'c.yaml': configMap('c') });
    const daemon = await start('--sync-garbage-collection');
    await tagReaches(await head());
    await push({ 'a.yaml': 'a: [', 'b2.yaml': configMap('b'), 'd.yaml': configMap('d') });
    await vi.waitFor(async () => expect(await live('d')).toBeDefined(), soon);
    await daemon.anotherSync();
    expect([await live('a'), await live('b'), await live('c')]).not.toContain(undefined);
    const errors = daemon.errors();
    expect(errors).toContainEqual(expect.stringContaining('a.yaml:1: not valid YAML'));
    expect(errors).toContainEqual(
      `duplicate definition of '${namespace}:configmap/b' (in b.yaml and b2.yaml)`,
    );
    await push({ 'a.yaml': configMap('a'), 'b2.yaml': undefined });
    await tagReaches(await head());
  });

  test('what is wrong shows where people look: workloads, metrics, with file and field', async () => {
    const app = (more: string) =>
      `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\n  namespace: ${namespace}\nspec:\n  selector: {matchLabels: {a: b}}\n` +
      `  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: app, image: 'x:1'}]}\n${more}`;
    const refused = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: refused, namespace: ${namespace}}\nspec: {replicas: -1}\n`;
    await push({ 'app.yaml': app('') });
    const daemon = await start();
    await tagReaches(await head());
    await push({ 'app.yaml': app('  : ]\n'), 'refused.yaml': refused, 'c.yaml': configMap('c') });
    await vi.waitFor(async () => expect(await live('c')).toBeDefined(), soon);
    await daemon.anotherSync();
    const workloads = await (await daemon.get(`/v6/services?namespace=${namespace}`)).json();
    expect(workloads).toMatchObject([
      {
        ID: `${namespace}:deployment/app`,
        ReadOnly: '',
        SyncError: expect.stringContaining('app.yaml:11: not valid YAML'),
      },
    ]);
    const metrics = await daemon.metrics();
    expect(metrics).toContain('flux_daemon_load_errors{file="app.yaml"} 1');
    expect(metrics).toContain(
      `flux_daemon_resource_errors{resource="${namespace}:deployment/refused"} 1`,
    );
    expect(metrics).toContain('flux_daemon_sync_manifests{success="false"} 2');
    expect(metrics).toContain('flux_git_ready 1');
    expect(daemon.errors()).toContainEqual(expect.stringMatching(/spec\.(replicas|selector)/));
  });

  test('a file that was renamed and broken at once loses nothing', async () => {
    await push({ 'a.yaml': configMap('a'), 'b.yaml': configMap('b') });
    const daemon = await start('--sync-garbage-collection');
    await tagReaches(await head());
    await push({ 'a.yaml': undefined, 'z.yaml': 'a: [', 'd.yaml': configMap('d') });
    await vi.waitFor(async () => expect(await live('d')).toBeDefined(), soon);
    await daemon.anotherSync();
    expect(await live('a')).toBeDefined();
    await push({ 'z.yaml': undefined });
    await vi.waitFor(async () => expect(await live('a')).toBeUndefined(), soon);
  });

  test('an object whose kind the server no longer serves in that version is not deleted', async () => {
    await push({ 'a.yaml': configMap('a'), 'b.yaml': configMap('b') });
    const daemon = await start('--sync-garbage-collection');
    await tagReaches(await head());
    await push({
      'a.yaml': configMap('a').replace('apiVersion: v1', 'apiVersion: v1beta1'),
      'd.yaml': configMap('d'),
    });
    await vi.waitFor(async () => expect(await live('d')).toBeDefined(), soon);
    await daemon.anotherSync();
    expect(await live('a')).toBeDefined();
    expect(daemon.records('warn')).toContainEqual(
      expect.stringContaining('cannot find scope of resource ConfigMap/a'),
    );
  });

  test('deletes what left the repository, but not most of it at once', async () => {
    const names = Array.from({ length: 11 }, (_, index) => `m${index}`);
    await push(Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap(name)])));
    const daemon = await start('--sync-garbage-collection');
    await tagReaches(await head());
    await push({ 'm0.yaml': undefined });
    await vi.waitFor(async () => expect(await live('m0')).toBeUndefined(), soon);
    // 7 of the 11 that are left (the namespace counts).
    await push(Object.fromEntries(names.slice(1, 8).map((name) => [`${name}.yaml`, undefined])));
    await tagReaches(await head());
    await daemon.anotherSync();
    expect(await live('m1')).toBeDefined();
    expect(daemon.records('warning')).toContainEqual(
      '7 of 11 resources left the repository at once; not deleting them',
    );
  });

  test('a custom resource comes with its definition; one without a definition waits', async () => {
    const group = `${namespace}.example.com`;
    const custom = `apiVersion: ${group}/v1\nkind: Thing\nmetadata:\n  name: x\n  namespace: ${namespace}\n`;
    await push({ 'a-thing.yaml': custom, 'c.yaml': configMap('c') });
    await start();
    await vi.waitFor(async () => expect(await live('c')).toBeDefined(), soon);
    await push({ 'crd.yaml': definition(group) });
    const ref = { apiVersion: `${group}/v1`, kind: 'Thing', namespace, name: 'x' };
    await vi.waitFor(async () => expect(await kube.get(ref)).toBeDefined(), soon);
  });

  test('a custom resource that another of its name replaces, of another group, is deleted', async () => {
    const [older, newer] = [`old.${namespace}.example.com`, `new.${namespace}.example.com`];
    const thing = (group: string) =>
      `apiVersion: ${group}/v1\nkind: Thing\nmetadata:\n  name: x\n  namespace: ${namespace}\n`;
    const ref = (group: string) => ({
      apiVersion: `${group}/v1`,
      kind: 'Thing',
      namespace,
      name: 'x',
    });
    await push({
      'older.yaml': definition(older),
      'newer.yaml': definition(newer),
      'thing.yaml': thing(older),
    });
    const daemon = await start('--sync-garbage-collection');
    await vi.waitFor(async () => expect(await kube.get(ref(older))).toBeDefined(), soon);
    await push({ 'thing.yaml': thing(newer) });
    await vi.waitFor(async () => expect(await kube.get(ref(newer))).toBeDefined(), soon);
    // Whether it is another object shows in the cluster, after it was made.
    await daemon.anotherSync();
    await vi.waitFor(async () => expect(await kube.get(ref(older))).toBeUndefined(), soon);
    expect(await kube.get(ref(newer))).toBeDefined();
  });

  test('what kubectl applied for the original is taken over: a field that left Git goes', async () => {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' };
    const applied = {
      ...ref,
      metadata: { name: 'a', namespace },
      data: { key: 'a', old: 'x' },
    };
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await kube.create(
      {
        ...applied,
        metadata: {
          ...applied.metadata,
          annotations: {
            'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(applied),
          },
        },
      },
      { fieldManager: 'kubectl-client-side-apply' },
    );
    await push({ 'a.yaml': configMap('a') });
    await start();
    await tagReaches(await head());
    expect((await live('a'))?.data).toEqual({ key: 'a' });
    const managers = (await live('a'))?.metadata.managedFields?.map(({ manager }) => manager);
    expect(managers).toEqual(['flux']);
  });

  test('what server-side apply refuses is applied as kubectl does', async () => {
    const twice = (value: string) =>
      `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\n  namespace: ${namespace}\nspec:\n  selector: {matchLabels: {a: b}}\n` +
      `  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: app, image: x:1, env: [{name: A, value: ${value}}, {name: A, value: ${value}}]}]}\n`;
    await push({ 'app.yaml': twice('one') });
    const daemon = await start();
    await tagReaches(await head());
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'app' };
    expect(JSON.stringify(await kube.get(ref))).toContain('"value":"one"');
    expect(daemon.errors()).toEqual([]);
    await push({ 'app.yaml': twice('two') });
    await tagReaches(await head());
    // Of two entries with one name kubectl's patch changes the first: no better, but no worse than the original.
    expect(JSON.stringify((await kube.get(ref))?.spec)).toContain('"value":"two"');
  });

  test('a sync tag that somebody deleted is set again', async () => {
    await push({ 'a.yaml': configMap('a') });
    const daemon = await start();
    await tagReaches(await head());
    await git(work, 'push', '--quiet', 'origin', ':refs/tags/flux-sync');
    await daemon.post('/v11/notify', gitNotice());
    await vi.waitFor(async () => {
      await daemon.anotherSync();
      expect(await tag()).toBe(await head());
    }, soon);
  });
});

describe('generated manifests', () => {
  const config =
    "version: 1\npatchUpdated: {generators: [{command: 'cat base.txt'}], patchFile: flux-patch.yaml}\n";
  const app = () =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app, namespace: ${namespace}}\nspec:\n  selector: {matchLabels: {a: b}}\n` +
    `  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: app, image: 'x:1'}]}\n`;
  const space = () => `---\napiVersion: v1\nkind: Namespace\nmetadata: {name: ${namespace}}\n`;

  test('are applied, changed by a patch file, and kept when they cannot be made', async () => {
    await push({
      'namespace.yaml': undefined,
      '.flux.yaml': config,
      'base.txt': app() + space(),
    });
    const daemon = await start('--manifest-generation', '--sync-garbage-collection');
    await tagReaches(await head());
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'app' };
    expect(await kube.get(ref)).toBeDefined();
    const automate = {
      type: 'policy',
      cause: { Message: '', User: '' },
      spec: { [`${namespace}:deployment/app`]: { add: { automated: 'true' } } },
    };
    await (await daemon.post('/v9/update-manifests', JSON.stringify(automate))).text();
    await vi.waitFor(async () => {
      await git(work, 'pull', '--quiet');
      expect(await git(work, 'show', 'HEAD:flux-patch.yaml')).toContain(
        'fluxcd.io/automated: "true"',
      );
    }, soon);
    await tagReaches(await head());
    expect((await kube.get(ref))?.metadata.annotations?.['fluxcd.io/automated']).toBe('true');
    await push({ 'base.txt': undefined });
    await vi.waitFor(
      () =>
        expect(daemon.errors()).toContainEqual(
          expect.stringContaining('error executing generator command "cat base.txt"'),
        ),
      soon,
    );
    await daemon.anotherSync();
    expect(await kube.get(ref)).toBeDefined();
  });
});

describe('automation', () => {
  const image = (tag: string) => `${sandbox.registry.host}/${namespace}/app:${tag}`;
  const deployment = (tag: string, filter: string) =>
    `# kept as it is\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\n  namespace: ${namespace}\n` +
    `  annotations:\n    fluxcd.io/automated: "true"\n    fluxcd.io/tag.app: ${filter}\nspec:\n  selector: {matchLabels: {app: app}}\n` +
    `  template:\n    metadata: {labels: {app: app}}\n    spec:\n      containers:\n      - {name: app, image: '${image(tag)}'} # here\n`;
  const seed = (tag: string, created: string) =>
    sandbox.registry.seedImage(`${namespace}/app`, tag, { created });
  const scanning = () => [
    `--registry-insecure-host=${sandbox.registry.host}`,
    '--registry-disable-scanning=false',
    '--automation-interval=1h',
  ];
  const listings = () =>
    sandbox.registry.requests().filter((line) => line.includes(`${namespace}/app/tags/list`))
      .length;

  test('commits the newest build byte for byte, says so, and deploys it', async () => {
    seed('dev-a', '2020-01-01T00:00:00Z');
    seed('dev-b', '2021-01-01T00:00:00Z');
    const text = deployment('dev-a', 'glob:dev-*');
    await push({ 'app.yaml': text });
    await start(...scanning());
    await vi.waitFor(async () => {
      await git(work, 'pull', '--quiet');
      expect(await git(work, 'show', 'HEAD:app.yaml')).toBe(text.replace('dev-a', 'dev-b'));
    }, soon);
    expect((await git(work, 'log', '-1', '--format=%an <%ae>%n%B')).trim()).toBe(
      `Weave Flux <support@weave.works>\nAuto-release ${image('dev-b')}`,
    );
    await git(work, 'fetch', '--quiet', 'origin', 'refs/notes/flux:refs/notes/flux');
    expect(JSON.parse(await git(work, 'notes', '--ref=flux', 'show', 'HEAD'))).toMatchObject({
      spec: { type: 'auto' },
      result: { [`${namespace}:deployment/app`]: { Status: 'success' } },
    });
    await tagReaches(await head());
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'app' };
    expect(JSON.stringify(await kube.get(ref))).toContain(image('dev-b'));
  });

  test('does not go back to an older build, though the filter does not match the tag in use', async () => {
    seed('dev-b', '2021-01-01T00:00:00Z');
    seed('stg-a', '2020-01-01T00:00:00Z');
    await push({ 'app.yaml': deployment('dev-b', 'glob:stg-*') });
    const daemon = await start(...scanning());
    await tagReaches(await head());
    await vi.waitFor(
      () => expect(daemon.records('updated')).toContain(image('').slice(0, -1)),
      soon,
    );
    seed('stg-b', '2022-01-01T00:00:00Z');
    await daemon.post('/v11/notify', imageNotice());
    await vi.waitFor(async () => {
      await git(work, 'pull', '--quiet');
      expect(await git(work, 'show', 'HEAD:app.yaml')).toContain('stg-b');
    }, soon);
    expect(await git(work, 'log', '--format=%s')).not.toContain('stg-a');
  });

  test('asks the registry when its time has come or it is told, not at each fetch of Git', async () => {
    seed('dev-a', '2020-01-01T00:00:00Z');
    await push({ 'app.yaml': deployment('dev-a', 'glob:dev-*') });
    const daemon = await start(...scanning());
    await tagReaches(await head());
    await vi.waitFor(() => expect(listings()).toBe(1), soon);
    const fetches = daemon.records('event').length;
    await daemon.post('/v11/notify', gitNotice());
    await vi.waitFor(() => expect(daemon.records('event').length).toBeGreaterThan(fetches), soon);
    await push({ 'c.yaml': configMap('c') });
    await tagReaches(await head());
    expect(listings()).toBe(1);
    await daemon.post('/v11/notify', imageNotice());
    await vi.waitFor(() => expect(listings()).toBe(2), soon);
  });

  test('a registry that is down costs its own images only, and says so', async () => {
    seed('dev-a', '2020-01-01T00:00:00Z');
    seed('dev-b', '2021-01-01T00:00:00Z');
    const other = (image: string) =>
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other, namespace: ${namespace}, annotations: {fluxcd.io/automated: 'true'}}\nspec:\n` +
      `  selector: {matchLabels: {a: b}}\n  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: app, image: '${image}'}]}}\n`;
    await push({
      'app.yaml': deployment('dev-a', 'glob:dev-*'),
      'other.yaml': other('127.0.0.1:1/o/app:1'),
    });
    const daemon = await start(...scanning(), '--registry-insecure-host=127.0.0.1:1');
    await vi.waitFor(async () => {
      await git(work, 'pull', '--quiet');
      expect(await git(work, 'show', 'HEAD:app.yaml')).toContain('dev-b');
    }, soon);
    await tagReaches(await head());
    const shown = await daemon.get(`/v10/images?service=${namespace}:deployment/other`);
    expect(await shown.json()).toMatchObject([
      { Containers: [{ AvailableError: expect.stringContaining('127.0.0.1:1/o/app') }] },
    ]);
    expect(daemon.errors()).toContainEqual(
      expect.stringContaining('the registry cannot be reached'),
    );
  });

  test('tells of it in Events and in every metric of the original', async () => {
    seed('dev-a', '2020-01-01T00:00:00Z');
    seed('dev-b', '2021-01-01T00:00:00Z');
    await push({ 'app.yaml': deployment('dev-a', 'glob:dev-*') });
    const daemon = await start(...scanning());
    const events = async () =>
      (await kube.list<KubeEvent>({ apiVersion: 'v1', kind: 'Event', namespace })).items
        .filter(({ source }) => source.component === 'fluxd')
        .map(({ reason, involvedObject: { kind, name } }) => `${reason} ${kind}/${name}`);
    await vi.waitFor(async () => {
      expect(await events()).toEqual(
        expect.arrayContaining([
          'Commit Pod/fluxd-0',
          'Sync Pod/fluxd-0',
          'AutoRelease Pod/fluxd-0',
          'AutoRelease Deployment/app',
        ]),
      );
    }, soon);
    seed('dev-c', '2019-01-01T00:00:00Z');
    const release = {
      type: 'image',
      cause: { Message: '', User: '' },
      spec: {
        ...{ ServiceSpecs: [`${namespace}:deployment/app`], ImageSpec: image('dev-a') },
        ...{ Kind: 'execute', Excludes: null, Force: true },
      },
    };
    await (await daemon.post('/v9/update-manifests', JSON.stringify(release))).text();
    const counted = (name: string) => expect.stringMatching(new RegExp(`^${name} [1-9]`, 'm'));
    await vi.waitFor(async () => {
      const metrics = await daemon.metrics();
      for (const name of [
        'flux_daemon_sync_duration_seconds_count{success="true"}',
        'flux_daemon_sync_manifests{success="true"}',
        'flux_daemon_job_duration_seconds_count{success="true"}',
        'flux_daemon_queue_duration_seconds_count',
        'flux_git_ready',
        'flux_registry_fetch_duration_seconds_count{success="true"}',
        'flux_client_fetch_duration_seconds_count{kind="tags",success="true"}',
        'flux_client_fetch_duration_seconds_count{kind="metadata",success="true"}',
        'flux_cache_request_duration_seconds_count{method="GetKey",success="true"}',
        'flux_cache_request_duration_seconds_count{method="SetKey",success="true"}',
        'flux_fluxsvc_release_duration_seconds_count{release_type="automated",release_kind="execute",success="true"}',
        'flux_fluxsvc_release_duration_seconds_count{release_type="specific_image",release_kind="execute",success="true"}',
        ...['select_workloads', 'lookup_images', 'write_changes', 'verify_changes'].map(
          (stage) => `flux_fluxsvc_release_stage_duration_seconds_count{stage="${stage}"}`,
        ),
      ])
        expect(metrics).toEqual(counted(name.replaceAll(/[{}]/g, '\\$&')));
    }, soon);
  });

  const imageNotice = () =>
    JSON.stringify({
      Kind: 'image',
      Source: { Name: { Domain: sandbox.registry.host, Image: `${namespace}/app` } },
    });
});

describe('jobs', () => {
  const lock = () =>
    JSON.stringify({
      type: 'policy',
      cause: { Message: '', User: '' },
      spec: {
        [`${namespace}:configmap/a`]: {},
        [`${namespace}:deployment/app`]: { add: { locked: 'true' } },
      },
    });
  const app = () =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\n  namespace: ${namespace}\nspec:\n  selector: {matchLabels: {a: b}}\n` +
    `  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: app, image: x:1}]}\n`;

  test('a body counts as JSON whatever its type, as fluxctl of the original sends none', async () => {
    await push({ 'app.yaml': app() });
    const daemon = await start();
    await tagReaches(await head());
    const answer = await daemon.post('/v9/update-manifests', lock(), {});
    expect(answer.status).toBe(200);
    const id: unknown = JSON.parse(await answer.text());
    await vi.waitFor(async () => {
      const job = await daemon.get(`/v6/jobs?id=${String(id)}`);
      expect(await job.json()).toMatchObject({ StatusString: 'succeeded' });
    }, soon);
    await git(work, 'pull', '--quiet');
    expect(await git(work, 'log', '-1', '--format=%B')).toBe(
      `Locked: ${namespace}:deployment/app\n\n`,
    );
    expect(await git(work, 'show', 'HEAD:app.yaml')).toContain("fluxcd.io/locked: 'true'");
  });

  test('a body that is no JSON is the fault of who sent it', async () => {
    const daemon = await start();
    const answer = await daemon.post('/v9/update-manifests', '{', {});
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ type: 'user', error: expect.any(String) });
  });

  test('a refused push fails the job, says so, and syncing goes on', async () => {
    await push({ 'app.yaml': app() });
    const daemon = await start();
    await tagReaches(await head());
    sandbox.git.refusePushes('no pushes today');
    const answer = await daemon.post('/v9/update-manifests', lock());
    const id: unknown = JSON.parse(await answer.text());
    await vi.waitFor(async () => {
      const job = await daemon.get(`/v6/jobs?id=${String(id)}`);
      expect(await job.json()).toMatchObject({
        StatusString: 'failed',
        Err: expect.stringContaining('Problem committing and pushing to git repository.'),
      });
    }, soon);
    await daemon.anotherSync();
    expect((await git(work, 'ls-remote', 'origin', 'refs/heads/master')).slice(0, 40)).toBe(
      await head(),
    );
  });

  test('a job that is running when the daemon is told to stop is finished first', async () => {
    await push({ 'app.yaml': app() });
    const daemon = await start();
    await tagReaches(await head());
    await (await daemon.post('/v9/update-manifests', lock())).text();
    await daemon.stop();
    await git(work, 'pull', '--quiet');
    expect(await git(work, 'log', '-1', '--format=%s')).toContain('Locked');
    expect(daemon.errors()).toEqual([]);
  });
});

/** How long a condition may take to come true. */
const soon = { timeout: 15_000, interval: 50 };

async function start(...extra: string[]) {
  const config = readConfig(
    [
      `--git-url=${repositoryUrl}`,
      '--git-poll-interval=200ms',
      '--sync-interval=300ms',
      '--registry-disable-scanning',
      ...extra,
    ],
    {},
  );
  const { flags } = config;
  const log = memoryLogger();
  const metrics = createMetrics();
  let applied = 0;
  const counting: KubeClient = {
    ...kube,
    apply: (...given) => {
      applied += 1;
      return kube.apply(...given);
    },
  };
  const registry = flags['registry-disable-scanning']
    ? undefined
    : createRegistryClient({ clock: systemClock, insecureHosts: flags['registry-insecure-host'] });
  const repository = createRepository({
    url: repositoryUrl,
    branch: 'master',
    readOnly: false,
    pollIntervalMs: flags['git-poll-interval'],
    timeoutMs: flags['git-timeout'],
    parentFolder: home,
    env: gitEnv(),
    clock: systemClock,
    log,
    randomHex: () => randomBytes(5).toString('hex'),
    user: { name: flags['git-user'], email: flags['git-email'], signingKey: '' },
  });
  const daemon = createDaemon({
    config,
    version: 'test',
    repository,
    kube: counting,
    registry,
    imageKeeper: diskKeeper(path.join(home, randomUUID())),
    keyRing: noKeyRing,
    tell: createTeller({
      upstream: undefined,
      chats: [
        kubernetesEvents({
          kube,
          recorder: createEventRecorder({
            client: kube,
            clock: systemClock,
            component: 'fluxd',
            onError: (error) => {
              log.log({ err: error.message });
            },
          }),
          daemon: { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name: 'fluxd-0' } },
        }),
      ],
      log,
    }),
    clock: systemClock,
    log,
    metrics,
    contextNamespace: undefined,
    ownNamespace: 'default',
    newId: randomUUID,
    scratchFolder: home,
    cloud: { ecr: () => Promise.resolve(undefined), platform: () => Promise.resolve(undefined) },
    env: process.env,
    dockerConfig: () => Promise.resolve(undefined),
  });
  const server = createApiServer(daemon.api, metrics, true);
  const url = `${await server.listen({ host: '127.0.0.1', port: 0 })}/api/flux`;
  const abort = new AbortController();
  const ended = daemon.run(abort.signal);
  let stopped: Promise<void> | undefined;
  const records = (key: string) =>
    log.records.flatMap((record) => (key in record ? [record[key]] : []));
  const syncs = () =>
    records('info').filter((text) => text === 'trying to sync git changes to the cluster').length;
  const stop = () =>
    (stopped ??= (async () => {
      abort.abort();
      await ended;
      await server.close();
      await registry?.close();
    })());
  running.push({ stop });
  return {
    records,
    errors: () => records('err').filter((text) => !String(text).startsWith('git repo not ready')),
    applies: () => applied,
    get: (route: string) => fetch(`${url}${route}`),
    metrics: async () => (await fetch(new URL('/metrics', url))).text(),
    post: (route: string, body: string, headers: Record<string, string> = jsonType) =>
      fetch(`${url}${route}`, { method: 'POST', body: Buffer.from(body), headers }),
    /** Returns when a sync that began after the call has ended. */
    anotherSync: async () => {
      const target = syncs() + 2;
      await vi.waitFor(() => expect(syncs()).toBeGreaterThanOrEqual(target), soon);
    },
    stop,
  };
}

const jsonType = { 'content-type': 'application/json' };

const gitNotice = () =>
  JSON.stringify({ Kind: 'git', Source: { URL: repositoryUrl, Branch: 'master' } });

const manifest = (apiVersion: string, kind: string, name: string) =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n`;

const configMap = (name: string) =>
  `${manifest('v1', 'ConfigMap', name)}  namespace: ${namespace}\ndata:\n  key: ${name}\n`;

const definition = (group: string) =>
  `${manifest('apiextensions.k8s.io/v1', 'CustomResourceDefinition', `things.${group}`)}spec:\n  group: ${group}\n` +
  `  scope: Namespaced\n  names: {kind: Thing, plural: things, singular: thing, listKind: ThingList}\n` +
  `  versions:\n  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}\n`;

const live = (name: string) =>
  kube.get<KubeObjectWithData>({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });

type KubeEvent = KubeObject & {
  reason: string;
  source: { component?: string };
  involvedObject: { kind: string; name: string };
};

type KubeObjectWithData = Awaited<ReturnType<KubeClient['apply']>> & { data?: unknown };

const gitEnv = () => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  GIT_CONFIG_NOSYSTEM: '1',
});

async function git(cwd: string, ...args: string[]): Promise<string> {
  const who = ['-c', 'user.name=You', '-c', 'user.email=you@example.com', '-c', 'pull.rebase=true'];
  const { exitCode, stdout, stderr } = await runProgram('git', [...who, ...args], {
    cwd,
    env: gitEnv(),
    timeoutMs: 20_000,
  });
  if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.toString()}`);
  return stdout.toString();
}

/** Commits and pushes; `undefined` removes a file. */
async function push(files: Record<string, string | undefined>): Promise<void> {
  await git(work, 'pull', '--quiet');
  for (const [name, text] of Object.entries(files)) {
    if (text === undefined) await rm(path.join(work, name));
    else await writeFile(path.join(work, name), text);
  }
  await git(work, 'add', '--all');
  await git(work, 'commit', '--quiet', '--message', 'Change');
  await git(work, 'push', '--quiet', 'origin', 'HEAD:master');
}

const head = async () => (await git(work, 'rev-parse', 'HEAD')).trim();

const tag = async () =>
  (await git(work, 'ls-remote', 'origin', 'refs/tags/flux-sync^{}')).slice(0, 40);

async function tagReaches(revision: string): Promise<void> {
  await vi.waitFor(async () => expect(await tag()).toBe(revision), soon);
}
