/** Credentials that clouds hand out: ECR, Google's registries, ACR (spec flux-v1 §6.3). */
import { createKept } from '../cloud/mod.ts';
import type { CloudOptions } from '../cloud/mod.ts';
import { isRecord, messageOf } from '../runtime/mod.ts';
import { ecrToken, googleCredentials } from './cloud-tokens.ts';
import type { KeptCredentials } from './cloud-tokens.ts';
import { RegistryError } from './errors.ts';
import { parseJson, textOf } from './json.ts';
import type { Keychain, RegistryCredentials } from './types.ts';

/** A registry in ECR: `123456789012.dkr.ecr.eu-west-1.amazonaws.com`. */
const ecrHost = /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

export interface EcrFilter {
  /** Empty means all regions. */
  regions: readonly string[];
  /** Empty means all accounts. */
  includeIds: readonly string[];
  excludeIds: readonly string[];
}

/** Whether images of a host may be scanned; hosts outside of ECR always may. */
export function ecrAllows(host: string, { regions, includeIds, excludeIds }: EcrFilter): boolean {
  const [, account = '', region = ''] = ecrHost.exec(host) ?? [];
  if (account === '') return true;
  if (regions.length > 0 && !regions.includes(region)) return false;
  if (excludeIds.includes(account)) return false;
  return includeIds.length === 0 || includeIds.includes(account);
}

/** A failed region or cloud is left alone for so long. */
const embargoMs = 10 * 60_000;

/** Keychains that ask the cloud that a host belongs to; other hosts get nothing. */
export function cloudKeychains(options: CloudOptions): { ecr: Keychain; platform: Keychain } {
  const kept = createKept<KeptCredentials>(options.clock);
  const refusedUntil = new Map<string, number>();
  const now = () => options.clock.now().getTime();
  const cached = async (
    key: string,
    ask: () => Promise<KeptCredentials>,
  ): Promise<RegistryCredentials> => {
    if ((refusedUntil.get(key) ?? 0) > now())
      throw new RegistryError('Unauthorized', key, `${key}: asked in vain a short while ago`);
    try {
      return (await kept(key, ask)).credentials;
    } catch (thrown) {
      refusedUntil.set(key, now() + embargoMs);
      throw thrown;
    }
  };
  return {
    ecr: async (host) => {
      const [, account, region = ''] = ecrHost.exec(host) ?? [];
      if (account === undefined) return undefined;
      return cached(`ecr ${region}`, () => ecrToken(region, options));
    },
    platform: async (host) => {
      if (isGoogle(host)) return cached('google', () => googleCredentials(options));
      return /\.azurecr\.(io|cn|de|us)$/.test(host) ? azureCredentials(options) : undefined;
    },
  };
}

const isGoogle = (host: string): boolean =>
  host === 'gcr.io' || host.endsWith('.gcr.io') || host.endsWith('-docker.pkg.dev');

const azureFile = '/etc/kubernetes/azure.json';

async function azureCredentials({
  readFile,
}: CloudOptions): Promise<RegistryCredentials | undefined> {
  let text: string;
  try {
    text = await readFile(azureFile);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw new RegistryError('BadCredentials', azureFile, `${azureFile}: ${messageOf(thrown)}`);
  }
  const config: unknown = parseJson(text);
  const [username, password] = isRecord(config)
    ? [textOf(config.aadClientId), textOf(config.aadClientSecret)]
    : [];
  if (username === undefined || password === undefined)
    throw new RegistryError(
      'BadCredentials',
      azureFile,
      `${azureFile} holds no aadClientId and aadClientSecret`,
    );
  return { username, password, origin: azureFile };
}
