/** chart/flux passes flags that fluxd has, with the values that were asked for. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import yaml from 'js-yaml';
import { expect, test } from 'vitest';
import { chartRenderer } from '../lib/helm/action/mod.ts';
import { defaultCapabilities } from '../lib/helm/chart/mod.ts';
import { loadChartPath } from '../lib/helm/fetch/mod.ts';
import { parseYamlMap } from '../lib/helm/yaml/mod.ts';
import { parseFlags, systemClock } from '../lib/runtime/mod.ts';
import { flagTable } from './flags.ts';

const fileOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

interface Deployment {
  kind: string;
  spec: { template: { spec: { containers: [{ args: string[] }] } } };
}

async function flagsOf(values: string) {
  const chart = await loadChartPath(fileOf('chart/flux'));
  const { manifest } = await chartRenderer(systemClock, undefined)(chart, parseYamlMap(values), {
    release: { name: 'flux', namespace: 'fluxcd', revision: 1, isInstall: true, isUpgrade: false },
    capabilities: {
      ...defaultCapabilities,
      kubeVersion: { version: 'v1.34.0', major: '1', minor: '34' },
    },
  });
  const deployment = (yaml.loadAll(manifest) as Deployment[]).find(
    ({ kind }) => kind === 'Deployment',
  );
  const args = deployment?.spec.template.spec.containers[0].args ?? [];
  return parseFlags(flagTable, args);
}

test('the defaults', async () => {
  const { values, warnings } = await flagsOf('git: {url: git@example.com:a/b}');
  expect(warnings).toEqual([]);
  expect(values).toMatchObject({
    'git-url': 'git@example.com:a/b',
    'git-user': 'Weave Flux',
    'k8s-secret-name': 'flux-git-deploy',
    'registry-rps': 200,
    'sync-interval': 300_000,
  });
});

test('next to everything', async () => {
  const all = await readFile(fileOf('hack/testdata/charts/flux.yaml'), 'utf8');
  const { values, warnings } = await flagsOf(all);
  expect(warnings).toEqual([]);
  expect(values).toMatchObject({
    'git-path': ['a', 'b'],
    'git-label': 'lab',
    'git-verify-signatures-mode': 'all',
    'git-gpg-key-import': ['/root/gpg-import/private', '/root/gpg-import/public'],
    'k8s-allow-namespace': ['dev', 'stg', 'fluxcd'],
    'registry-insecure-host': ['a', 'b'],
    'memcached-hostname': 'cache.example.com',
    'sync-garbage-collection': true,
    connect: 'ws://x',
  });
});
