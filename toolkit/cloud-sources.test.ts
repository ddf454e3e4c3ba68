/** Sources in clouds, from servers that answer as the clouds' do. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadChart } from '../lib/helm/chart/mod.ts';
import { createOciTransport, packChart, parseOci, pushOci } from '../lib/helm/fetch/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import { startRegistry } from '../sandbox/mod.ts';
import type { SandboxRegistry } from '../sandbox/mod.ts';
import { namespace, smallChart, startStage } from './_harness.ts';
import type { Stage } from './_harness.ts';

const ecr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const accountKey = Buffer.from('key of the account').toString('base64');
const files: Readonly<Record<string, string>> = { 'apps/one.yaml': 'one', 'apps/two +.txt': 'two' };

let stage: Stage;
let cloud: Server;
let base: string;
let registries: { aws: SandboxRegistry; gcp: SandboxRegistry };
/** Method and path of each request, and who made it. */
const asked: string[] = [];

beforeAll(async () => {
  const owned = (username: string, password: string) =>
    startRegistry({ clock: systemClock, auth: { credentials: { username, password } } });
  registries = { aws: await owned('AWS', 'ecr'), gcp: await owned('oauth2accesstoken', 'ya29') };
  cloud = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`);
    const answer = answerOf(request);
    response.writeHead(answer.status, { etag: '"e1"' }).end(answer.body);
  });
  // A proxy by which names of clouds lead to the registries here.
  cloud.on('connect', (request, socket) => {
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const own = host === ecr ? registries.aws : host === 'gcr.io' ? registries.gcp : undefined;
    const to = own === undefined ? Number(port) : Number(new URL(own.url).port);
    const through = connect(to, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      through.pipe(socket).pipe(through);
    });
    through.on('error', () => socket.destroy());
    socket.on('error', () => through.destroy());
  });
  await new Promise<void>((resolve) => cloud.listen(0, '127.0.0.1', resolve));
  const { port } = cloud.address() as AddressInfo;
  base = `http://127.0.0.1:${port}`;
  stage = await startStage([], undefined, {
    AWS_EC2_METADATA_SERVICE_ENDPOINT: base,
    AWS_ENDPOINT_URL_ECR: base,
    GCE_METADATA_HOST: `127.0.0.1:${port}`,
    AZURE_POD_IDENTITY_AUTHORITY_HOST: base,
    STORAGE_EMULATOR_HOST: base,
  });
  await stage.secret('proxy', { address: base });
  const metadata = { namespace, name: 'known' };
  await stage.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
}, 60_000);
afterAll(async () => {
  await stage.close();
  for (const each of Object.values(registries)) await each.close();
  await new Promise((resolve) => cloud.close(resolve).closeAllConnections());
});

function answerOf(request: IncomingMessage): { status: number; body: string } {
  const url = new URL(request.url ?? '', base);
  const line = `${request.method} ${url.pathname}`;
  const json = (value: unknown) => ({ status: 200, body: JSON.stringify(value) });
  const roles = '/latest/meta-data/iam/security-credentials/';
  if (line === 'PUT /latest/api/token') return { status: 200, body: 'session' };
  if (line === `GET ${roles}`) return { status: 200, body: 'node' };
  if (line === `GET ${roles}node`) return json({ AccessKeyId: 'A', SecretAccessKey: 'S' });
  if (line === 'POST /') {
    const token = Buffer.from('AWS:ecr').toString('base64');
    return json({ authorizationData: [{ authorizationToken: token, expiresAt: 4e9 }] });
  }
  if (line === 'GET /computeMetadata/v1/instance/service-accounts/default/token')
    return json({ access_token: 'ya29', expires_in: 3600 });
  if (url.searchParams.get('client_id') === 'stranger') return { status: 400, body: '{}' };
  if (line === 'GET /metadata/identity/oauth2/token')
    return json({ access_token: `az-${url.searchParams.get('client_id')}`, expires_in: '3600' });
  if (url.pathname.startsWith('/storage/v1/b/')) return googleStorage(request, url);
  if (/^\/(named|files)/.test(url.pathname)) return azureStorage(request, url);
  return { status: 403, body: 'no' };
}

