/** Services that keep the keys which data keys are encrypted with: AWS KMS, Google Cloud KMS, Azure Key Vault, Vault's transit engine. */
import {
  askAws,
  assumeRole,
  awsKeys,
  azureToken,
  googleToken,
  postJson,
  textOf,
} from '../cloud/mod.ts';
import type { AwsKeys, CloudOptions, CloudToken } from '../cloud/mod.ts';
import { isRecord } from '../runtime/mod.ts';
import { SopsError } from './errors.ts';
import { isTree, textAt } from './tree.ts';
import type { Tree } from './types.ts';
import { askVault } from './vault.ts';

/** The lists of a file's metadata, and what opens an element of one. */
export type KeyServiceKind = 'kms' | 'gcp_kms' | 'azure_kv' | 'hc_vault';
export type KeyServices = Readonly<
  Partial<Record<KeyServiceKind, (recipient: Tree) => Promise<Uint8Array>>>
>;

/** Credentials that are given; the process's own identity stands in for those that are not. */
export interface KeyServiceLogins {
  aws?: AwsKeys | undefined;
  google?: (() => Promise<CloudToken>) | undefined;
  azure?: ((scope: string) => Promise<CloudToken>) | undefined;
  vaultToken?: string | undefined;
  /** Where there is no such token: a token for the Vault at an address, which is as the file has it. */
  vaultLogin?: ((address: string) => Promise<string>) | undefined;
}

/** In the order in which sops asks them. */
export const keyServiceKinds: readonly KeyServiceKind[] = [
  'kms',
  'gcp_kms',
  'azure_kv',
  'hc_vault',
];

export function keyServices(options: CloudOptions, logins: KeyServiceLogins = {}): KeyServices {
  return {
    kms: (recipient) => openAwsKms(recipient, logins.aws, options),
    gcp_kms: (recipient) =>
      openGoogleKms(recipient, logins.google ?? (() => googleToken(options)), options),
    azure_kv: (recipient) =>
      openAzureKey(recipient, logins.azure ?? ((scope) => azureToken(scope, options))),
    hc_vault: (recipient) => openVault(recipient, logins, options),
  };
}

/** What a person sees of an element, in messages. */
export const recipientName = (kind: KeyServiceKind, recipient: Tree): string => {
  const at = (key: string) => textAt(recipient, key);
  switch (kind) {
    case 'kms':
      return `kms ${at('arn')}`;
    case 'gcp_kms':
      return `gcp_kms ${at('resource_id')}`;
    case 'azure_kv':
      return `azure_kv ${at('vault_url')}/keys/${at('name')}/${at('version')}`;
    case 'hc_vault':
      return `hc_vault ${at('vault_address')}/v1/${at('engine_path')}/keys/${at('key_name')}`;
  }
};

const arnPattern = /^arn:aws[\w-]*:kms:([a-z0-9-]+):[0-9]+:(key|alias)\/.+$/;

async function openAwsKms(
  recipient: Tree,
  given: AwsKeys | undefined,
  options: CloudOptions,
): Promise<Uint8Array> {
  const arn = textAt(recipient, 'arn');
  const region = arnPattern.exec(arn)?.[1];
  if (region === undefined) throw new SopsError('Corrupt', `no valid ARN found in '${arn}'`);
  const own = given ?? (await awsKeys(region, options));
  const role = textAt(recipient, 'role');
  const keys =
    role === ''
      ? own
      : await assumeRole({ role, session: 'sops@reflux', region, keys: own }, options);
  const context = recipient.get('context');
  const body = JSON.stringify({
    CiphertextBlob: textAt(recipient, 'enc'),
    KeyId: arn,
    ...(isTree(context) && context.size > 0
      ? { EncryptionContext: Object.fromEntries(context) }
      : {}),
  });
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'TrentService.Decrypt',
  };
  const asked = { keys, region, service: 'kms', headers, body, who: 'AWS KMS' };
  return clear((await askAws(asked, options))['Plaintext'], 'AWS KMS');
}

async function openGoogleKms(
  recipient: Tree,
  login: () => Promise<CloudToken>,
  { env }: CloudOptions,
): Promise<Uint8Array> {
  const id = textAt(recipient, 'resource_id');
  if (!/^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/.test(id))
    throw new SopsError('Corrupt', `no valid resource ID found in '${id}'`);
  const { token } = await login();
  const base = env['SOPS_GCP_KMS_ENDPOINT'] ?? 'https://cloudkms.googleapis.com';
  const url = `${base.replace(/\/+$/, '')}/v1/${id.split('/').map(encodeURIComponent).join('/')}:decrypt`;
  const answer = await postJson(
    url,
    { ciphertext: textAt(recipient, 'enc') },
    { authorization: `Bearer ${token}` },
    'Google Cloud KMS',
  );
  return clear(answer['plaintext'], 'Google Cloud KMS');
}

/** Where tokens are sent to: nobody may name another host in a file. */
const azureVaults =
  /^[a-z0-9-]+\.((?:vault|managedhsm)\.(?:azure\.net|azure\.cn|usgovcloudapi\.net|microsoftazure\.de))$/;
const loopback = /^(127\.0\.0\.1|localhost|\[::1\])$/;

async function openAzureKey(
  recipient: Tree,
  login: (scope: string) => Promise<CloudToken>,
): Promise<Uint8Array> {
  const address = textAt(recipient, 'vault_url');
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const service = url === undefined ? undefined : azureVaults.exec(url.hostname)?.[1];
  const isSafe = url?.protocol === 'https:' && service !== undefined;
  if (url === undefined || (!isSafe && !loopback.test(url.hostname)))
    throw new SopsError('Corrupt', `'${address}' is no Azure Key Vault`);
  const { token } = await login(`https://${service ?? 'vault.azure.net'}/.default`);
  const parts = ['keys', textAt(recipient, 'name'), textAt(recipient, 'version'), 'decrypt'];
  url.pathname = parts
    .filter((part) => part !== '')
    .map(encodeURIComponent)
    .join('/');
  url.search = '?api-version=7.4';
  const answer = await postJson(
    url.href,
    { alg: 'RSA-OAEP-256', value: textAt(recipient, 'enc') },
    { authorization: `Bearer ${token}` },
    'Azure Key Vault',
  );
  return clear(answer['value'], 'Azure Key Vault');
}

async function openVault(
  recipient: Tree,
  { vaultToken, vaultLogin }: KeyServiceLogins,
  options: CloudOptions,
): Promise<Uint8Array> {
  const address = textAt(recipient, 'vault_address');
  if (!/^https?:\/\//.test(address) || !URL.canParse(address))
    throw new SopsError('Corrupt', `'${address}' is no address of a Vault`);
  const given = vaultToken === '' ? undefined : vaultToken;
  const token = given ?? (await vaultLogin?.(address)) ?? options.env['VAULT_TOKEN'];
  if (token === undefined || token === '')
    throw new SopsError('NoKey', 'there is no token for Vault');
  const path = `${textAt(recipient, 'engine_path')}/decrypt/${textAt(recipient, 'key_name')}`;
  const answer = await askVault(
    { address, path, body: { ciphertext: textAt(recipient, 'enc') }, token },
    options,
  );
  const data = answer['data'];
  return clear(isRecord(data) ? data['plaintext'] : undefined, 'Vault');
}

/** In base64 of either alphabet. */
function clear(value: unknown, who: string): Uint8Array {
  const text = textOf(value);
  if (text === undefined) throw new SopsError('NoKey', `${who} gave no plaintext`);
  return Buffer.from(text, 'base64url');
}
