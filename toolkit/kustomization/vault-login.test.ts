import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { createVaultLogin } from './vault-login.ts';
import type { VaultLoginOptions } from './vault-login.ts';

/** Takes the JWT `jwt-of-AUDIENCE` for roles that are not called `…_stranger`. */
let vault: { url: string; asked: { line: string; body: unknown }[]; close(): Promise<unknown> };

beforeEach(async () => {
  const asked: { line: string; body: unknown }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const body = JSON.parse(text) as { role: string };
      asked.push({ line: `${request.method} ${request.url}`, body });
      if (body.role.endsWith('_stranger')) {
        response.writeHead(403).end('{"errors":["permission denied"]}');
      } else {
        const answer =
          request.url === '/v1/auth/none/login' ? {} : { client_token: `of ${body.role}` };
        response.end(JSON.stringify({ auth: answer }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vault = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
});
afterEach(() => vault.close());

const podToken = `x.${Buffer.from(
  JSON.stringify({ sub: 'system:serviceaccount:flux-system:toolkit' }),
).toString('base64url')}.x`;

function login(config: string | undefined, name = 'own') {
  const map: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'flux-system', name: 'vaults' },
    data: config === undefined ? {} : { 'config.yaml': config },
  };
  const options: VaultLoginOptions = {
    kube: {
      // The caller says what it is.
      get: ({ name: asked }) => Promise.resolve((asked === 'vaults' ? map : undefined) as never),
      raw: (_method, path, { body } = {}) => {
        const { audiences } = (body as { spec: { audiences: string[] } }).spec;
        const status = {
          token: `jwt-of-${audiences.join()} ${path.split('/').at(-2)}`,
          expirationTimestamp: new Date(3_600_000).toISOString(),
        };
        return Promise.resolve(JSON.stringify({ status }));
      },
    },
    configMap: 'flux-system/vaults',
    cloud: {
      env: {},
      readFile: () => Promise.resolve(podToken),
      ...(name === 'own'
        ? {}
        : {
            account: {
              namespace: 'apps',
              name,
              prefix: '',
              annotations: () =>
                name === 'nobody'
                  ? Promise.reject(new Error('ServiceAccount "nobody" not found'))
                  : Promise.resolve({}),
              issue: (audience) => Promise.resolve(`jwt-of-${audience} ${name}`),
              kept: {} as never,
            },
          }),
    },
  };
  return createVaultLogin(options);
}

const allowed = (path = 'auth/kubernetes/login') =>
  `instances:\n- address: ${vault.url}\n  loginPath: ${path}\n`;

describe('a login to Vault', () => {
  test.each([
    ['own', 'flux-system_toolkit', 'toolkit'],
    ['decryptor', 'apps_decryptor', 'decryptor'],
  ])('as %s', async (name, role, account) => {
    expect(await login(allowed(), name)(vault.url)).toBe(`of ${role}`);
    expect(vault.asked).toEqual([
      {
        line: 'POST /v1/auth/kubernetes/login',
        body: { role, jwt: `jwt-of-${vault.url} ${account}` },
      },
    ]);
  });

  test('once for each Vault, at the path that is given', async () => {
    const tokenFor = login(allowed('ns1/auth/jwt/login'));
    await Promise.all([tokenFor(vault.url), tokenFor(vault.url)]);
    await tokenFor(vault.url);
    expect(vault.asked.map(({ line }) => line)).toEqual(['POST /v1/ns1/auth/jwt/login']);
  });

  test.each([
    [undefined, 'own', "Vault ConfigMap 'flux-system/vaults' is missing the 'config.yaml' key"],
    ['instances: [', 'own', "failed to parse 'config.yaml' in Vault ConfigMap"],
    ['instances: []', 'own', 'no Vault login path configured for address'],
    [
      'allowed',
      'stranger',
      "at login path 'auth/kubernetes/login' as role 'apps_stranger': Vault answered 403",
    ],
    [
      'none',
      'own',
      "returned no token for login at 'auth/none/login' as role 'flux-system_toolkit'",
    ],
    [
      'allowed',
      'nobody',
      'failed to issue Kubernetes token for Vault authentication: ServiceAccount "nobody" not found',
    ],
  ])('%s of %s is refused: %s', async (config, name, why) => {
    const text =
      config === 'allowed' ? allowed() : config === 'none' ? allowed('auth/none/login') : config;
    const refused = login(text, name)(vault.url);
    await expect(refused).rejects.toThrow(why);
    await expect(refused).rejects.not.toThrow('jwt-of');
  });

  test('only where the ConfigMap says so, and with the address as it is there', async () => {
    await expect(login(allowed())(`${vault.url}/`)).rejects.toThrow(
      `no Vault login path configured for address '${vault.url}/' in ConfigMap 'flux-system/vaults'`,
    );
    expect(vault.asked).toEqual([]);
  });
});
