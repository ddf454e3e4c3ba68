import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { issuedConnection } from './issued-token.ts';
import type { IssuerOptions } from './issued-token.ts';

const map = (data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'apps', name: 'far', uid: 'u', resourceVersion: '1' },
  data,
});
const account: KubeObject = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { namespace: 'apps', name: 'deployer' },
};
const podToken = `x.${Buffer.from(
  JSON.stringify({ sub: 'system:serviceaccount:flux-system:toolkit' }),
).toString('base64url')}.x`;

/** An API server that issues tokens for an hour, numbered. */
function stage(objects: readonly KubeObject[], more: Partial<IssuerOptions> = {}) {
  const asked: { path: string; audiences: unknown }[] = [];
  let now = 0;
  const options: IssuerOptions = {
    kube: {
      get: (ref) =>
        Promise.resolve(
          // The caller says what it is.
          objects.find(({ kind, metadata }) => kind === ref.kind && metadata.name === ref.name) as
            undefined | never,
        ),
      raw: (_method, path, { body } = {}) => {
        asked.push({ path, audiences: (body as { spec: { audiences: unknown } }).spec.audiences });
        const expirationTimestamp = new Date(now + 3_600_000).toISOString();
        return Promise.resolve(
          JSON.stringify({ status: { token: `token-${asked.length}`, expirationTimestamp } }),
        );
      },
    },
    clock: { now: () => new Date(now) },
    readFile: () => Promise.resolve(podToken),
    mayNameAccount: true,
    keptPlaces: (_, ask) => ask(),
    cloudOf: () => {
      throw new Error('no cloud is asked');
    },
    defaultAccount: '',
    ...more,
  };
  return { asked, options, pass: (ms: number) => void (now += ms) };
}

const generic = { provider: 'generic', address: 'Far.Example.org' };

describe('issuedConnection', () => {
  test('a token for our own service account, of the address, until shortly before it ends', async () => {
    const { asked, options, pass } = stage([map({ ...generic, 'ca.crt': 'PEM' })]);
    const { connection, version } = await issuedConnection(options, 'apps', 'far');
    expect(version).toBe('u 1');
    expect(connection).toMatchObject({ server: 'https://far.example.org:443', ca: 'PEM' });
    expect(await connection.headers()).toEqual({ authorization: 'Bearer token-1' });
    pass(3_500_000);
    expect(await connection.headers()).toEqual({ authorization: 'Bearer token-1' });
    pass(50_000);
    expect(await connection.headers()).toEqual({ authorization: 'Bearer token-2' });
    const path = '/api/v1/namespaces/flux-system/serviceaccounts/toolkit/token';
    const audiences = ['Far.Example.org'];
    expect(asked).toEqual([
      { path, audiences },
      { path, audiences },
    ]);
  });

  test('for a service account that is named, with audiences', async () => {
    const data = { ...generic, serviceAccountName: 'deployer', audiences: 'one\n\n two\n' };
    const { asked, options } = stage([map(data), account]);
    await issuedConnection(options, 'apps', 'far');
    expect(asked).toEqual([
      {
        path: '/api/v1/namespaces/apps/serviceaccounts/deployer/token',
        audiences: ['one', 'two'],
      },
    ]);
  });

  test('never our own where tenants have a default account', async () => {
    const { asked, options } = stage([map(generic), account], { defaultAccount: 'deployer' });
    await issuedConnection(options, 'apps', 'far');
    expect(asked.map(({ path }) => path)).toEqual([
      '/api/v1/namespaces/apps/serviceaccounts/deployer/token',
    ]);
  });

  const named = { ...generic, serviceAccountName: 'deployer' };
  test.each([
    { objects: [], want: 'failed to get configmap apps/far: configmaps "far" not found' },
    { objects: [map({})], want: "provider '' not implemented" },
    { objects: [map({ provider: 'ibm' })], want: "provider 'ibm' not implemented" },
    {
      objects: [map({ provider: 'generic' })],
      want: 'cluster address is required to create a REST config',
    },
    {
      objects: [map({ ...generic, address: 'http://far' })],
      want: "failed to parse cluster address http://far: the Kubernetes API server address 'http://far' must use https scheme",
    },
    {
      objects: [map(named)],
      want: `failed to get access token for cluster: failed to get service account 'apps/deployer': ServiceAccount "deployer" not found`,
    },
    {
      objects: [map(named), account],
      more: { mayNameAccount: false },
      want: 'failed to get access token for cluster: ObjectLevelWorkloadIdentity feature gate is not enabled',
    },
    {
      objects: [map(generic)],
      more: { readFile: () => Promise.resolve('no token') },
      want: 'failed to get access token for cluster: failed to create provider access token for the controller: failed to parse service account token',
    },
    {
      objects: [map(generic)],
      more: { readFile: () => Promise.reject(new Error('ENOENT')) },
      want: 'failed to get access token for cluster: failed to create provider access token for the controller: failed to read service account token file /var/run/secrets/kubernetes.io/serviceaccount/token: ENOENT',
    },
  ])('$want', async ({ objects, more = {}, want }) => {
    await expect(issuedConnection(stage(objects, more).options, 'apps', 'far')).rejects.toThrow(
      want,
    );
  });
});
