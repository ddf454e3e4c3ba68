import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import forge from 'node-forge';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askVault } from './vault.ts';

/** Certified by itself, and by another name than that of its address. */
const { key, cert } = selfSigned('vault.internal');
const asked: { line: string; headers: Record<string, unknown>; client: boolean }[] = [];
const server = createServer({ key, cert, ca: cert, requestCert: true, rejectUnauthorized: false });
server.on('request', (request, response) => {
  const client = (request.socket as TLSSocket).authorized;
  asked.push({ line: `${request.method} ${request.url}`, headers: request.headers, client });
  response.end('{"data":{}}');
});

let folder: string;
const at = (name: string) => path.join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vault-test'));
  await mkdir(at('authorities/more'), { recursive: true });
  await mkdir(at('none'));
  await writeFile(at('ca.pem'), cert);
  await writeFile(at('key.pem'), key);
  await writeFile(at('authorities/more/ca.pem'), cert);
  await writeFile(at('none/readme'), 'no certificate');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve).closeAllConnections());
  await rm(folder, { recursive: true });
});

const ask = (env: Record<string, string>) => {
  const named = Object.entries(env).map(([name, value]) => [name, value.replace('@', folder)]);
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return askVault(
    { address, path: 'transit/decrypt/a b', body: { ciphertext: 'x' }, token: 't' },
    {
      env: Object.fromEntries(named) as Record<string, string>,
      readFile: (file) => readFile(file, 'utf8'),
    },
  );
};
const named = { VAULT_TLS_SERVER_NAME: 'vault.internal' };

describe('askVault', () => {
  test.each<{ why: string; env: Record<string, string> }>([
    { why: 'a file of authorities', env: { VAULT_CACERT: '@/ca.pem', ...named } },
    { why: 'authorities themselves', env: { VAULT_CACERT_BYTES: cert, ...named } },
    { why: 'a folder of authorities', env: { VAULT_CAPATH: '@/authorities', ...named } },
    {
      why: 'the file goes before the folder',
      env: { VAULT_CACERT: '@/ca.pem', VAULT_CAPATH: '@/none', ...named },
    },
    { why: 'nothing is checked', env: { VAULT_SKIP_VERIFY: 'True' } },
  ])('$why', async ({ env }) => {
    expect(await ask(env)).toEqual({ data: {} });
  });

  test.each<{ why: string; env: Record<string, string>; error: RegExp }>([
    { why: 'an unknown authority', env: {}, error: /^Vault cannot be reached: self-signed/ },
    { why: 'another name', env: { VAULT_CACERT: '@/ca.pem' }, error: /does not match/ },
    {
      why: 'checked all the same',
      env: { VAULT_SKIP_VERIFY: 'false' },
      error: /^Vault cannot be reached: self-signed/,
    },
    {
      why: 'no word of yes or no',
      env: { VAULT_SKIP_VERIFY: 'yes' },
      error: /: could not parse VAULT_SKIP_VERIFY$/,
    },
    { why: 'no file', env: { VAULT_CACERT: '@/missing' }, error: /: VAULT_CACERT: ENOENT/ },
    {
      why: 'no certificate',
      env: { VAULT_CACERT: '@/key.pem' },
      error: /: VAULT_CACERT: Couldn't parse PEM in: .*key\.pem$/,
    },
    {
      why: 'no certificate in a folder',
      env: { VAULT_CAPATH: '@/none' },
      error: /: VAULT_CAPATH: Couldn't parse PEM in: .*readme$/,
    },
    { why: 'no folder', env: { VAULT_CAPATH: '@/missing' }, error: /: VAULT_CAPATH: ENOENT/ },
    {
      why: 'half a client certificate',
      env: { VAULT_CLIENT_KEY: '@/key.pem' },
      error: /both VAULT_CLIENT_CERT and VAULT_CLIENT_KEY must be provided$/,
    },
  ])('refused: $why', async ({ env, error }) => {
    await expect(ask(env)).rejects.toThrow(error);
  });

  test('shows a certificate, token and namespace', async () => {
    const trust = { VAULT_CACERT: '@/ca.pem', ...named };
    await ask(trust);
    await ask({
      ...trust,
      VAULT_CLIENT_CERT: '@/ca.pem',
      VAULT_CLIENT_KEY: '@/key.pem',
      VAULT_NAMESPACE: 'team',
    });
    const [without, with_] = asked.slice(-2);
    expect(without).toMatchObject({ line: 'POST /v1/transit/decrypt/a%20b', client: false });
    expect(without?.headers).toMatchObject({ 'x-vault-token': 't', 'x-vault-request': 'true' });
    expect(without?.headers).not.toHaveProperty('x-vault-namespace');
    expect(with_).toMatchObject({ client: true, headers: { 'x-vault-namespace': 'team' } });
  });
});

function selfSigned(name: string): { key: string; cert: string } {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.serialNumber = '01';
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  certificate.validity.notBefore = new Date(Date.now() - 3_600_000);
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000);
  const subject = [{ name: 'commonName', value: name }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
  ]);
  const signer = forge.pki.privateKeyFromPem(pair.privateKey);
  certificate.sign(signer, forge.md.sha256.create());
  return { key: pair.privateKey, cert: forge.pki.certificateToPem(certificate) };
}
