/** Names, digests, snapshots, values of a release. */
import { describe, expect, test } from 'vitest';
import { loadChart } from '../../lib/helm/chart/mod.ts';
import { parseYamlMap } from '../../lib/helm/yaml/mod.ts';
import type { KubeReader } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { defaultGates, openDraft } from '../runtime/mod.ts';
import { withRevision } from './chart-revision.ts';
import { shortenName } from './names.ts';
import { hasBeenTested, previousOf, truncated } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import { readSpec } from './spec.ts';
import { composeValues } from './values.ts';
import { digestValues } from './values-digest.ts';

const draftOf = (spec: Record<string, unknown>, apiVersion = 'v2') =>
  openDraft(
    {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: {
        namespace: 'apps',
        name: 'podinfo',
        managedFields: [
          { apiVersion: `helm.toolkit.fluxcd.io/${apiVersion}`, fieldsV1: { 'f:spec': {} } },
          { apiVersion: 'helm.toolkit.fluxcd.io/v2', fieldsV1: { 'f:status': {} } },
        ],
      },
      spec,
    },
    {
      kube: { patch: () => Promise.reject(new Error('nothing is written here')) },
      fieldManager: 'test',
      now: () => new Date(0),
      tell: () => undefined,
      onWritten: () => undefined,
    },
  );

