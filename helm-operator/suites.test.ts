/**
 * What the end-to-end suite of Helm Operator 1.4.4 asks (spec helm-operator §12), of the operator on the sandbox, or on
 * the real API server whose kubeconfig REFLUX_HELM_KUBECONFIG names.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadChart } from '../lib/helm/chart/mod.ts';
import type { HelmReleaseSpec } from '../lib/objects/mod.ts';
import { annotationKeys } from './annotations.ts';
import { appChart, below, colorChart } from './_charts.ts';
import { inNamespace, startChartRepository, startTestCluster } from './_harness.ts';
import type { TestChartRepository, TestCluster, TestOperator, TestRepository } from './_harness.ts';

const kubeconfig = process.env.REFLUX_HELM_KUBECONFIG ?? '';
const waiting = { timeout: 27_000, interval: 25 };

const file = kubeconfig === '' ? undefined : kubeconfig;

describe(file === undefined ? 'on the sandbox' : 'on a real API server', () => {
  let cluster: TestCluster;
  let charts: TestChartRepository;
  let repository: TestRepository;
  let operator: TestOperator;
  let namespace: string;
  let demo: ReturnType<typeof inNamespace>;

  beforeAll(async () => {
    cluster = await startTestCluster(file);
    charts = await startChartRepository();
    await charts.publish(appChart);
    await charts.publish({
      ...appChart,
      'Chart.yaml': appChart['Chart.yaml']?.replace('0.1.0', '0.2.0') ?? '',
    });
    await charts.publish(nestedChart);
    await charts.publish(crdChart);
    repository = await cluster.createRepository();
    await repository.push(below('charts/app', appChart));
    operator = await cluster.startOperator({ flags: ['--git-poll-interval=1s'] });
  });
  afterAll(async () => {
    await operator.stop();
    await charts.close();
    await cluster.close();
  });
  beforeEach(async () => {
    namespace = await cluster.createNamespace();
    demo = inNamespace(cluster, namespace);
  });

  afterEach(async () => {
    // What keeps on failing is not to keep the next test waiting.
    const { items } = await cluster.kube.list({
      apiVersion: 'helm.fluxcd.io/v1',
      kind: 'HelmRelease',
      namespace,
    });
    for (const { metadata } of items) await cluster.kube.delete(demo.ref(metadata.name ?? ''));
  });

  const values = { replicaCount: 2 };
  const rollback = { enable: true, wait: true };
  const fromGit = (): HelmReleaseSpec => ({
    chart: { git: repository.url, path: 'charts/app' },
    timeout: 30,
    rollback,
    values,
  });
  const fromRepository = (): HelmReleaseSpec => ({
    chart: { repository: charts.url, name: 'app', version: '0.1.0' },
    timeout: 20,
    rollback,
    values,
  });
  const condition = (name: string, type: string, status: string) =>
    vi.waitFor(
      async () => expect((await demo.conditionOf(name, type))?.status).toBe(status),
      waiting,
    );
  const logged = (name: string, field: 'info' | 'error', text: string) =>
    operator.log.records.filter(
      (line) =>
        line.release === name &&
        line.targetNamespace === namespace &&
        String(line[field] ?? '').includes(text),
    ).length;
  const saw = (name: string, field: 'info' | 'error', text: string) =>
    vi.waitFor(() => expect(logged(name, field, text)).toBeGreaterThan(0), waiting);
  const replicas = async (name: string) =>
    ((await demo.object('Deployment', name, 'apps/v1'))?.spec as { replicas?: number } | undefined)
      ?.replicas;
  const history = (name: string) => cluster.engine.history({ namespace, releaseName: name });

  test('smoke: from Git and from a repository', async () => {
    await demo.release('git', fromGit());
    await demo.release('repo', fromRepository());
    for (const name of ['git', 'repo']) {
      await condition(name, 'Released', 'True');
      await condition(name, 'Deployed', 'True');
      await vi.waitFor(
        async () => expect((await demo.statusOf(name)).releaseStatus).toBe('deployed'),
        waiting,
      );
    }
  });

  test.each([
    ['the notes', { 'charts/app/templates/NOTES.txt': 'Hallo {{ .Release.Name }}\n' }],
    ['the default values', { 'charts/app/values.yaml': `${appChart['values.yaml'] ?? ''}x: 1\n` }],
  ])('upgrades: a commit that changes %s', async (_what, files) => {
    await demo.release('git', fromGit());
    await condition('git', 'Released', 'True');
    const commit = await repository.push(files);
    await vi.waitFor(
      async () =>
        expect(await demo.statusOf('git')).toMatchObject({
          revision: commit,
          lastAttemptedRevision: commit,
        }),
      waiting,
    );
    await condition('git', 'Deployed', 'True');
    expect(
      await demo.revisions('git'),
      JSON.stringify(
        operator.log.records.filter((l) => l.targetNamespace === namespace),
        null,
        1,
      ),
    ).toEqual(['1 superseded', '2 deployed']);
  });

  test('upgrades: a release made by hand is taken over, with its values', async () => {
    const chart = loadChart(
      Object.entries(appChart).map(([name, text]) => ({ name, data: Buffer.from(text) })),
      { unpack: () => [] },
    );
    await cluster.engine.install({
      namespace,
      releaseName: 'takeover',
      chart,
      values: new Map([['replicaCount', 2]]),
    });
    const spec = { chart: fromRepository().chart, timeout: 30 };
    await demo.release('takeover', { ...spec, resetValues: false });
    await condition('takeover', 'Released', 'True');
    expect(await replicas('takeover')).toBe(2);
    await cluster.kube.patch(demo.ref('takeover'), 'json', [
      { op: 'remove', path: '/spec/resetValues' },
    ]);
    await vi.waitFor(async () => expect(await replicas('takeover')).toBe(1), waiting);
  });

  test('upgrades: a chart that makes a HelmRelease', async () => {
    await demo.release('nested', {
      chart: { repository: charts.url, name: 'nested', version: '0.1.0' },
      values: {
        nested: { deeper: { deepest: { image: 'registry.example/app:1.0.1' } } },
        charts: charts.url,
      },
    });
    await condition('nested', 'Released', 'True');
    await condition('nested-child', 'Released', 'True');
    const before = (await demo.statusOf('nested-child')).observedGeneration ?? 0;
    await demo.patch('nested', {
      spec: {
        values: { nested: { deeper: { deepest: { image: 'registry.example/app:1.1.0' } } } },
      },
    });
    await vi.waitFor(
      async () => expect((await demo.statusOf('nested-child')).observedGeneration).toBe(before + 1),
      waiting,
    );
    await condition('nested-child', 'Released', 'True');
  });

  test('upgrades: one that fails without a rollback', async () => {
    const { rollback: _none, ...spec } = fromRepository();
    await demo.release('repo', { ...spec, wait: true });
    await condition('repo', 'Released', 'True');
    await demo.patch('repo', broken);
    await saw('repo', 'error', 'upgrade failed');
    await condition('repo', 'Released', 'False');
    await condition('repo', 'Deployed', 'False');
  });

  const broken = { spec: { timeout: 1, values: { faults: { unready: true } } } };

  test('rollbacks: a failed upgrade, and its repair', async () => {
    await demo.release('repo', fromRepository());
    await condition('repo', 'Released', 'True');
    await demo.patch('repo', broken);
    await saw('repo', 'error', 'upgrade failed');
    await condition('repo', 'RolledBack', 'True');
    await demo.patch('repo', { spec: { timeout: 20, values: { faults: null } } });
    await condition('repo', 'Released', 'True');
    expect((await history('repo')).map(({ info }) => info.description)).toEqual([
      'Install complete',
      'Upgrade "repo" failed: context deadline exceeded',
      'Rollback to 1',
      'Upgrade complete',
    ]);
  });

  test('rollbacks: retries are counted, and forgotten by a success', async () => {
    await demo.release('repo', fromRepository());
    await condition('repo', 'Released', 'True');
    await demo.patch('repo', {
      spec: { ...broken.spec, rollback: { retry: true } },
    });
    await vi.waitFor(
      async () => expect((await demo.statusOf('repo')).rollbackCount).toBeGreaterThanOrEqual(3),
      waiting,
    );
    await demo.patch('repo', { spec: { timeout: 20, values: { faults: null } } });
    await condition('repo', 'Released', 'True');
    expect(await demo.statusOf('repo')).not.toHaveProperty('rollbackCount');
  });

  test('rollbacks: no more retries than allowed', async () => {
    await demo.release('repo', fromRepository());
    await condition('repo', 'Released', 'True');
    await demo.patch('repo', {
      spec: { ...broken.spec, rollback: { retry: true, maxRetries: 1 } },
    });
    await vi.waitFor(
      async () => expect((await demo.statusOf('repo')).rollbackCount).toBe(2),
      waiting,
    );
    const revisions = await demo.revisions('repo');
    const compared = logged('repo', 'info', 'running dry-run upgrade to compare with release');
    // A change of labels would not do: what is settled is not compared again.
    await demo.patch('repo', {
      metadata: { annotations: { [annotationKeys.reconcileAt]: 'now' } },
    });
    await vi.waitFor(
      () =>
        expect(
          logged('repo', 'info', 'running dry-run upgrade to compare with release'),
        ).toBeGreaterThan(compared),
      waiting,
    );
    expect(await demo.revisions('repo')).toEqual(revisions);
  });

  test('rollbacks: none for an upgrade that never began', async () => {
    await demo.release('git', fromGit());
    await condition('git', 'Released', 'True');
    await demo.patch('git', { spec: { values: { replicaCount: 'faulty' } } });
    await condition('git', 'Released', 'False');
    expect(await demo.revisions('git')).toEqual(['1 deployed']);
    expect(await demo.statusOf('git')).not.toHaveProperty('rollbackCount');
  });

  test.each([
    [undefined, 11, 10],
    [3, 5, 3],
  ])(
    'history: with maxHistory %s, %i patches leave %i revisions',
    async (maxHistory, patches, want) => {
      await demo.release('repo', {
        ...fromRepository(),
        rollback: {},
        ...(maxHistory === undefined ? {} : { maxHistory }),
      });
      await condition('repo', 'Released', 'True');
      for (let count = 1; count <= patches; count += 1) {
        await demo.patch('repo', { spec: { values: { count } } });
        await vi.waitFor(
          async () =>
            expect((await demo.statusOf('repo')).observedGeneration).toBe(
              (await cluster.kube.get(demo.ref('repo')))?.metadata.generation,
            ),
          waiting,
        );
      }
      expect(await demo.revisions('repo')).toHaveLength(want);
    },
  );

  test.each([
    ['ConfigMap', 'configMapKeyRef', 'data'],
    ['Secret', 'secretKeyRef', 'stringData'],
  ] as const)('values: from a %s, here and elsewhere', async (kind, reference, field) => {
    const other = await cluster.createNamespace();
    const create = (where: string, replicaCount: number) =>
      cluster.kube.create({
        apiVersion: 'v1',
        kind,
        metadata: { namespace: where, name: 'podinfo-values' },
        [field]: { 'values.yaml': `replicaCount: ${replicaCount}\n` },
      });
    const spec = { ...fromRepository(), values: {} };
    await demo.release('repo', {
      ...spec,
      valuesFrom: [{ [reference]: { name: 'podinfo-values' } }],
    });
    await condition('repo', 'Released', 'False');
    await create(namespace, 2);
    await condition('repo', 'Released', 'True');
    expect(await replicas('repo')).toBe(2);
    await demo.patch('repo', {
      spec: { valuesFrom: [{ [reference]: { name: 'podinfo-values', namespace: other } }] },
    });
    await condition('repo', 'Released', 'False');
    await create(other, 3);
    await condition('repo', 'Released', 'True');
    expect(await replicas('repo')).toBe(3);
  });

  test('values: from a URL', async () => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/values.yaml' ? 200 : 404).end('replicaCount: 3\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const from = (url: string, optional = false) => ({
        valuesFrom: [{ externalSourceRef: { url: `${base}${url}`, optional } }],
      });
      await demo.release('repo', { ...fromRepository(), values: {}, ...from('/values.yaml') });
      await condition('repo', 'Released', 'True');
      expect(await replicas('repo')).toBe(3);
      await demo.patch('repo', { spec: from('/invalid.yaml') });
      await condition('repo', 'Released', 'False');
      await demo.patch('repo', { spec: from('/invalid.yaml', true) });
      await condition('repo', 'Released', 'True');
    } finally {
      server.close().closeAllConnections();
    }
  });

  test('values: from a file of the chart', async () => {
    await repository.push({ 'charts/app/extra.yaml': 'replicaCount: 3\n' });
    const from = (path: string, optional = false) => ({
      valuesFrom: [{ chartFileRef: { path, optional } }],
    });
    await demo.release('git', { ...fromGit(), values: {}, ...from('extra.yaml') });
    await condition('git', 'Released', 'True');
    expect(await replicas('git')).toBe(3);
    await demo.patch('git', { spec: from('invalid.yaml') });
    await condition('git', 'Released', 'False');
    await demo.patch('git', { spec: from('invalid.yaml', true) });
    await condition('git', 'Released', 'True');
  });

  test('skipCRDs: none of the chart is installed', async () => {
    const chart = { repository: charts.url, name: 'withcrd', version: '0.1.0' };
    await demo.release('skip', { chart, skipCRDs: true });
    await condition('skip', 'Released', 'True');
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: 'kongs.suite.example',
    };
    expect(await cluster.kube.get(crd)).toBeUndefined();
  });

  const tested = (faults: Record<string, boolean> = {}, test: HelmReleaseSpec['test'] = {}) => ({
    ...fromRepository(),
    test: { enable: true, timeout: 10, ...test },
    // All in words: of a map that an apply empties, a real server leaves null, which takes the chart's defaults away.
    values: { replicaCount: 2, faults: { testFail: false, testTimeout: false, ...faults } },
  });

  test('tests: passed', async () => {
    await demo.release('repo', tested());
    await condition('repo', 'Released', 'True');
    await condition('repo', 'Tested', 'True');
    const [release] = await history('repo');
    expect(release?.hooks.map(({ lastRun }) => lastRun.phase)).toEqual(['Succeeded']);
  });

  test('tests: failed on the first install', async () => {
    await demo.release('repo', tested({ testFail: true }, { ignoreFailures: false }));
    await saw('repo', 'error', 'test failed');
    await saw('repo', 'info', 'running uninstall');
    await condition('repo', 'Released', 'False');
  });

  test('tests: failed and ignored', async () => {
    await demo.release('repo', tested({ testFail: true }, { ignoreFailures: true }));
    await saw('repo', 'info', 'test failed - ignoring failures');
    await condition('repo', 'Tested', 'False');
    await condition('repo', 'Released', 'True');
    await demo.patch('repo', { spec: { values: { replicaCount: 1 } } });
    await saw('repo', 'info', 'upgrade succeeded');
    await vi.waitFor(
      async () => expect((await demo.statusOf('repo')).phase).toBe('Succeeded'),
      waiting,
    );
    expect((await demo.conditionOf('repo', 'Tested'))?.status).toBe('False');
    expect((await demo.conditionOf('repo', 'Released'))?.status).toBe('True');
  });

  test.each([
    ['a failure', { testFail: true }, {}],
    ['a timeout', { testTimeout: true }, { timeout: 1 }],
  ])('tests: %s after a success is rolled back, and mended', async (_what, faults, test) => {
    await demo.release('repo', tested());
    await condition('repo', 'Released', 'True');
    await demo.release('repo', tested(faults, test));
    await saw('repo', 'error', 'test failed');
    await condition('repo', 'RolledBack', 'True');
    await demo.release('repo', tested());
    await condition('repo', 'Released', 'True');
  });

  test('deletes: the release goes with its HelmRelease', async () => {
    await demo.release('repo', fromRepository());
    await condition('repo', 'Released', 'True');
    await cluster.kube.delete(demo.ref('repo'));
    await vi.waitFor(
      async () => expect(await demo.object('Deployment', 'repo', 'apps/v1')).toBeUndefined(),
      waiting,
    );
    await vi.waitFor(async () => expect(await demo.revisions('repo')).toEqual([]), waiting);
  });
});

const nestedChart: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: nested\nversion: 0.1.0\n',
  'values.yaml': 'nested: {}\n',
  'templates/child.yaml': `apiVersion: helm.fluxcd.io/v1
kind: HelmRelease
metadata:
  name: {{ .Release.Name }}-child
spec:
  releaseName: {{ .Release.Name }}-child
  chart: {repository: {{ .Values.charts }}, name: app, version: 0.1.0}
  values: {{ toJson .Values.nested.deeper.deepest }}
`,
};

const crdChart: Readonly<Record<string, string>> = {
  ...colorChart,
  'Chart.yaml': 'apiVersion: v2\nname: withcrd\nversion: 0.1.0\n',
  'crds/kong.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: kongs.suite.example}
spec:
  group: suite.example
  scope: Namespaced
  names: {kind: Kong, plural: kongs}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object}}
`,
};
