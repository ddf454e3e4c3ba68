import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKept } from '../../lib/cloud/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { issuedConnection } from './issued-token.ts';
import type { IssuerOptions } from './issued-token.ts';

const now = new Date('2026-01-01T00:00:00Z');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const aksId = `/subscriptions/${'0'.repeat(36)}/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c`;
const kubeconfig = (host: string) =>
  `clusters:\n- cluster: {server: "https://${host}:443", certificate-authority-data: ${base64('AKS CA')}}\nusers:\n- user: {exec: {command: kubelogin}}\n`;

/** The clouds' services, one beside the other. */
const answers: Readonly<Record<string, unknown>> = {
  'GET /clusters/prod': {
    cluster: {
      endpoint: 'https://EKS.example.com',
      certificateAuthority: { data: base64('EKS CA') },
    },
  },
  'GET /v1/projects/p/locations/l/clusters/c': {
    endpoint: '10.1.2.3',
    masterAuth: { clusterCaCertificate: base64('GKE CA') },
  },
  'GET /computeMetadata/v1/instance/service-accounts/default/token': {
    access_token: 'google',
    expires_in: 3600,
  },
  [`GET ${aksId}?api-version=2024-08-01`]: { properties: { aadProfile: {} } },
  [`GET ${aksId}none?api-version=2024-08-01`]: { properties: {} },
  [`POST ${aksId}/listClusterUserCredential?api-version=2024-08-01`]: {
    kubeconfigs: ['one', 'two'].map((each) => ({ value: base64(kubeconfig(`${each}.azmk8s.io`)) })),
  },
};

let url: string;
let asked: { line: string; authorization: string }[];
let close: () => Promise<unknown>;
beforeEach(async () => {
  asked = [];
  const server = createServer((request, response) => {
    const line = `${request.method} ${request.url}`;
    asked.push({ line, authorization: request.headers.authorization ?? '' });
    const identity = /^GET \/metadata\/identity.*resource=([^&]*)/.exec(line)?.[1];
    const answer =
      identity === undefined
        ? answers[line]
        : { access_token: `for ${decodeURIComponent(identity)}`, expires_in: 3600 };
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? 'no'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
});
afterEach(() => close());

function connect(data: Record<string, string>, more: Partial<IssuerOptions> = {}) {
  const map: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'apps', name: 'far', uid: 'u', resourceVersion: '1' },
    data,
  };
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const env = {
    AWS_ACCESS_KEY_ID: 'KEY',
    AWS_SECRET_ACCESS_KEY: 'SECRET',
    AWS_SESSION_TOKEN: 'SESSION',
    AWS_ENDPOINT_URL_EKS: url,
    AWS_ENDPOINT_URL_STS: 'https://sts.eu-west-1.amazonaws.com',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER: `${url}/`,
    GCE_METADATA_HOST: url.replace('http://', ''),
    AZURE_POD_IDENTITY_AUTHORITY_HOST: url,
    AZURE_ENVIRONMENT_FILEPATH: 'environment.json',
  };
  const options: IssuerOptions = {
    kube: {
      // The caller says what it is.
      get: ({ kind }) => Promise.resolve((kind === 'ConfigMap' ? map : undefined) as never),
      raw: () => Promise.reject(new Error('no token is issued')),
    },
    clock,
    readFile: () => Promise.reject(new Error('no file')),
    mayNameAccount: true,
    defaultAccount: '',
    keptPlaces: createKept(clock),
    cloudOf: () => ({
      clock,
      env,
      readFile: () => Promise.resolve(JSON.stringify({ resourceManagerEndpoint: url })),
    }),
    ...more,
  };
  return issuedConnection(options, 'apps', 'far');
}

const eks = { provider: 'aws', cluster: 'arn:aws:eks:eu-west-1:1:cluster/prod' };
const gke = { provider: 'gcp', cluster: 'projects/p/locations/l/clusters/c' };
const aks = { provider: 'azure', cluster: aksId };

