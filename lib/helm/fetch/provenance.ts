/** Signed charts: `.prov` files and the GnuPG program that reads and writes their signatures (helm 3.19 pkg/provenance). */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { messageOf, runProgram } from '../../runtime/mod.ts';
import type { RunResult } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import type { ChartMetadata } from '../chart/mod.ts';
import { metadataFields } from '../storage/encode.ts';
import { parseYaml, toYaml } from '../yaml/mod.ts';

export interface Verification {
  /** The names of the key that signed. */
  signedBy: string[];
  /** In capital hexadecimal digits. */
  fingerprint: string;
  /** `sha256:…` of the archive. */
  hash: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Compares an archive with the signed digest beside it.
 *
 * @param keyring public keys, in binary or armored form
 * @throws HelmError `Unverified`
 */
export async function verifyChart(
  archive: string,
  keyring: string,
  env: Environment,
): Promise<Verification> {
  const info = await stat(archive).catch((cause: unknown) => {
    throw unverified(archive, `stat ${archive}: no such file or directory`, cause);
  });
  if (info.isDirectory()) throw unverified(archive, 'unpacked charts cannot be verified');
  if (path.extname(archive).toLowerCase() !== '.tgz')
    throw unverified(archive, 'chart must be a tgz file');
  const file = `${archive}.prov`;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw unverified(
      archive,
      `could not load provenance file ${file}: stat ${file}: no such file or directory`,
      cause,
    );
  });
  return verifyText(text, await readFile(archive), path.basename(archive), keyring, env);
}

/** As `verifyChart`, of what is in memory. */
export async function verifyText(
  provenance: string,
  archive: Uint8Array,
  name: string,
  keyring: string,
  env: Environment,
): Promise<Verification> {
  await stat(keyring).catch((cause: unknown) => {
    throw unverified(
      name,
      `failed to load keyring: open ${keyring}: no such file or directory`,
      cause,
    );
  });
  if (!provenance.includes('-----BEGIN PGP SIGNED MESSAGE-----'))
    throw unverified(name, 'failed to decode signature: signature block not found');
  return inHome(env, async (gpg) => {
    await gpg(['--import'], await readFile(keyring), 'failed to load keyring');
    const checked = await gpg(
      ['--status-fd', '2', '--output', '-', '--decrypt'],
      provenance,
      'openpgp: signature made by unknown entity',
    );
    const status = checked.stderr.toString();
    const fingerprint = /\[GNUPG:\] VALIDSIG (?:\S+ ){9}(\S+)/.exec(status)?.[1];
    if (fingerprint === undefined)
      throw unverified(name, 'openpgp: signature made by unknown entity');
    const sums = sumsOf(checked.stdout.toString());
    const hash = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
    const signed = sums.get(name);
    if (signed === undefined)
      throw unverified(name, `provenance does not contain a SHA for a file named "${name}"`);
    if (signed !== hash)
      throw unverified(name, `sha256 sum does not match for ${name}: "${signed}" != "${hash}"`);
    const keys = await gpg(
      ['--with-colons', '--list-keys', fingerprint],
      '',
      'failed to list keys',
    );
    return { signedBy: namesIn(keys.stdout.toString()), fingerprint, hash };
  });
}

export interface SigningKey {
  /** Secret keys, in binary or armored form. */
  keyring: string;
  /** Part of the key's name. */
  name: string;
  /** Asked for only when the key has one. */
  passphrase?: string;
}

