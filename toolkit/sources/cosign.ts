/** Signatures of cosign over OCI artifacts and charts: who may have signed, and what conditions say of it (spec §2.4). */
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Next } from '../../lib/runtime/mod.ts';
import type { Draft, Fields } from '../runtime/mod.ts';
import { byKeys, readKey } from './cosign-keys.ts';
import type { Judge } from './cosign-keys.ts';
import { keyless, readIdentities, readTrustedRoot } from './cosign-keyless.ts';
import { publicRoot } from './cosign-root.ts';
import { checkClaim, findSigned } from './cosign-signed.ts';
import type { SourceDependencies } from './dependencies.ts';
import { SourceFailure } from './failure.ts';
import type { Remote } from './oci-remote.ts';
import { readSecret, textOf } from './secrets.ts';

type Dependencies = Pick<
  SourceDependencies,
  'kube' | 'env' | 'workFolder' | 'clock' | 'trustedRoots'
>;

const trustedRootKey = 'trusted_root.json';

/**
 * Verifies what `spec.verify` of an OCIRepository asks for, unless this revision was verified for this spec already.
 *
 * @throws SourceFailure `VerificationError`
 */
export async function verifyArtifact(
  dependencies: Dependencies,
  { spec, namespace, generation, conditions }: Draft,
  remote: Remote,
  { digest, revision, isNew }: { digest: string; revision: string; isNew: boolean },
): Promise<void> {
  if (!spec.has('verify')) {
    conditions.remove('SourceVerified');
    return;
  }
  if (!isNew && conditions.get('SourceVerified')?.observedGeneration === generation) return;
  const { failed, check } = await openVerification(dependencies, namespace, spec.at('verify'));
  try {
    await check(remote, digest);
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
  conditions.markTrue('SourceVerified', 'Succeeded', `verified signature of revision ${revision}`);
}

export interface Verification {
  /** How many keys; `undefined` without a Secret of keys. */
  keys: number | undefined;
  /** @throws Error when nobody who may has signed the digest */
  check(remote: Remote, digest: string): Promise<void>;
  /** That it could not be verified. */
  failed(why: string, cause?: unknown): SourceFailure;
}

/**
 * Who may sign, by `spec.verify` of an OCIRepository or a HelmChart.
 *
 * @throws SourceFailure `VerificationError`
 */
export async function openVerification(
  dependencies: Dependencies,
  namespace: string,
  wanted: Fields,
): Promise<Verification> {
  const secretName = wanted.at('secretRef').text('name');
  const provider = wanted.text('provider') ?? 'cosign';
  const shown = provider === 'cosign' && secretName === undefined ? 'cosign keyless' : provider;
  const failure = (next: Next) => (why: string, cause?: unknown) =>
    new SourceFailure(
      'SourceVerified',
      'VerificationError',
      next,
      `failed to verify the signature using provider '${shown}': ${why}`,
      { cause },
    );
  const failed = failure('retry');
  if (provider !== 'cosign') throw failure('stall')(`${provider} is not supported yet`);
  try {
    const checked =
      secretName === undefined
        ? await withoutKeys(dependencies, namespace, wanted)
        : await withKeys(dependencies, namespace, secretName);
    return { ...checked, failed };
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
}

async function withKeys(
  { kube }: Dependencies,
  namespace: string,
  secretName: string,
): Promise<Omit<Verification, 'failed'>> {
  const where = `failed to get secret '${namespace}/${secretName}'`;
  const secret = await readSecret(kube, namespace, secretName, where);
  const names = [...secret.data.keys()].filter((name) => name.endsWith('.pub')).sort();
  const keys = names.map((name) => readKey(textOf(secret, name), name));
  const judge = byKeys(keys);
  return {
    keys: keys.length,
    check: async (remote, digest) => {
      const { host, repository } = remote.reference;
      if ((await whyNot(remote, digest, judge)) !== undefined)
        throw new Error(`no matching signatures were found for '${host}/${repository}@${digest}'`);
    },
  };
}

async function withoutKeys(
  dependencies: Dependencies,
  namespace: string,
  wanted: Fields,
): Promise<Omit<Verification, 'failed'>> {
  const rootName = wanted.at('trustedRootSecretRef').text('name');
  const root =
    rootName === undefined
      ? await publicRoot(dependencies)
      : await readTrustedRoot(await rootOf(dependencies, namespace, rootName));
  const judge = await keyless(root, readIdentities(wanted.each('matchOIDCIdentity')));
  return {
    keys: undefined,
    check: async (remote, digest) => {
      const why = await whyNot(remote, digest, judge);
      if (why !== undefined) throw new Error(why);
    },
  };
}

async function rootOf({ kube }: Dependencies, namespace: string, name: string): Promise<string> {
  const where = `failed to read trusted root from secret '${namespace}/${name}'`;
  const secret = await readSecret(kube, namespace, name, where);
  if (!secret.data.has(trustedRootKey))
    throw new Error(`${where}: '${trustedRootKey}' not found in secret '${namespace}/${name}'`);
  return textOf(secret, trustedRootKey);
}

/** @returns `undefined` when one of the signatures over the digest is by somebody who may sign */
async function whyNot(remote: Remote, digest: string, judge: Judge): Promise<string | undefined> {
  const found = await findSigned(remote, digest);
  if (found.length === 0) return 'no signatures found';
  const reasons: string[] = [];
  for (const signed of found) {
    try {
      checkClaim(signed, digest);
      judge(signed);
      return undefined;
    } catch (cause) {
      reasons.push(messageOf(cause));
    }
  }
  const what = found[0]?.layout === 'bundle' ? 'attestations' : 'signatures';
  return `no matching ${what}: ${reasons.join('\n ')}`;
}
