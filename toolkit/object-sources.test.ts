/** OCIRepository on the sandbox's registry, Bucket on an S3 server (which knows keys, and does not check signatures). */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHash } from 'node:crypto';
import S3rver from 's3rver';
import { fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadChart } from '../lib/helm/chart/mod.ts';
import { createOciTransport, packChart, parseOci, pushOci } from '../lib/helm/fetch/mod.ts';
import { signAws } from '../lib/cloud/mod.ts';
import { readTarball } from './artifacts/mod.ts';
import { namespace, refOf, smallChart, startStage } from './_harness.ts';
import type { Stage } from './_harness.ts';
import { Fields } from './runtime/mod.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 60_000);
afterAll(async () => {
  await stage.close();
});

const apply = (kind: string, name: string, spec: Record<string, unknown>, version = 'v1') =>
  stage.apply({
    apiVersion: `source.toolkit.fluxcd.io/${version}`,
    kind,
    metadata: { namespace, name },
    spec: { interval: '1h', ...spec },
  });

const artifactOf = async (kind: string, name: string) =>
  new Fields((await stage.kube.get(refOf(kind, name)))?.['status']).at('artifact');

const filesOf = async (kind: string, name: string) => {
  const url = (await artifactOf(kind, name)).text('url') ?? '';
  const answer = await fetch(url);
  return readTarball(new Uint8Array(await answer.arrayBuffer()));
};

const ask = (kind: string, name: string, at: string) =>
  stage.kube.patch(refOf(kind, name), 'merge', {
    metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': at } },
  });

describe('OCIRepository', () => {
  const push = async (version: string) => {
    const chart = loadChart(
      Object.entries(smallChart(version)).map(([name, text]) => ({
        name,
        data: Buffer.from(text),
      })),
      { unpack: () => [] },
    );
    await pushOci(createOciTransport({ plainHttp: true }), {
      archive: await packChart(chart),
      metadata: chart.metadata,
      reference: parseOci(`oci://${stage.sandbox.registry.host}/charts/small:${version}`),
      created: new Date(0).toISOString(),
      provenance: undefined,
    });
  };
  const url = () => `oci://${stage.sandbox.registry.host}/charts/small`;
  beforeAll(async () => {
    for (const version of ['1.0.0', '1.1.0', '2.0.0-rc.1']) await push(version);
  });

  test.each([
    ['a tag', { tag: '1.0.0' }, /^1\.0\.0@sha256:[0-9a-f]{64}$/],
    ['a range', { semver: '1.x' }, /^1\.1\.0@sha256:/],
    ['a range of filtered tags', { semver: '*-0', semverFilter: '-rc' }, /^2\.0\.0-rc\.1@sha256:/],
  ])('%s', async (why, ref, revision) => {
    const name = why.replaceAll(' ', '-');
    await apply('OCIRepository', name, { url: url(), insecure: true, ref }, 'v1beta2');
    expect(await stage.says('OCIRepository', name, 'Ready', 'Succeeded')).toMatch(
      /^True stored artifact for digest '/,
    );
    expect((await artifactOf('OCIRepository', name)).text('revision')).toMatch(revision);
    expect([...(await filesOf('OCIRepository', name)).keys()]).toContain('small/Chart.yaml');
    expect((await stage.events(name))[0]).toMatch(
      /^Normal NewArtifact stored artifact with revision '/,
    );
    if (!('tag' in ref)) return;
    const digest = (await artifactOf('OCIRepository', name)).text('revision')?.split('@')[1];
    await apply('OCIRepository', 'digest', { url: url(), insecure: true, ref: { digest } });
    await stage.says('OCIRepository', 'digest', 'Ready', 'Succeeded');
    expect((await artifactOf('OCIRepository', 'digest')).text('revision')).toBe(digest);
  });

  test.each([
    ['no-tag', { ref: { tag: 'none' } }, 'OCIArtifactPullFailed', /charts\/small:none not found/],
    ['no-range', { ref: { semver: '>9' } }, 'ReadOperationFailed', /no match found for semver: >9/],
    [
      'no-layer',
      { ref: { tag: '1.0.0' }, layerSelector: { mediaType: 'a/b' } },
      'OCIArtifactLayerOperationFailed',
      /failed to find layer with media type 'a\/b' in artifact/,
    ],
    ['no-secret', { secretRef: { name: 'none' } }, 'AuthenticationFailed', /"none" not found/],
    ['with-tag', { url: 'oci://example.com/a:1' }, 'URLInvalid', /must not contain a tag/],
    [
      'unreachable',
      { url: 'oci://127.0.0.1:1/a/b' },
      'OCIArtifactPullFailed',
      /failed to determine artifact digest/,
    ],
  ])('%s', async (name, spec, reason, message) => {
    await apply('OCIRepository', name, { url: url(), insecure: true, ...spec });
    expect(await stage.says('OCIRepository', name, 'FetchFailed', reason)).toMatch(message);
    expect(await stage.says('OCIRepository', name, 'Ready', reason)).toMatch(/^False /);
  });

  test('a release by chartRef has the digest in its version, and follows the range', async () => {
    await apply('OCIRepository', 'chart', {
      url: url(),
      insecure: true,
      ref: { semver: '1.x' },
      layerSelector: {
        mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
        operation: 'copy',
      },
    });
    await stage.apply({
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { namespace, name: 'by-ref' },
      spec: { interval: '1h', chartRef: { kind: 'OCIRepository', name: 'chart' } },
    });
    await stage.says('HelmRelease', 'by-ref', 'Ready', 'InstallSucceeded');
    const revision = (await artifactOf('OCIRepository', 'chart')).text('revision') ?? '';
    const status = new Fields((await stage.kube.get(refOf('HelmRelease', 'by-ref')))?.['status']);
    expect(status.text('lastAttemptedRevision')).toBe(
      `1.1.0+${revision.split(':')[1]?.slice(0, 12) ?? ''}`,
    );
    expect(status.text('lastAttemptedRevisionDigest')).toBe(revision.split('@')[1]);
    await push('1.2.0');
    await ask('OCIRepository', 'chart', 'next');
    await stage.says('HelmRelease', 'by-ref', 'Ready', 'UpgradeSucceeded');
  });
});

