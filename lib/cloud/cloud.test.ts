/** Tokens of Google and Azure, from servers that answer as theirs do. */
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { awsKeys, azureApplicationToken, azureToken, googleKeyToken, googleToken } from './mod.ts';
import type { CloudOptions } from './mod.ts';

let server: Server;
let base: string;
let asked: { line: string; authorization: string | undefined; form: URLSearchParams }[];
const now = new Date('2020-01-02T03:04:05Z');
const given = { access_token: 'token', expires_in: 3600 };
const until = now.getTime() + 3540_000;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const line = `${request.method} ${request.url}`;
      const { authorization } = request.headers;
      asked.push({ line, authorization, form: new URLSearchParams(body) });
      const pod = { AccessKeyId: 'A', SecretAccessKey: 'S', Token: 'T' };
      response.end(JSON.stringify(line === 'GET /pod' ? pod : given));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const options = (
  env: Record<string, string> = {},
  files: Record<string, string> = {},
): CloudOptions => ({
  clock: { now: () => now, sleep: () => Promise.resolve() },
  env,
  readFile: (file) =>
    files[file] === undefined ? Promise.reject(new Error(file)) : Promise.resolve(files[file]),
});

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

test('a key file of Google: a signed claim for the scope', async () => {
  const file = JSON.stringify({
    type: 'service_account',
    client_email: 'robot@project',
    private_key: pair.privateKey,
    token_uri: `${base}/token`,
  });
  expect(await googleKeyToken(file, options(), 'scope')).toEqual({ token: 'token', until });
  const [header = '', claims = '', signature = ''] =
    asked[0]?.form.get('assertion')?.split('.') ?? [];
  expect(
    verify(
      'RSA-SHA256',
      Buffer.from(`${header}.${claims}`),
      createPublicKey(pair.publicKey),
      Buffer.from(signature, 'base64url'),
    ),
  ).toBe(true);
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    iss: 'robot@project',
    scope: 'scope',
    aud: `${base}/token`,
  });
  const env = { GOOGLE_APPLICATION_CREDENTIALS: '/key.json' };
  expect(await googleToken(options(env, { '/key.json': file }))).toEqual({ token: 'token', until });
  await expect(googleKeyToken('{', options())).rejects.toMatchObject({ reason: 'BadCredentials' });
});

test.each([
  {
    why: 'the secret of an application',
    env: { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's' },
    line: 'POST /t/oauth2/v2.0/token',
    form: { client_id: 'c', client_secret: 's', scope: 'x/.default' },
  },
  {
    why: 'a federated token',
    env: { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_FEDERATED_TOKEN_FILE: '/jwt' },
    line: 'POST /t/oauth2/v2.0/token',
    form: { client_assertion: 'jwt' },
  },
  {
    why: 'a managed identity',
    env: { AZURE_CLIENT_ID: 'c' },
    line: 'GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=x&client_id=c',
    form: {},
  },
])('Azure by $why', async ({ env, line, form }) => {
  const hosts = { AZURE_AUTHORITY_HOST: base, AZURE_POD_IDENTITY_AUTHORITY_HOST: base };
  const whole = options({ ...hosts, ...env }, { '/jwt': 'jwt\n' });
  expect(await azureToken('x/.default', whole)).toEqual({ token: 'token', until });
  expect(asked[0]?.line).toBe(line);
  expect(Object.fromEntries(asked[0]?.form ?? [])).toMatchObject(form);
});

test('Azure by a certificate that is none', async () => {
  const proof = { certificate: 'none' };
  await expect(
    azureApplicationToken({ tenant: 't', client: 'c', proof }, 'x', options()),
  ).rejects.toMatchObject({ reason: 'BadCredentials' });
});

test('AWS by the identity of a pod', async () => {
  const env = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${base}/pod`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/jwt',
  };
  expect(await awsKeys('r', options(env, { '/jwt': 'jwt\n' }))).toEqual({
    accessKeyId: 'A',
    secretAccessKey: 'S',
    sessionToken: 'T',
  });
  expect(asked[0]?.authorization).toBe('jwt');
});
