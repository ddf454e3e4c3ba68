/** Artifacts that controllers of other makers write, as sources. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { namespace, startStage } from './_harness.ts';
import type { Stage } from './_harness.ts';
import { digestOf, packFolder } from './artifacts/mod.ts';
import { Fields } from './runtime/mod.ts';

let stage: Stage;
/** Tarballs by path. */
const served = new Map<string, Uint8Array>();
const server = createServer((request, response) => {
  const body = served.get(request.url ?? '');
  response.writeHead(body === undefined ? 404 : 200).end(body);
});

beforeAll(async () => {
  stage = await startStage(['--feature-gates=ExternalArtifact=true']);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}, 60_000);
afterAll(async () => {
  await stage.close();
  await new Promise((resolve) => server.close(resolve).closeAllConnections());
});

/** Does what the maker's controller does. */
async function publish(
  name: string,
  files: Readonly<Record<string, string>>,
  revision = 'latest',
): Promise<void> {
  const folder = await mkdtemp(path.join(stage.folder, 'made'));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  const data = await packFolder(folder, () => false);
  const digest = digestOf(data);
  const at = `/${digest}.tar.gz`;
  served.set(at, data);
  const { port } = server.address() as AddressInfo;
  const artifact = {
    url: `http://127.0.0.1:${port}${at}`,
    path: at,
    digest,
    revision: revision === 'latest' ? `latest@${digest}` : revision,
    lastUpdateTime: '2026-01-01T00:00:00Z',
  };
  const apiVersion = 'source.toolkit.fluxcd.io/v1';
  const object = { apiVersion, kind: 'ExternalArtifact', metadata: { namespace, name } };
  await stage.apply(object);
  const ref = { apiVersion, kind: 'ExternalArtifact', namespace, name };
  await stage.kube.patch(ref, 'merge', { status: { artifact } }, { subresource: 'status' });
}

const data = async (name: string) => {
  const object = await stage.kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  return new Fields(object).textMap('data');
};

test('a Kustomization of one, and of its next revision', async () => {
  await stage.apply({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { namespace, name: 'made' },
    spec: {
      interval: '1h',
      retryInterval: '1s',
      prune: true,
      targetNamespace: namespace,
      path: 'x',
      sourceRef: { kind: 'ExternalArtifact', name: 'files' },
    },
  });
  expect(await stage.says('Kustomization', 'made', 'Ready', 'ArtifactFailed')).toBe(
    'False externalartifacts.source.toolkit.fluxcd.io "files" not found',
  );
  const map = (a: string) => ({
    'x/map.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made}\ndata: {a: "${a}"}\n`,
  });
  await publish('files', map('1'));
  await stage.says('Kustomization', 'made', 'Ready', 'ReconciliationSucceeded');
  expect(await data('made')).toEqual({ a: '1' });
  await publish('files', map('2'), 'v2');
  await stage.until(
    'Kustomization',
    'made',
    (status) => status.text('lastAppliedRevision') === 'v2',
  );
  expect(await data('made')).toEqual({ a: '2' });
});

test('a HelmRelease of one, and of its next revision', async () => {
  await stage.apply({
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { namespace, name: 'made-release' },
    spec: { interval: '1h', chartRef: { kind: 'ExternalArtifact', name: 'chart' } },
  });
  expect(await stage.says('HelmRelease', 'made-release', 'Ready', 'ArtifactFailed')).toBe(
    'False could not get Source object: ExternalArtifact.source.toolkit.fluxcd.io "chart" not found',
  );
  const chart = (text: string) => ({
    'small/Chart.yaml': 'apiVersion: v2\nname: small\nversion: 1.0.0\n',
    'small/templates/map.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made-release}\ndata: {a: "${text}"}\n`,
  });
  await publish('chart', chart('1'));
  expect(await stage.says('HelmRelease', 'made-release', 'Ready', 'InstallSucceeded')).toMatch(
    /with chart small@1\.0\.0\+[0-9a-f]{12}$/,
  );
  await publish('chart', chart('2'));
  await stage.says('HelmRelease', 'made-release', 'Ready', 'UpgradeSucceeded');
  expect(await data('made-release')).toEqual({ a: '2' });
});
