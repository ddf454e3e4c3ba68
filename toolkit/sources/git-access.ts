/** How a Git server is reached: what a Secret says, as settings of the git program (spec §2.4, fluxcd/pkg git/options.go). */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gitCommand, splitCredentials } from '../../lib/git/mod.ts';
import type { Git } from '../../lib/git/mod.ts';
import { fetchFailed } from './failure.ts';
import type { GitLogin } from './git-provider.ts';
import { textOf } from './secrets.ts';
import type { Secret } from './secrets.ts';

export interface GitAccess {
  /** Without user name and password. */
  url: string;
  git: Git;
}

export interface AccessOptions {
  url: string;
  secret: Secret | undefined;
  /** Of `provider`; goes before what the Secret says. */
  login: GitLogin | undefined;
  /** From `proxySecretRef`; may hold credentials. */
  proxy: string | undefined;
  /** Keys and certificates are written here. */
  folder: string;
  timeoutMs: number;
  env: Readonly<Record<string, string | undefined>>;
}

/** @throws SourceFailure `AuthenticationFailed` for a Secret that does not fit the URL */
export async function openAccess(options: AccessOptions): Promise<GitAccess> {
  const { secret, login, timeoutMs, folder, proxy } = options;
  await mkdir(folder, { recursive: true });
  const isSsh = options.url.startsWith('ssh://');
  const { url, credentials: ofUrl } = splitCredentials(options.url);
  const settings: [string, string][] = [
    ['core.autocrlf', 'false'],
    ['core.symlinks', 'true'],
    ['advice.detachedHead', 'false'],
    // Only what the URL names, no local paths by way of a sub-module or a redirect.
    ['protocol.allow', 'never'],
    ['protocol.http.allow', 'always'],
    ['protocol.https.allow', 'always'],
    ['protocol.ssh.allow', 'always'],
  ];
  if (proxy !== undefined) settings.push(['http.proxy', proxy]);
  const env: Record<string, string | undefined> = { ...options.env, HOME: folder };
  const write = async (name: string, data: Buffer | string, mode = 0o600) => {
    const file = path.join(folder, name);
    await writeFile(file, data, { mode });
    return file;
  };
  if (isSsh) {
    env['GIT_SSH_COMMAND'] = await sshCommand(secret, write);
    return { url, git: gitCommand({ env, timeoutMs, settings }) };
  }
  const text = (key: string) => (secret === undefined ? '' : textOf(secret, key));
  const ca = text('ca.crt') || text('caFile');
  if (ca !== '') settings.push(['http.sslCAInfo', await write('ca.crt', ca)]);
  if (text('tls.crt') !== '' && text('tls.key') !== '') {
    settings.push(['http.sslCert', await write('tls.crt', text('tls.crt'))]);
    settings.push(['http.sslKey', await write('tls.key', text('tls.key'))]);
  }
  if (login !== undefined && 'password' in login)
    return { url, git: gitCommand({ env, timeoutMs, settings, credentials: login }) };
  const token = login?.bearer ?? text('bearerToken');
  const [username, password] = [
    text('username') || (ofUrl?.username ?? ''),
    text('password') || (ofUrl?.password ?? ''),
  ];
  if (token !== '') {
    if (!url.startsWith('https://')) throw refused('a bearer token is not sent over plain HTTP');
    if (login === undefined && (text('username') !== '' || text('password') !== ''))
      throw refused('basic auth and bearer token cannot be set at the same time');
    settings.push(['http.extraHeader', `Authorization: Bearer ${token}`]);
    return { url, git: gitCommand({ env, timeoutMs, settings }) };
  }
  if (username === '' && password !== '') {
    const scheme = url.startsWith('https://') ? 'https' : 'http';
    throw refused(`invalid '${scheme}' auth option: 'password' requires 'username' to be set`);
  }
  const credentials = username === '' ? undefined : { username, password };
  return { url, git: gitCommand({ env, timeoutMs, settings, credentials }) };
}

async function sshCommand(
  secret: Secret | undefined,
  write: (name: string, data: Buffer | string, mode?: number) => Promise<string>,
): Promise<string> {
  const key = secret?.data.get('identity');
  const hosts = secret?.data.get('known_hosts');
  if (secret === undefined || key === undefined || key.length === 0)
    throw refused("invalid 'ssh' auth option: 'identity' is required");
  if (hosts === undefined || hosts.length === 0)
    throw refused("invalid 'ssh' auth option: 'known_hosts' is required");
  // OpenSSH refuses a key whose last line does not end.
  const identity = await write('identity', `${key.toString('utf8').replace(/\s*$/, '')}\n`);
  const knownHosts = await write('known_hosts', hosts);
  const options = [
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${knownHosts}`,
    'GlobalKnownHostsFile=/dev/null',
  ];
  const password = secret.data.get('password');
  const ssh = `ssh -F /dev/null -i ${identity} ${options.map((each) => `-o ${each}`).join(' ')}`;
  if (password === undefined) return `${ssh} -o BatchMode=yes`;
  const secretFile = await write('password', password);
  const ask = await write('askpass', `#!/bin/sh\nexec cat ${secretFile}\n`, 0o700);
  return `DISPLAY=none SSH_ASKPASS=${ask} SSH_ASKPASS_REQUIRE=force ${ssh}`;
}

const refused = (message: string) =>
  fetchFailed('AuthenticationFailed', `failed to configure authentication options: ${message}`);
