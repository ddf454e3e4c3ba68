/** Identities of service accounts, from token services that answer as the clouds' do. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { messageOf } from '../runtime/mod.ts';
import { askerOf, awsKeys, azureToken, createKeptIdentities, googleToken } from './mod.ts';
import type { CloudOptions } from './mod.ts';

let server: Server;
let base: string;
let asked: { line: string; authorization: string | undefined; form: Record<string, string> }[];
let now = Date.parse('2026-01-02T03:00:00Z');

const answers: Readonly<Record<string, unknown>> = {
  'POST /sts/': {
    AssumeRoleWithWebIdentityResponse: {
      AssumeRoleWithWebIdentityResult: {
        Credentials: {
          AccessKeyId: 'A',
          SecretAccessKey: 'S',
          SessionToken: 'T',
          Expiration: now / 1000 + 900,
        },
      },
    },
  },
  'POST /tenant/oauth2/v2.0/token': { access_token: 'entra', expires_in: 3600 },
  'POST /gsts/v1/token': { access_token: 'federated', expires_in: 3600 },
  'POST /iam/v1/projects/-/serviceAccounts/robot%40p.iam.gserviceaccount.com:generateAccessToken': {
    accessToken: 'impersonated',
    expireTime: new Date(now + 3_600_000).toISOString(),
  },
};
const metadata: Readonly<Record<string, string>> = {
  '/computeMetadata/v1/project/project-id': 'p',
  '/computeMetadata/v1/instance/attributes/cluster-location': 'europe-west1',
  '/computeMetadata/v1/instance/attributes/cluster-name': 'c',
};

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      // A proxy is asked for whole addresses.
      const { pathname } = new URL(request.url ?? '', base);
      const line = `${request.method} ${pathname}`;
      const { authorization } = request.headers;
      asked.push({ line, authorization, form: Object.fromEntries(new URLSearchParams(body)) });
      const answer = metadata[pathname] ?? answers[line];
      response
        .writeHead(answer === undefined ? 403 : 200)
        .end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? 'no'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
beforeEach(() => {
  asked = [];
  now = Date.parse('2026-01-02T03:00:00Z');
});

const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };

/** Options of an account; what it is annotated with may change. */
function stage(annotations: Record<string, string>) {
  const issued: string[] = [];
  const options: CloudOptions = {
    clock,
    // The process's own identity must not be used.
    env: {
      AWS_ACCESS_KEY_ID: 'own',
      AWS_SECRET_ACCESS_KEY: 'own',
      AZURE_CLIENT_SECRET: 'own',
      AWS_ENDPOINT_URL_STS: `${base}/sts/`,
      AZURE_AUTHORITY_HOST: base,
      GCE_METADATA_HOST: base.replace('http://', ''),
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STS: `${base}/gsts/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: `${base}/iam`,
    },
    readFile: () => Promise.reject(new Error('no file')),
    account: {
      namespace: 'apps',
      name: 'robot',
      prefix: 'failed to get token: ',
      annotations: () => Promise.resolve(annotations),
      issue: (audience) => {
        issued.push(audience);
        return Promise.resolve(`jwt-${issued.length}`);
      },
      kept: createKeptIdentities(clock),
    },
  };
  return { options, issued, annotations };
}

const role = 'arn:aws:iam::123456789012:role/puller';
const azureIds = {
  'azure.workload.identity/tenant-id': 'tenant',
  'azure.workload.identity/client-id': 'client',
};

test("AWS: the role's keys, kept until they end", async () => {
  const { options, issued } = stage({ 'eks.amazonaws.com/role-arn': role });
  const keys = { accessKeyId: 'A', secretAccessKey: 'S', sessionToken: 'T' };
  expect(await awsKeys('eu-west-1', options)).toEqual(keys);
  expect(await awsKeys('eu-west-1', options)).toEqual(keys);
  expect(issued).toEqual(['sts.amazonaws.com']);
  expect(asked.map(({ line, form }) => [line, form])).toEqual([
    [
      'POST /sts/',
      {
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: role,
        RoleSessionName: 'robot.apps.eu-west-1.fluxcd.io',
        WebIdentityToken: 'jwt-1',
      },
    ],
  ]);
  now += 850_000;
  await awsKeys('eu-west-1', options);
  expect(issued).toHaveLength(2);
});

test('another role is another identity, and other keys', async () => {
  const { options, issued, annotations } = stage({ 'eks.amazonaws.com/role-arn': role });
  const before = await askerOf(options);
  await awsKeys('eu-west-1', options);
  annotations['eks.amazonaws.com/role-arn'] = `${role}-2`;
  await awsKeys('eu-west-1', options);
  expect(asked.map(({ form }) => form['RoleArn'])).toEqual([role, `${role}-2`]);
  expect(issued).toHaveLength(2);
  expect(await askerOf(options)).not.toBe(before);
});

test('Azure: a token for the application', async () => {
  const { options, issued } = stage(azureIds);
  expect(await azureToken('x/.default', options)).toMatchObject({ token: 'entra' });
  expect(await azureToken('x/.default', options)).toMatchObject({ token: 'entra' });
  await azureToken('y/.default', options);
  expect(issued).toEqual(['api://AzureADTokenExchange', 'api://AzureADTokenExchange']);
  expect(asked[0]).toMatchObject({
    line: 'POST /tenant/oauth2/v2.0/token',
    form: { client_id: 'client', client_assertion: 'jwt-1', scope: 'x/.default' },
  });
});

describe('Google', () => {
  test('GKE: the pool of the cluster, and the service account of the annotation', async () => {
    const email = 'robot@p.iam.gserviceaccount.com';
    const { options, issued } = stage({ 'iam.gke.io/gcp-service-account': email });
    const want = { token: 'impersonated', until: now + 3_540_000 };
    expect(await googleToken(options)).toEqual(want);
    expect(await googleToken(options)).toEqual(want);
    expect(issued).toEqual(['p.svc.id.goog']);
    // Metadata are read once.
    expect(asked).toHaveLength(5);
    expect(asked[3]?.form).toMatchObject({
      audience:
        'identitynamespace:p.svc.id.goog:https://container.googleapis.com/v1/projects/p/locations/europe-west1/clusters/c',
      subject_token: 'jwt-1',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
    });
    expect(asked[4]?.authorization).toBe('Bearer federated');
  });

  test('elsewhere: the provider of the annotation, and the account itself', async () => {
    const provider = 'projects/1/locations/global/workloadIdentityPools/pool/providers/kind';
    const { options, issued } = stage({
      'gcp.auth.fluxcd.io/workload-identity-provider': provider,
    });
    expect(await googleToken(options)).toMatchObject({ token: 'federated' });
    expect(issued).toEqual([`//iam.googleapis.com/${provider}`]);
    expect(asked.map(({ line }) => line)).toEqual(['POST /gsts/v1/token']);
    expect(asked[0]?.form['scope']).toContain('userinfo.email');
  });
});

