import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createKeptIdentities } from '../cloud/mod.ts';
import { acrToken } from './cloud-tokens.ts';
import { providerCredentials } from './provider.ts';

const clock = { now: () => new Date(0), sleep: () => Promise.resolve() };
const options = (env: Record<string, string> = {}) => ({
  clock,
  env,
  readFile: (file: string) => Promise.reject(new Error(file)),
});

test('a registry of Azure takes a token of Entra ID for one of its own', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${body}`);
      response.end('{"access_token":"aad","expires_in":"3600","refresh_token":"acr"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${host}` };
  try {
    const { credentials, until } = await acrToken(host, options(env), true);
    expect(credentials).toMatchObject({
      username: '00000000-0000-0000-0000-000000000000',
      password: 'acr',
    });
    expect(until).toBe(3540_000);
    expect(asked).toEqual([
      'GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fcontainerregistry.azure.net ',
      `POST /oauth2/exchange ${new URLSearchParams({ grant_type: 'access_token', service: host, access_token: 'aad' })}`,
    ]);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('accounts do not share what is kept', async () => {
  let answered = 0;
  const server = createServer((_request, response) => {
    answered += 1;
    response.end(JSON.stringify({ access_token: `token-${answered}`, expires_in: 3600 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = 'projects/1/locations/global/workloadIdentityPools/p/providers/k';
  const kept = createKeptIdentities(clock);
  const as = (name: string) => ({
    ...options({ CLOUDSDK_API_ENDPOINT_OVERRIDES_STS: base }),
    account: {
      namespace: 'apps',
      name,
      prefix: '',
      annotations: () =>
        Promise.resolve({ 'gcp.auth.fluxcd.io/workload-identity-provider': provider }),
      issue: () => Promise.resolve('jwt'),
      kept,
    },
  });
  try {
    const credentials = providerCredentials(options());
    const passwords: string[] = [];
    for (const name of ['one', 'two', 'one'])
      passwords.push((await credentials('gcp', 'gcr.io', false, as(name))).password);
    expect(passwords).toEqual(['token-1', 'token-2', 'token-1']);
  } finally {
    await new Promise((resolve) => server.close(resolve).closeAllConnections());
  }
});

test.each([
  ['aws', 'AWS', 'quay.io'],
  ['azure', 'Azure', 'azurecr.io'],
  ['gcp', 'GCP', 'notgcr.io'],
] as const)('%s has no registry at %s: %s', async (provider, name, host) => {
  await expect(providerCredentials(options())(provider, host)).rejects.toThrow(
    `invalid ${name} registry: '${host}'. must match `,
  );
});
