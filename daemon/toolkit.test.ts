/** `fluxd --toolkit`: a config repository and a Kustomization of it in one process, from its start to its end. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createKubeClient, loadConnection } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import { readDocuments } from '../lib/manifest/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { memoryLogger, systemClock } from '../lib/runtime/mod.ts';
import { startSandbox } from '../sandbox/mod.ts';
import type { Sandbox } from '../sandbox/mod.ts';
import { freePort } from './_kills.ts';
import { startDaemonProcess } from './_process.ts';

const soon = { timeout: 60_000, interval: 50 };

let home: string;
let kubeconfig: string;
let sandbox: Sandbox;
let kube: KubeClient;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'fluxd-toolkit'));
  sandbox = await startSandbox({ clock: systemClock, log: memoryLogger(), env: process.env });
  kubeconfig = path.join(home, 'kubeconfig');
  await writeFile(kubeconfig, sandbox.api.kubeconfig);
  kube = createKubeClient({ connection: await loadConnection({ env: {}, path: kubeconfig }) });
  const text = await readFile(path.join(import.meta.dirname, '../crds/toolkit.yaml'), 'utf8');
  for (const document of readDocuments(text))
    await kube.apply(document as KubeObject, { fieldManager: 'test', force: true });
  kube.invalidateDiscovery();
}, 60_000);
afterAll(async () => {
  await kube.close();
  await sandbox.close();
  await rm(home, { recursive: true, force: true });
});

const map = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: default}\n`;
const textAt = async (url: string) => (await fetch(url)).text();

test('what fluxd syncs and what a Kustomization applies; one signal ends both', async () => {
  const url = `${sandbox.git.url}/config.git`;
  const source = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' };
  const kustomization = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' };
  const metadata = { name: 'config', namespace: 'default' };
  const objects = [
    { ...source, metadata, spec: { url, interval: '1h', ref: { branch: 'master' } } },
    {
      ...kustomization,
      metadata,
      spec: {
        interval: '1h',
        path: 'below',
        prune: true,
        sourceRef: { kind: 'GitRepository', name: 'config' },
      },
    },
  ];
  const files = {
    'plain/map.yaml': map('by-fluxd'),
    'plain/toolkit.yaml': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    'below/map.yaml': map('by-kustomization'),
  };
  const work = path.join(home, 'config');
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(work, name)), { recursive: true });
    await writeFile(path.join(work, name), content);
  }
  expect(await sandbox.git.createRepository('config', { fromFolder: work })).toBe(url);

  const [port, metrics] = [await freePort(), await freePort()];
  const daemon = startDaemonProcess({
    env: { HOME: home, TMPDIR: home, GIT_CONFIG_NOSYSTEM: '1' },
    args: [
      ...[`--listen=127.0.0.1:${port}`, `--kube-config=${kubeconfig}`, `--git-url=${url}`],
      ...['--git-path=plain', '--git-poll-interval=500ms', '--sync-interval=1s'],
      ...['--registry-disable-scanning', '--toolkit'],
      `--toolkit-metrics-addr=127.0.0.1:${metrics}`,
      ...['--toolkit-storage-addr=127.0.0.1:0', '--toolkit-receiverAddr=127.0.0.1:0'],
      '--toolkit-events-listen-addr=127.0.0.1:0',
    ],
  });
  try {
    await vi.waitFor(async () => {
      const { items } = await kube.list({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace: 'default',
      });
      const names = items.map((item) => item.metadata.name);
      expect(names, daemon.log()).toEqual(expect.arrayContaining(['by-fluxd', 'by-kustomization']));
    }, soon);
    expect((await fetch(`http://127.0.0.1:${metrics}/readyz`)).status).toBe(200);
    expect(await textAt(`http://127.0.0.1:${metrics}/metrics`)).toContain('kustomization');
    expect(await textAt(`http://127.0.0.1:${port}/metrics`)).toContain('flux_daemon_sync');
  } finally {
    await daemon.end('SIGTERM');
  }
  expect(daemon.log()).toContain('exiting');
}, 120_000);
