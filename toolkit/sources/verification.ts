/** Signatures over OCI artifacts and charts: whose are asked for, and what conditions say of them (spec §2.4). */
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Next } from '../../lib/runtime/mod.ts';
import type { Draft, Fields } from '../runtime/mod.ts';
import { openCosign } from './cosign.ts';
import type { SourceDependencies } from './dependencies.ts';
import { SourceFailure } from './failure.ts';
import { openNotation } from './notation.ts';
import type { Remote } from './oci-remote.ts';

export type VerificationDependencies = Pick<
  SourceDependencies,
  'kube' | 'env' | 'workFolder' | 'clock' | 'trustedRoots' | 'log'
>;

/** `ignored` where a trust policy lets pass what nobody trusted has signed: nothing is said of it. */
export type Verdict = 'verified' | 'ignored';

/** @throws Error when nobody who may has signed the digest */
export type CheckSignature = (remote: Remote, digest: string) => Promise<Verdict>;

/** What `spec.verify` asks for. */
export interface Wanted {
  namespace: string;
  verify: Fields;
  /** As messages name what is verified. */
  subject: string;
}

export interface Verification {
  /** How many keys; `undefined` without a Secret of keys. */
  keys: number | undefined;
  check: CheckSignature;
  /** That it could not be verified. */
  failed(why: string, cause?: unknown): SourceFailure;
}

/**
 * Verifies what `spec.verify` of an OCIRepository asks for, unless this revision was verified for this spec already.
 *
 * @throws SourceFailure `VerificationError`
 */
export async function verifyArtifact(
  dependencies: VerificationDependencies,
  { spec, namespace, generation, conditions }: Draft,
  remote: Remote,
  { digest, revision, isNew }: { digest: string; revision: string; isNew: boolean },
): Promise<void> {
  if (!spec.has('verify')) {
    conditions.remove('SourceVerified');
    return;
  }
  if (!isNew && conditions.get('SourceVerified')?.observedGeneration === generation) return;
  const { host, repository } = remote.reference;
  const { failed, check } = await openVerification(dependencies, {
    namespace,
    verify: spec.at('verify'),
    subject: `${host}/${repository}@${digest}`,
  });
  let verdict: Verdict;
  try {
    verdict = await check(remote, digest);
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
  if (verdict === 'verified')
    conditions.markTrue(
      'SourceVerified',
      'Succeeded',
      `verified signature of revision ${revision}`,
    );
}

/**
 * Who may sign, by `spec.verify` of an OCIRepository or a HelmChart.
 *
 * @throws SourceFailure `VerificationError`
 */
export async function openVerification(
  dependencies: VerificationDependencies,
  wanted: Wanted,
): Promise<Verification> {
  const provider = wanted.verify.text('provider') ?? 'cosign';
  const isKeyless = provider === 'cosign' && !wanted.verify.has('secretRef');
  const shown = isKeyless ? 'cosign keyless' : provider;
  const failure = (next: Next) => (why: string, cause?: unknown) =>
    new SourceFailure(
      'SourceVerified',
      'VerificationError',
      next,
      `failed to verify the signature using provider '${shown}': ${why}`,
      { cause },
    );
  const failed = failure('retry');
  const open = { cosign: openCosign, notation: openNotation }[provider];
  if (open === undefined) throw failure('stall')(`unsupported verification provider: ${provider}`);
  try {
    return { ...(await open(dependencies, wanted)), failed };
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
}