describe('digestValues', () => {
  // Expected digests are those of fluxcd/pkg chartutil's own table.
  test.each([
    ['', 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [
      '{replicas: 3, image: {tag: latest, repository: nginx}, ports: [{protocol: TCP, port: 8080}, {port: 9090, protocol: UDP}]}',
      'sha256:fcdc2b0de1581a3633ada4afee3f918f6eaa5b5ab38c3fef03d5b48d3f85d9f6',
    ],
    [
      '{replicas: 3, test: {632bd80235a05f4192aefade: value1, 632bd80ddf416cf32fd50679: value2, 632bd817c559818a52307da2: value3, 632bd82398e71231a98004b6: value4}}',
      'sha256:8a980fcbeadd6f05818f07e8aec14070c22250ca3d96af1fcd5f93b3e85b4d70',
    ],
  ])('%s', (yaml, want) => {
    expect(digestValues(yaml === '' ? new Map() : parseYamlMap(yaml))).toBe(want);
  });
});

describe('readSpec', () => {
  test.each([
    { spec: {}, want: { releaseName: 'podinfo', releaseNamespace: 'apps' } },
    {
      spec: { targetNamespace: 'there' },
      want: { releaseName: 'there-podinfo', releaseNamespace: 'there', storageNamespace: 'apps' },
    },
    { spec: { install: { skipCRDs: true } }, want: { install: { crds: 'Skip' } } },
    {
      spec: {},
      want: { maxHistory: 5, upgrade: { remediation: { remediateLastFailure: false } } },
    },
    {
      spec: { upgrade: { remediation: { retries: 3 } }, timeout: '1m' },
      want: { upgrade: { timeoutMs: 60_000, remediation: { remediateLastFailure: true } } },
    },
    {
      spec: { test: { ignoreFailures: true } },
      want: { install: { remediation: { ignoreTestFailures: true } } },
    },
    {
      spec: { upgrade: { strategy: { name: 'RetryOnFailure' } } },
      want: { upgrade: { retry: { intervalMs: 300_000 } }, install: { retry: undefined } },
    },
  ])('$spec', ({ spec, want }) => {
    expect(readSpec(draftOf(spec), defaultGates)).toMatchObject(want);
  });

  test('with DefaultToRetryOnFailure, a block without a strategy tries again', () => {
    const spec = { upgrade: { strategy: { name: 'RemediateOnFailure' } } };
    const gates = { ...defaultGates, DefaultToRetryOnFailure: true };
    expect(readSpec(draftOf(spec), gates)).toMatchObject({
      install: { retry: { intervalMs: 300_000 } },
      upgrade: { retry: undefined },
    });
  });

  test('name servers are asked with AllowDNSLookups only', () => {
    expect(readSpec(draftOf({}), defaultGates).install.enableDns).toBe(false);
    const gates = { ...defaultGates, AllowDNSLookups: true };
    expect(readSpec(draftOf({}), gates).upgrade.enableDns).toBe(true);
  });

  test('ten revisions are kept of an object that is v2beta1 only', () => {
    expect(readSpec(draftOf({}, 'v2beta1'), defaultGates).maxHistory).toBe(10);
    expect(readSpec(draftOf({ maxHistory: 0 }, 'v2beta1'), defaultGates).maxHistory).toBe(0);
  });

  test('a long name keeps its beginning', () => {
    const name = shortenName('a'.repeat(60));
    expect(name).toMatch(/^a{40}-[0-9a-f]{12}$/);
    expect(shortenName('a'.repeat(53))).toBe('a'.repeat(53));
  });
});

describe('history', () => {
  const snapshot = (version: number, status: string, phase?: string): Snapshot => ({
    digest: '',
    name: 'x',
    namespace: 'apps',
    version,
    status,
    chartName: 'x',
    chartVersion: '1.0.0',
    configDigest: '',
    firstDeployed: '',
    lastDeployed: '',
    ...(phase === undefined ? {} : { testHooks: { t: { phase } } }),
  });
  const history = [
    snapshot(4, 'failed'),
    snapshot(3, 'failed'),
    snapshot(2, 'superseded', 'Failed'),
    snapshot(1, 'superseded', 'Succeeded'),
  ];

  test('the place to go back to is the newest good one', () => {
    expect(previousOf(history, false)?.version).toBe(1);
    expect(previousOf(history, true)?.version).toBe(2);
    expect(previousOf(history.slice(0, 2), true)).toBeUndefined();
    expect(truncated(history, true).map(({ version }) => version)).toEqual([4, 3, 2]);
  });

  test.each([
    { hooks: undefined, want: false },
    { hooks: {}, want: true },
    { hooks: { a: { phase: 'Succeeded' }, b: {} }, want: false },
    { hooks: { a: { phase: 'Failed' }, b: {} }, want: true },
  ])('$hooks have been tested: $want', ({ hooks, want }) => {
    const one = {
      ...snapshot(1, 'deployed'),
      ...(hooks === undefined ? {} : { testHooks: hooks }),
    };
    expect(hasBeenTested(one)).toBe(want);
  });
});

describe('composeValues', () => {
  const kube = (objects: Readonly<Record<string, Record<string, string>>>) =>
    ({
      get: ({ kind, name }: { kind: string; name: string }) => {
        const data = objects[`${kind}/${name}`];
        if (data === undefined) return Promise.resolve(undefined);
        const encoded = Object.entries(data).map(([key, text]) => [
          key,
          kind === 'Secret' ? Buffer.from(text).toString('base64') : text,
        ]);
        return Promise.resolve({
          apiVersion: 'v1',
          kind,
          metadata: { name },
          data: Object.fromEntries(encoded) as Record<string, string>,
        } satisfies KubeObject);
      },
    }) as unknown as KubeReader;
  const compose = (
    spec: Record<string, unknown>,
    objects: Readonly<Record<string, Record<string, string>>>,
  ) => composeValues(kube(objects), readSpec(draftOf(spec), defaultGates));
  const map = (name: string, more: Record<string, unknown> = {}) => ({
    kind: 'ConfigMap',
    name,
    ...more,
  });

  test.each([
    {
      why: 'later references over earlier ones, inline over both, a path over all',
      spec: {
        values: { a: { p: 'inline' } },
        valuesFrom: [map('one'), map('two'), map('set', { valuesKey: 'v', targetPath: 'a.q' })],
      },
      objects: {
        'ConfigMap/one': { 'values.yaml': 'a: {p: 1, q: 1, r: 1}\n' },
        'ConfigMap/two': { 'values.yaml': 'a: {r: 2}\nb: null\n' },
        'ConfigMap/set': { v: 'true' },
      },
      want: '{a: {p: inline, q: true, r: 2}, b: null}',
    },
    {
      why: 'a value in quotes is text',
      spec: { valuesFrom: [map('set', { valuesKey: 'v', targetPath: 'a' })] },
      objects: { 'ConfigMap/set': { v: '"true"' } },
      want: '{a: "true"}',
    },
    {
      why: 'a literal value is text to the last character',
      spec: { valuesFrom: [map('set', { valuesKey: 'v', targetPath: 'a', literal: true })] },
      objects: { 'ConfigMap/set': { v: 'x,y={z}\\' } },
      want: "{a: 'x,y={z}\\'}",
    },
    {
      why: 'what is optional may be missing, and so may its key',
      spec: { valuesFrom: [map('none', { optional: true }), map('one', { optional: true })] },
      objects: { 'ConfigMap/one': { other: '' } },
      want: '{}',
    },
  ])('$why', async ({ spec, objects, want }) => {
    expect(digestValues(await compose(spec, objects))).toBe(digestValues(parseYamlMap(want)));
  });

  test.each([
    {
      spec: { valuesFrom: [map('none')] },
      want: `could not resolve ConfigMap chart values reference 'apps/none' with key 'values.yaml': configmaps "none" not found`,
    },
    {
      spec: { valuesFrom: [map('one', { valuesKey: 'x' })] },
      want: "could not resolve ConfigMap chart values reference 'apps/one' with key 'x': key not found",
    },
    {
      spec: { valuesFrom: [{ kind: 'Pod', name: 'x' }] },
      want: "could not resolve Pod chart values reference 'apps/x' with key 'values.yaml': unsupported values reference kind",
    },
    {
      spec: { valuesFrom: [{ kind: 'Secret', name: 'bad' }] },
      want: "could not resolve Secret chart values reference 'apps/bad' with key 'values.yaml': unable to read values",
    },
  ])('$want', async ({ spec, want }) => {
    const objects = {
      'ConfigMap/one': { 'values.yaml': '{}' },
      'Secret/bad': { 'values.yaml': 'password: [hunter2\n' },
    };
    const failure = compose(spec, objects);
    await expect(failure).rejects.toMatchObject({ reason: 'ValuesError' });
    await expect(failure).rejects.toThrow(want);
    await expect(failure).rejects.not.toThrow('hunter2');
  });
});

test('the digest behind a tag is put into the version of the chart, or only noted', () => {
  const text = 'apiVersion: v2\nname: a\nversion: 1.2.0\n';
  const chart = loadChart([{ name: 'Chart.yaml', data: Buffer.from(text) }]);
  const revision = `1.2.0@sha256:${'ab'.repeat(32)}`;
  const digest = `sha256:${'ab'.repeat(32)}`;
  const tracked = withRevision(chart, revision);
  expect([tracked.chart.metadata.version, tracked.digest]).toEqual(['1.2.0+abababababab', digest]);
  expect(withRevision(chart, revision, false)).toEqual({ chart, digest });
});
