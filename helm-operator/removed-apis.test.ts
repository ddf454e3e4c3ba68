/**
 * Releases from before an API version was removed. REFLUX_HELM_KUBECONFIG may name a real API server.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createObjectStore } from '../lib/helm/storage/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import { below } from './_charts.ts';
import { inNamespace, startTestCluster } from './_harness.ts';
import type { TestCluster, TestOperator, TestRepository } from './_harness.ts';

const waiting = { timeout: 20_000, interval: 25 };

const files = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n',
  'values.yaml': 'old: false\nreplicas: 0\n',
  'templates/web.yaml': `apiVersion: {{ .Values.old | ternary "extensions/v1beta1" "apps/v1" }}
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: registry.example/web:1}]}
`,
  'templates/refused.yaml': `{{- if .Values.refused }}
apiVersion: v1
kind: ConfigMap
metadata: {name: not_a_name}
{{- end }}
`,
};

let cluster: TestCluster;
let repository: TestRepository;
let operator: TestOperator;
let demo: ReturnType<typeof inNamespace>;
let namespace: string;

beforeAll(async () => {
  cluster = await startTestCluster(process.env.REFLUX_HELM_KUBECONFIG);
  repository = await cluster.createRepository();
  await repository.push(below('charts/web', files));
});
afterAll(() => cluster.close());
beforeEach(async () => {
  namespace = await cluster.createNamespace();
  demo = inNamespace(cluster, namespace);
  operator = await cluster.startOperator({ flags: [`--allow-namespace=${namespace}`] });
});
afterEach(() => operator.stop());

const release = (values: Record<string, unknown>) =>
  demo.release('web', {
    wait: false,
    rollback: { enable: true },
    chart: { git: repository.url, path: 'charts/web' },
    values,
  });
const revisions = (...want: string[]) =>
  vi.waitFor(async () => expect(await demo.revisions('web')).toEqual(want), waiting);

/** Makes the stored revision what an older cluster would have stored. */
async function age(): Promise<string | undefined> {
  const { kube } = cluster;
  const store = createObjectStore({ kube, clock: systemClock, driver: 'secret', namespace });
  const stored = await store.get('web', 1);
  if (stored === undefined) throw new Error('web has no first revision');
  const manifest = `${stored.manifest.replace('apps/v1', 'extensions/v1beta1')}---
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata: {name: web}
`;
  await store.update({ ...stored, manifest });
  return (await demo.object('Deployment', 'web', 'apps/v1'))?.metadata.uid;
}

test('are upgraded, their objects kept', async () => {
  await release({});
  await revisions('1 deployed');
  const uid = await age();
  await release({ replicas: 1 });
  await revisions('1 superseded', '2 deployed');
  const now = await demo.object('Deployment', 'web', 'apps/v1');
  expect(now?.metadata.uid).toBe(uid);
  expect(now).toMatchObject({ spec: { replicas: 1 } });
});

test('are rolled back to, and go on from there', async () => {
  await release({});
  await revisions('1 deployed');
  const uid = await age();
  await release({ replicas: 1, refused: true });
  await revisions('1 superseded', '2 failed', '3 deployed');
  await release({ replicas: 2 });
  await revisions('1 superseded', '2 failed', '3 superseded', '4 deployed');
  const now = await demo.object('Deployment', 'web', 'apps/v1');
  expect(now?.metadata.uid).toBe(uid);
  expect(now).toMatchObject({ spec: { replicas: 2 } });
});

test('are uninstalled', async () => {
  await release({});
  await revisions('1 deployed');
  await age();
  await cluster.kube.delete(demo.ref('web'));
  await revisions();
  await vi.waitFor(
    async () => expect(await demo.object('Deployment', 'web', 'apps/v1')).toBeUndefined(),
    waiting,
  );
});

test('a chart that still asks for the version is refused by its name', async () => {
  await release({ old: true });
  await vi.waitFor(
    async () =>
      expect((await demo.conditionOf('web', 'Released'))?.message).toContain(
        'no matches for kind "Deployment" in version "extensions/v1beta1"',
      ),
    waiting,
  );
});
