/** Keys from where sops itself looks for them. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../runtime/mod.ts';
import { SopsError } from './errors.ts';
import type { SopsKeys } from './types.ts';

const gpgTimeoutMs = 20_000;

/**
 * Age keys of `SOPS_AGE_KEY`, of the file `SOPS_AGE_KEY_FILE`, else of `sops/age/keys.txt` in the configuration folder;
 * PGP keys of gpg's keyring (`GNUPGHOME`).
 */
export async function loadSopsKeys(
  env: Readonly<Record<string, string | undefined>>,
): Promise<SopsKeys> {
  const config =
    env.XDG_CONFIG_HOME ?? (env.HOME === undefined ? '' : path.join(env.HOME, '.config'));
  const file = env.SOPS_AGE_KEY_FILE ?? path.join(config, 'sops/age/keys.txt');
  const texts = [env.SOPS_AGE_KEY ?? '', await readKeys(file, env.SOPS_AGE_KEY_FILE === undefined)];
  const age = texts.flatMap(ageKeys);
  return { age, pgp: pgpKeys(env) };
}

/** What gpg has in the keyring of an environment (`GNUPGHOME`). */
export const pgpKeys =
  (env: Readonly<Record<string, string | undefined>>): NonNullable<SopsKeys['pgp']> =>
  (message) =>
    openPgp(message, env);

/** The age keys of a file's text. */
export const ageKeys = (text: string): string[] =>
  text.match(/AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+/g) ?? [];

async function readKeys(file: string, optional: boolean): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    const isMissing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
    if (optional && isMissing) return '';
    throw new SopsError('NoKey', `age keys cannot be read from ${file}`, { cause: thrown });
  }
}

async function openPgp(
  message: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Uint8Array> {
  const kept = Object.entries(env).flatMap(([key, value]) =>
    value !== undefined && ['PATH', 'HOME', 'GNUPGHOME'].includes(key) ? [[key, value]] : [],
  );
  const { exitCode, stdout, stderr } = await runProgram(
    'gpg',
    ['--batch', '--no-tty', '--quiet', '--decrypt'],
    {
      env: Object.fromEntries(kept) as Record<string, string>,
      stdin: Buffer.from(message),
      timeoutMs: gpgTimeoutMs,
    },
  );
  if (exitCode === 0) return stdout;
  throw new SopsError('NoKey', stderr.toString().trim().split('\n').at(-1) ?? 'gpg failed');
}
