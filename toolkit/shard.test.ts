/** An instance that serves the objects of one shard. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  chartOf,
  namespace,
  refOf,
  smallChart,
  smallRelease,
  startChartServer,
  startStage,
} from './_harness.ts';
import type { ChartServer, Stage } from './_harness.ts';
import { Fields } from './runtime/mod.ts';

let stage: Stage;
let charts: ChartServer;
const labels = { 'sharding.fluxcd.io/key': 'a' };

beforeAll(async () => {
  stage = await startStage(['--watch-label-selector=sharding.fluxcd.io/key=a']);
  charts = await startChartServer();
  await charts.publish(smallChart('1.0.0'));
  for (const [name, labelled] of [
    ['elsewhere', {}],
    ['charts', labels],
  ] as const) {
    await stage.apply({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: { namespace, name, labels: labelled },
      spec: { interval: '1m', url: charts.url },
    });
  }
}, 60_000);
afterAll(async () => {
  await stage.close();
  await charts.close();
});

/** A release of the shard, and its chart with it. */
const ours = (name: string, spec: Readonly<Record<string, unknown>> = {}) => {
  const chart = { ...chartOf('1.0.0'), metadata: { labels } };
  const release = smallRelease(name, '1.0.0', { chart, ...spec });
  return { ...release, metadata: { ...release.metadata, labels } };
};

const isUntouched = async (kind: string, name: string) => {
  const object = await stage.kube.get(refOf(kind, name));
  if (object === undefined) throw new Error(`${kind} ${name} is not there`);
  const hasConditions = new Fields(object['status']).has('conditions');
  return !hasConditions && object.metadata.finalizers === undefined;
};

test('objects of other shards are left alone, until they are labelled', async () => {
  await stage.apply(smallRelease('late', '1.0.0'));
  await stage.apply(ours('early'));
  await stage.says('HelmRelease', 'early', 'Ready', 'InstallSucceeded');
  expect(await isUntouched('HelmRepository', 'elsewhere')).toBe(true);
  expect(await isUntouched('HelmRelease', 'late')).toBe(true);
  await stage.apply(ours('late'));
  await stage.says('HelmRelease', 'late', 'Ready', 'InstallSucceeded');
});

test('a chart without the label is not made here', async () => {
  await stage.apply(ours('bare', { chart: chartOf('1.0.0') }));
  await stage.says('HelmRelease', 'bare', 'Ready', 'SourceNotReady');
  const chart = await stage.kube.get(refOf('HelmChart', 'apps-bare'));
  expect(chart?.metadata.labels).not.toHaveProperty('sharding.fluxcd.io/key');
  // Nobody would take it away.
  expect(chart?.metadata.finalizers).toBeUndefined();
  expect(new Fields(chart?.['status']).has('conditions')).toBe(false);
});

test('a chart of a repository that another instance serves has no source', async () => {
  await stage.apply({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmChart',
    metadata: { namespace, name: 'far', labels },
    spec: {
      interval: '1m',
      chart: 'small',
      sourceRef: { kind: 'HelmRepository', name: 'elsewhere' },
    },
  });
  expect(await stage.says('HelmChart', 'far', 'Ready', 'SourceUnavailable')).toContain(
    'failed to get source: HelmRepository.source.toolkit.fluxcd.io "elsewhere" not found',
  );
});

test('what another instance serves may be depended on', async () => {
  await stage.apply(smallRelease('base', '1.0.0'));
  await stage.apply(ours('above', { dependsOn: [{ name: 'base' }] }));
  expect(await stage.says('HelmRelease', 'above', 'Ready', 'DependencyNotReady')).toContain(
    "dependency 'apps/base' is not ready",
  );
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'InstallSucceeded',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  await stage.kube.patch(
    refOf('HelmRelease', 'base'),
    'merge',
    { status: { observedGeneration: 1, conditions: [ready] } },
    { subresource: 'status' },
  );
  await stage.says('HelmRelease', 'above', 'Ready', 'InstallSucceeded');
});

test('a chart of another instance is fetched from there', async () => {
  await stage.startAnother(['--watch-label-selector=!sharding.fluxcd.io/key']);
  await stage.until('HelmRepository', 'elsewhere', (status) => status.has('artifact'));
  const chart = chartOf('1.0.0').spec;
  await stage.apply({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmChart',
    metadata: { namespace, name: 'theirs' },
    spec: { ...chart, interval: '1h', sourceRef: { kind: 'HelmRepository', name: 'elsewhere' } },
  });
  const chartRef = { kind: 'HelmChart', name: 'theirs' };
  await stage.apply(ours('fetched', { chart: undefined, chartRef }));
  await stage.says('HelmRelease', 'fetched', 'Ready', 'InstallSucceeded');
  const [own, their] = await Promise.all(
    ['charts', 'elsewhere'].map(async (name) => {
      const found = await stage.kube.get(refOf('HelmRepository', name));
      return new URL(new Fields(found?.['status']).at('artifact').text('url') ?? '').host;
    }),
  );
  expect(their).not.toBe(own);
});
