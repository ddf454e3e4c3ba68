import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKeptIdentities } from '../cloud/mod.ts';
import type { CloudOptions } from '../cloud/mod.ts';
import { otherFile, startKeyServer, vaultFile } from './_key-service.ts';
import type { KeyServer } from './_key-service.ts';
import { keyServices } from './key-services.ts';
import type { KeyServiceLogins } from './key-services.ts';
import { decryptSopsText } from './text.ts';

let server: KeyServer;
beforeEach(async () => {
  server = await startKeyServer();
});
afterEach(() => server.close());

const open = async (
  file: string,
  logins: KeyServiceLogins = {},
  more: Partial<CloudOptions> = {},
) => {
  const env = {
    AWS_ENDPOINT_URL_KMS: server.url,
    AWS_ENDPOINT_URL_STS: server.url,
    AWS_ACCESS_KEY_ID: 'ENV',
    AWS_SECRET_ACCESS_KEY: 'S',
    SOPS_GCP_KMS_ENDPOINT: server.url,
    AZURE_POD_IDENTITY_AUTHORITY_HOST: server.url,
  };
  const clock = { now: () => new Date(0), sleep: () => Promise.resolve() };
  const readFile = (name: string) => Promise.reject(new Error(name));
  const keys = { age: [], services: keyServices({ clock, env, readFile, ...more }, logins) };
  return Buffer.from(await decryptSopsText(Buffer.from(file), 'yaml', 'yaml', keys)).toString();
};
const token = (text: string) => () => Promise.resolve({ token: text, until: 0 });

const arn = 'arn:aws:kms:eu-west-1:107501996527:key/612d5f0e-a1b3-45e6-aca6-a5b005693a48';
const awsKey = (more = '') => otherFile('kms', `        - arn: ${arn}\n${more}`);
const googleKey = () =>
  otherFile(
    'gcp_kms',
    '        - resource_id: projects/p/locations/global/keyRings/r/cryptoKeys/k\n',
  );
const azureKey = (address: string) =>
  otherFile(
    'azure_kv',
    `        - vault_url: ${address}\n          name: k\n          version: "0123"\n`,
  );

test("Vault's transit engine opens what the sops program has encrypted", async () => {
  expect(await open(vaultFile(server.url), { vaultToken: 'root' })).toContain('password: hunter4');
  expect(server.asked).toMatchObject([{ line: 'POST /v1/transit/decrypt/mykey', proof: 'root' }]);
});

test('Vault: a token that is given, then a login for its address, then the environment', async () => {
  const vaultLogin = (address: string) => Promise.resolve(`for ${address}`);
  const env = { VAULT_TOKEN: 'environment' };
  await open(vaultFile(server.url), { vaultToken: 'root', vaultLogin }, { env });
  await open(vaultFile(server.url), { vaultLogin }, { env });
  await open(vaultFile(server.url), {}, { env });
  expect(server.asked.map(({ proof }) => proof)).toEqual([
    'root',
    `for ${server.url}`,
    'environment',
  ]);
  const refused = () => Promise.reject(new Error('no such role'));
  await expect(open(vaultFile(server.url), { vaultLogin: refused }, { env })).rejects.toThrow(
    'no such role',
  );
});

test('AWS KMS, with the context of the key', async () => {
  const context = '          context:\n            team: me\n';
  expect(await open(awsKey(context))).toContain('hunter4');
  expect(server.asked[0]?.proof).toMatch(
    /^AWS4-HMAC-SHA256 Credential=ENV\/19700101\/eu-west-1\/kms\/aws4_request/,
  );
  expect(JSON.parse(server.asked[0]?.body ?? '')).toMatchObject({
    KeyId: arn,
    EncryptionContext: { team: 'me' },
  });
});

test('AWS KMS, by a role, for keys that are given', async () => {
  const aws = { accessKeyId: 'GIVEN', secretAccessKey: 'S', sessionToken: undefined };
  expect(await open(awsKey('          role: arn:aws:iam::1:role/r\n'), { aws })).toContain(
    'hunter4',
  );
  expect(server.asked.map(({ proof }) => /Credential=(\w+)/.exec(proof)?.[1])).toEqual([
    'GIVEN',
    'ROLE',
  ]);
});

test('AWS KMS, by the role of a service account; keys that are given go before it', async () => {
  const account = {
    namespace: 'apps',
    name: 'decryptor',
    prefix: '',
    annotations: () => Promise.resolve({ 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/r' }),
    issue: () => Promise.resolve('jwt'),
    kept: createKeptIdentities({ now: () => new Date(0) }),
  };
  const aws = { accessKeyId: 'GIVEN', secretAccessKey: 'S', sessionToken: undefined };
  expect(await open(awsKey(), {}, { account })).toContain('hunter4');
  expect(await open(awsKey(), { aws }, { account })).toContain('hunter4');
  expect(server.asked[0]?.body).toContain('RoleSessionName=decryptor.apps.eu-west-1.fluxcd.io');
  expect(server.asked.map(({ proof }) => /Credential=(\w+)/.exec(proof)?.[1])).toEqual([
    undefined,
    'ROLE',
    'GIVEN',
  ]);
});

test('Google Cloud KMS and Azure Key Vault', async () => {
  expect(await open(googleKey(), { google: token('g') })).toContain('hunter4');
  const scopes: string[] = [];
  const azure = (scope: string) => {
    scopes.push(scope);
    return token('a')();
  };
  expect(await open(azureKey(server.url), { azure })).toContain('hunter4');
  expect(await open(azureKey(server.url))).toContain('hunter4');
  expect(scopes).toEqual(['https://vault.azure.net/.default']);
  expect(server.asked.map(({ proof }) => proof)).toEqual([
    'Bearer g',
    'Bearer a',
    '',
    'Bearer identity',
  ]);
});

test.each([
  [
    'a token that is refused',
    () => vaultFile(server.url),
    { vaultToken: 'wrong' },
    /hc_vault http.*: Vault answered 403: "no"$/,
  ],
  ['no token', () => vaultFile(server.url), {}, /: there is no token for Vault$/],
  [
    'an address that is none',
    () => vaultFile('nowhere'),
    { vaultToken: 't' },
    /'nowhere' is no address of a Vault$/,
  ],
  [
    'a key of nobody',
    () => awsKey().replace(arn, 'arn:x'),
    {},
    /kms arn:x: no valid ARN found in 'arn:x'$/,
  ],
  [
    'a vault that is not of Azure',
    () => azureKey('https://vault.azure.net.evil.example'),
    { azure: token('a') },
    /is no Azure Key Vault$/,
  ],
])('refused: %s', async (_why, file, logins, message) => {
  await expect(open(file(), logins)).rejects.toThrow(message);
});

test('without services the file says for whom it is', async () => {
  const text = Buffer.from(vaultFile(server.url));
  await expect(decryptSopsText(text, 'yaml', 'yaml', { age: [] })).rejects.toThrow(
    `no key opens the document; hc_vault ${server.url}/v1/transit/keys/mykey: not served`,
  );
});
