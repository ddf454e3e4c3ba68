/** Detached PGP signatures, checked by the gpg program with keys that are handed in. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../runtime/mod.ts';

export interface PgpOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Is made, and is gone afterwards. */
  folder: string;
  timeoutMs: number;
}

export type PgpAnswer =
  /** The long ID of the primary key, 16 upper case hexadecimal digits. */
  | { signer: string }
  /** No ring has a key that has made a signature which is good today. */
  | { refused: 'NoMatchingKey' }
  /** None of the rings could be read. */
  | { refused: 'UnreadableKeys' };

/**
 * A signature that has expired, or whose key has expired or was revoked, is none.
 *
 * @param rings armored public keys
 */
export async function verifyPgpSignature(
  armored: string,
  payload: Buffer,
  rings: readonly string[],
  { env, folder, timeoutMs }: PgpOptions,
): Promise<PgpAnswer> {
  const own = { PATH: env['PATH'] ?? '', HOME: folder, GNUPGHOME: folder, LC_ALL: 'C' };
  const gpg = (args: readonly string[], stdin: Buffer | string) =>
    runProgram('gpg', ['--batch', '--no-tty', ...args], { env: own, timeoutMs, stdin });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    let imported = 0;
    for (const ring of rings) {
      // Whatever else is in a bundle, public keys of it count.
      const { stdout } = await gpg(['--status-fd', '1', '--import'], ring);
      if (/^\[GNUPG:\] IMPORT_OK /m.test(stdout.toString())) imported += 1;
    }
    if (imported === 0 && rings.length > 0) return { refused: 'UnreadableKeys' };
    const file = path.join(folder, 'signature.asc');
    await writeFile(file, armored);
    const check = ['--status-fd', '1', '--trust-model', 'always', '--verify', file, '-'];
    const { exitCode, stdout } = await gpg(check, payload);
    const signer = exitCode === 0 ? goodSigner(stdout.toString()) : undefined;
    return signer === undefined ? { refused: 'NoMatchingKey' } : { signer };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of what gpg says for machines (doc/DETAILS): one signature, good, and nothing against it. */
export function goodSigner(status: string): string | undefined {
  const lines = status.split('\n').map((line) => line.split(' ').slice(1));
  const of = (...words: string[]) => lines.filter(([word = '']) => words.includes(word));
  if (of('BADSIG', 'ERRSIG', 'EXPSIG', 'EXPKEYSIG', 'REVKEYSIG').length > 0) return undefined;
  if (of('GOODSIG').length !== 1) return undefined;
  const [valid, ...others] = of('VALIDSIG');
  if (valid === undefined || others.length > 0) return undefined;
  // The primary key's fingerprint is the tenth word behind `VALIDSIG`.
  const fingerprint = valid[10] ?? valid[1] ?? '';
  return /^[0-9A-F]{40,64}$/.test(fingerprint) ? fingerprint.slice(-16) : undefined;
}