const roleWhy =
  "failed to get token: failed to get provider identity from service account 'apps/robot' annotations: invalid eks.amazonaws.com/role-arn annotation: '";
test.each([
  {
    what: 'no role',
    annotations: {},
    ask: (options: CloudOptions) => awsKeys('r', options),
    why: `${roleWhy}'. must match ^arn:aws[\\w-]*:iam::[0-9]{1,30}:role/.{1,200}$`,
  },
  {
    what: 'no region',
    annotations: { 'eks.amazonaws.com/role-arn': role },
    ask: (options: CloudOptions) => awsKeys('', options),
    why: "failed to get token: failed to create provider access token for service account 'apps/robot': an AWS region is required for authenticating with a service account. please configure one in the object spec",
  },
  {
    what: 'no tenant',
    annotations: { 'azure.workload.identity/client-id': 'c' },
    ask: (options: CloudOptions) => azureToken('x', options),
    why: "failed to get token: failed to get provider identity from service account 'apps/robot' annotations: azure tenant ID is not set in the service account annotation azure.workload.identity/tenant-id",
  },
  {
    what: 'a tenant that refuses',
    annotations: { ...azureIds, 'azure.workload.identity/tenant-id': 'other' },
    ask: (options: CloudOptions) => azureToken('x', options),
    why: 'failed to get token: failed to create provider access token for service account \'apps/robot\': Entra ID answered 403: "no"',
  },
  {
    what: 'no identity provider',
    annotations: { 'gcp.auth.fluxcd.io/workload-identity-provider': 'x' },
    ask: (options: CloudOptions) => googleToken(options),
    why: "failed to get token: failed to get provider audience: invalid gcp.auth.fluxcd.io/workload-identity-provider annotation: 'x'. must match ^projects/\\d{1,30}/locations/global/workloadIdentityPools/[^/]{1,100}/providers/[^/]{1,100}$",
  },
])('refused: $what', async ({ annotations, ask, why }) => {
  const failure = await ask(stage({ ...annotations }).options).catch((thrown: unknown) => thrown);
  expect(messageOf(failure)).toBe(why);
});

test('token services are asked through a proxy', async () => {
  const through: string[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, socket) => {
    through.push(`${request.url} ${request.headers['proxy-authorization']}`);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const { options } = stage(azureIds);
  const proxied = { ...options, proxy: `http://u:p@127.0.0.1:${port}` };
  await expect(azureToken('x', proxied)).rejects.toMatchObject({ reason: 'Unreachable' });
  expect(through).toEqual([
    `${base.replace('http://', '')} Basic ${Buffer.from('u:p').toString('base64')}`,
  ]);
  expect(asked).toEqual([]);
  await new Promise((resolve) => proxy.close(resolve).closeAllConnections());
});
