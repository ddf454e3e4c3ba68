/**
 * The chart of the toolkit, installed with our helm and the real one; then the toolkit at work with no more rights than the
 * chart gives its service account, for tenants with service accounts of their own.
 */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort, projectRoot, runToEnd, startCommand } from '../demo/mod.ts';
import type { Running } from '../demo/mod.ts';
import { loadConnection } from '../lib/kube/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { isRecord, runProgram } from '../lib/runtime/mod.ts';
import { startGitServer } from '../sandbox/mod.ts';
import { commandOf } from '../hack/programs.ts';
import { findHelms, openCluster, ourHelm, removeNamespaces } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { openWorld } from './fluxd.ts';
import type { World } from './fluxd.ts';
import { kubeconfig } from './kubeconfig.ts';
import { keepOutput } from './secrets.ts';

const waiting = { timeout: 120_000, interval: 200 };
const system = 'flux-system';
const chart = path.join(projectRoot, 'chart/toolkit');
const asTest = { fieldManager: 'e2e', force: true };

let cluster: Cluster;
let world: World;
beforeAll(async () => {
  cluster = await openCluster();
});
afterAll(() => cluster.close());

const tryRun = ([program = '', ...before]: readonly string[], ...args: string[]) =>
  runProgram(program, [...before, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', KUBECONFIG: kubeconfig() },
    timeoutMs: 120_000,
  });
const run = async (command: readonly string[], ...args: string[]) => {
  const { exitCode, stdout, stderr } = await tryRun(command, ...args);
  expect(exitCode, `${args.join(' ')}: ${stderr.toString()}`).toBe(0);
  return stdout.toString();
};
const helms = await findHelms();

const minimal = ['--set=rbac.clusterAdmin=false', '--set=multitenancy.enabled=true'];

describe.skipIf(helms.length < 2)('rendered by both', () => {
  test.each([
    { why: 'as it is', values: [] },
    {
      why: 'with everything',
      values: [`--values=${path.join(projectRoot, 'hack/testdata/charts/toolkit.yaml')}`],
    },
    { why: 'for tenants', values: minimal },
    { why: 'in other pods', values: ['--set=runsIn.app=helm-operator'] },
  ])('$why', async ({ values }) => {
    const args = ['template', 'toolkit', chart, '--include-crds', `--namespace=${system}`];
    const texts = helms.map(({ command }) =>
      run(command, ...args, '--kube-version=1.34.4', ...values),
    );
    const [a = '', b = ''] = await Promise.all(texts);
    expect(a.length).toBeGreaterThan(1000);
    expect(a).toBe(b);
  });
});

describe.each(helms)('with $name', ({ command }) => {
  test('installed, upgraded with everything set, uninstalled', async () => {
    const where = ['--namespace', system];
    await run(command, 'install', 'toolkit', chart, ...where, '--create-namespace', '--wait');
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: system };
    expect(await cluster.kube.get({ ...deployment, name: 'toolkit' })).toMatchObject({
      status: { availableReplicas: 1 },
    });
    const values = path.join(projectRoot, 'hack/testdata/charts/toolkit.yaml');
    // Of the Prometheus operator, which is not here.
    const without = ['serviceMonitor', 'rules'].map(
      (each) => `--set=prometheus.${each}.create=false`,
    );
    const own = ['--set=dashboards.namespace=', '--set=fullnameOverride=toolkit'];
    await run(command, 'upgrade', 'toolkit', chart, ...where, '-f', values, ...without, ...own);
    expect(JSON.stringify(await cluster.kube.get({ ...deployment, name: 'toolkit' }))).toContain(
      '--default-service-account=tenant',
    );
    await run(command, 'uninstall', 'toolkit', ...where, '--wait');
    expect(await cluster.kube.get({ ...deployment, name: 'toolkit' })).toBeUndefined();
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: 'kustomizations.kustomize.toolkit.fluxcd.io',
    };
    expect(await cluster.kube.get(definition)).toBeDefined();
  });
});

