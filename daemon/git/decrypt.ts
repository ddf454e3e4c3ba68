/** Secrets in the repository: git-secret for whole files, SOPS for values (spec flux-v1 §2.6, §3.3). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readDocuments } from '../../lib/manifest/mod.ts';
import { Fault, isRecord, messageOf, runProgram } from '../../lib/runtime/mod.ts';

export interface DecryptOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Limit of each call, in milliseconds. */
  timeoutMs: number;
}

const secretVariables = [
  'PATH',
  'HOME',
  'GNUPGHOME',
  'SECRETS_DIR',
  'SECRETS_EXTENSION',
  'LD_PRELOAD',
];

/** Runs `git secret reveal -f` in a checkout. @throws Fault `DecryptFailed` */
export async function revealSecrets(folder: string, options: DecryptOptions): Promise<void> {
  await run('git', ['secret', 'reveal', '-f'], {
    ...options,
    env: pick(options.env, secretVariables),
    cwd: folder,
    subject: 'git secret reveal',
  });
}

/**
 * Decrypts a YAML file with the `sops` program.
 *
 * @param options.folder for temporary files
 * @returns the text as it is when no document of it was encrypted by SOPS
 * @throws Fault `DecryptFailed`
 */
export async function decryptSops(
  text: string,
  file: string,
  options: DecryptOptions & { folder: string },
): Promise<string> {
  if (!text.includes('sops:') || !isEncrypted(text)) return text;
  const kind = ['--input-type', 'yaml', '--output-type', 'yaml'];
  // Keys are found in the environment: cloud identities, age key files, the GPG ring.
  const env = Object.fromEntries(
    Object.entries(options.env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  // A file: sops opens what it is told to read, and a pipe of Node is a socket, which cannot be opened. It is still encrypted.
  const folder = await mkdtemp(path.join(options.folder, 'flux-sops'));
  try {
    const encrypted = path.join(folder, 'encrypted.yaml');
    await writeFile(encrypted, text, { mode: 0o600 });
    return await run('sops', ['--decrypt', ...kind, encrypted], { ...options, env, subject: file });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isEncrypted(text: string): boolean {
  try {
    return readDocuments(text).some(
      (document) => isRecord(document) && isRecord(document.sops) && 'mac' in document.sops,
    );
  } catch {
    // Not YAML: the loader will say so, with its line.
    return false;
  }
}

const pick = (env: DecryptOptions['env'], names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));

async function run(
  program: string,
  args: readonly string[],
  options: {
    env: Readonly<Record<string, string>>;
    timeoutMs: number;
    cwd?: string;
    subject: string;
  },
): Promise<string> {
  const { subject, env, timeoutMs, cwd } = options;
  const failed = (problem: string, cause?: unknown) =>
    new Fault('DecryptFailed', 'stall', subject, `${subject}: ${program}: ${problem}`, { cause });
  let done;
  try {
    done = await runProgram(program, args, {
      env,
      timeoutMs,
      ...(cwd === undefined ? {} : { cwd }),
    });
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
  if (done.exitCode !== 0) throw failed(done.stderr.toString('utf8').trim());
  return done.stdout.toString('utf8');
}
