/** Keys that commits are signed with, as settings of the git program. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { KubeReader } from '../../lib/kube/mod.ts';
import { runProgram } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { failing } from './failure.ts';

export interface Signing {
  settings: readonly (readonly [string, string])[];
  /** Ends the agent that has kept the key. */
  close(): Promise<void>;
}

const failed = (why: string, cause?: unknown) =>
  failing('SourceManagerFailed', `failed configuring source manager: ${why}`, cause);

const timeoutMs = 30_000;

/**
 * @param folder where keys are written, for this one commit
 * @throws ImageFailure `SourceManagerFailed`
 */
export async function openSigning(
  kube: Pick<KubeReader, 'get'>,
  namespace: string,
  spec: Fields,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Signing> {
  const name = spec.at('secretRef').text('name') ?? '';
  const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name });
  if (secret === undefined)
    throw failed(`could not find signing key secret '${name}': secrets "${name}" not found`);
  const data = new Fields(secret).textMap('data');
  const read = (key: string) =>
    data[key] === undefined ? undefined : Buffer.from(data[key], 'base64').toString('utf8');
  const type = spec.text('type') ?? 'gpg';
  const field = type === 'ssh' ? 'identity' : 'git.asc';
  const key = read(field);
  if (type !== 'ssh' && type !== 'gpg') throw failed(`unknown signing key type "${type}"`);
  if (key === undefined)
    throw failed(
      `signing key secret '${name}' does not contain a${type === 'ssh' ? 'n' : ''} '${field}' key`,
    );
  // Agents listen in this folder, and the names of sockets are short.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const write = async (file: string, text: string, mode = 0o600) => {
    const place = path.join(folder, file);
    await writeFile(place, text, { mode });
    await chmod(place, mode);
    return place;
  };
  return type === 'ssh'
    ? signWithSsh(key, read('password'), write)
    : signWithGpg({ name, key, passphrase: read('passphrase'), folder, env, write });
}

type Write = (file: string, text: string, mode?: number) => Promise<string>;

async function signWithSsh(
  key: string,
  password: string | undefined,
  write: Write,
): Promise<Signing> {
  const file = await write('identity', `${key.trimEnd()}\n`);
  const settings: [string, string][] = [
    ['gpg.format', 'ssh'],
    ['user.signingkey', file],
  ];
  if (password !== undefined) {
    const kept = await write('password', password);
    const ask = await write('askpass', `#!/bin/sh\nexec cat '${kept}'\n`, 0o700);
    const environment = `DISPLAY=none SSH_ASKPASS='${ask}' SSH_ASKPASS_REQUIRE=force`;
    const program = `#!/bin/sh\n${environment} exec ssh-keygen "$@"\n`;
    settings.push(['gpg.ssh.program', await write('ssh-keygen', program, 0o700)]);
  }
  return { settings, close: () => Promise.resolve() };
}

interface GpgOptions {
  name: string;
  key: string;
  passphrase: string | undefined;
  folder: string;
  env: Readonly<Record<string, string | undefined>>;
  write: Write;
}

async function signWithGpg(options: GpgOptions): Promise<Signing> {
  const { name, key, passphrase, folder, env, write } = options;
  const own = { PATH: env['PATH'] ?? '', GNUPGHOME: folder };
  const gpg = async (args: readonly string[], stdin = '') => {
    const ran = await runProgram('gpg', ['--batch', '--no-tty', ...args], {
      env: own,
      timeoutMs,
      stdin,
    });
    return { ...ran, stdout: ran.stdout.toString() };
  };
  const kept = await write('passphrase', passphrase ?? '');
  const loopback = ['--pinentry-mode', 'loopback', '--passphrase-file', kept];
  const imported = await gpg([...loopback, '--import'], key);
  const close = async () => {
    // The agent goes by itself once its folder is gone; asked, it goes at once.
    await runProgram('gpgconf', ['--kill', 'gpg-agent'], { env: own, timeoutMs });
  };
  const refused = async (why: string) => {
    await close();
    return failed(why);
  };
  if (imported.exitCode !== 0)
    throw await refused(`could not read signing key from secret '${name}'`);
  const listed = await gpg(['--with-colons', '--list-secret-keys']);
  const fingerprints = listed.stdout.split('\n').flatMap((line, at, lines) =>
    line.startsWith('fpr:') &&
    lines
      .slice(0, at)
      .findLast((each) => /^(sec|ssb):/.test(each))
      ?.startsWith('sec:') === true
      ? [line.split(':')[9] ?? '']
      : [],
  );
  const [fingerprint, ...others] = fingerprints;
  if (fingerprint === undefined)
    throw await refused(`could not read signing key from secret '${name}'`);
  if (others.length > 0)
    throw await refused(
      `multiple entities read from secret '${name}', could not determine which signing key to use`,
    );
  const sign = await gpg([...loopback, '--local-user', fingerprint, '--clearsign'], 'text');
  if (sign.exitCode !== 0)
    throw await refused(
      passphrase === undefined
        ? `can not use passphrase protected signing key without 'passphrase' field present in secret ${name}`
        : `could not decrypt private key of the signing key present in secret ${name}`,
    );
  const program = `#!/bin/sh\nGNUPGHOME='${folder}' exec gpg --batch --no-tty --pinentry-mode loopback --passphrase-file '${kept}' "$@"\n`;
  return {
    settings: [
      ['user.signingkey', fingerprint],
      ['gpg.program', await write('gpg', program, 0o700)],
    ],
    close,
  };
}
