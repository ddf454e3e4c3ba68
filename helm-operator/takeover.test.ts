/**
 * The image of Helm Operator 1.4.4 is replaced by ours: no revision comes of the switch, the next change of anything makes
 * exactly one, and the real helm reads all of it.
 *
 * Asked for by REFLUX_BENCH_HELM_OPERATOR, the path of the original's program, and REFLUX_HELM_KUBECONFIG, that of a real API
 * server; `helm` has to be on the PATH.
 */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { HelmReleaseSpec } from '../lib/objects/mod.ts';
import { appChart, below, colorChart } from './_charts.ts';
import { freePort, inNamespace, startChartRepository, startTestCluster } from './_harness.ts';
import type { TestChartRepository, TestCluster, TestOperator, TestRepository } from './_harness.ts';

const run = promisify(execFile);
const original = process.env.REFLUX_BENCH_HELM_OPERATOR ?? '';
const kubeconfig = process.env.REFLUX_HELM_KUBECONFIG ?? '';
const waiting = { timeout: 90_000, interval: 200 };
const names = ['from-git', 'from-repository', 'with-values'];
const version = (chart: Readonly<Record<string, string>>, to: string) => ({
  ...chart,
  'Chart.yaml': chart['Chart.yaml']?.replace('version: 0.1.0', `version: ${to}`) ?? '',
});

