/** Credentials for `spec.provider: aws | azure | gcp` of Flux v2 (fluxcd/pkg auth). */
import { askerOf, CloudError, createKept } from '../cloud/mod.ts';
import type { CloudOptions } from '../cloud/mod.ts';
import { acrToken, ecrPublicToken, ecrToken, googleCredentials } from './cloud-tokens.ts';
import type { KeptCredentials } from './cloud-tokens.ts';
import type { RegistryCredentials } from './types.ts';

export type CloudProvider = 'aws' | 'azure' | 'gcp';

export const isCloudProvider = (name: string): name is CloudProvider =>
  name === 'aws' || name === 'azure' || name === 'gcp';

/**
 * @param as another identity, or another way to ask
 * @throws CloudError, `BadCredentials` for a host that is not of the provider
 */
export type ProviderCredentials = (
  provider: CloudProvider,
  host: string,
  plainHttp?: boolean,
  as?: CloudOptions,
) => Promise<RegistryCredentials>;

/** As the original prints them in its messages. */
const patterns = {
  aws: '([0-9+]*).dkr[.-]ecr(?:-fips)?\\.([^/.]*)\\.(amazonaws\\.com[.cn]*|amazonaws\\.eu|sc2s\\.sgov\\.gov|c2s\\.ic\\.gov|cloud\\.adc-e\\.uk|csp\\.hci\\.ic\\.gov|on\\.aws)',
  azure: '^.+\\.(azurecr\\.io|azurecr\\.cn|azurecr\\.de|azurecr\\.us)$',
  gcp: '^(((.+\\.)?gcr\\.io)|(.+-docker\\.pkg\\.dev)|(docker\\.s3nsregistry\\.fr))$',
};
const names = { aws: 'AWS', azure: 'Azure', gcp: 'GCP' };

/** Credentials are kept until shortly before they end. */
export function providerCredentials(options: CloudOptions): ProviderCredentials {
  const kept = createKept<KeptCredentials>(options.clock);
  return async (provider, host, plainHttp = false, as = options) => {
    const { key, ask } = question(provider, host, plainHttp, as);
    return (await kept(`${key} ${await askerOf(as)}`, ask)).credentials;
  };
}

function question(
  provider: CloudProvider,
  host: string,
  plainHttp: boolean,
  options: CloudOptions,
): { key: string; ask: () => Promise<KeptCredentials> } {
  if (provider === 'aws' && host === 'public.ecr.aws')
    return { key: host, ask: () => ecrPublicToken(options) };
  // A port is no part of what the patterns know.
  const found = new RegExp(patterns[provider]).exec(host.replace(/:\d+$/, ''));
  if (found === null) {
    throw new CloudError(
      'BadCredentials',
      provider,
      `invalid ${names[provider]} registry: '${host}'. must match ${patterns[provider]}`,
    );
  }
  if (provider === 'gcp') return { key: provider, ask: () => googleCredentials(options) };
  if (provider === 'azure') return { key: host, ask: () => acrToken(host, options, plainHttp) };
  const region = found[2] ?? '';
  return { key: `aws ${region}`, ask: () => ecrToken(region, options) };
}
