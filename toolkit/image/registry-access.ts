/** How the registry of an ImageRepository is reached: credentials, certificates, proxy. */
import type { KubeReader } from '../../lib/kube/mod.ts';
import {
  createRegistryClient,
  isCloudProvider,
  keychainFromPullSecret,
  mergeKeychains,
} from '../../lib/registry/mod.ts';
import type { Keychain, RegistryClient } from '../../lib/registry/mod.ts';
import { canonicalName } from '../../lib/policy/mod.ts';
import type { ImageName } from '../../lib/policy/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { accountNeedsGate, Fields, pullSecretsOf } from '../runtime/mod.ts';
import type { ImageDependencies } from './dependencies.ts';
import { failing, stalling } from './failure.ts';

export interface RegistryAccess {
  client: RegistryClient;
  keychain: Keychain;
  timeoutMs: number;
}

const unauthorized = (why: string, cause?: unknown) =>
  failing('AuthenticationFailed', `failed to configure authentication options: ${why}`, cause);

interface Dependencies extends Pick<
  ImageDependencies,
  'clock' | 'identities' | 'registryCredentials'
> {
  kube: Pick<KubeReader, 'get'>;
}

/**
 * @param work gets the registry; connections are closed after it
 * @throws ImageFailure `AuthenticationFailed`, `FeatureGateDisabled`
 */
export async function withRegistry<T>(
  { kube, clock, identities, registryCredentials }: Dependencies,
  namespace: string,
  spec: Fields,
  name: ImageName,
  work: (access: RegistryAccess) => Promise<T>,
): Promise<T> {
  const provider = spec.text('provider') ?? 'generic';
  const account = spec.text('serviceAccountName');
  if (provider !== 'generic' && account !== undefined && !identities.mayNameAccount)
    throw stalling('FeatureGateDisabled', accountNeedsGate);
  const secretOf = async (where: string, secret: string) => {
    const found = await kube
      .get({ apiVersion: 'v1', kind: 'Secret', namespace, name: secret })
      .catch((cause: unknown) => {
        throw unauthorized(messageOf(cause), cause);
      });
    if (found === undefined) throw unauthorized(`secrets "${secret}" not found`);
    const data = new Fields(found).textMap('data');
    const text = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
    return { data, text, where };
  };
  const named = (field: string) => spec.at(field).text('name');
  const keychains: Keychain[] = [];
  const main = named('secretRef');
  const pulls = main === undefined ? [] : [main];
  // With a cloud's provider the account is who asks there, and what it pulls with does not count.
  if (account !== undefined && !isCloudProvider(provider)) {
    const own = await pullSecretsOf(kube, namespace, account).catch((cause: unknown) => {
      throw unauthorized(messageOf(cause), cause);
    });
    pulls.push(...own);
  }
  for (const each of pulls) {
    const secret = await secretOf('secretRef', each);
    const keychain = keychainFromPullSecret(secret.data, `${namespace}/${each}`);
    if (keychain === undefined)
      throw unauthorized(
        `secret '${namespace}/${each}' is not of type kubernetes.io/dockerconfigjson`,
      );
    keychains.push(keychain);
  }
  const certName = named('certSecretRef');
  const cert = certName === undefined ? undefined : await secretOf('certSecretRef', certName);
  const proxyName = named('proxySecretRef');
  const proxy = proxyName === undefined ? undefined : await secretOf('proxySecretRef', proxyName);
  const proxied = proxy && proxyOf(proxy.text);
  if ((main === undefined || account !== undefined) && isCloudProvider(provider)) {
    const insecure = spec.flag('insecure') === true;
    const prefix = 'failed to get access token for artifact registry: ';
    const as = identities.of({ namespace, account, proxy: proxied, prefix });
    keychains.unshift((host) =>
      registryCredentials(provider, host, insecure, as).catch((cause: unknown) => {
        throw unauthorized(messageOf(cause), cause);
      }),
    );
  }
  const intervalMs = spec.durationMs('interval') ?? 60_000;
  const timeoutMs = Math.max(1000, spec.durationMs('timeout') ?? intervalMs);
  const client = createRegistryClient({
    clock,
    timeoutMs,
    insecureHosts: spec.flag('insecure') === true ? [canonicalName(name).domain] : [],
    ...(cert === undefined ? {} : { tls: tlsOf(cert.text) }),
    ...(proxied === undefined ? {} : { proxy: proxied }),
  });
  try {
    return await work({ client, keychain: mergeKeychains(...keychains), timeoutMs });
  } finally {
    await client.close();
  }
}

function tlsOf(text: (key: string) => string) {
  const [ca, cert, key] = [text('ca.crt'), text('tls.crt'), text('tls.key')];
  return {
    ...(ca === '' ? {} : { ca }),
    ...(cert === '' ? {} : { cert }),
    ...(key === '' ? {} : { key }),
  };
}

function proxyOf(text: (key: string) => string): string {
  let url: URL;
  try {
    url = new URL(text('address'));
  } catch (cause) {
    throw unauthorized('the Secret of proxySecretRef has no address of a proxy', cause);
  }
  url.username = encodeURIComponent(text('username'));
  url.password = encodeURIComponent(text('password'));
  return url.href;
}
