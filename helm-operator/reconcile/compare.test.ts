import { describe, expect, test } from 'vitest';
import { loadChart } from '../../lib/helm/chart/mod.ts';
import type { Chart } from '../../lib/helm/chart/mod.ts';
import type { Release } from '../../lib/helm/storage/mod.ts';
import { toGo } from '../values/compose.ts';
import { differences } from './compare.ts';

function chart(files: Record<string, string> = {}, version = '1.0.0'): Chart {
  const all = {
    'Chart.yaml': `apiVersion: v2\nname: app\nversion: ${version}\n`,
    'values.yaml': 'replicas: 1\n',
    'templates/a.yaml': 'kind: ConfigMap\n',
    ...files,
  };
  return loadChart(
    Object.entries(all).map(([name, text]) => ({ name, data: Buffer.from(text) })),
    { unpack: () => [] },
  );
}

const goMap = (value: Record<string, unknown>) => {
  const made = toGo(value);
  if (!(made instanceof Map)) throw new Error('not a map');
  return made;
};

function stored(values: Record<string, unknown>): Release {
  const { metadata, lock, templates, values: defaults, schema, files } = chart();
  return {
    name: 'app',
    namespace: 'dev',
    version: 1,
    info: {
      firstDeployed: '',
      lastDeployed: '',
      deleted: '',
      description: '',
      status: 'deployed',
      notes: '',
    },
    chart: { metadata, lock, templates, values: defaults, schema, files },
    config: goMap(values),
    manifest: '',
    hooks: [],
    labels: {},
  };
}

describe('differences', () => {
  test.each([
    { why: 'nothing', files: {}, values: { a: 1 }, want: [] },
    {
      why: 'another order of keys',
      files: {},
      old: { a: 1, b: 2 },
      values: { b: 2, a: 1 },
      want: [],
    },
    { why: 'a value', files: {}, values: { a: 2 }, want: ['values differ'] },
    { why: 'a value that is gone', files: {}, values: {}, want: ['values differ'] },
    {
      why: 'defaults of the chart',
      files: { 'values.yaml': 'replicas: 2\n' },
      values: { a: 1 },
      want: ['default values of the chart differ'],
    },
    {
      why: 'a template',
      files: { 'templates/a.yaml': 'kind: Secret\n' },
      values: { a: 1 },
      want: ['template templates/a.yaml differs'],
    },
    {
      why: 'a new template',
      files: { 'templates/b.yaml': '' },
      values: { a: 1 },
      want: ['template templates/b.yaml differs'],
    },
  ])('$why', ({ files, values, want, old }) => {
    expect(
      differences(stored(old ?? { a: 1 }), chart(files), goMap(values), { reuse: false }),
    ).toEqual(want);
  });

  test('the version of the chart', () => {
    expect(differences(stored({}), chart({}, '1.0.1'), goMap({}), { reuse: false })).toEqual([
      'chart app-1.0.0 is now app-1.0.1',
    ]);
  });

  test.each([
    {
      why: 'values given by hand stay, so a release taken over is not upgraded for ever',
      values: {},
      want: [],
    },
    { why: 'a value that is set anew counts', values: { a: 2 }, want: ['values differ'] },
    { why: 'the same value again does not', values: { a: 1 }, want: [] },
  ])('with reused values: $why', ({ values, want }) => {
    expect(
      differences(stored({ a: 1, b: { c: 2 } }), chart(), goMap(values), { reuse: true }),
    ).toEqual(want);
  });
});

test.each([
  { why: 'the commit that source-controller adds', version: '1.0.0+0123456789ab', same: true },
  { why: 'build metadata of the chart’s own', version: '1.0.0+build', same: false },
  { why: 'another version', version: '1.0.1+0123456789ab', same: false },
])('a stored version with $why', ({ version, same }) => {
  const release = stored({});
  const chartThen = { ...release.chart, metadata: { ...release.chart.metadata, version } };
  const found = differences({ ...release, chart: chartThen }, chart(), goMap({}), { reuse: false });
  expect(found.length === 0).toBe(same);
});
