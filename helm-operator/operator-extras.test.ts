/** What this operator does beyond the original: annotations, drift, several replicas, rights, the CRD's end. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HelmReleaseSpec } from '../lib/objects/mod.ts';
import { appChart, below, colorChart } from './_charts.ts';
import { inNamespace, startTestCluster } from './_harness.ts';
import type { TestCluster, TestOperator, TestRepository } from './_harness.ts';

const waiting = { timeout: 20_000, interval: 25 };

let cluster: TestCluster;
let repository: TestRepository;
let operators: TestOperator[] = [];
let namespace: string;
let demo: ReturnType<typeof inNamespace>;

beforeAll(async () => {
  cluster = await startTestCluster(process.env.REFLUX_HELM_KUBECONFIG);
  repository = await cluster.createRepository();
  await repository.push({
    ...below('charts/color', colorChart),
    ...below('charts/app', appChart),
  });
});
afterAll(() => cluster.close());
beforeEach(async () => {
  namespace = await cluster.createNamespace();
  demo = inNamespace(cluster, namespace);
});
afterEach(async () => {
  await Promise.all(operators.map((operator) => operator.stop()));
  operators = [];
});

async function start(...flags: string[]): Promise<TestOperator> {
  const operator = await cluster.startOperator({
    flags: [`--allow-namespace=${namespace}`, ...flags],
  });
  operators.push(operator);
  return operator;
}

const color = (values: HelmReleaseSpec['values'] = {}): HelmReleaseSpec => ({
  chart: { git: repository.url, path: 'charts/color' },
  values,
});
const app = (spec: Partial<HelmReleaseSpec> = {}): HelmReleaseSpec => ({
  chart: { git: repository.url, path: 'charts/app' },
  ...spec,
});
const released = (name: string) =>
  vi.waitFor(
    async () => expect((await demo.conditionOf(name, 'Released'))?.status).toBe('True'),
    waiting,
  );
const colorOf = async (name: string) =>
  ((await demo.object('ConfigMap', `${name}-color`))?.data as { color?: string } | undefined)
    ?.color;

describe('annotations', () => {
  test('suspend leaves the release as it is, until it is taken away', async () => {
    const operator = await start();
    await demo.release('app', color({ color: 'blue' }));
    await released('app');
    await demo.release('app', color({ color: 'green' }), { 'helm.fluxcd.io/suspend': 'true' });
    await vi.waitFor(
      () =>
        expect(operator.log.records).toContainEqual(
          expect.objectContaining({ info: 'suspended by annotation' }),
        ),
      waiting,
    );
    expect(await colorOf('app')).toBe('blue');
    await demo.release('app', color({ color: 'green' }));
    await vi.waitFor(async () => expect(await colorOf('app')).toBe('green'), waiting);
  });

  test('depends-on waits for the others, and goes on when they are there', async () => {
    await start();
    await demo.release('app', color(), { 'helm.fluxcd.io/depends-on': 'base' });
    await vi.waitFor(
      async () =>
        expect(await demo.events('app')).toContain(
          `Normal DependencyNotReady waiting for ${namespace}/base (does not exist)`,
        ),
      waiting,
    );
    expect(await demo.revisions('app')).toEqual([]);
    await demo.release('base', color());
    await released('app');
  });

  test('depends-on in a ring is refused', async () => {
    await start();
    await demo.release('a', color(), { 'helm.fluxcd.io/depends-on': 'b' });
    await demo.release('b', color(), { 'helm.fluxcd.io/depends-on': 'a' });
    await vi.waitFor(
      async () =>
        expect((await demo.conditionOf('b', 'Released'))?.message).toContain(
          `HelmReleases depend on one another: ${namespace}/b → ${namespace}/a → ${namespace}/b`,
        ),
      waiting,
    );
  });

  test('reconcile-at asks for another try of a release that failed', async () => {
    await start();
    const broken = { values: { faults: { unready: true } }, wait: true, timeout: 1 };
    await demo.release('app', app());
    await released('app');
    await demo.release('app', app(broken));
    await vi.waitFor(
      async () => expect(await demo.revisions('app')).toEqual(['1 deployed', '2 failed']),
      waiting,
    );
    await vi.waitFor(
      async () => expect((await demo.statusOf('app')).phase).toBe('Failed'),
      waiting,
    );
    await demo.release('app', app(broken), { 'helm.fluxcd.io/reconcile-at': 'now' });
    await vi.waitFor(async () => expect(await demo.revisions('app')).toHaveLength(3), waiting);
  });
});

describe('drift', () => {
  const edit = () =>
    cluster.kube.patch(
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'app' },
      'merge',
      { spec: { replicas: 5, revisionHistoryLimit: 3, strategy: { type: 'RollingUpdate' } } },
    );
  const spec = async () =>
    (await demo.object('Deployment', 'app', 'apps/v1'))?.spec as {
      replicas?: number;
      strategy?: { type?: string };
    };

  test('is reported, by fields', async () => {
    await start();
    await demo.release('app', app());
    await released('app');
    await edit();
    await vi.waitFor(
      async () =>
        expect(await demo.events('app')).toContainEqual(
          expect.stringMatching(
            /^Warning DriftDetected .* differ from it: Deployment\/app at .*\/spec\/replicas/,
          ),
        ),
      waiting,
    );
    expect((await spec()).replicas).toBe(5);
    expect(await demo.revisions('app')).toEqual(['1 deployed']);
  });

  test('is corrected without a new revision, but for fields that others may change', async () => {
    await start('--drift-detection=correct');
    await demo.release('app', app(), {
      'helm.fluxcd.io/drift-ignore': 'Deployment/*:/spec/replicas',
    });
    await released('app');
    await edit();
    await vi.waitFor(async () => expect((await spec()).strategy?.type).toBe('Recreate'), waiting);
    expect((await spec()).replicas).toBe(5);
    expect(await demo.revisions('app')).toEqual(['1 deployed']);
  });

  test('brings back what was deleted, and leaves replicas to an autoscaler', async () => {
    await start('--drift-detection=correct');
    await demo.release('app', app());
    await released('app');
    await cluster.kube.create({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { namespace, name: 'app' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app' },
        minReplicas: 1,
        maxReplicas: 9,
      },
    });
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'app' };
    await cluster.kube.delete(deployment);
    await vi.waitFor(async () => expect(await cluster.kube.get(deployment)).toBeDefined(), waiting);
    await edit();
    await vi.waitFor(async () => expect((await spec()).strategy?.type).toBe('Recreate'), waiting);
    expect((await spec()).replicas).toBe(5);
  });
});

describe('several replicas', () => {
  test('one works, and another takes over when it goes', async () => {
    const one = await start('--leader-elect', `--leader-elect-namespace=${namespace}`);
    const other = await start('--leader-elect', `--leader-elect-namespace=${namespace}`);
    await demo.release('app', color({ color: 'blue' }));
    await released('app');
    const worked = ({ log }: TestOperator) =>
      log.records.some(({ info }) => info === 'running installation');
    expect([worked(one), worked(other)].filter(Boolean)).toHaveLength(1);
    await (worked(one) ? one : other).stop();
    await demo.release('app', color({ color: 'green' }));
    await vi.waitFor(
      async () => expect(await demo.revisions('app')).toEqual(['1 superseded', '2 deployed']),
      waiting,
    );
    expect(await colorOf('app')).toBe('green');
  });

  test('shards are spread, and each HelmRelease is worked on by one', async () => {
    const flags = ['--leader-elect', `--leader-elect-namespace=${namespace}`, '--shards=4'];
    const all = [await start(...flags), await start(...flags)];
    const names = Array.from({ length: 8 }, (_, at) => `app-${at}`);
    await vi.waitFor(
      () => {
        for (const { log } of all)
          expect(log.records.some(({ info }) => info === 'leading')).toBe(true);
      },
      { timeout: 28_000, interval: 50 },
    );
    for (const name of names) await demo.release(name, color());
    for (const name of names) await released(name);
    for (const name of names) expect(await demo.revisions(name)).toEqual(['1 deployed']);
  });
});

describe('deletion', () => {
  test('with --finalizer, a HelmRelease ends after its release', async () => {
    const operator = await start('--finalizer');
    await demo.release('app', color());
    await released('app');
    await operator.stop();
    await cluster.kube.delete(demo.ref('app'));
    expect((await cluster.kube.get(demo.ref('app')))?.metadata.deletionTimestamp).toBeDefined();
    await start('--finalizer');
    await vi.waitFor(
      async () => expect(await cluster.kube.get(demo.ref('app'))).toBeUndefined(),
      waiting,
    );
    expect(await demo.revisions('app')).toEqual([]);
    expect(await colorOf('app')).toBeUndefined();
  });
});

describe('waiting', () => {
  test('is ended by a newer spec', async () => {
    await start();
    await demo.release('app', app());
    await released('app');
    const unready = { faults: { unready: true } };
    await demo.release('app', app({ wait: true, timeout: 600, values: unready }));
    await vi.waitFor(
      async () => expect(await demo.revisions('app')).toEqual(['1 deployed', '2 pending-upgrade']),
      waiting,
    );
    await demo.release('app', app({ wait: true, timeout: 20, values: { replicaCount: 2 } }));
    await vi.waitFor(
      async () =>
        expect(await demo.revisions('app')).toEqual(['1 superseded', '2 failed', '3 deployed']),
      waiting,
    );
    await released('app');
  });
});

describe('the CRD', () => {
  test('can go without the releases', async () => {
    const operator = await start();
    await demo.release('app', color());
    await released('app');
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: 'helmreleases.helm.fluxcd.io',
    };
    const kept = await cluster.kube.get(crd);
    await cluster.kube.delete(crd);
    await vi.waitFor(
      () =>
        expect(operator.log.records).toContainEqual(
          expect.objectContaining({
            warning: expect.stringContaining(
              'is being deleted; the release is left alone',
            ) as string,
          }),
        ),
      waiting,
    );
    expect(await demo.revisions('app')).toEqual(['1 deployed']);
    expect(await colorOf('app')).toBe('red');
    const { apiVersion, kind } = crd;
    await cluster.kube.create({
      apiVersion,
      kind,
      metadata: { name: crd.name },
      spec: kept?.spec,
    });
    cluster.kube.invalidateDiscovery();
  });
});

describe('older API groups', () => {
  test('are reported', async () => {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'helmreleases.flux.weave.works' },
      spec: {
        group: 'flux.weave.works',
        scope: 'Namespaced',
        names: { kind: 'HelmRelease', plural: 'helmreleases' },
        versions: [
          {
            name: 'v1beta1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        ],
      },
    };
    await cluster.kube.apply(crd, { fieldManager: 'test', force: true });
    cluster.kube.invalidateDiscovery();
    await vi.waitFor(async () => {
      cluster.kube.invalidateDiscovery();
      await cluster.kube.create({
        apiVersion: 'flux.weave.works/v1beta1',
        kind: 'HelmRelease',
        metadata: { namespace, name: 'old' },
        spec: { chart: {} },
      });
    }, waiting);
    await start();
    await vi.waitFor(
      async () =>
        expect(await demo.events('old')).toContainEqual(
          expect.stringContaining(
            'Warning UnsupportedVersion HelmRelease of flux.weave.works/v1beta1 is not reconciled',
          ),
        ),
      waiting,
    );
  });
});
