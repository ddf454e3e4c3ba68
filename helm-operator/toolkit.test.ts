/** `helm-operator --toolkit`: both generations of kinds in one process, from its start to its end. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { commandOf } from '../hack/programs.ts';
import { readDocuments } from '../lib/manifest/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { freePort, startTestCluster } from './_harness.ts';
import type { TestCluster } from './_harness.ts';

const waiting = { timeout: 30_000, interval: 20 };

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
  const text = await readFile(path.join(import.meta.dirname, '../crds/toolkit.yaml'), 'utf8');
  for (const document of readDocuments(text))
    await cluster.kube.apply(document as KubeObject, { fieldManager: 'test', force: true });
  cluster.kube.invalidateDiscovery();
});
afterAll(() => cluster.close());

async function start(more: readonly string[] = []) {
  const [port, metrics, artifacts] = [await freePort(), await freePort(), await freePort()];
  const [program, ...before] = commandOf('helm-operator');
  const child = spawn(
    program,
    [
      ...before,
      `--kubeconfig=${cluster.kubeconfig}`,
      `--listen=127.0.0.1:${port}`,
      '--enabled-helm-versions=v3',
      '--toolkit',
      `--toolkit-metrics-addr=127.0.0.1:${metrics}`,
      ...['--toolkit-storage-addr', `127.0.0.1:${artifacts}`],
      '--toolkit-events-listen-addr=127.0.0.1:0',
      '--toolkit-receiverAddr=127.0.0.1:0',
      ...more,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: await mkdtemp(path.join(cluster.folder, 'process')) },
    },
  );
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      resolve(code);
    });
  });
  return {
    port,
    metrics,
    artifacts,
    said,
    ended,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

const textAt = async (url: string) => (await fetch(url)).text();

test(
  'serves the kinds of both generations, and ends by one signal',
  { timeout: 60_000 },
  async () => {
    const { kube } = cluster;
    const namespace = await cluster.createNamespace();
    const repository = await cluster.createRepository();
    await repository.push({
      'chart/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
      'chart/templates/map.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n',
      'plain/map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: by-kustomization}\n',
    });
    const objects = [
      {
        apiVersion: 'helm.fluxcd.io/v1',
        kind: 'HelmRelease',
        metadata: { name: 'v1', namespace },
        spec: {
          releaseName: 'by-v1',
          chart: { git: repository.url, ref: 'master', path: 'chart' },
        },
      },
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'GitRepository',
        metadata: { name: 'repository', namespace },
        spec: { url: repository.url, interval: '1h', ref: { branch: 'master' } },
      },
      {
        apiVersion: 'helm.toolkit.fluxcd.io/v2',
        kind: 'HelmRelease',
        metadata: { name: 'v2', namespace },
        spec: {
          releaseName: 'by-v2',
          interval: '1h',
          chart: {
            spec: { chart: 'chart', sourceRef: { kind: 'GitRepository', name: 'repository' } },
          },
        },
      },
      {
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        metadata: { name: 'plain', namespace },
        spec: {
          interval: '1h',
          path: 'plain',
          prune: true,
          targetNamespace: namespace,
          sourceRef: { kind: 'GitRepository', name: 'repository' },
        },
      },
    ];
    for (const object of objects) await kube.apply(object, { fieldManager: 'test', force: true });
    const operator = await start();
    try {
      await vi.waitFor(async () => {
        const { items } = await kube.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace });
        expect(items.map(({ metadata }) => metadata.name)).toEqual(
          expect.arrayContaining(['by-v1', 'by-v2', 'by-kustomization']),
        );
      }, waiting);
      expect(await textAt(`http://127.0.0.1:${operator.metrics}/readyz`)).toBe('ok');
      expect(await textAt(`http://127.0.0.1:${operator.metrics}/metrics`)).toContain(
        'gotk_reconcile_duration_seconds',
      );
      expect(await textAt(`http://127.0.0.1:${operator.port}/metrics`)).toContain(
        'flux_helm_operator_release_count 1',
      );
      const { items } = await kube.list({ ...typeOf('GitRepository'), namespace });
      const url = /"url":"(http:[^"]+\.tar\.gz)"/.exec(JSON.stringify(items))?.[1] ?? '';
      expect(new URL(url).port).toBe(String(operator.artifacts));
      expect((await fetch(url)).status).toBe(200);
    } catch (thrown) {
      throw new Error(operator.said.join('').slice(-4000), { cause: thrown });
    } finally {
      expect(await operator.stop()).toBe(0);
    }
  },
);

const typeOf = (kind: string) => ({ apiVersion: 'source.toolkit.fluxcd.io/v1', kind });

test('ends as a whole when an address of the toolkit is taken', async () => {
  const other = createServer();
  const taken = await freePort();
  await new Promise<void>((resolve) => other.listen(taken, '127.0.0.1', resolve));
  try {
    const operator = await start([`--toolkit-metrics-addr=127.0.0.1:${taken}`]);
    expect(await operator.ended).toBe(1);
    expect(operator.said.join('')).toContain('EADDRINUSE');
    expect(operator.said.join('')).toContain('stopping workers');
  } finally {
    other.close();
  }
});
