/** Secrets in the repository: git-secret for whole files, SOPS for values (spec flux-v1 §2.6, §3.3). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { parseYaml, toYaml } from '../../lib/helm/yaml/mod.ts';
import { Fault, messageOf, runProgram } from '../../lib/runtime/mod.ts';
import { decryptSopsFile, isSops, loadSopsKeys, needsSopsProgram } from '../../lib/sops/mod.ts';
import type { Tree } from '../../lib/sops/mod.ts';

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
 * Decrypts a YAML file: by itself with age and PGP keys, with the `sops` program where a file asks for more.
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
  const documents = text.includes('sops:') ? treesOf(text) : [];
  if (!documents.some(isSops)) return text;
  try {
    const opened = await decryptSopsFile(documents, await loadSopsKeys(options.env));
    return opened.map((document) => toYaml(parseYaml(jsonOf(document)))).join('---\n');
  } catch (cause) {
    if (needsSopsProgram(documents)) return runSops(text, file, options);
    const why = messageOf(cause);
    throw new Fault('DecryptFailed', 'stall', file, `${file}: sops: ${why}`, { cause });
  }
}

async function runSops(
  text: string,
  file: string,
  options: DecryptOptions & { folder: string },
): Promise<string> {
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

/** Documents with their keys in the order of the file, over which the MAC is; none when it is no YAML, which the loader says with its line. */
function treesOf(text: string): Tree[] {
  const found: Tree[] = [];
  for (const document of parseAllDocuments(text)) {
    if ('errors' in document && document.errors.length > 0) return [];
    const value: unknown = document.toJS({ mapAsMap: true });
    if (value instanceof Map) found.push(value);
  }
  return found;
}

/** Keys stay in their order, whatever they look like. */
function jsonOf(value: unknown): string {
  if (value instanceof Map) {
    const fields = [...value].map(
      ([key, each]) => `${JSON.stringify(String(key))}:${jsonOf(each)}`,
    );
    return `{${fields.join(',')}}`;
  }
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  return JSON.stringify(value ?? null);
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