describe('a cluster of a cloud', () => {
  test.each([
    ['EKS', eks, 'https://eks.example.com:443', 'EKS CA'],
    ['GKE', gke, 'https://10.1.2.3:443', 'GKE CA'],
    ['AKS', aks, 'https://one.azmk8s.io:443', 'AKS CA'],
    [
      'AKS at an address',
      { ...aks, address: 'two.azmk8s.io' },
      'https://two.azmk8s.io:443',
      'AKS CA',
    ],
    ['GKE with a given CA', { ...gke, 'ca.crt': 'PEM' }, 'https://10.1.2.3:443', 'PEM'],
  ])('%s', async (_, data, server, ca) => {
    const { connection, version } = await connect(data);
    expect(connection).toMatchObject({ server, ca });
    expect(version).toBe('u 1');
  });

  test('nobody is asked where it is when the ConfigMap says it', async () => {
    const place = { address: 'https://far.example.com', 'ca.crt': 'PEM' };
    const { connection } = await connect({ ...gke, ...place });
    expect(connection).toMatchObject({ server: 'https://far.example.com:443', ca: 'PEM' });
    expect(asked.map(({ line }) => line)).toEqual([
      'GET /computeMetadata/v1/instance/service-accounts/default/token',
    ]);
    expect(await connection.headers()).toEqual({ authorization: 'Bearer google' });
  });

  test("the token for AKS is that of its server application, Azure's API has another", async () => {
    const { connection } = await connect(aks);
    expect(await connection.headers()).toEqual({
      authorization: 'Bearer for 6dae42f8-4368-4678-94ff-3960e28e3630',
    });
    const azure = asked.filter(({ line }) => line.includes('managedClusters'));
    expect(azure.map(({ authorization }) => authorization)).toEqual([
      `Bearer for ${url}`,
      `Bearer for ${url}`,
    ]);
  });

  test('the token for EKS is a signed question to STS, of this cluster only', async () => {
    const { connection } = await connect(eks);
    const { authorization = '' } = await connection.headers();
    const text = String(authorization).replace('Bearer k8s-aws-v1.', '');
    const signed = new URL(Buffer.from(text, 'base64url').toString('utf8'));
    expect(signed.origin).toBe('https://sts.eu-west-1.amazonaws.com');
    expect(Object.fromEntries(signed.searchParams)).toEqual({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'KEY/20260101/eu-west-1/sts/aws4_request',
      'X-Amz-Date': '20260101T000000Z',
      'X-Amz-Expires': '900',
      'X-Amz-Security-Token': 'SESSION',
      // As botocore 1.43 signs it.
      'X-Amz-Signature': 'd00f5a0c3a7a20e72fd3fdabdb26b27537eda9992211b84fa1df73a4243f2da0',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
    });
    expect(asked[0]?.authorization).toContain('/eu-west-1/eks/aws4_request');
  });

  test.each([
    [{ provider: 'aws', cluster: 'prod' }, "invalid EKS cluster ARN: 'prod'. must match ^arn:aws"],
    [{ provider: 'gcp', cluster: 'c' }, "invalid GKE cluster ID: 'c'. must match"],
    [{ provider: 'azure' }, "invalid AKS cluster ID: ''. must match"],
    [{ ...aks, cluster: `${aksId}none` }, 'does not have Microsoft Entra ID integration enabled'],
    [
      { ...aks, address: 'three.azmk8s.io' },
      "matching the specified address 'three.azmk8s.io'. cluster addresses: ['https://one.azmk8s.io:443', 'https://two.azmk8s.io:443']",
    ],
    [
      { ...gke, cluster: `${gke.cluster}x` },
      "failed to describe GKE cluster 'projects/p/locations/l/clusters/cx': GKE answered 404",
    ],
    [
      { ...gke, serviceAccountName: 'deployer' },
      `failed to get service account 'apps/deployer': ServiceAccount "deployer" not found`,
    ],
  ])('%j is refused', async (data, why) => {
    await expect(connect(data)).rejects.toThrow(why);
  });

  test('tenants with a default account never get our own identity', async () => {
    await expect(connect(gke, { defaultAccount: 'deployer' })).rejects.toThrow(
      "failed to get service account 'apps/deployer'",
    );
    expect(asked).toEqual([]);
  });
});
