/** The charts, rendered with next to all of their values set as in the originals' documentation. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import yaml from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { chartRenderer } from '../lib/helm/action/mod.ts';
import { defaultCapabilities } from '../lib/helm/chart/mod.ts';
import { loadChartPath } from '../lib/helm/fetch/mod.ts';
import { parseYamlMap } from '../lib/helm/yaml/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';

const root = new URL('..', import.meta.url);
const fileOf = (name: string) => fileURLToPath(new URL(name, root));

async function render(name: string, values: string) {
  const chart = await loadChartPath(fileOf(`chart/${name}`));
  const rendered = await chartRenderer(systemClock, undefined)(chart, parseYamlMap(values), {
    release: { name, namespace: 'fluxcd', revision: 1, isInstall: true, isUpgrade: false },
    capabilities: {
      ...defaultCapabilities,
      kubeVersion: { version: 'v1.34.0', major: '1', minor: '34' },
    },
  });
  return {
    notes: rendered.notes,
    manifest: rendered.manifest,
    objects: (yaml.loadAll(rendered.manifest) as KubeObject[]).map(
      ({ kind, metadata }) => `${kind} ${metadata.name}`,
    ),
  };
}

const everything = (name: string) => readFile(fileOf(`hack/testdata/charts/${name}.yaml`), 'utf8');

describe('objects', () => {
  test('of flux by default: the names that guides and scripts rely on', async () => {
    expect((await render('flux', 'git: {url: git@example.com:a/b}')).objects).toEqual([
      'ServiceAccount flux',
      'Secret flux-git-deploy',
      'ConfigMap flux-kube-config',
      'ClusterRole flux',
      'ClusterRoleBinding flux',
      'Service flux',
      'Deployment flux',
    ]);
  });

  test('of flux with everything, confined to namespaces', async () => {
    expect((await render('flux', await everything('flux'))).objects).toEqual([
      'ServiceAccount flux',
      'Secret flux-git-deploy',
      'Secret flux-git-config',
      'ConfigMap flux-kube-config',
      'ConfigMap flux-ssh-config',
      'ClusterRole flux-crd',
      'ClusterRoleBinding flux',
      'Role flux',
      'Role flux',
      'Role flux',
      'RoleBinding flux',
      'RoleBinding flux',
      'RoleBinding flux',
      'Service flux',
      'Deployment flux',
      'PrometheusRule flux',
      'ServiceMonitor flux',
    ]);
  });

  test('of helm-operator, with a Secret of its own for repositories', async () => {
    expect((await render('helm-operator', await everything('helm-operator'))).objects).toEqual([
      'ServiceAccount helm-operator',
      'Secret flux-helm-repositories',
      'Secret helm-operator-git-deploy',
      'Secret helm-operator-git-config',
      'ConfigMap dashboard-helm-operator',
      'ConfigMap helm-operator-kube-config',
      'ConfigMap helm-operator-ssh-config',
      'Role helm-operator',
      'RoleBinding helm-operator',
      'Service helm-operator',
      'Deployment helm-operator',
      'PrometheusRule helm-operator',
      'ServiceMonitor helm-operator',
    ]);
  });
});

describe('toolkit', () => {
  const services = ['source-controller', 'notification-controller', 'webhook-receiver', 'toolkit'];
  const account = ['ServiceAccount toolkit', 'ClusterRole toolkit', 'ClusterRoleBinding toolkit'];

  test('has the Services that objects of Flux point to', async () => {
    expect((await render('toolkit', '{}')).objects).toEqual([
      'NetworkPolicy toolkit',
      ...account,
      'Role toolkit-leader-election',
      'RoleBinding toolkit-leader-election',
      ...services.map((name) => `Service ${name}`),
      'Deployment toolkit',
    ]);
  });

  test('with everything, confined to a namespace', async () => {
    expect((await render('toolkit', await everything('toolkit'))).objects).toEqual([
      'NetworkPolicy flux-toolkit',
      'ServiceAccount toolkit',
      'ConfigMap x-toolkit',
      'PersistentVolumeClaim flux-toolkit',
      'Role flux-toolkit',
      'Role flux-toolkit-leader-election',
      'RoleBinding flux-toolkit',
      'RoleBinding flux-toolkit-leader-election',
      ...services.slice(0, 3).map((name) => `Service ${name}`),
      'Service flux-toolkit',
      'Deployment flux-toolkit',
      'PrometheusRule flux-toolkit',
      'ServiceMonitor flux-toolkit',
    ]);
  });

  test('in the pods of another program: Services only', async () => {
    const { objects, manifest, notes } = await render('toolkit', 'runsIn: {app: helm-operator}');
    expect(objects).toEqual(services.map((name) => `Service ${name}`));
    expect(manifest.match(/selector:\n {4}app: helm-operator\n/g)).toHaveLength(4);
    expect(notes).toContain('{"app":"helm-operator"}');
  });

  test('its arguments are flags of it, and its ports those that they listen on', async () => {
    const { manifest } = await render('toolkit', 'multitenancy: {enabled: true}');
    const source = await readFile(fileOf('toolkit/config.ts'), 'utf8');
    const args = [...manifest.matchAll(/^ +- --([-a-zA-Z]+)/gm)].map(([, flag]) => flag);
    expect(args).toContain('no-cross-namespace-refs');
    for (const flag of args) expect(source).toContain(`name: '${flag}'`);
    const ports = [...manifest.matchAll(/containerPort: (\d+)/g)].map(([, port]) => port);
    expect(ports).toHaveLength(4);
    for (const port of ports) expect(source).toContain(`default: ':${port}'`);
  });

  test('its smallest role is the one that is documented', async () => {
    const documented = await readFile(fileOf('docs/rbac/toolkit.yaml'), 'utf8');
    const rules = yaml.load(await readFile(fileOf('chart/toolkit/rules.yaml'), 'utf8'));
    expect(yaml.loadAll(documented)[0]).toMatchObject({ kind: 'ClusterRole', rules });
    const { manifest } = await render('toolkit', 'rbac: {clusterAdmin: false}');
    const roles = (yaml.loadAll(manifest) as KubeObject[]).filter(
      ({ kind }) => kind === 'ClusterRole',
    );
    expect(roles).toMatchObject([{ rules }]);
  });
});

test.each([
  { values: '{}', prefix: 'Cluster' },
  { values: 'allNamespaces: false', prefix: '' },
])('objects of the unsealer with $values: names that kubeseal asks for', async (row) => {
  expect((await render('unsealer', row.values)).objects).toEqual([
    'ServiceAccount sealed-secrets-controller',
    ...(row.prefix === '' ? [] : ['ClusterRole sealed-secrets-controller']),
    ...(row.prefix === '' ? [] : ['ClusterRoleBinding sealed-secrets-controller']),
    ...(row.prefix === '' ? ['Role sealed-secrets-controller'] : []),
    'Role sealed-secrets-controller-proxier',
    ...(row.prefix === '' ? ['RoleBinding sealed-secrets-controller'] : []),
    'RoleBinding sealed-secrets-controller-proxier',
    'Service sealed-secrets-controller',
    'Deployment sealed-secrets-controller',
  ]);
});

test('the arguments of the unsealer are flags of it', async () => {
  const { manifest } = await render('unsealer', 'args: [--my-cn=x]');
  const args = [...manifest.matchAll(/^ +- (--[-a-z]+)(?==)/gm)].map(([, flag]) => flag);
  expect(args).toEqual(['--listen-addr', '--key-renew-period', '--all-namespaces', '--my-cn']);
  const source = await readFile(fileOf('unsealer/config.ts'), 'utf8');
  for (const flag of args) expect(source).toContain(`name: '${flag?.slice(2)}'`);
});

test.each([
  { chart: 'flux', named: ['memcached.enabled', 'registry.cacheExpiry', 'rbac.pspEnabled'] },
  {
    chart: 'helm-operator',
    named: [
      'helm.versions',
      'tillerHost',
      'tls',
      'tillerSidecar',
      'initPlugins',
      'image.repository',
    ],
  },
])('NOTES of $chart name the values without effect', async ({ chart, named }) => {
  const { notes = '' } = await render(chart, await everything(chart));
  const [, list = ''] = notes.split('Values without effect:');
  expect([...list.matchAll(/^ {2}- ([\w.]+)/gm)].map(([, value]) => value)).toEqual(
    expect.arrayContaining(named),
  );
  expect((await render(chart, '{}')).notes).not.toContain('without effect');
});

test.each([
  { chart: 'flux', values: 'git: {pollInterval: often}', field: '/git/pollInterval' },
  { chart: 'flux', values: 'sync: {state: cloud}', field: '/sync/state' },
  {
    chart: 'helm-operator',
    values: 'configureRepositories: {repositories: [{name: x}]}',
    field: '/configureRepositories/repositories/0',
  },
  { chart: 'toolkit', values: 'concurrent: 0', field: '/concurrent' },
])('$values of $chart is refused, by its name', async ({ chart, values, field }) => {
  await expect(render(chart, values)).rejects.toThrow(field);
});

test.each([
  ['helm-operator', 'helmreleases.yaml'],
  ['unsealer', 'sealedsecrets.yaml'],
  ['toolkit', 'toolkit.yaml'],
])('%s comes with the definition of its objects', async (chart, file) => {
  const own = await readFile(fileOf(`chart/${chart}/crds/${file}`), 'utf8');
  expect(own).toBe(await readFile(fileOf(`crds/${file}`), 'utf8'));
});