/** The text of the `.prov` file of an archive. @throws HelmError `Unverified` */
export async function signChart(
  archive: Uint8Array,
  fileName: string,
  metadata: ChartMetadata,
  key: SigningKey,
  env: Environment,
): Promise<string> {
  const ring = await readFile(key.keyring).catch((cause: unknown) => {
    throw unverified(fileName, `open ${key.keyring}: no such file or directory`, cause);
  });
  const hash = createHash('sha256').update(archive).digest('hex');
  const sums = new Map([['files', new Map([[fileName, `sha256:${hash}`]])]]);
  const message = `${toYaml(metadataFields(metadata))}\n...\n${toYaml(sums)}`;
  return inHome(env, async (gpg) => {
    await gpg(['--import'], ring, 'failed to load keyring');
    const listed = await gpg(['--with-colons', '--list-secret-keys'], '', 'failed to list keys');
    const { fingerprint, many } = secretKey(listed.stdout.toString(), key.name);
    if (many) throw unverified(fileName, `more than one key contain the id "${key.name}"`);
    if (fingerprint === undefined) {
      const known = await gpg(['--with-colons', '--list-keys'], '', 'failed to list keys');
      throw unverified(
        fileName,
        namesIn(known.stdout.toString()).some((each) => each.includes(key.name))
          ? 'provided key is not a private key. Try providing a keyring with secret keys'
          : 'private key not found',
      );
    }
    const passphrase =
      key.passphrase === undefined ? ['--passphrase', ''] : ['--passphrase-fd', '0'];
    const input = key.passphrase === undefined ? message : `${key.passphrase}\n${message}`;
    const signed = await gpg(
      [
        '--pinentry-mode',
        'loopback',
        ...passphrase,
        '--digest-algo',
        'SHA512',
        '--local-user',
        fingerprint,
        '--output',
        '-',
        '--clearsign',
      ],
      input,
      'failed to sign',
    );
    return signed.stdout.toString();
  });
}

type Gpg = (
  args: readonly string[],
  input: string | Uint8Array,
  what: string,
) => Promise<RunResult>;

/** A GnuPG home of its own: the user's keys are neither needed nor touched. */
async function inHome<T>(env: Environment, work: (gpg: Gpg) => Promise<T>): Promise<T> {
  const home = await mkdtemp(path.join(tmpdir(), 'reflux-gpg-'));
  const environment = { PATH: env['PATH'] ?? '', GNUPGHOME: home, LC_ALL: 'C' };
  const gpg: Gpg = async (args, input, what) => {
    const result = await runProgram(
      'gpg',
      ['--batch', '--no-tty', '--quiet', '--yes', '--trust-model', 'always', ...args],
      { env: environment, stdin: input },
    ).catch((cause: unknown) => {
      throw unverified('gpg', `${what}: ${messageOf(cause)}`, cause);
    });
    if (result.exitCode !== 0 && !args.includes('--list-keys'))
      throw unverified('gpg', what, new Error(result.stderr.toString()));
    return result;
  };
  try {
    await writeFile(path.join(home, 'gpg-agent.conf'), 'allow-loopback-pinentry\n');
    return await work(gpg);
  } finally {
    await runProgram('gpgconf', ['--kill', 'all'], { env: environment }).catch(() => undefined);
    await rm(home, { recursive: true, force: true });
  }
}

/** The digests of the second document. */
function sumsOf(message: string): Map<string, string> {
  const [, second] = message.split('\n...\n');
  if (second === undefined)
    throw unverified('provenance', 'message block must have at least two parts');
  const root = parseYaml(second);
  const files = root instanceof Map ? root.get('files') : undefined;
  return new Map(
    [...(files instanceof Map ? files : [])].flatMap(([name, sum]) =>
      typeof sum === 'string' ? [[name, sum] as const] : [],
    ),
  );
}

/** User names in a listing with colons. */
function namesIn(listing: string): string[] {
  return listing
    .split('\n')
    .filter((line) => line.startsWith('uid:'))
    .map((line) => (line.split(':')[9] ?? '').replaceAll('\\x3a', ':'));
}

function secretKey(
  listing: string,
  wanted: string,
): { fingerprint: string | undefined; many: boolean } {
  const found: string[] = [];
  let fingerprint = '';
  let matched = false;
  for (const line of listing.split('\n')) {
    const fields = line.split(':');
    if (fields[0] === 'sec') {
      fingerprint = '';
      matched = false;
    } else if (fields[0] === 'fpr' && fingerprint === '') fingerprint = fields[9] ?? '';
    else if (fields[0] === 'uid' && !matched) {
      const name = (fields[9] ?? '').replaceAll('\\x3a', ':');
      if (name === wanted) return { fingerprint, many: false };
      if (name.includes(wanted)) {
        matched = true;
        found.push(fingerprint);
      }
    }
  }
  return { fingerprint: found.at(-1), many: found.length > 1 };
}

const unverified = (subject: string, message: string, cause?: unknown) =>
  new HelmError('Unverified', subject, message, { cause });
