/** The whole operator on the sandbox: API server and Git server over their real protocols. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startApiServer, startGitServer } from '../sandbox/mod.ts';
import type { ApiServer, SandboxGitServer } from '../sandbox/mod.ts';
import { createHelmEngine } from '../lib/helm/action/mod.ts';
import type { HelmEngine } from '../lib/helm/action/mod.ts';
import { createKubeClient } from '../lib/kube/mod.ts';
import type { KubeClient, KubeConnection } from '../lib/kube/mod.ts';
import { readDocuments } from '../lib/manifest/mod.ts';
import type { HelmRelease, HelmReleaseSpec, KubeObject } from '../lib/objects/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import { freePort, openRepository, startChartRepository, startOperator } from './_harness.ts';
import type { TestOperator, TestRepository } from './_harness.ts';

const waiting = { timeout: 20_000, interval: 25 };

let folder: string;
let api: ApiServer;
let git: SandboxGitServer;
let connection: KubeConnection;
let kube: KubeClient;
let engine: HelmEngine;
let repository: string;
let charts: TestRepository;
let namespace: string;
let operator: TestOperator;
let count = 0;

const chartFiles: Record<string, string> = {
  'charts/app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 0.1.0\n',
  'charts/app/values.yaml': 'color: red\n',
  'charts/app/templates/color.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-color
data:
  color: {{ required "a color is needed" .Values.color }}
  size: {{ .Values.size | default "none" | quote }}
`,
  'charts/slow/Chart.yaml': 'apiVersion: v2\nname: slow\nversion: 0.1.0\n',
  'charts/slow/templates/claim.yaml': `apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .Release.Name }}
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 1Gi
`,
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'helm-operator-test'));
  api = await startApiServer({ clock: systemClock });
  git = await startGitServer({ env: process.env });
  connection = {
    server: api.url,
    ca: api.ca,
    insecure: false,
    namespace: undefined,
    headers: () => Promise.resolve({ authorization: `Bearer ${api.token}` }),
  };
  kube = createKubeClient({ connection });
  engine = createHelmEngine({ kube, clock: systemClock, log: () => undefined });
  const crd = await readFile(path.join(import.meta.dirname, '../crds/helmreleases.yaml'), 'utf8');
  for (const document of readDocuments(crd)) {
    await kube.apply(document as KubeObject, { fieldManager: 'test', force: true });
  }
  kube.invalidateDiscovery();
});

afterAll(async () => {
  await kube.close();
  await Promise.all([api.close(), git.close()]);
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  count += 1;
  namespace = `test-${count}`;
  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  repository = await git.createRepository(`charts-${count}`);
  charts = await openRepository(repository, path.join(folder, `clone-${count}`));
  await push(chartFiles);
  await start();
});

afterEach(async () => {
  await operator.stop();
});

async function start(): Promise<void> {
  operator = await startOperator(
    { kube, connection, folder },
    { flags: [`--allow-namespace=${namespace}`], identity: `test-${count}` },
  );
}

/** An empty chart named shop. */
const shopChart = (version: string) => ({
  'Chart.yaml': `apiVersion: v2\nname: shop\nversion: ${version}\n`,
});

const push = (files: Record<string, string>) => charts.push(files);

