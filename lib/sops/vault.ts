/** Questions to Vault or OpenBao, as its client for Go asks them: with the variables of its environment (hashicorp/vault api 1.23). */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { getJson } from '../cloud/mod.ts';
import type { CloudOptions, ServerTrust } from '../cloud/mod.ts';
import { messageOf, parseBool } from '../runtime/mod.ts';
import { SopsError } from './errors.ts';

type VaultOptions = Pick<CloudOptions, 'env' | 'readFile'>;

export interface VaultQuestion {
  /** `https://vault.example.com:8200` */
  address: string;
  /** Without `/v1/`. */
  path: string;
  body: Readonly<Record<string, string>>;
  token?: string;
}

/** @throws SopsError `NoKey` for an environment that cannot be used; CloudError */
export async function askVault(
  { address, path: asked, body, token }: VaultQuestion,
  options: VaultOptions,
): Promise<Record<string, unknown>> {
  const trust = await trustOf(options);
  const namespace = options.env['VAULT_NAMESPACE'] ?? '';
  return getJson(
    new URL(`/v1/${asked.split('/').map(encodeURIComponent).join('/')}`, address).href,
    {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-vault-request': 'true',
        ...(token === undefined ? {} : { 'x-vault-token': token }),
        ...(namespace === '' ? {} : { 'x-vault-namespace': namespace }),
      },
      body: JSON.stringify(body),
      // A token goes nowhere else.
      redirect: 'error',
      ...(trust === undefined ? {} : { trust }),
    },
    'Vault',
  );
}

async function trustOf(options: VaultOptions): Promise<ServerTrust | undefined> {
  const { env, readFile } = options;
  const given = (name: string) => env[name] ?? '';
  const certificate = given('VAULT_CLIENT_CERT');
  const key = given('VAULT_CLIENT_KEY');
  if ((certificate === '') !== (key === ''))
    throw unusable('both VAULT_CLIENT_CERT and VAULT_CLIENT_KEY must be provided');
  const read = (name: string, file: string) =>
    readFile(file).catch((cause: unknown) => {
      throw unusable(`${name}: ${messageOf(cause)}`, cause);
    });
  const authorities = await authoritiesOf(given, read);
  const serverName = given('VAULT_TLS_SERVER_NAME');
  const trust: ServerTrust = {
    ...(authorities === undefined ? {} : { authorities }),
    ...(certificate === ''
      ? {}
      : {
          client: {
            certificate: await read('VAULT_CLIENT_CERT', certificate),
            key: await read('VAULT_CLIENT_KEY', key),
          },
        }),
    ...(serverName === '' ? {} : { serverName }),
    ...(isTrue('VAULT_SKIP_VERIFY', given('VAULT_SKIP_VERIFY')) ? { unchecked: true } : {}),
  };
  return Object.keys(trust).length === 0 ? undefined : trust;
}

/** In PEM, in place of those of the system. */
async function authoritiesOf(
  given: (name: string) => string,
  read: (name: string, file: string) => Promise<string>,
): Promise<string[] | undefined> {
  const file = given('VAULT_CACERT');
  if (file !== '') return [certificates('VAULT_CACERT', file, await read('VAULT_CACERT', file))];
  const bytes = given('VAULT_CACERT_BYTES');
  if (bytes !== '') return [certificates('VAULT_CACERT_BYTES', 'it', bytes)];
  const folder = given('VAULT_CAPATH');
  if (folder === '') return undefined;
  const name = 'VAULT_CAPATH';
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (cause: unknown) => {
      throw unusable(`${name}: ${messageOf(cause)}`, cause);
    },
  );
  // Links are passed over: in a mounted ConfigMap they lead to files of the same folder.
  const files = entries.filter((each) => each.isFile());
  return Promise.all(
    files.map(async (each) => {
      const at = path.join(each.parentPath, each.name);
      return certificates(name, at, await read(name, at));
    }),
  );
}

function certificates(name: string, where: string, text: string): string {
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw unusable(`${name}: Couldn't parse PEM in: ${where}`);
}

function isTrue(name: string, text: string): boolean {
  const value = text === '' ? false : parseBool(text);
  if (value === undefined) throw unusable(`could not parse ${name}`);
  return value;
}

const unusable = (why: string, cause?: unknown): SopsError =>
  new SopsError('NoKey', `error encountered setting up default configuration: ${why}`, { cause });
