/** GPG keys: imported at the start, trusted when signatures are to be verified (spec flux-v1 §1.3, §2.5). */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Fault, runProgram } from '../../lib/runtime/mod.ts';

export interface GpgOptions {
  env: Readonly<Record<string, string | undefined>>;
  timeoutMs: number;
}

/**
 * Imports keys from files, and from the files of folders (not of folders within).
 *
 * @returns the files that were imported
 * @throws Fault `KeyImport`
 */
export async function importKeys(paths: readonly string[], options: GpgOptions): Promise<string[]> {
  const imported: string[] = [];
  for (const one of paths) {
    for (const file of await keyFiles(one)) {
      await gpg(['--import', file], options);
      imported.push(file);
    }
  }
  return imported;
}

async function keyFiles(given: string): Promise<string[]> {
  try {
    if (!(await stat(given)).isDirectory()) return [given];
    const found: string[] = [];
    for (const name of (await readdir(given)).sort()) {
      const file = path.join(given, name);
      // Links are followed: mounted Secrets consist of them.
      if ((await stat(file)).isFile()) found.push(file);
    }
    return found;
  } catch (cause) {
    throw new Fault('KeyImport', 'stall', given, `GPG keys of ${given} cannot be read`, { cause });
  }
}

/** Gives every key of the ring ultimate trust, without which git calls a good signature doubtful. @throws Fault `KeyImport` */
export async function trustKeys(options: GpgOptions): Promise<void> {
  const listing = await gpg(['--list-keys', '--with-colons', '--fingerprint'], options);
  const trust = fingerprints(listing).map((fingerprint) => `${fingerprint}:6:\n`);
  if (trust.length > 0) await gpg(['--import-ownertrust'], options, trust.join(''));
}

/** Of primary keys: the first `fpr` record behind each `pub`. */
export function fingerprints(listing: string): string[] {
  const found: string[] = [];
  let primary = false;
  for (const line of listing.split('\n')) {
    const fields = line.split(':');
    if (fields[0] === 'pub') primary = true;
    else if (fields[0] === 'fpr' && primary) {
      found.push(fields[9] ?? '');
      primary = false;
    }
  }
  return found.filter((fingerprint) => fingerprint !== '');
}

async function gpg(
  args: readonly string[],
  { env, timeoutMs }: GpgOptions,
  stdin?: string,
): Promise<string> {
  const names = ['PATH', 'HOME', 'GNUPGHOME'];
  const { exitCode, stdout, stderr } = await runProgram('gpg', ['--batch', ...args], {
    env: Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
    timeoutMs,
    ...(stdin === undefined ? {} : { stdin }),
  });
  if (exitCode === 0) return stdout.toString();
  throw new Fault('KeyImport', 'stall', 'gpg', `gpg ${args[0] ?? ''}: ${stderr.toString().trim()}`);
}
