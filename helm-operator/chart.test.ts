/** chart/helm-operator passes flags that the operator has. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import yaml from 'js-yaml';
import { expect, test } from 'vitest';
import { chartRenderer } from '../lib/helm/action/mod.ts';
import { defaultCapabilities } from '../lib/helm/chart/mod.ts';
import { loadChartPath } from '../lib/helm/fetch/mod.ts';
import { parseYamlMap } from '../lib/helm/yaml/mod.ts';
import { parseFlags, systemClock } from '../lib/runtime/mod.ts';
import { flags } from './config.ts';

const fileOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

interface Deployment {
  kind: string;
  spec: { template: { spec: { containers: [{ args: string[] }] } } };
}

async function flagsOf(values: string) {
  const chart = await loadChartPath(fileOf('chart/helm-operator'));
  const { manifest } = await chartRenderer(systemClock, undefined)(chart, parseYamlMap(values), {
    release: {
      name: 'helm-operator',
      namespace: 'fluxcd',
      revision: 1,
      isInstall: true,
      isUpgrade: false,
    },
    capabilities: {
      ...defaultCapabilities,
      kubeVersion: { version: 'v1.34.0', major: '1', minor: '34' },
    },
  });
  const deployment = (yaml.loadAll(manifest) as Deployment[]).find(
    ({ kind }) => kind === 'Deployment',
  );
  const args = deployment?.spec.template.spec.containers[0].args ?? [];
  return parseFlags(flags, args).values;
}

test('the defaults of the original chart', async () => {
  expect(await flagsOf('{}')).toMatchObject({
    'enabled-helm-versions': ['v3'],
    'charts-sync-interval': 180_000,
    'status-update-interval': 30_000,
    'git-poll-interval': 300_000,
    'update-chart-deps': true,
    workers: 4,
    'leader-elect': false,
  });
});

test('next to everything', async () => {
  const all = await readFile(fileOf('hack/testdata/charts/helm-operator.yaml'), 'utf8');
  expect(await flagsOf(all)).toMatchObject({
    'enabled-helm-versions': ['v2', 'v3'],
    'allow-namespace': 'x',
    kubeconfig: '/root/.kube/config',
    'git-default-ref': 'main',
    'helm-repository-import': ['v3:/root/.helm/repository/repositories.yaml'],
  });
});

test.each([
  { values: 'replicaCount: 3', want: { 'leader-elect': true, shards: 1 } },
  { values: '{replicaCount: 3, sharding: true}', want: { 'leader-elect': false, shards: 3 } },
])('$values', async ({ values, want }) => {
  expect(await flagsOf(values)).toMatchObject(want);
});
