/** Credentials out of docker's config file and out of pull secrets, in the shapes people have (spec flux-v1 §6.3). */
import { RegistryError } from './errors.ts';
import type { Keychain, RegistryCredentials } from './types.ts';
import { isRecord } from '../runtime/mod.ts';

/**
 * Reads `{"auths": {host: entry}}`, or the bare map of hosts of the older `.dockercfg`.
 *
 * An entry counts with `auth` (base64 of `user:password`) or with `username` and `password`; one without either (a
 * credential helper's) is passed over. Hosts may be written as URLs; all names of Docker Hub are one.
 *
 * @param origin where the text came from, for logs
 * @throws RegistryError `BadCredentials` for text that is no JSON object, or an `auth` that cannot be decoded; never with the secret
 */
export function keychainFromDockerConfig(text: string, origin: string): Keychain {
  const byHost = new Map<string, RegistryCredentials>();
  for (const [host, entry] of Object.entries(entriesOf(text, origin))) {
    const credentials = read(entry, host, origin);
    if (credentials !== undefined) byHost.set(hostKey(host), credentials);
  }
  return (host) => Promise.resolve(byHost.get(hostKey(host)));
}

/**
 * Reads a Secret of type `kubernetes.io/dockerconfigjson` or `kubernetes.io/dockercfg`.
 *
 * @param data the Secret's `data`, values in base64
 * @returns `undefined` when it holds neither key
 * @throws RegistryError `BadCredentials`
 */
export function keychainFromPullSecret(
  data: Readonly<Record<string, string>>,
  origin: string,
): Keychain | undefined {
  const encoded = data['.dockerconfigjson'] ?? data['.dockercfg'];
  if (encoded === undefined) return undefined;
  return keychainFromDockerConfig(Buffer.from(encoded, 'base64').toString('utf8'), origin);
}

/** Asks one keychain after the other; the first that knows the host wins. */
export function mergeKeychains(...keychains: readonly Keychain[]): Keychain {
  return async (host) => {
    for (const keychain of keychains) {
      const credentials = await keychain(host);
      if (credentials !== undefined) return credentials;
    }
    return undefined;
  };
}

function entriesOf(text: string, origin: string): Record<string, unknown> {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, and the text is a secret.
    throw new RegistryError('BadCredentials', origin, `credentials of ${origin} are not JSON`);
  }
  if (!isRecord(config)) {
    throw new RegistryError('BadCredentials', origin, `credentials of ${origin} are not an object`);
  }
  if (isRecord(config.auths)) return config.auths;
  return Object.fromEntries(Object.entries(config).filter(([, entry]) => hasLogin(entry)));
}

const hasLogin = (entry: unknown): boolean =>
  isRecord(entry) && (typeof entry.auth === 'string' || typeof entry.username === 'string');

function read(entry: unknown, host: string, origin: string): RegistryCredentials | undefined {
  if (!isRecord(entry)) return undefined;
  if (typeof entry.auth === 'string' && entry.auth !== '') {
    const decoded = Buffer.from(entry.auth, 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    if (colon < 0) {
      throw new RegistryError(
        'BadCredentials',
        origin,
        `credentials of ${origin} for ${host}: auth is not base64 of user:password`,
      );
    }
    return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1), origin };
  }
  if (typeof entry.username === 'string' && entry.username !== '') {
    const password = typeof entry.password === 'string' ? entry.password : '';
    return { username: entry.username, password, origin };
  }
  return undefined;
}

/** Host and port, of a URL too. */
function hostKey(host: string): string {
  const bare = host
    .replace(/^https?:\/\//i, '')
    .replace(/\/.*$/s, '')
    .toLowerCase();
  return ['docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'].includes(bare)
    ? 'index.docker.io'
    : bare;
}