describe.skipIf(original === '' || kubeconfig === '')('releases of Helm Operator 1.4.4', () => {
  let cluster: TestCluster;
  let charts: TestChartRepository;
  let repository: TestRepository;
  let operator: TestOperator | undefined;
  let demo: ReturnType<typeof inNamespace>;
  let namespace: string;
  /** What the original had left. */
  let objectsBefore: unknown;

  beforeAll(async () => {
    cluster = await startTestCluster(kubeconfig);
    charts = await startChartRepository();
    await charts.publish(colorChart);
    await charts.publish(version(colorChart, '0.2.0'));
    repository = await cluster.createRepository();
    await repository.push(below('charts/app', appChart));
    namespace = await cluster.createNamespace();
    demo = inNamespace(cluster, namespace);
    await writeValues('color: green\n');
    await demo.release('from-git', fromGit());
    await demo.release('from-repository', fromRepository('0.1.0'));
    await demo.release('with-values', {
      ...fromRepository('0.1.0'),
      valuesFrom: [{ configMapKeyRef: { name: 'values' } }],
    });
    await underTheOriginal(async () => {
      for (const name of names)
        expect(await demo.statusOf(name), name).toMatchObject({
          phase: 'Succeeded',
          releaseStatus: 'deployed',
        });
    });
    objectsBefore = await written();
  }, 180_000);
  afterAll(async () => {
    await operator?.stop();
    await charts.close();
    await cluster.close();
  });

  const fromGit = (values: Record<string, unknown> = { replicaCount: 0 }): HelmReleaseSpec => ({
    chart: { git: repository.url, path: 'charts/app', ref: 'master' },
    values,
  });
  const fromRepository = (of: string): HelmReleaseSpec => ({
    chart: { repository: charts.url, name: 'color', version: of },
  });
  const writeValues = (text: string) =>
    cluster.kube.apply(
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace, name: 'values' },
        data: { 'values.yaml': text },
      },
      { fieldManager: 'test', force: true },
    );

  async function underTheOriginal(ready: () => Promise<void>): Promise<void> {
    const listen = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      original,
      [
        `--kubeconfig=${cluster.kubeconfig}`,
        `--listen=${listen}`,
        '--enabled-helm-versions=v3',
        '--charts-sync-interval=10s',
        `--allow-namespace=${namespace}`,
      ],
      { stdio: 'ignore', env: { ...process.env, HOME: cluster.folder, CHECKPOINT_DISABLE: '1' } },
    );
    const ended = new Promise<unknown>((resolve) => child.once('exit', resolve));
    try {
      await vi.waitFor(ready, waiting);
    } finally {
      child.kill('SIGTERM');
      await ended;
    }
  }

  /** Which objects there are that a release may have made. */
  async function written(): Promise<unknown> {
    const kinds = [
      ['v1', 'ConfigMap'],
      ['v1', 'Secret'],
      ['apps/v1', 'Deployment'],
    ] as const;
    const lists = await Promise.all(
      kinds.map(([apiVersion, kind]) => cluster.kube.list({ apiVersion, kind, namespace })),
    );
    return lists.flatMap(({ items }) =>
      items.map(({ kind, metadata }) => `${kind}/${metadata.name ?? ''} ${metadata.uid ?? ''}`),
    );
  }

  const history = async () =>
    Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await demo.revisions(name)] as const)),
    );
  const untilHistory = (want: Readonly<Record<string, readonly string[]>>) =>
    vi.waitFor(async () => expect(await history()).toEqual(want), waiting);
  /** Ours has looked at every release so many times since now, and found nothing to do. */
  const looks = async (count: number) => {
    const seen = (name: string) =>
      operator?.log.records.filter(({ release, info }) => release === name && info === 'no changes')
        .length ?? 0;
    await vi.waitFor(() => {
      for (const name of names) expect(seen(name), name).toBeGreaterThanOrEqual(count);
    }, waiting);
  };
  const deployed = ['1 deployed'];
  const upgraded = ['1 superseded', '2 deployed'];

  test('get no revision from the switch', { timeout: 120_000 }, async () => {
    operator = await cluster.startOperator({
      flags: [`--allow-namespace=${namespace}`, '--git-poll-interval=500ms'],
    });
    await looks(1);
    expect(await history()).toEqual({
      'from-git': deployed,
      'from-repository': deployed,
      'with-values': deployed,
    });
    expect(await written()).toEqual(objectsBefore);
  });

  test('get exactly one from each change', { timeout: 240_000 }, async () => {
    await writeValues('color: blue\n');
    await untilHistory({
      'from-git': deployed,
      'from-repository': deployed,
      'with-values': upgraded,
    });
    await demo.release('from-repository', fromRepository('0.2.0'));
    const others = { 'from-repository': upgraded, 'with-values': upgraded };
    await untilHistory({ 'from-git': deployed, ...others });
    const image = 'registry.example/app:1.1';
    await demo.release('from-git', fromGit({ replicaCount: 0, image }));
    await untilHistory({ 'from-git': upgraded, ...others });
    await repository.push(below('charts/app', version(appChart, '0.2.0')));
    const last = { 'from-git': ['1 superseded', '2 superseded', '3 deployed'], ...others };
    await untilHistory(last);
    expect(await demo.object('Deployment', 'from-git', 'apps/v1')).toMatchObject({
      spec: { template: { spec: { containers: [{ image }] } } },
    });
    await operator?.stop();
    operator = await cluster.startOperator({ flags: [`--allow-namespace=${namespace}`] });
    await looks(1);
    expect(await history()).toEqual(last);
  });

  test('are read by the real helm, revision by revision', { timeout: 120_000 }, async () => {
    const helm = async (...args: string[]) => {
      const where = ['--kubeconfig', cluster.kubeconfig, '--namespace', namespace];
      return (await run('helm', [...args, ...where])).stdout;
    };
    for (const name of names) {
      const said = JSON.parse(await helm('history', name, '--output', 'json')) as {
        revision: number;
        status: string;
      }[];
      expect(said.map(({ revision, status }) => `${revision} ${status}`)).toEqual(
        await demo.revisions(name),
      );
      for (const { revision } of said)
        expect(await helm('get', 'all', name, '--revision', String(revision))).toContain(name);
      expect(await helm('status', name)).toContain('STATUS: deployed');
    }
    const values = await helm('get', 'values', 'from-git', '--output', 'json');
    expect(JSON.parse(values)).toEqual({ replicaCount: 0, image: 'registry.example/app:1.1' });
  });
});
