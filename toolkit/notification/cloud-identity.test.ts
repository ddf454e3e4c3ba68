/** Recipients in clouds that are asked with the process's own identity. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { systemClock } from '../../lib/runtime/mod.ts';
import { createCloudIdentities } from '../runtime/mod.ts';
import { readEvent } from './event.ts';
import { checkAccount, readProvider } from './provider.ts';
import type { Outgoing, Settings } from './providers/contract.ts';
import { recipients } from './providers/table.ts';

/** The metadata services of Google and Azure. */
const server = createServer((request, response) => {
  const resource = new URL(request.url ?? '/', 'http://x').searchParams.get('resource') ?? 'google';
  response.end(JSON.stringify({ access_token: `for ${resource}`, expires_in: 3600 }));
});
let host: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));

const event = readEvent({
  involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'apps', name: 'web' },
  severity: 'info',
  timestamp: '2026-01-02T03:04:05Z',
  message: 'all is well',
  reason: 'Good',
  metadata: { revision: 'main@sha1:8d3c0f2b6f1ed5e9a3c1b6c8a5f0d7e2b1c4a390' },
  reportingController: 'kustomize-controller',
});

async function authorizationsOf(
  type: string,
  given: Partial<Settings>,
  env: Record<string, string>,
): Promise<string[]> {
  const sent: Outgoing[] = [];
  const settings: Settings = {
    address: 'x',
    channel: 'y',
    username: '',
    password: '',
    token: '',
    headers: {},
    secret: new Map(),
    uid: '',
    commitStatus: 'pod/web',
    alert: { namespace: 'apps', name: 'alert', uid: '' },
    cloud: { clock: systemClock, env, readFile: () => Promise.reject(new Error('no file')) },
    now: () => new Date(),
    ...given,
  };
  const send = (request: Outgoing) => {
    sent.push(request);
    return Promise.resolve({ status: 200, text: '{}' });
  };
  if (event === undefined) throw new Error('no event');
  await recipients.get(type)?.(settings, send)(event);
  return sent.map(({ headers }) => headers?.['authorization'] ?? '');
}

test('Google Pub/Sub', async () => {
  expect(await authorizationsOf('googlepubsub', {}, { GCE_METADATA_HOST: host })).toEqual([
    'Bearer for google',
  ]);
});

const azure = () => ({ AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${host}` });

test('Azure Event Hubs, unless a token is given', async () => {
  expect(await authorizationsOf('azureeventhub', {}, azure())).toEqual([
    'Bearer for https://eventhubs.azure.net/',
  ]);
  expect(await authorizationsOf('azureeventhub', { token: 'T' }, azure())).toEqual(['Bearer T']);
});

test('Azure DevOps', async () => {
  const basic = Buffer.from(':for 499b84ac-1321-427f-aa17-267ca6975798').toString('base64');
  const address = 'https://dev.azure.com/o/p/_git/r';
  const found = await authorizationsOf('azuredevops', { address }, azure());
  expect(new Set(found)).toEqual(new Set([`Basic ${basic}`]));
});

test('no identity', async () => {
  const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:1' };
  await expect(authorizationsOf('azureeventhub', {}, env)).rejects.toThrow(
    /^failed to create a eventhub using managed identity: /,
  );
  const key = { token: '{"type":"external"}' };
  await expect(authorizationsOf('googlepubsub', key, {})).rejects.toThrow(
    "are of the type 'external', not service_account",
  );
});

test('a service account that the Provider names, with the gate', async () => {
  const kube = {
    get: () => Promise.resolve(undefined),
    raw: () => Promise.reject(new Error('not asked')),
  };
  const cloud = { clock: systemClock, env: {}, readFile: () => Promise.reject(new Error('none')) };
  const object = (spec: Record<string, unknown>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Any',
    metadata: { namespace: 'apps', name: 'x', uid: 'u' },
    spec,
  });
  const read = async (mayNameAccount: boolean) => {
    const identities = createCloudIdentities({ kube, cloud, mayNameAccount, defaultAccount: '' });
    const spec = { type: 'azureeventhub', address: 'hub', channel: 'c', serviceAccountName: 'a' };
    const provider = object(spec);
    checkAccount(provider, identities);
    return readProvider(kube, provider, { alert: object({}), commitStatus: '', identities });
  };
  await expect(read(false)).rejects.toThrow(
    /^to use spec\.serviceAccountName for provider authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller$/,
  );
  const { settings } = await read(true);
  await expect(authorizationsOf('azureeventhub', settings, {})).rejects.toThrow(
    /: failed to get token: failed to get service account 'apps\/a': ServiceAccount "a" not found$/,
  );
});
