/**
 * Releases of Helm 2 become ones of Helm 3, where the annotation asks for it. The records were written by Helm 2's own
 * code (helm2/testdata). REFLUX_HELM_KUBECONFIG may name a real API server.
 */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createObjectStore } from '../lib/helm/storage/mod.ts';
import type { HelmReleaseSpec, KubeObject } from '../lib/objects/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import { below, colorChart } from './_charts.ts';
import { inNamespace, startTestCluster } from './_harness.ts';
import type { TestCluster, TestOperator, TestRepository } from './_harness.ts';
import { readHelm2Release } from './helm2/release.ts';

interface Golden {
  records: { name: string; labels: Record<string, string>; release: string }[];
}

const golden = JSON.parse(
  readFileSync(new URL('helm2/testdata/helm-2.17.0.json', import.meta.url), 'utf8'),
) as Golden;
const records = golden.records.filter(({ labels }) => labels.NAME === 'app');
/** Where those releases are. */
const namespace = 'helm2-demo';
const waiting = { timeout: 20_000, interval: 25 };

let cluster: TestCluster;
let repository: TestRepository;
let operator: TestOperator;
let tiller: string;
let demo: ReturnType<typeof inNamespace>;

beforeAll(async () => {
  cluster = await startTestCluster(process.env.REFLUX_HELM_KUBECONFIG);
  repository = await cluster.createRepository();
  await repository.push(below('charts/color', colorChart));
});
afterAll(() => cluster.close());
beforeEach(async () => {
  tiller = await cluster.createNamespace();
  const namespaceRef = { apiVersion: 'v1', kind: 'Namespace', name: namespace };
  await vi.waitFor(async () => expect(await cluster.kube.get(namespaceRef)).toBeUndefined(), {
    timeout: 30_000,
  });
  await cluster.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  demo = inNamespace(cluster, namespace);
  operator = await cluster.startOperator({ flags: [`--tiller-namespace=${tiller}`] });
});
afterEach(async () => {
  await operator.stop();
  await cluster.kube.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
});

const spec = (): HelmReleaseSpec => ({
  helmVersion: 'v3',
  chart: { git: repository.url, path: 'charts/color' },
  values: { color: 'green', big: 10_000_000 },
});

/** What Tiller left: its records, and the object of the deployed revision. @returns the object's uid */
async function leave(kind: 'ConfigMap' | 'Secret'): Promise<string | undefined> {
  for (const { name, labels, release } of records) {
    const data = { release: kind === 'Secret' ? Buffer.from(release).toString('base64') : release };
    const metadata = { namespace: tiller, name, labels };
    await cluster.kube.create({ apiVersion: 'v1', kind, metadata, data });
  }
  const object = await cluster.kube.create<KubeObject>({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: 'app-color' },
    data: { color: 'green' },
  });
  return object.metadata.uid;
}

const left = async (kind: string) =>
  (
    await cluster.kube.list(
      { apiVersion: 'v1', kind, namespace: tiller },
      { labelSelector: 'OWNER=TILLER' },
    )
  ).items.length;

async function converted(uid: string | undefined, kind: string): Promise<void> {
  await vi.waitFor(
    async () => expect((await demo.conditionOf('app', 'Released'))?.status).toBe('True'),
    waiting,
  );
  expect(await demo.revisions('app')).toEqual([
    '1 superseded',
    '2 failed',
    '3 superseded',
    '4 deployed',
  ]);
  expect(await left(kind)).toBe(0);
  const metadata = (await demo.object('ConfigMap', 'app-color'))?.metadata;
  expect(metadata?.uid).toBe(uid);
  expect(metadata?.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'Helm' });
}

const logged = (info: string) =>
  vi.waitFor(
    () => expect(operator.log.records).toContainEqual(expect.objectContaining({ info })),
    waiting,
  );

test.each(['ConfigMap', 'Secret'] as const)('of %ss, after a look at it', async (kind) => {
  const uid = await leave(kind);
  await demo.release('app', spec(), { 'helm.fluxcd.io/migrate': 'dry-run' });
  await logged('running helm 2to3 conversion in dry-run mode');
  expect(await demo.revisions('app')).toEqual([]);
  expect(await left(kind)).toBe(records.length);
  await demo.release('app', spec(), { 'helm.fluxcd.io/migrate': 'true' });
  await converted(uid, kind);
});

test('goes on with what was cut off', async () => {
  const uid = await leave('ConfigMap');
  const { kube } = cluster;
  const store = createObjectStore({ kube, clock: systemClock, driver: 'secret', namespace });
  const newest = records.at(-1);
  await store.create(readHelm2Release(newest?.release ?? '', 'app.v3'));
  await demo.release('app', spec(), { 'helm.fluxcd.io/migrate': 'true' });
  await converted(uid, 'ConfigMap');
});

test('leaves a release of Helm 3 with the same name alone', async () => {
  await demo.release('app', spec());
  await vi.waitFor(async () => expect(await demo.revisions('app')).toHaveLength(1), waiting);
  for (const { name, labels, release } of records) {
    const metadata = { namespace: tiller, name, labels };
    await cluster.kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { release } });
  }
  await demo.release(
    'app',
    { ...spec(), values: { color: 'blue' } },
    { 'helm.fluxcd.io/migrate': 'true' },
  );
  await vi.waitFor(
    async () => expect(await demo.revisions('app')).toEqual(['1 superseded', '2 deployed']),
    waiting,
  );
  expect(await left('ConfigMap')).toBe(records.length);
});

test('refuses a release of another namespace', async () => {
  await leave('ConfigMap');
  const other = inNamespace(cluster, await cluster.createNamespace());
  await other.release('app', spec(), { 'helm.fluxcd.io/migrate': 'true' });
  await vi.waitFor(
    async () =>
      expect((await other.conditionOf('app', 'Released'))?.message).toContain(
        "is in namespace 'helm2-demo'; set spec.targetNamespace to it",
      ),
    waiting,
  );
  expect(await left('ConfigMap')).toBe(records.length);
});

test('installs where Helm 2 has nothing', async () => {
  await demo.release('app', spec(), { 'helm.fluxcd.io/migrate': 'true' });
  await vi.waitFor(
    async () => expect(await demo.revisions('app')).toEqual(['1 deployed']),
    waiting,
  );
});