describe('with the rights of the chart', () => {
  let toolkit: Running;

  const logOf = () => toolkit.log().slice(-6000);
  const refOf = (apiVersion: string, kind: string, name: string) => ({
    apiVersion,
    kind,
    namespace: world.namespace,
    name,
  });
  const apply = (apiVersion: string, kind: string, name: string, more: object) =>
    cluster.kube.apply(
      { apiVersion, kind, metadata: { name, namespace: world.namespace }, ...more },
      asTest,
    );
  const ready = (apiVersion: string, kind: string, name: string, want = 'True') =>
    vi.waitFor(async () => {
      const object = await cluster.kube.get(refOf(apiVersion, kind, name));
      expect(readiness(object), `${kind} ${name}\n${logOf()}`).toContain(`Ready ${want}`);
      return object;
    }, waiting);
  const text = async (name: string) =>
    (await cluster.kube.get(refOf('v1', 'ConfigMap', name)))?.['data'];

  beforeAll(async () => {
    await run(
      ourHelm,
      ...['upgrade', '--install', 'toolkit', chart, `--namespace=${system}`],
      ...['--create-namespace', '--wait', ...minimal],
    );
    world = await openWorld('e2e-toolkit');
    await cluster.kube.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: world.namespace } },
      asTest,
    );
    await allowTenant();
    const connection = await ownKubeconfig();
    const port = await freePort();
    toolkit = startCommand({
      name: 'toolkit',
      command: commandOf('toolkit'),
      args: [
        `--kubeconfig=${connection}`,
        `--storage-path=${path.join(world.folder, 'data')}`,
        '--storage-addr=127.0.0.1:0',
        '--events-listen-addr=127.0.0.1:0',
        '--receiverAddr=127.0.0.1:0',
        `--metrics-addr=127.0.0.1:${port}`,
        '--enable-leader-election',
        '--no-cross-namespace-refs',
        '--default-service-account=default',
        '--requeue-dependency=1s',
      ],
      env: { HOME: world.folder },
      logFile: path.join(world.folder, 'toolkit.log'),
    });
    await vi.waitFor(async () => {
      expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    }, waiting);
  }, 240_000);
  afterAll(async () => {
    await toolkit.stop();
    await keepOutput(toolkit.name, toolkit.log());
    await world.close();
    await run(ourHelm, 'uninstall', 'toolkit', `--namespace=${system}`);
    await removeNamespaces(cluster.kube, [system]);
  });

  /** ConfigMaps and Secrets; no Services. */
  async function allowTenant(): Promise<void> {
    const group = 'rbac.authorization.k8s.io';
    await apply('v1', 'ServiceAccount', 'default', {});
    await apply(`${group}/v1`, 'Role', 'tenant', {
      rules: [
        {
          apiGroups: [''],
          resources: ['configmaps', 'secrets'],
          verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
        },
      ],
    });
    await apply(`${group}/v1`, 'RoleBinding', 'tenant', {
      roleRef: { apiGroup: group, kind: 'Role', name: 'tenant' },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: world.namespace }],
    });
  }

  /** Of the service account that the chart has made. */
  async function ownKubeconfig(): Promise<string> {
    const granted: unknown = JSON.parse(
      await cluster.kube.raw('POST', `/api/v1/namespaces/${system}/serviceaccounts/toolkit/token`, {
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
      }),
    );
    const status = isRecord(granted) && isRecord(granted['status']) ? granted['status'] : {};
    const { server } = await loadConnection({ env: {}, path: kubeconfig() });
    const file = path.join(world.folder, 'toolkit-kubeconfig');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: status['token'] } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: system } }],
      'current-context': 'x',
    };
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    return file;
  }

  test('sources, a release and a Kustomization of a tenant; nothing is refused', async () => {
    const git = await startGitServer({ env: process.env });
    const url = await git.createRepository('config');
    const commit = await openRepository(url);
    await commit({
      'chart/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
      'chart/values.yaml': 'text: hello\n',
      'chart/templates/map.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: by-release}\ndata: {text: "{{ .Values.text }}"}\n',
      'plain/map.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: by-kustomization}\ndata: {text: one}\n',
    });
    try {
      const [source, release] = ['source.toolkit.fluxcd.io/v1', 'helm.toolkit.fluxcd.io/v2'];
      const kustomize = 'kustomize.toolkit.fluxcd.io/v1';
      await apply(source, 'GitRepository', 'config', {
        spec: { url, interval: '1s', ref: { branch: 'master' } },
      });
      await apply('v1', 'Secret', 'values', { stringData: { text: 'from a Secret' } });
      const sourceRef = { kind: 'GitRepository', name: 'config' };
      await apply(release, 'HelmRelease', 'app', {
        spec: {
          interval: '1h',
          chart: { spec: { chart: 'chart', sourceRef, interval: '1s' } },
          valuesFrom: [{ kind: 'Secret', name: 'values', valuesKey: 'text', targetPath: 'text' }],
        },
      });
      await apply(kustomize, 'Kustomization', 'plain', {
        spec: {
          interval: '1h',
          path: 'plain',
          prune: true,
          wait: true,
          targetNamespace: world.namespace,
          sourceRef,
        },
      });
      await ready(source, 'GitRepository', 'config');
      await ready(release, 'HelmRelease', 'app');
      await ready(kustomize, 'Kustomization', 'plain');
      expect(await text('by-release')).toEqual({ text: 'from a Secret' });
      expect(await text('by-kustomization')).toEqual({ text: 'one' });

      await apply('v1', 'Secret', 'values', { stringData: { text: 'changed' } });
      await vi.waitFor(async () => {
        expect(await text('by-release')).toEqual({ text: 'changed' });
      }, waiting);
      expect(refusals()).toEqual([]);

      await commit({
        'plain/service.yaml':
          'apiVersion: v1\nkind: Service\nmetadata: {name: not-allowed}\nspec: {ports: [{port: 80}]}\n',
      });
      const refused = await ready(kustomize, 'Kustomization', 'plain', 'False');
      expect(JSON.stringify(refused)).toContain(`system:serviceaccount:${world.namespace}:default`);
      const before = refusals().length;
      await cluster.kube.delete(refOf(kustomize, 'Kustomization', 'plain'));
      await cluster.kube.delete(refOf(release, 'HelmRelease', 'app'));
      await vi.waitFor(async () => {
        expect([await text('by-release'), await text('by-kustomization')]).toEqual([
          undefined,
          undefined,
        ]);
      }, waiting);
      expect(refusals().slice(before)).toEqual([]);
    } finally {
      await git.close();
    }
  });

  test('Receiver, Alert, Provider, image kinds: each gets as far as its own job', async () => {
    await apply('v1', 'Secret', 'token', {
      stringData: { token: 'a', address: 'http://127.0.0.1:1' },
    });
    const notification = 'notification.toolkit.fluxcd.io';
    await apply(`${notification}/v1`, 'Receiver', 'hook', {
      spec: {
        type: 'generic',
        secretRef: { name: 'token' },
        resources: [{ kind: 'GitRepository', name: 'config' }],
      },
    });
    await apply(`${notification}/v1beta3`, 'Provider', 'provider', {
      spec: { type: 'generic', secretRef: { name: 'token' } },
    });
    await apply(`${notification}/v1beta3`, 'Alert', 'alert', {
      spec: {
        providerRef: { name: 'provider' },
        eventSources: [{ kind: 'GitRepository', name: '*' }],
      },
    });
    const image = 'image.toolkit.fluxcd.io/v1';
    await apply(image, 'ImageRepository', 'image', {
      spec: { image: '127.0.0.1:1/none', interval: '1h', serviceAccountName: 'default' },
    });
    await apply(image, 'ImagePolicy', 'policy', {
      spec: { imageRepositoryRef: { name: 'image' }, policy: { semver: { range: '*' } } },
    });
    const receiver = await ready(`${notification}/v1`, 'Receiver', 'hook');
    expect(JSON.stringify(receiver)).toContain('/hook/');
    await ready(image, 'ImageRepository', 'image', 'False');
    await ready(image, 'ImagePolicy', 'policy', 'False');
    expect(refusals().filter((line) => !line.includes('not-allowed'))).toEqual([]);
  });

  const refusals = () =>
    toolkit
      .log()
      .split('\n')
      .filter((line) => line.includes('forbidden'));
});