async function syncGit(): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${operator.port}/api/v1/sync-git`, {
    method: 'POST',
  });
  expect(await answer.text()).toBe('OK');
}

const ref = (name: string) => ({
  apiVersion: 'helm.fluxcd.io/v1',
  kind: 'HelmRelease',
  namespace,
  name,
});

async function release(name: string, spec: Partial<HelmReleaseSpec> = {}): Promise<void> {
  const object = {
    apiVersion: 'helm.fluxcd.io/v1',
    kind: 'HelmRelease',
    metadata: { namespace, name },
    spec: { releaseName: name, chart: { git: repository, path: 'charts/app' }, ...spec },
  };
  await kube.apply(object, { fieldManager: 'test', force: true });
}

const statusOf = async (name: string) => (await kube.get<HelmRelease>(ref(name)))?.status ?? {};
const conditionOf = async (name: string, type: string) =>
  (await statusOf(name)).conditions?.find((condition) => condition.type === type);
const configMap = async (name: string) =>
  kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `${name}-color` });
const revisions = async (name: string) =>
  (await engine.history({ namespace, releaseName: name })).map(
    ({ version, info }) => `${version} ${info.status}`,
  );
const phase = (name: string, want: string) =>
  vi.waitFor(async () => expect((await statusOf(name)).phase).toBe(want), waiting);
const color = (name: string, want: string) =>
  vi.waitFor(
    async () => expect((await configMap(name))?.data).toMatchObject({ color: want }),
    waiting,
  );
const events = async (name: string) =>
  (await kube.list({ apiVersion: 'v1', kind: 'Event', namespace })).items
    .filter(({ involvedObject }) => (involvedObject as { name?: string }).name === name)
    .map(({ type, reason, message }) => [type, reason, message].join(' '));

describe('releases', () => {
  test('installs from Git, upgrades for values and for the chart, uninstalls with the object', async () => {
    const head = await push({ 'README.md': 'x\n' });
    await release('app');
    await phase('app', 'Succeeded');
    await vi.waitFor(
      async () =>
        expect(await statusOf('app')).toMatchObject({
          observedGeneration: 1,
          revision: head,
          lastAttemptedRevision: head,
          releaseName: 'app',
          releaseStatus: 'deployed',
        }),
      waiting,
    );
    expect((await configMap('app'))?.metadata.annotations).toMatchObject({
      'helm.fluxcd.io/antecedent': `${namespace}:helmrelease/app`,
      'meta.helm.sh/release-name': 'app',
    });
    expect(await conditionOf('app', 'Released')).toMatchObject({
      status: 'True',
      reason: 'Succeeded',
      message: `Release was successful for Helm release 'app' in '${namespace}'.`,
    });

    await release('app', { values: { color: 'blue' } });
    await color('app', 'blue');
    await vi.waitFor(
      async () => expect(await revisions('app')).toEqual(['1 superseded', '2 deployed']),
      waiting,
    );

    const edited = await push({
      'charts/app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 0.2.0\n',
    });
    await syncGit();
    await vi.waitFor(
      async () =>
        expect(await revisions('app')).toEqual(['1 superseded', '2 superseded', '3 deployed']),
      waiting,
    );
    await vi.waitFor(async () => expect((await statusOf('app')).revision).toBe(edited), waiting);
    expect(await events('app')).toContain(
      `Normal ReleaseSynced managed release 'app' in namespace '${namespace}' synchronized`,
    );

    await kube.delete(ref('app'));
    await vi.waitFor(async () => expect(await configMap('app')).toBeUndefined(), waiting);
    await vi.waitFor(async () => expect(await revisions('app')).toEqual([]), waiting);
  });

  test('installs from a private chart repository, and again when a range has a newer version', async () => {
    const shop = await startChartRepository({ username: 'ann', password: 's3cret' });
    try {
      await shop.publish(shopChart('0.1.0'));
      await release('shop', {
        chart: {
          repository: shop.url,
          name: 'shop',
          version: '~0.1',
          chartPullSecret: { name: 'charts' },
        },
      });
      await phase('shop', 'ChartFetchFailed');
      expect((await conditionOf('shop', 'ChartFetched'))?.message).toContain(
        'could not find username key in secret',
      );
      await kube.create({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace, name: 'charts' },
        stringData: { username: 'ann', password: 's3cret' },
      });
      await vi.waitFor(
        async () => expect((await statusOf('shop')).revision).toBe('0.1.0'),
        waiting,
      );
      await shop.publish(shopChart('0.1.5'));
      await shop.publish(shopChart('0.2.0'));
      await vi.waitFor(
        async () => expect((await statusOf('shop')).revision).toBe('0.1.5'),
        waiting,
      );
      expect(await revisions('shop')).toEqual(['1 superseded', '2 deployed']);
    } finally {
      await shop.close();
    }
  });

  test('upgrades when a ConfigMap with values changes', async () => {
    const source = (text: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: 'values' },
      data: { 'values.yaml': text },
    });
    await kube.create(source('color: green\n'));
    await release('app', { valuesFrom: [{ configMapKeyRef: { name: 'values' } }] });
    await color('app', 'green');
    await kube.apply(source('color: yellow\n'), { fieldManager: 'test', force: true });
    await color('app', 'yellow');
  });

  test('a restart makes no new revisions', async () => {
    await release('app', { values: { color: 'blue' } });
    await release('kept', { resetValues: false, values: { size: 'big' } });
    await phase('app', 'Succeeded');
    await phase('kept', 'Succeeded');
    await release('kept', { resetValues: false, values: { color: 'blue' } });
    await color('kept', 'blue');
    await phase('kept', 'Succeeded');
    await operator.stop();
    await start();
    const noChanges = (name: string) =>
      operator.log.records.some((line) => line.release === name && line.info === 'no changes');
    await vi.waitFor(
      () => expect([noChanges('app'), noChanges('kept')]).toEqual([true, true]),
      waiting,
    );
    expect(await revisions('app')).toEqual(['1 deployed']);
    expect(await revisions('kept')).toEqual(['1 superseded', '2 deployed']);
    expect((await configMap('kept'))?.data).toEqual({ color: 'blue', size: 'big' });
  });

  test('ends only after the operation under way has ended', async () => {
    await release('slow', { chart: { git: repository, path: 'charts/slow' }, wait: true });
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: 'slow' };
    await vi.waitFor(async () => expect(await kube.get(claim)).toBeDefined(), waiting);
    expect(await revisions('slow')).toEqual(['1 pending-install']);
    operator.signal();
    let ended = false;
    const end = operator.ended.then(() => {
      ended = true;
    });
    await vi.waitFor(
      () =>
        expect(operator.log.records).toContainEqual(
          expect.objectContaining({ info: 'stopping workers' }),
        ),
      waiting,
    );
    expect(ended).toBe(false);
    await kube.patch(claim, 'merge', { status: { phase: 'Bound' } }, { subresource: 'status' });
    await end;
    expect(await revisions('slow')).toEqual(['1 deployed']);
    expect((await statusOf('slow')).phase).toBe('Succeeded');
  });
});

describe('bad input stops only itself', () => {
  test('a path that is not in the repository, until it is', async () => {
    await release('lost', { chart: { git: repository, path: 'charts/lost' } });
    await release('app');
    await phase('lost', 'ChartFetchFailed');
    await phase('app', 'Succeeded');
    const message = `Chart fetch failed for Helm release 'lost' in '${namespace}'. chart unavailable: there is no path 'charts/lost' in the repository at master`;
    for (const type of ['ChartFetched', 'Released']) {
      expect(await conditionOf('lost', type)).toMatchObject({
        status: 'False',
        reason: 'ChartFetchFailed',
        message: expect.stringContaining(message) as string,
      });
    }
    await vi.waitFor(
      async () =>
        expect(await events('lost')).toContainEqual(
          expect.stringContaining(
            `Warning FailedReleaseSync synchronization of release 'lost' in namespace '${namespace}' failed: failed to prepare chart for release: chart unavailable: there is no path`,
          ),
        ),
      waiting,
    );
    expect(operator.log.records).toContainEqual(
      expect.objectContaining({
        component: 'release',
        release: 'lost',
        error: expect.stringContaining('failed to prepare chart for release') as string,
      }),
    );
    await push({
      'charts/lost/Chart.yaml': 'apiVersion: v2\nname: lost\nversion: 0.1.0\n',
      'charts/lost/templates/a.yaml': '',
    });
    await phase('lost', 'Succeeded');
    expect((await conditionOf('lost', 'ChartFetched'))?.status).toBe('True');
  });

  test('a template error, until the values are mended', async () => {
    await release('app', { values: { color: '' } });
    await phase('app', 'DeployFailed');
    expect((await conditionOf('app', 'Released'))?.message).toMatch(
      /^Installation or upgrade failed for Helm release 'app' in '.*'\. .*a color is needed/,
    );
    expect(await revisions('app')).toEqual([]);
    await release('app', { values: { color: 'blue' } });
    await phase('app', 'Succeeded');
    await release('app', { values: { color: '' } });
    await phase('app', 'DeployFailed');
    expect(await revisions('app')).toEqual(['1 deployed']);
    expect((await configMap('app'))?.data).toMatchObject({ color: 'blue' });
  });

  test('a key that is missing, until it is there', async () => {
    await kube.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'values' },
    });
    await release('app', { valuesFrom: [{ secretKeyRef: { name: 'values', key: 'app.yaml' } }] });
    await phase('app', 'Failed');
    await vi.waitFor(
      async () =>
        expect((await conditionOf('app', 'Released'))?.message).toMatch(
          new RegExp(
            `^Release failed for Helm release 'app' in '${namespace}'\\. could not find key app\\.yaml in Secret ${namespace}/values \\(next try at \\S+Z\\)$`,
          ),
        ),
      waiting,
    );
    await kube.patch({ apiVersion: 'v1', kind: 'Secret', namespace, name: 'values' }, 'merge', {
      stringData: { 'app.yaml': 'color: pink\n' },
    });
    await color('app', 'pink');
  });

  test('a repository that is not there', async () => {
    const nowhere = `http://you:s3cret@127.0.0.1:${await freePort()}/x.git`;
    await release('app', { chart: { git: nowhere, path: 'charts/app' } });
    await phase('app', 'ChartFetchFailed');
    const seen = JSON.stringify([await statusOf('app'), await events('app'), operator.log.records]);
    expect(seen).toContain('Chart fetch failed');
    expect(seen).not.toContain('s3cret');
  });

  test('version 2 of Helm is refused with the way out', async () => {
    await release('app', { helmVersion: 'v2' });
    await phase('app', 'Failed');
    expect((await conditionOf('app', 'Released'))?.message).toContain('helm 2to3 convert');
  });

  test('a release of Helm 2 is not taken over, unless version 3 is meant', async () => {
    await kube.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        namespace: 'kube-system',
        name: `old-${count}.v1`,
        labels: { OWNER: 'TILLER', NAME: `old-${count}` },
      },
    });
    await release('app', { releaseName: `old-${count}` });
    await phase('app', 'Failed');
    expect((await conditionOf('app', 'Released'))?.message).toContain(
      `helm 2to3 convert old-${count}`,
    );
    expect(await revisions(`old-${count}`)).toEqual([]);
    await release('app', { releaseName: `old-${count}`, helmVersion: 'v3' });
    await phase('app', 'Succeeded');
  });

  test('the release of another HelmRelease is neither upgraded nor removed', async () => {
    await release('app', { values: { color: 'blue' } });
    await phase('app', 'Succeeded');
    await release('thief', { releaseName: 'app', values: { color: 'black' } });
    await phase('thief', 'Failed');
    expect((await conditionOf('thief', 'Released'))?.message).toContain(
      `release appears to be managed by '${namespace}:helmrelease/app'`,
    );
    await kube.delete(ref('thief'));
    await vi.waitFor(
      () =>
        expect(operator.log.records).toContainEqual(
          expect.objectContaining({
            warning: expect.stringContaining('it is left alone') as string,
          }),
        ),
      waiting,
    );
    expect(await revisions('app')).toEqual(['1 deployed']);
    expect((await configMap('app'))?.data).toMatchObject({ color: 'blue' });
  });
});
