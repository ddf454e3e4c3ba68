/** Alerts and dashboards of the charts, in a Prometheus that looks at the programs while some of their work fails. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import yaml from 'js-yaml';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { applyFile, freePort, projectRoot, runToEnd, startCommand } from '../demo/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import { startRegistry } from '../sandbox/mod.ts';
import { commandOf } from '../hack/programs.ts';
import { ourHelm } from './cluster.ts';
import { openWorld } from './fluxd.ts';
import type { World } from './fluxd.ts';
import { kubeconfig } from './kubeconfig.ts';
import { keepOutput } from './secrets.ts';
import { startPrometheus } from './services/prometheus.ts';
import type { Prometheus } from './services/prometheus.ts';

const waiting = { timeout: 120_000, interval: 500 };
const charts = ['flux', 'helm-operator', 'toolkit'];

let world: World;
/** Ended after all tests, the last one opened first. */
const open: { close(): Promise<void> }[] = [];
let prometheus: Prometheus;

beforeAll(async () => {
  world = await openWorld('e2e-monitoring');
  const registry = await startRegistry({ clock: systemClock, port: 0 });
  open.push(registry, world);
  const { repository, folder, namespace } = world;
  for (const file of ['helmreleases.yaml', 'toolkit.yaml'])
    await applyFile(world.kube, path.join(projectRoot, 'crds', file));
  registry.seedImage('team/app', '1.0.0');
  registry.seedImage('team/app', '1.0.1');
  const image = `${registry.host}/team/app:1.0.0`;
  const automated = { 'fluxcd.io/automated': 'true', 'fluxcd.io/tag.app': 'semver:~1' };
  await repository.commit('app.yaml', world.workload(image, automated));
  const noData = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'No_name', namespace } };
  await repository.commit('refused.yaml', JSON.stringify(noData));
  await commitChart();
  for (const [name, given] of [
    ['good', 'ok'],
    ['failing', 'Not_ok'],
  ] as const)
    await repository.commit(`${name}.yaml`, JSON.stringify(helmRelease(name, given)));
  await repository.commit('source.yaml', JSON.stringify(unreachable()));
  const url = `file://${repository.bare}`;
  const fluxd = await world.startFluxd({
    url,
    args: [`--registry-insecure-host=${registry.host}`],
  });
  const operator = await world.startOperator({});
  const port = await freePort();
  open.push(startToolkit(port));
  prometheus = await startPrometheus(
    folder,
    [
      { job: 'flux', namespace: 'fluxcd', port: fluxd.port },
      { job: 'helm-operator', namespace: 'fluxcd', port: operator.port },
      { job: 'toolkit', namespace: 'flux-system', port },
    ],
    await rulesOfCharts(),
  );
  open.push(prometheus);
}, 120_000);
afterAll(async () => {
  for (const each of open.reverse()) await each.close();
});

/** Whose only object is a ConfigMap with the name that it is given. */
async function commitChart(): Promise<void> {
  const folder = path.join(world.folder, 'clone/chart/templates');
  await mkdir(folder, { recursive: true });
  await writeFile(
    path.join(folder, 'map.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Values.name }}}\n',
  );
  // Folders with both are charts, and no manifests.
  await world.repository.commit('chart/values.yaml', 'name: nobody');
  await world.repository.commit('chart/Chart.yaml', 'apiVersion: v2\nname: map\nversion: 1.0.0\n');
}

const helmRelease = (name: string, given: string) => ({
  apiVersion: 'helm.fluxcd.io/v1',
  kind: 'HelmRelease',
  metadata: { name, namespace: world.namespace },
  spec: {
    chart: { git: `file://${world.repository.bare}`, ref: 'master', path: 'chart' },
    values: { name: given },
  },
});

const unreachable = () => ({
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { name: 'unreachable', namespace: world.namespace },
  spec: { interval: '1m', url: 'http://127.0.0.1:9/none.git' },
});

function startToolkit(port: number) {
  const toolkit = startCommand({
    name: 'toolkit',
    command: commandOf('toolkit'),
    args: [
      `--kubeconfig=${kubeconfig()}`,
      `--storage-path=${path.join(world.folder, 'data')}`,
      ...['storage-addr', 'events-listen-addr', 'receiverAddr'].map((at) => `--${at}=127.0.0.1:0`),
      `--metrics-addr=127.0.0.1:${port}`,
    ],
    env: { HOME: world.folder },
    logFile: path.join(world.folder, 'toolkit.log'),
  });
  const close = async () => {
    await toolkit.stop();
    await keepOutput(toolkit.name, toolkit.log());
  };
  return { close };
}

interface Rules {
  kind: string;
  spec: { groups: unknown[] };
}

async function rulesOfCharts(): Promise<unknown[]> {
  const groups = charts.map(async (chart) => {
    const [program, ...before] = ourHelm;
    const args = [
      'template',
      chart,
      path.join(projectRoot, 'chart', chart),
      '--kube-version=1.34.4',
    ];
    const wanted = ['--set=prometheus.rules.create=true', '--set=git.url=git@example.com:a/b'];
    const env = { PATH: process.env.PATH ?? '', HOME: world.folder };
    const given = chart === 'flux' ? wanted : wanted.slice(0, 1);
    const text = await runToEnd(program, [...before, ...args, ...given], env, projectRoot);
    const objects = yaml.loadAll(text) as (Rules | null)[];
    return objects.flatMap((each) => (each?.kind === 'PrometheusRule' ? each.spec.groups : []));
  });
  return (await Promise.all(groups)).flat();
}

test('every alert can be evaluated and is documented; those about failures see them', async () => {
  const operations = await readFile(path.join(projectRoot, 'docs/operations.md'), 'utf8');
  await vi.waitFor(async () => {
    const rules = await prometheus.rules();
    expect(rules.map((rule) => rule.lastError).filter(Boolean)).toEqual([]);
    for (const { name } of rules) expect(operations).toContain(`| ${name} |`);
    const pending = rules.flatMap(({ name, state }) => (state === 'pending' ? [name] : []));
    expect(pending, world.logs()).toEqual(
      expect.arrayContaining(['FluxManifestsFail', 'HelmReleaseFailed', 'ToolkitFailing']),
    );
  }, waiting);
});

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
  templating: { list: { query: string }[] };
}

test.each(charts)('every panel of the dashboard of %s shows something', async (chart) => {
  const folder = path.join(projectRoot, 'chart', chart, 'dashboards');
  for (const file of await readdir(folder)) {
    const text = await readFile(path.join(folder, file), 'utf8');
    const { panels, templating } = JSON.parse(text) as Dashboard;
    const expressions = panels.flatMap(({ title, targets }) =>
      targets.map(({ expr }) => ({ title, expression: expr.replaceAll('$namespace', '.*') })),
    );
    expect(expressions.length).toBeGreaterThan(5);
    for (const { query } of templating.list) {
      const [, series, label] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? [];
      if (series !== undefined)
        expressions.push({ title: query, expression: `${series}{${label}!=""}` });
    }
    for (const { title, expression } of expressions)
      await vi.waitFor(async () => {
        expect(await prometheus.count(expression), title).toBeGreaterThan(0);
      }, waiting);
  }
});
