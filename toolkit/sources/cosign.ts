/** Signatures of cosign over OCI artifacts and charts, by public keys (sigstore/cosign specs/SIGNATURE_SPEC.md; spec §2.4). */
import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import type { Next } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import type { Draft } from '../runtime/mod.ts';
import type { SourceDependencies } from './dependencies.ts';
import { SourceFailure } from './failure.ts';
import { findManifest, readBlob } from './oci-remote.ts';
import type { Remote } from './oci-remote.ts';
import { readSecret, textOf } from './secrets.ts';

const payloadType = 'application/vnd.dev.cosign.simplesigning.v1+json';
const signatureAnnotation = 'dev.cosignproject.cosign/signature';
const claimType = 'cosign container image signature';
/** More than anybody signs one artifact with. */
const mostSignatures = 100;

/**
 * Verifies what `spec.verify` of an OCIRepository asks for, unless this revision was verified for this spec already.
 *
 * @throws SourceFailure `VerificationError`
 */
export async function verifyArtifact(
  { kube }: Pick<SourceDependencies, 'kube'>,
  { spec, namespace, generation, conditions }: Draft,
  remote: Remote,
  { digest, revision, isNew }: { digest: string; revision: string; isNew: boolean },
): Promise<void> {
  if (!spec.has('verify')) {
    conditions.remove('SourceVerified');
    return;
  }
  if (!isNew && conditions.get('SourceVerified')?.observedGeneration === generation) return;
  const { failed, isSigned } = await openVerification({ kube }, namespace, spec.at('verify'));
  let found: boolean;
  try {
    found = await isSigned(remote, digest);
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
  if (!found) throw failed(unsigned(remote, digest));
  conditions.markTrue('SourceVerified', 'Succeeded', `verified signature of revision ${revision}`);
}

export const unsigned = ({ reference: { host, repository } }: Remote, digest: string): string =>
  `no matching signatures were found for '${host}/${repository}@${digest}'`;

export interface Verification {
  keys: readonly KeyObject[];
  /** Whether one of the keys has signed the digest. */
  isSigned(remote: Remote, digest: string): Promise<boolean>;
  /** That it could not be verified. */
  failed(why: string, cause?: unknown): SourceFailure;
}

/**
 * The keys that `spec.verify` of an OCIRepository or a HelmChart names.
 *
 * @throws SourceFailure `VerificationError`
 */
export async function openVerification(
  { kube }: Pick<SourceDependencies, 'kube'>,
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
  if (secretName === undefined) {
    const why = 'signatures without a key are not supported yet, name a Secret with keys';
    throw failure('stall')(why);
  }
  try {
    const where = `failed to get secret '${namespace}/${secretName}'`;
    const secret = await readSecret(kube, namespace, secretName, where);
    const names = [...secret.data.keys()].filter((name) => name.endsWith('.pub')).sort();
    const keys = names.map((name) => readKey(textOf(secret, name), name));
    return { keys, failed, isSigned: (remote, digest) => hasSignature(remote, digest, keys) };
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
}

/** @throws Error without the key's text */
export function readKey(pem: string, name: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new Error(`'${name}' is no public key in PEM`, { cause });
  }
}

/** Whether one of the keys has signed the digest. Signatures lie beside the artifact, in `sha256-<hex>.sig`. */
async function hasSignature(
  remote: Remote,
  digest: string,
  keys: readonly KeyObject[],
): Promise<boolean> {
  if (keys.length === 0) return false;
  const found = await findManifest(remote, `${digest.replace(':', '-')}.sig`);
  for (const layer of found?.fields.each('layers').slice(0, mostSignatures) ?? []) {
    const signature = layer.at('annotations').text(signatureAnnotation);
    if (signature === undefined || layer.text('mediaType') !== payloadType) continue;
    const payload = await readBlob(remote, layer.text('digest') ?? '');
    const bytes = Buffer.from(signature, 'base64');
    if (isSignedFor(digest, payload, bytes, keys)) return true;
  }
  return false;
}

/** Whether one of the keys has signed this payload, and it speaks of the digest. */
export const isSignedFor = (
  digest: string,
  payload: Uint8Array,
  signature: Buffer,
  keys: readonly KeyObject[],
): boolean =>
  keys.some((key) => isGood(payload, key, signature)) && claimedDigest(payload) === digest;

/** ECDSA in DER and RSA (PKCS #1 v1.5) over SHA-256; Ed25519 over the payload itself. */
function isGood(payload: Uint8Array, key: KeyObject, signature: Buffer): boolean {
  return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', payload, key, signature);
}

/** Of which artifact a payload speaks. */
function claimedDigest(payload: Uint8Array): string | undefined {
  const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
  const critical = new Fields(isRecord(value) ? value : {}).at('critical');
  if (critical.text('type') !== claimType) return undefined;
  return critical.at('image').text('docker-manifest-digest');
}
