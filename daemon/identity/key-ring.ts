/** The SSH identity by which the daemon is known to the Git host (spec flux-v1 §1.5). */
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { KubeClient } from '../../lib/kube/mod.ts';
import { Fault, messageOf, runProgram } from '../../lib/runtime/mod.ts';
import type { PublicKey } from '../../lib/wire/mod.ts';

export interface KeyRing {
  /** The key as a Git host takes it; empty where none is needed. */
  publicKey(): PublicKey;
  /** Makes and stores a new pair; when that fails the old one stays in use. @throws Fault `KeyGeneration`, KubeError */
  regenerate(): Promise<PublicKey>;
}

export const emptyKey: PublicKey = { key: '', fingerprints: null };

/** For http(s) repositories and outside of a cluster: git finds its own way in. */
export const noKeyRing: KeyRing = {
  publicKey: () => emptyKey,
  regenerate: () => Promise.resolve(emptyKey),
};

export interface KeyRingOptions {
  kube: Pick<KubeClient, 'patch'>;
  /** Where the Secret is. */
  namespace: string;
  secretName: string;
  /** Key within the Secret, and the name of the file in both folders. */
  dataKey: string;
  /** Where the Secret is mounted, read-only. */
  mountFolder: string;
  /** Writable, in memory if possible: generated keys. */
  keygenFolder: string;
  /** Of ssh-keygen, passed on only when given. */
  keygen: { bits: string; type: string; format: string };
  /** The program's environment; ssh-keygen is looked up on its PATH. */
  env: Readonly<Record<string, string | undefined>>;
}

const keygenLimitMs = 60_000;

/** The private key that is in use: the mounted one, else the generated one. */
export const identityFiles = ({
  mountFolder,
  keygenFolder,
  dataKey,
}: Pick<KeyRingOptions, 'mountFolder' | 'keygenFolder' | 'dataKey'>): string[] => [
  ...new Set([path.join(mountFolder, dataKey), path.join(keygenFolder, dataKey)]),
];

/** How git calls ssh: our keys before those of the user's configuration, and never a question. A missing file is passed over. */
export const sshCommand = (files: readonly string[]): string =>
  ['ssh -o BatchMode=yes', ...files.map((file) => `-o IdentityFile='${file}'`)].join(' ');

/** @throws Fault `KeyGeneration` when there is no key and none can be made; KubeError when it cannot be stored */
export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const mounted = path.join(options.mountFolder, options.dataKey);
  let current: PublicKey;
  const generate = async () => {
    const file = await generateKey(options);
    current = await describeKey(file, options);
    return current;
  };
  if (await exists(mounted)) {
    await protect(mounted);
    current = await describeKey(mounted, options);
  } else current = await generate();
  return { publicKey: () => current, regenerate: generate };
}

/** ssh refuses a key of ours that others can read. One of root's, shared through the pod's file system group, it takes. */
async function protect(file: string): Promise<void> {
  const { mode: bits, uid } = await stat(file);
  const mode = bits & 0o777;
  if (mode === 0o400 || uid !== process.getuid?.()) return;
  try {
    await chmod(file, 0o400);
  } catch (cause) {
    throw failed(
      file,
      `the mode of ${file} is ${mode.toString(8)} and cannot be set to 0400: ${messageOf(cause)}`,
      cause,
    );
  }
}

async function generateKey(options: KeyRingOptions): Promise<string> {
  const { keygenFolder, dataKey, keygen } = options;
  const folder = await mkdtemp(path.join(keygenFolder, '..weave-keygen')).catch(
    (cause: unknown) => {
      throw failed(
        keygenFolder,
        `no folder for a new key in ${keygenFolder}: ${messageOf(cause)}; set --ssh-keygen-dir to a writable one`,
        cause,
      );
    },
  );
  const file = path.join(folder, 'identity');
  try {
    await keygenProgram(
      [
        ...['-q', '-N', '', '-f', file],
        ...(keygen.bits === '' ? [] : ['-b', keygen.bits]),
        ...(keygen.type === '' ? [] : ['-t', keygen.type]),
        ...(keygen.format === '' ? [] : ['-m', keygen.format]),
      ],
      options,
    );
    const [identity, pub] = await Promise.all([readFile(file), readFile(`${file}.pub`)]);
    await options.kube.patch(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        namespace: options.namespace,
        name: options.secretName,
      },
      'strategic',
      {
        data: {
          [dataKey]: identity.toString('base64'),
          [`${dataKey}.pub`]: pub.toString('base64'),
        },
      },
    );
    const link = path.join(keygenFolder, dataKey);
    const next = path.join(keygenFolder, `..next-${randomUUID()}`);
    await symlink(file, next);
    await rename(next, link);
    return link;
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true });
    throw thrown;
  }
}

async function describeKey(file: string, options: KeyRingOptions): Promise<PublicKey> {
  const key = await keygenProgram(['-y', '-f', file], options);
  const fingerprints: NonNullable<PublicKey['fingerprints']> = {};
  for (const algorithm of ['md5', 'sha256'])
    fingerprints[algorithm] = readFingerprint(
      await keygenProgram(['-l', '-v', '-E', algorithm, '-f', '-'], options, key),
    );
  return { key, fingerprints };
}

/** `2048 MD5:aa:bb:… comment (RSA)`, then the picture. */
export function readFingerprint(text: string): { hash: string; randomart: string } {
  const [first = '', ...art] = text.split('\n');
  const hash = (first.split(' ')[1] ?? '').replace(/^[A-Z0-9]+:/, '');
  return { hash, randomart: art.join('\n') };
}

async function keygenProgram(
  args: readonly string[],
  { env }: KeyRingOptions,
  stdin?: string,
): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram('ssh-keygen', args, {
    env: { PATH: env.PATH ?? '', HOME: env.HOME ?? '/' },
    timeoutMs: keygenLimitMs,
    ...(stdin === undefined ? {} : { stdin }),
  });
  if (exitCode === 0) return stdout.toString();
  throw failed('ssh-keygen', `ssh-keygen ended with ${exitCode}: ${stderr.toString().trim()}`);
}

const failed = (subject: string, message: string, cause?: unknown) =>
  new Fault('KeyGeneration', 'stall', subject, message, { cause });

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return false;
    throw thrown;
  }
}
