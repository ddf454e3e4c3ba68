/** Logging in to a registry by `spec.provider` (spec §2.4). */
import type { CloudOptions } from '../../lib/cloud/mod.ts';
import { isCloudProvider } from '../../lib/registry/mod.ts';
import type { RegistryCredentials } from '../../lib/registry/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { accountNeedsGate } from '../runtime/mod.ts';
import type { Draft } from '../runtime/mod.ts';
import type { SourceDependencies } from './dependencies.ts';
import { fetchFailed, fetchStalled, SourceFailure } from './failure.ts';

export interface Login {
  provider: string;
  /** `oci://host/path` */
  url: string;
  /** Plain HTTP. */
  insecure: boolean;
  /** Put around the provider's name in messages; the kinds differ in it. */
  quote?: string;
  /** Who asks; default the process itself. */
  as?: CloudOptions;
}

/**
 * @returns `undefined` for `generic`
 * @throws SourceFailure `AuthenticationFailed`
 */
export async function providerLogin(
  { registryCredentials }: Pick<SourceDependencies, 'registryCredentials'>,
  { provider, url, insecure, quote = '', as }: Login,
): Promise<Pick<RegistryCredentials, 'username' | 'password'> | undefined> {
  if (provider === 'generic') return undefined;
  if (!isCloudProvider(provider))
    throw fetchStalled('InvalidProviderConfiguration', `unsupported provider '${provider}'`);
  const { host } = new URL(url.replace(/^oci:/, 'https:'));
  try {
    const { username, password } = await registryCredentials(provider, host, insecure, as);
    return { username, password };
  } catch (cause) {
    throw fetchFailed(
      'AuthenticationFailed',
      `failed to get credential from ${quote}${provider}${quote}: ${messageOf(cause)}`,
      cause,
    );
  }
}

/**
 * Who asks a cloud for an object with a `provider`.
 *
 * @param what of the original's messages: `artifact registry`, `Git repository`; '' for none
 * @throws SourceFailure `FeatureGateDisabled`
 */
export function identityOf(
  { identities }: Pick<SourceDependencies, 'identities'>,
  { namespace, spec }: Pick<Draft, 'namespace' | 'spec'>,
  proxy: string | undefined,
  what: string,
): CloudOptions {
  const account = spec.text('serviceAccountName');
  if (account !== undefined && !identities.mayNameAccount) throw accountOfProvider(what);
  const prefix = what === '' ? '' : `failed to get access token for ${what}: `;
  return identities.of({ namespace, account, proxy, prefix });
}

/** An OCIRepository does not say that it could not be fetched, as in the original. */
const accountOfProvider = (what: string) =>
  new SourceFailure(
    what === 'artifact registry' ? undefined : 'FetchFailed',
    'FeatureGateDisabled',
    'stall',
    accountNeedsGate,
  );