describe('Bucket', () => {
  let server: S3rver;
  let folder: string;
  let endpoint: string;
  /** What the server takes for its owner's. */
  const keys = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER', sessionToken: undefined };

  const put = async (key: string, body: string) => {
    const at = new URL(
      `http://${endpoint}/files/${key.split('/').map(encodeURIComponent).join('/')}`,
    );
    const hash = createHash('sha256').update(body).digest('hex');
    const headers = signAws({
      method: 'PUT',
      keys,
      region: 'us-east-1',
      service: 's3',
      url: at,
      headers: { 'x-amz-content-sha256': hash },
      body,
      at: new Date(),
    });
    expect((await fetch(at, { method: 'PUT', headers, body })).status).toBe(200);
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 's3'));
    server = new S3rver({
      port: 0,
      address: '127.0.0.1',
      silent: true,
      directory: folder,
      configureBuckets: [{ name: 'files', configs: [] }],
    });
    const { port } = (await server.run()) as AddressInfo;
    endpoint = `127.0.0.1:${port}`;
    await put('apps/one.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n');
    await put('apps/with blank+plus.txt', 'x');
    await put('logs/a.log', 'x');
    await stage.secret('owner', { accesskey: 'S3RVER', secretkey: 'S3RVER' });
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const bucket = (name: string, spec: Record<string, unknown> = {}, version = 'v1') =>
    apply(
      'Bucket',
      name,
      {
        bucketName: 'files',
        endpoint,
        insecure: true,
        secretRef: { name: 'owner' },
        ...spec,
      },
      version,
    );

  test('its objects, without those that are ignored; again when one changes; for a Kustomization', async () => {
    await bucket('files', { ignore: '*.log' }, 'v1beta2');
    const message = await stage.says('Bucket', 'files', 'Ready', 'Succeeded');
    expect(message).toMatch(/^True stored artifact: revision 'sha256:[0-9a-f]{64}'$/);
    expect([...(await filesOf('Bucket', 'files')).keys()].sort()).toEqual([
      'apps/one.yaml',
      'apps/with blank+plus.txt',
    ]);
    expect(await stage.events('files')).toContain(
      "Normal NewArtifact stored artifact with 2 fetched files from 'files' bucket",
    );
    const etag = (text: string) => createHash('md5').update(text).digest('hex');
    const one = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n';
    const lines = `apps/one.yaml ${etag(one)}\napps/with blank+plus.txt ${etag('x')}\n`;
    expect((await artifactOf('Bucket', 'files')).text('revision')).toBe(
      `sha256:${createHash('sha256').update(lines).digest('hex')}`,
    );

    await stage.apply({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { namespace, name: 'from-bucket' },
      spec: {
        interval: '1h',
        prune: true,
        targetNamespace: namespace,
        sourceRef: { kind: 'Bucket', name: 'files' },
        path: 'apps',
      },
    });
    await stage.says('Kustomization', 'from-bucket', 'Ready', 'ReconciliationSucceeded');
    await put('apps/one.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: two}\n');
    await ask('Bucket', 'files', 'next');
    await stage.until('ConfigMap', 'two', () => true);
  });

  test.each([
    ['nowhere', { bucketName: 'nowhere' }, 'BucketOperationFailed', /bucket 'nowhere' not found/],
    [
      'wrong-keys',
      { secretRef: { name: 'stranger' } },
      'BucketOperationFailed',
      /failed to confirm existence of 'files' bucket: Access Denied\./,
    ],
    [
      'half-keys',
      { secretRef: { name: 'half' } },
      'AuthenticationFailed',
      /invalid 'half' secret data: required fields 'accesskey' and/,
    ],
    ['no-keys', { secretRef: { name: 'none' } }, 'AuthenticationFailed', /"none" not found/],
    [
      'no-server',
      { endpoint: 'nowhere.invalid' },
      'BucketOperationFailed',
      /failed to confirm existence of 'files' bucket: .*(ENOTFOUND|EAI_AGAIN)/,
    ],
  ])('%s', async (name, spec, reason, message) => {
    await stage.secret('stranger', { accesskey: 'STRANGER', secretkey: 'wrong' });
    await stage.secret('half', { accesskey: 'S3RVER' });
    await bucket(name, spec);
    expect(await stage.says('Bucket', name, 'FetchFailed', reason)).toMatch(message);
    expect(await stage.says('Bucket', name, 'Ready', reason)).toMatch(/^False /);
  });
});
