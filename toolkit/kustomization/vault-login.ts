/** Tokens of Vault or OpenBao in exchange for tokens of service accounts (`--sops-vault-configmap`; kustomize-controller internal/decryptor). */
import { textOf } from '../../lib/cloud/mod.ts';
import type { CloudOptions } from '../../lib/cloud/mod.ts';
import { parseYaml } from '../../lib/helm/yaml/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import { askVault } from '../../lib/sops/mod.ts';
import { Fields, issueToken, ownAccount } from '../runtime/mod.ts';
import { KustomizationError } from './errors.ts';

export interface VaultLoginOptions {
  kube: Pick<KubeClient, 'get' | 'raw'>;
  /** Names the Vaults that may be logged in to, and how: `namespace/name`. */
  configMap: string;
  /** Whose account it is; the process's own when there is none. */
  cloud: Pick<CloudOptions, 'account' | 'readFile' | 'env'>;
}

const key = 'config.yaml';
const vault = 'Vault';

/**
 * Logs in once to each Vault; meant for one look at one Kustomization.
 *
 * @returns what gives a token for the Vault at an address. It throws KustomizationError `BuildFailed` in the words of the
 * original; messages hold no token
 */
export function createVaultLogin(options: VaultLoginOptions): (address: string) => Promise<string> {
  const tokens = new Map<string, Promise<string>>();
  let paths: Promise<ReadonlyMap<string, string>> | undefined;
  const login = async (address: string): Promise<string> => {
    const path = (await (paths ??= loginPaths(options))).get(address) ?? '';
    if (path === '')
      throw failed(
        `no Vault login path configured for address '${address}' in ConfigMap '${options.configMap}'`,
      );
    return tokenOf(options, address, path);
  };
  return (address) => {
    const known = tokens.get(address);
    if (known !== undefined) return known;
    const token = login(address);
    tokens.set(address, token);
    return token;
  };
}

const failed = (message: string, cause?: unknown) =>
  new KustomizationError('BuildFailed', vault, message, { cause });

/** By address, which has to be as files have it. */
async function loginPaths({ kube, configMap }: VaultLoginOptions): Promise<Map<string, string>> {
  const [namespace = '', name = ''] = configMap.split('/');
  const found = await kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  if (found === undefined)
    throw failed(`failed to get Vault ConfigMap '${configMap}': configmaps "${name}" not found`);
  const text = new Fields(found).textMap('data')[key];
  if (text === undefined)
    throw failed(`Vault ConfigMap '${configMap}' is missing the '${key}' key`);
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (cause) {
    throw failed(`failed to parse '${key}' in Vault ConfigMap '${configMap}': ${messageOf(cause)}`);
  }
  const instances = value instanceof Map ? value.get('instances') : undefined;
  return new Map(
    (Array.isArray(instances) ? instances : []).flatMap((each) => {
      if (!(each instanceof Map)) return [];
      const [address, path] = [each.get('address'), each.get('loginPath')];
      return typeof address === 'string' && typeof path === 'string' ? [[address, path]] : [];
    }),
  );
}

async function tokenOf(options: VaultLoginOptions, address: string, path: string): Promise<string> {
  const { role, jwt } = await issued(options, address);
  const where = `at login path '${path}' as role '${role}'`;
  let answer: Record<string, unknown>;
  try {
    answer = await askVault({ address, path, body: { role, jwt } }, options.cloud);
  } catch (cause) {
    const why = messageOf(cause);
    throw failed(`failed to authenticate with Vault '${address}' ${where}: ${why}`, cause);
  }
  const { auth } = answer;
  const token = isRecord(auth) ? textOf(auth['client_token']) : undefined;
  if (token !== undefined) return token;
  throw failed(`Vault '${address}' returned no token for login at '${path}' as role '${role}'`);
}

/** A token of the account for the Vault's address, and the role that its name stands for. */
async function issued(
  { kube, cloud }: VaultLoginOptions,
  audience: string,
): Promise<{ role: string; jwt: string }> {
  const { account } = cloud;
  try {
    if (account === undefined) {
      const own = await ownAccount(cloud.readFile);
      const { token } = await issueToken(kube, own, [audience]);
      return { role: `${own.namespace}_${own.name}`, jwt: token };
    }
    // An account that is not there is told as such.
    await account.annotations();
    return { role: `${account.namespace}_${account.name}`, jwt: await account.issue(audience) };
  } catch (cause) {
    const why = messageOf(cause);
    throw failed(`failed to issue Kubernetes token for Vault authentication: ${why}`, cause);
  }
}