/** @returns what commits files and pushes them */
async function openRepository(url: string) {
  const folder = await mkdtemp(path.join(world.folder, 'clone'));
  const env = {
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    ...{ GIT_AUTHOR_NAME: 'You', GIT_AUTHOR_EMAIL: 'you@example.com' },
    ...{ GIT_COMMITTER_NAME: 'You', GIT_COMMITTER_EMAIL: 'you@example.com' },
  };
  const git = (...args: string[]) => runToEnd('git', args, env, folder);
  await git('clone', '--quiet', url, '.');
  return async (files: Readonly<Record<string, string>>) => {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), content);
    }
    await git('add', '--all');
    await git('commit', '--quiet', '--message=Change');
    await git('push', '--quiet', 'origin', 'HEAD:master');
  };
}

/** What the conditions say; that something is ready only of the object as it is now. */
function readiness(object: KubeObject | undefined): string {
  const status = isRecord(object?.['status']) ? object['status'] : {};
  const conditions = Array.isArray(status['conditions']) ? status['conditions'] : [];
  const observed = [undefined, object?.metadata.generation].includes(
    typeof status['observedGeneration'] === 'number' ? status['observedGeneration'] : undefined,
  );
  return conditions
    .filter(isRecord)
    .filter((each) => observed || each['status'] !== 'True')
    .map((each) => [each['type'], each['status'], each['message']].join(' '))
    .join('\n');
}
