/** How a chart repository or a registry is reached: what a HelmRepository and its Secrets say (spec §2.4). */
import { X509Certificate } from 'node:crypto';
import { createOciTransport } from '../../lib/helm/fetch/mod.ts';
import type { Credentials, OciTransport, TlsFiles } from '../../lib/helm/fetch/mod.ts';
import { keychainFromDockerConfig } from '../../lib/registry/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Fields } from '../runtime/mod.ts';
import { providerLogin } from './cloud-login.ts';
import type { SourceDependencies } from './dependencies.ts';
import { fetchFailed, fetchStalled } from './failure.ts';
import { readSecret, textOf } from './secrets.ts';
import type { Secret } from './secrets.ts';

export interface RepositoryAccess {
  /** With a slash at its end; of a registry without. */
  url: string;
  credentials: Credentials | undefined;
  tls: TlsFiles | undefined;
  timeoutMs: number;
  /** Send credentials also where an index leads to another host. */
  passCredentials: boolean;
  /** For `oci://`. */
  registry(signal: AbortSignal): OciTransport;
}

/**
 * @param spec of a HelmRepository
 * @throws SourceFailure `URLInvalid`, `AuthenticationFailed`
 */
export async function openRepository(
  dependencies: Pick<SourceDependencies, 'kube' | 'registryCredentials'>,
  namespace: string,
  spec: Fields,
): Promise<RepositoryAccess> {
  const { kube } = dependencies;
  const url = normalUrl(spec.text('url') ?? '');
  const isOci = url.startsWith('oci://');
  const certName = spec.at('certSecretRef').text('name');
  const authName = spec.at('secretRef').text('name');
  const cert =
    certName === undefined
      ? undefined
      : await readSecret(
          kube,
          namespace,
          certName,
          `failed to get TLS authentication secret '${namespace}/${certName}'`,
        );
  const auth =
    authName === undefined
      ? undefined
      : await readSecret(
          kube,
          namespace,
          authName,
          `failed to get authentication secret '${namespace}/${authName}'`,
        );
  const where = `${namespace}/${authName ?? ''}`;
  const dockerConfig = auth === undefined ? '' : textOf(auth, '.dockerconfigjson');
  const provider = spec.text('provider') ?? 'generic';
  const insecure = spec.flag('insecure') ?? false;
  const credentials =
    auth === undefined
      ? isOci
        ? await providerLogin(dependencies, { provider, url, insecure, quote: "'" })
        : undefined
      : isOci && dockerConfig !== ''
        ? await fromDockerConfig(dockerConfig, url, where)
        : basicAuth(auth, where);
  const tls = cert === undefined ? oldTls(auth) : newTls(cert, `${namespace}/${certName ?? ''}`);
  return {
    url,
    credentials,
    tls,
    timeoutMs: spec.durationMs('timeout') ?? 60_000,
    passCredentials: spec.flag('passCredentials') ?? false,
    registry: (signal) =>
      createOciTransport({
        signal,
        plainHttp: insecure,
        ...(credentials === undefined ? {} : { credentials }),
        ...(tls === undefined ? {} : { tls }),
      }),
  };
}

/** @throws SourceFailure `URLInvalid` */
export function normalUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw fetchStalled(
      'URLInvalid',
      `invalid Helm repository URL: ${messageOf(cause)}: ${text}`,
      cause,
    );
  }
  const bare = text.replace(/[?#].*$/s, '').replace(/\/+$/, '');
  return url.protocol === 'oci:' ? bare : `${bare}/${url.search}`;
}

function basicAuth(secret: Secret, where: string): Credentials | undefined {
  const [username, password] = [textOf(secret, 'username'), textOf(secret, 'password')];
  if (username === '' && password === '') return undefined;
  if (username !== '' && password !== '') return { username, password };
  const [has, lacks] = username === '' ? ['password', 'username'] : ['username', 'password'];
  throw fetchFailed(
    'AuthenticationFailed',
    `failed to detect authentication methods: secret '${where}': malformed basic auth - has '${has}' but missing '${lacks}'`,
  );
}

export async function fromDockerConfig(
  text: string,
  url: string,
  where: string,
): Promise<Credentials> {
  const host = new URL(url.replace(/^oci:/, 'https:')).host;
  const failed = (why: string, cause?: unknown) =>
    fetchFailed(
      'AuthenticationFailed',
      `failed to configure OCI registry authentication: ${why}`,
      cause,
    );
  let found;
  try {
    found = await keychainFromDockerConfig(text, where)(host);
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
  if (found === undefined)
    throw failed(`no auth config for '${host}' in the docker-registry Secret '${where}'`);
  return { username: found.username, password: found.password };
}

/** `tls.crt`, `tls.key`, `ca.crt` of a `certSecretRef`. */
export function newTls(secret: Secret, where: string): TlsFiles {
  const [cert, key] = [textOf(secret, 'tls.crt'), textOf(secret, 'tls.key')];
  const ca = textOf(secret, 'ca.crt');
  if ((cert === '') !== (key === '') || (cert === '' && ca === '')) {
    throw fetchFailed(
      'AuthenticationFailed',
      `failed to construct Helm client's TLS config: secret '${where}' must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'`,
    );
  }
  if (ca !== '' && !isCertificate(ca)) {
    throw fetchFailed(
      'AuthenticationFailed',
      "failed to construct Helm client's TLS config: failed to parse CA certificate",
    );
  }
  return files(cert, key, ca);
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    // Whatever else stands there is none.
    return false;
  }
}

/** `certFile`, `keyFile`, `caFile` in the Secret of the credentials: the older way. */
function oldTls(secret: Secret | undefined): TlsFiles | undefined {
  if (secret === undefined) return undefined;
  const [cert, key] = [textOf(secret, 'certFile'), textOf(secret, 'keyFile')];
  const ca = textOf(secret, 'caFile');
  return (cert === '' || key === '') && ca === '' ? undefined : files(cert, key, ca);
}

const files = (cert: string, key: string, ca: string): TlsFiles => ({
  ...(cert === '' ? {} : { cert }),
  ...(key === '' ? {} : { key }),
  ...(ca === '' ? {} : { ca }),
});