function googleStorage({ headers }: IncomingMessage, url: URL) {
  if (headers.authorization !== 'Bearer ya29')
    return { status: 401, body: '{"error":{"message":"Invalid Credentials"}}' };
  const json = (value: unknown) => ({ status: 200, body: JSON.stringify(value) });
  const [bucket, , key] = url.pathname.slice('/storage/v1/b/'.length).split('/');
  if (bucket !== 'files') return { status: 404, body: '{}' };
  if (key !== undefined) {
    const text = files[decodeURIComponent(key)];
    if (text === undefined) return { status: 404, body: '{}' };
    return url.searchParams.get('alt') === 'media'
      ? { status: 200, body: text }
      : json({ etag: `e-${text}`, generation: '1' });
  }
  if (!url.pathname.endsWith('/o')) return json({ name: 'files' });
  // One object a page.
  const at = Number(url.searchParams.get('pageToken') ?? 0);
  const names = Object.keys(files);
  const next = at + 1 < names.length ? { nextPageToken: String(at + 1) } : {};
  const [name = ''] = names.slice(at);
  return json({ items: [{ name, etag: `e-${files[name] ?? ''}` }], ...next });
}

function azureStorage({ headers }: IncomingMessage, url: URL) {
  const isOwner =
    headers.authorization === 'Bearer az-app' ||
    /^SharedKey 127:[\w+/]{43}=$/.test(headers.authorization ?? '') ||
    url.searchParams.get('sig') === 'good';
  if (!isOwner)
    return { status: 403, body: '<Code>AuthenticationFailed</Code><Message>no</Message>' };
  const [bucket, ...path] = url.pathname.slice(1).split('/');
  if (bucket !== 'files') return { status: 404, body: '<Code>ContainerNotFound</Code>' };
  if (path.length === 0) {
    const names = Object.keys(files).filter((each) =>
      each.startsWith(url.searchParams.get('prefix') ?? ''),
    );
    const at = Number(url.searchParams.get('marker') ?? 0);
    const next = at + 1 < names.length ? String(at + 1) : '';
    const body = `<Blobs><Blob><Name>${names[at] ?? ''}</Name><Etag>e1</Etag></Blob></Blobs><NextMarker>${next}</NextMarker>`;
    return { status: 200, body };
  }
  const text = files[path.map(decodeURIComponent).join('/')];
  return text === undefined ? { status: 404, body: '' } : { status: 200, body: text };
}

const apply = (kind: string, name: string, spec: Record<string, unknown>) =>
  stage.apply({
    apiVersion: `${kind === 'ImageRepository' ? 'image' : 'source'}.toolkit.fluxcd.io/v1`,
    kind,
    metadata: { namespace, name },
    spec: { interval: '1h', ...spec },
  });

describe('registries', () => {
  const push = async (registry: SandboxRegistry, username: string, password: string) => {
    const content = Object.entries(smallChart('1.0.0'));
    const chart = loadChart(
      content.map(([name, text]) => ({ name, data: Buffer.from(text) })),
      { unpack: () => [] },
    );
    await pushOci(createOciTransport({ plainHttp: true, credentials: { username, password } }), {
      archive: await packChart(chart),
      metadata: chart.metadata,
      reference: parseOci(`oci://${registry.host}/charts/small:1.0.0`),
      created: new Date(0).toISOString(),
      provenance: undefined,
    });
  };

  test('OCIRepository by the role of an instance, ImageRepository by that of Google', async () => {
    await push(registries.aws, 'AWS', 'ecr');
    await push(registries.gcp, 'oauth2accesstoken', 'ya29');
    const common = { insecure: true, proxySecretRef: { name: 'proxy' } };
    await apply('OCIRepository', 'ecr', {
      ...common,
      url: `oci://${ecr}/charts/small`,
      provider: 'aws',
      ref: { tag: '1.0.0' },
    });
    await apply('ImageRepository', 'gcr', {
      ...common,
      image: 'gcr.io/charts/small',
      provider: 'gcp',
    });
    expect(await stage.says('OCIRepository', 'ecr', 'Ready', 'Succeeded')).toMatch(
      /^True stored artifact for digest '1\.0\.0@sha256:/,
    );
    expect(await stage.says('ImageRepository', 'gcr', 'Ready', 'Succeeded')).toMatch(
      /^True successful scan: found 1 tags /,
    );
  });

  test.each([
    [
      'of-nobody',
      { provider: 'aws', url: 'oci://ghcr.io/a/b' },
      'AuthenticationFailed',
      /^False failed to get credential from aws: invalid AWS registry: 'ghcr\.io'\. must match /,
    ],
    [
      'of-an-account',
      { provider: 'gcp', url: 'oci://gcr.io/a/b', serviceAccountName: 'known' },
      'FeatureGateDisabled',
      /please enable the ObjectLevelWorkloadIdentity feature gate in the controller$/,
    ],
    [
      'no-account',
      { url: 'oci://ghcr.io/a/b', serviceAccountName: 'robot' },
      'AuthenticationFailed',
      /^False failed to get credential: serviceaccounts "robot" not found$/,
    ],
  ])('refused: %s', async (name, spec, reason, message) => {
    await apply('OCIRepository', name, spec);
    expect(await stage.says('OCIRepository', name, 'Ready', reason)).toMatch(message);
  });
});

