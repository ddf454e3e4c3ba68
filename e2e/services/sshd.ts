/** An SSH server on loopback for Git, with a host key and an authorized key of its own (OpenSSH's sshd). */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { freePort, runToEnd, startCommand } from '../../demo/mod.ts';
import { listening, programFile } from './programs.ts';

export interface SshServer {
  /** The line of a known_hosts file that it goes by. */
  knownHost: string;
  /** `ssh://user@127.0.0.1:port` and the absolute path of a repository. */
  url(repositoryFolder: string): string;
  /** Lets the owner of a public key in, a line as in authorized_keys. */
  authorize(publicKey: string): Promise<void>;
  close(): Promise<void>;
}

export async function startSshServer(folder: string): Promise<SshServer> {
  const home = path.join(folder, 'sshd');
  await mkdir(home, { recursive: true });
  const hostKey = await makeKey(path.join(home, 'host_key'));
  const authorized = path.join(home, 'authorized_keys');
  await writeFile(authorized, '', { mode: 0o600 });
  const port = await freePort();
  const config = path.join(home, 'sshd_config');
  await writeFile(
    config,
    `${[
      'ListenAddress 127.0.0.1',
      `Port ${port}`,
      `HostKey ${path.join(home, 'host_key')}`,
      `AuthorizedKeysFile ${authorized}`,
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      // The folder lies below /tmp, which others may write to.
      'StrictModes no',
      'UsePAM no',
      'PidFile none',
    ].join('\n')}\n`,
  );
  // Without it sshd of root does not start.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const server = startCommand({
    name: 'sshd',
    command: [await programFile('sshd', 'openssh-server')],
    args: ['-D', '-e', '-f', config],
    env: {},
    logFile: path.join(home, 'log'),
  });
  await listening(server, port);
  return {
    knownHost: `[127.0.0.1]:${port} ${hostKey}`,
    url: (repositoryFolder) =>
      `ssh://${userInfo().username}@127.0.0.1:${port}${path.resolve(repositoryFolder)}`,
    authorize: (publicKey) => appendFile(authorized, `${publicKey.trim()}\n`),
    close: () => server.stop(),
  };
}

/** @param file of the private key to be made @returns the public key: type and data */
export async function makeKey(file: string): Promise<string> {
  const args = ['-q', '-t', 'ed25519', '-N', '', '-C', 'e2e', '-f', file];
  await runToEnd('ssh-keygen', args, {}, path.dirname(file));
  return (await readFile(`${file}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
}
