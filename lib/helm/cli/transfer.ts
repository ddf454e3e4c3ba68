/** Credentials and certificates, of flags and of the registries' file. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { keychainFromDockerConfig } from '../../registry/mod.ts';
import type { Credentials, TransferOptions } from '../fetch/http.ts';
import { createOciTransport } from '../fetch/oci-transport.ts';
import type { OciTransport } from '../fetch/oci-transport.ts';
import { writeWhole } from '../fetch/repository-index.ts';
import type { CommandContext } from './context.ts';
import { defaultKeyring } from './settings.ts';
import { isRecord } from '../../runtime/mod.ts';

/** What `transportFlags` say. */
export interface TransportInput {
  username: string;
  password: string;
  'ca-file': string;
  'cert-file': string;
  'key-file': string;
  'insecure-skip-tls-verify': boolean;
  'plain-http': boolean;
}

export function transferFor(flags: TransportInput, { signal }: CommandContext): TransferOptions {
  const { username, password } = flags;
  return {
    tls: {
      caFile: flags['ca-file'],
      certFile: flags['cert-file'],
      keyFile: flags['key-file'],
      insecureSkipTlsVerify: flags['insecure-skip-tls-verify'],
    },
    ...(username === '' && password === '' ? {} : { credentials: { username, password } }),
    signal,
  };
}

export function ociTransportFor(flags: TransportInput, context: CommandContext): OciTransport {
  return createOciTransport({
    ...transferFor(flags, context),
    plainHttp: flags['plain-http'],
    credentialsFor: (host) => storedCredentials(host, context),
  });
}

/** Of `registry login`, else of Docker's own file. */
async function storedCredentials(
  host: string,
  { settings, env, home }: CommandContext,
): Promise<Credentials | undefined> {
  const docker = path.join(env['DOCKER_CONFIG'] ?? path.join(home, '.docker'), 'config.json');
  const key = host === 'docker.io' ? 'index.docker.io' : host;
  for (const file of [settings.registryConfig, docker]) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.trim() === '') continue;
    const found = await keychainFromDockerConfig(text, file)(key);
    if (found !== undefined) return { username: found.username, password: found.password };
  }
  return undefined;
}

type Auths = Record<string, unknown>;

/** Changes the logins of the registries' file; everything else in it stays. */
export async function changeLogins(
  file: string,
  change: (auths: Auths) => boolean,
): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const config: unknown = text.trim() === '' ? {} : JSON.parse(text);
  const root = isRecord(config) ? { ...config } : {};
  const auths = isRecord(root['auths']) ? { ...root['auths'] } : {};
  if (!change(auths)) return false;
  await mkdir(path.dirname(file), { recursive: true });
  await writeWhole(file, `${JSON.stringify({ ...root, auths }, null, '\t')}`, 0o600);
  return true;
}

/** The public keys that a flag names, or the user's own. */
export const keyringOf = (flag: string, { env, home }: CommandContext): string =>
  flag === '' ? defaultKeyring(env, home) : flag;