test.each([
  ['Bucket', { provider: 'gcp', bucketName: 'files', endpoint: 'storage.googleapis.com' }],
  ['GitRepository', { provider: 'azure', url: 'https://dev.azure.com/o/p/_git/r' }],
])('a %s of an account was not fetched without the gate', async (kind, spec) => {
  await apply(kind, 'gated', { ...spec, serviceAccountName: 'known' });
  expect(await stage.says(kind, 'gated', 'FetchFailed', 'FeatureGateDisabled')).toMatch(/^True /);
  expect(await stage.says(kind, 'gated', 'Ready', 'FeatureGateDisabled')).toMatch(/^False /);
});

test('decryption by an account is refused without the gate', async () => {
  await stage.apply({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { namespace, name: 'sealed' },
    spec: {
      interval: '1h',
      prune: false,
      sourceRef: { kind: 'GitRepository', name: 'none' },
      decryption: { provider: 'sops', serviceAccountName: 'known' },
    },
  });
  expect(await stage.says('Kustomization', 'sealed', 'Ready', 'FeatureGateDisabled')).toBe(
    'False to use spec.decryption.serviceAccountName for decryption authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller',
  );
});

describe('Bucket', () => {
  const bucket = (name: string, spec: Record<string, unknown>) =>
    apply('Bucket', name, { bucketName: 'files', endpoint: base, ...spec });
  const stored = async (name: string) => {
    await stage.says('Bucket', name, 'Ready', 'Succeeded');
    expect(await stage.events(name)).toContain(
      "Normal NewArtifact stored artifact with 2 fetched files from 'files' bucket",
    );
  };

  test('of Google, by the identity of the instance', async () => {
    await bucket('google', { provider: 'gcp' });
    await stored('google');
  });

  test.each([
    ['account-key', { accountKey }],
    ['signature', { sasKey: '?sv=2021&sig=good' }],
    ['identity', { clientId: 'app' }],
  ])('of Azure, by %s', async (name, data) => {
    await stage.secret(name, data);
    await bucket(name, { provider: 'azure', secretRef: { name } });
    await stored(name);
  });

  test.each([
    [
      'google-key',
      { provider: 'gcp' },
      { other: 'x' },
      'AuthenticationFailed',
      /^False invalid 'google-key' secret data: required fields 'serviceaccount'$/,
    ],
    [
      'google-json',
      { provider: 'gcp' },
      { serviceaccount: '{"type":"external_account"}' },
      'AuthenticationFailed',
      /^False the credentials of Google are of the type 'external_account', not service_account$/,
    ],
    [
      'azure-other',
      { provider: 'azure' },
      { sasKey: 'sig=bad' },
      'BucketOperationFailed',
      /^False failed to confirm existence of 'files' bucket: the specified bucket name may be incorrect/,
    ],
    [
      'azure-stranger',
      { provider: 'azure' },
      { clientId: 'stranger' },
      'BucketOperationFailed',
      /^False failed to confirm existence of 'files' bucket: .*the metadata service of Azure answered 400/,
    ],
    [
      'azure-certificate',
      { provider: 'azure' },
      { tenantId: 't', clientId: 'app', clientCertificate: 'none' },
      'AuthenticationFailed',
      /^False the client certificate has no certificate and RSA key in PEM$/,
    ],
    [
      'azure-nothing',
      { provider: 'azure' },
      { other: 'x' },
      'AuthenticationFailed',
      /requires a 'clientId' or 'accountKey' field/,
    ],
    [
      'azure-missing',
      { provider: 'azure', bucketName: 'named' },
      { clientId: 'app' },
      'BucketOperationFailed',
      /^False bucket 'named' not found$/,
    ],
  ])('refused: %s', async (name, spec, data, reason, message) => {
    await stage.secret(name, data);
    await bucket(name, { ...spec, secretRef: { name } });
    expect(await stage.says('Bucket', name, 'Ready', reason)).toMatch(message);
  });
});
