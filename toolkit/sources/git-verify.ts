/** Signatures of commits and tags of a GitRepository (spec §1.1, §2.3; conditions as source-controller 1.9 words them). */
import path from 'node:path';
import {
  signatureType,
  splitCommit,
  splitTag,
  SshSignatureProblem,
  verifyPgpSignature,
  verifySshSignature,
} from '../../lib/git/mod.ts';
import type { SignedObject } from '../../lib/git/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Draft, Fields } from '../runtime/mod.ts';
import type { SourceDependencies } from './dependencies.ts';
import { SourceFailure } from './failure.ts';
import type { GitAccess } from './git-access.ts';
import type { Target } from './git-checkout.ts';
import { readSecret, textOf } from './secrets.ts';
import type { Secret } from './secrets.ts';

type Mode = 'HEAD' | 'Tag' | 'TagAndHEAD';

export interface Fetched {
  access: GitAccess;
  target: Target;
  /** Of the checkout, where the objects are. */
  source: string;
  /** What the ref itself is: of an annotated tag, the tag. */
  object: string;
  /** For keys, while they are used. */
  folder: string;
}

function modeOf(verify: Fields): Mode {
  const mode = verify.text('mode');
  return mode === 'Tag' || mode === 'TagAndHEAD' ? mode : 'HEAD';
}

/** Whether what was verified at the last look is less than what is asked for. */
export function asksForMore({ spec, status }: Pick<Draft, 'spec' | 'status'>): boolean {
  if (!spec.has('verify')) return false;
  const observed = status['sourceVerificationMode'];
  if (observed === undefined) return true;
  return observed !== 'TagAndHEAD' && observed !== modeOf(spec.at('verify'));
}

/** Forgets what was verified when nothing is to be verified any more. */
export function forgetVerification({ spec, status, conditions }: Draft): void {
  if (spec.has('verify')) return;
  delete status['sourceVerificationMode'];
  conditions.remove('SourceVerified');
}

/**
 * Verifies what `spec.verify` names, and says so in condition, status and an Event.
 *
 * @throws SourceFailure `VerificationError`, `InvalidVerificationMode`, `InvalidGitObject`, `InvalidTagSignature`, `InvalidCommitSignature`
 */
export async function verifyGit(
  { kube, env }: Pick<SourceDependencies, 'kube' | 'env'>,
  draft: Draft,
  fetched: Fetched,
): Promise<void> {
  const { spec, namespace, conditions, status } = draft;
  if (!spec.has('verify')) return;
  const verify = spec.at('verify');
  const mode = modeOf(verify);
  const keys = keysOf(await publicKeys(kube, namespace, verify.at('secretRef').text('name') ?? ''));
  const timeoutMs = spec.durationMs('timeout') ?? 60_000;
  const check = (object: SignedObject, what: 'commit' | 'tag') =>
    signerOf(object, what, keys, { env, timeoutMs, folder: path.join(fetched.folder, 'keys') });
  const verified: string[] = [];
  if (mode !== 'HEAD') verified.push(await verifyTag(fetched, check));
  if (mode !== 'Tag') verified.push(await verifyCommit(fetched, check));
  const message = `verified signature of${verified.map((each) => `\n\t- ${each}`).join('')}`;
  status['sourceVerificationMode'] = mode;
  conditions.markTrue('SourceVerified', 'Succeeded', message);
  draft.tell({ severity: 'trace', reason: 'Succeeded', message });
}

type Check = (object: SignedObject, what: 'commit' | 'tag') => Promise<string>;

async function verifyTag(fetched: Fetched, check: Check): Promise<string> {
  const { target, object } = fetched;
  if (!target.ref.startsWith('refs/tags/')) {
    throw unverified(
      'InvalidVerificationMode',
      "cannot verify tag object's signature if a tag reference is not specified",
      { stalled: true },
    );
  }
  const name = target.ref.slice('refs/tags/'.length);
  const tag = object === target.hash ? name : `${name}@${object}`;
  const signed = object === target.hash ? undefined : splitTag(await read(fetched, 'tag', object));
  if (signed === undefined || signed.signature === '') {
    throw unverified(
      'InvalidGitObject',
      `cannot verify signature of tag '${tag}' since it is not signed`,
    );
  }
  const key = await check(signed, 'tag').catch((cause: unknown) => {
    throw unverified(
      'InvalidTagSignature',
      `signature verification of tag '${tag}' failed: ${messageOf(cause)}`,
      { cause },
    );
  });
  return `tag '${tag}' with key '${key}'`;
}

async function verifyCommit(fetched: Fetched, check: Check): Promise<string> {
  const { hash } = fetched.target;
  const signed = splitCommit(await read(fetched, 'commit', hash));
  const key = await check(signed, 'commit').catch((cause: unknown) => {
    throw unverified(
      'InvalidCommitSignature',
      `signature verification of commit '${hash}' failed: ${messageOf(cause)}`,
      { cause },
    );
  });
  return `commit '${hash}' with key '${key}'`;
}

async function read(
  { access, source }: Fetched,
  type: 'commit' | 'tag',
  object: string,
): Promise<Buffer> {
  const call = { cwd: source, subject: access.url };
  return (await access.git(['cat-file', type, object], call)).stdout;
}

interface PublicKeys {
  pgp: readonly string[];
  ssh: readonly string[];
}

async function publicKeys(
  kube: SourceDependencies['kube'],
  namespace: string,
  name: string,
): Promise<Secret> {
  return readSecret(kube, namespace, name, 'public keys secret error').catch((cause: unknown) => {
    throw unverified('VerificationError', messageOf(cause), { cause });
  });
}

/** Every key of the Secret that is not an SSH key is taken for PGP. */
function keysOf(secret: Secret): PublicKeys {
  const names = [...secret.data.keys()].sort();
  const isSsh = (name: string) => name.endsWith('.sshpub');
  return {
    pgp: names.filter((name) => !isSsh(name)).map((name) => textOf(secret, name)),
    ssh: names.filter(isSsh).map((name) => textOf(secret, name)),
  };
}

/** @returns the key's ID or fingerprint @throws Error that says why there is none */
async function signerOf(
  { payload, signature }: SignedObject,
  what: 'commit' | 'tag',
  { pgp, ssh }: PublicKeys,
  options: Parameters<typeof verifyPgpSignature>[3],
): Promise<string> {
  const type = signatureType(signature);
  const missing = (name: string, suffix: string) =>
    new Error(
      `${name} signature detected but no ${name} public keys found in secret (keys with ${suffix} suffix)`,
    );
  if (type === 'ssh') {
    if (ssh.length === 0) throw missing('SSH', '.sshpub');
    try {
      return verifySshSignature(signature, payload, ssh);
    } catch (cause) {
      if (!(cause instanceof SshSignatureProblem)) throw cause;
      throw new Error(`unable to verify Git ${what} SSH signature: ${cause.message}`, { cause });
    }
  }
  if (type !== 'openpgp') throw new Error(`unsupported signature type: ${type}`);
  if (pgp.length === 0) throw missing('PGP', '.asc');
  const answer = await verifyPgpSignature(signature, payload, pgp, options);
  if ('signer' in answer) return answer.signer;
  throw new Error(
    `unable to verify Git ${what}: ${
      answer.refused === 'UnreadableKeys'
        ? 'unable to read armored key ring'
        : 'unable to verify payload with any of the given key rings: no matching key'
    }`,
  );
}

const unverified = (
  reason: string,
  message: string,
  { stalled = false, cause }: { stalled?: boolean; cause?: unknown } = {},
) => new SourceFailure('SourceVerified', reason, stalled ? 'stall' : 'retry', message, { cause });
