/**
 * Signatures of cosign without keys: a certificate of Fulcio says who has signed, a log of certificates (SCT) and the log
 * Rekor say when (sigstore/cosign specs/SIGNATURE_SPEC.md). Nothing is asked of either: what they said lies with the signature.
 */
import type * as core from '@sigstore/core';
import type { SignedEntity, TrustMaterial, Verifier } from '@sigstore/verify';
import type { TrustedRoot } from '@sigstore/protobuf-specs';
import { RE2JS } from 're2js';
import { messageOf } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { isGood } from './cosign-keys.ts';
import type { Judge } from './cosign-keys.ts';
import { contentOf } from './cosign-signed.ts';
import type { Signed, SignedLayer } from './cosign-signed.ts';
import { packageOf } from './sigstore-packages.ts';

type Core = Pick<typeof core, 'X509Certificate' | 'crypto'>;
type TransparencyLogEntry = SignedEntity['tlogEntries'][number];

const certificateAnnotation = 'dev.sigstore.cosign/certificate';
const logAnnotation = 'dev.sigstore.cosign/bundle';
/** Fulcio's name for users that are neither addresses nor URIs. */
const otherNameOid = '1.3.6.1.4.1.57264.1.7';
const rootMediaType = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1';

/** Who may have signed; the patterns are not anchored. */
export interface Identity {
  issuer: RE2JS;
  subject: RE2JS;
}

/** @throws Error for a pattern that is none */
export const readIdentities = (wanted: readonly Fields[]): Identity[] =>
  wanted.map((each) => ({
    issuer: patternOf(each, 'issuer'),
    subject: patternOf(each, 'subject'),
  }));

function patternOf(identity: Fields, field: 'issuer' | 'subject'): RE2JS {
  const pattern = identity.text(field) ?? '';
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    const why = messageOf(cause);
    throw new Error(`malformed ${field} in identity: ${pattern} : ${why}`, { cause });
  }
}

/** @throws Error for what is no root, or names no transparency log */
export async function readTrustedRoot(json: string): Promise<TrustedRoot> {
  const formats = packageOf(await import('@sigstore/protobuf-specs'));
  let root: TrustedRoot;
  try {
    root = formats.TrustedRoot.fromJSON(JSON.parse(json));
    if (root.mediaType !== rootMediaType)
      throw new Error(`unsupported TrustedRoot media type: ${root.mediaType}`);
  } catch (cause) {
    throw new Error(`unable to parse trusted root: ${messageOf(cause)}`, { cause });
  }
  const noLog = (why: string) =>
    new Error(`unable to extract Rekor URL from trusted root: no transparency log ${why}`);
  if (root.tlogs.length === 0) throw noLog('entries found in trusted root');
  if (root.tlogs.every(({ baseUrl }) => baseUrl === ''))
    throw noLog('entry with a BaseURL found in trusted root');
  return root;
}

/**
 * By any of the identities; in the older layout by anybody when there are none.
 *
 * @throws Error for a root whose keys or certificates cannot be read
 */
export async function keyless(root: TrustedRoot, identities: readonly Identity[]): Promise<Judge> {
  const sigstore = packageOf(await import('@sigstore/verify'));
  const parts = packageOf(await import('@sigstore/core'));
  let trust: TrustMaterial;
  try {
    trust = sigstore.toTrustMaterial(root);
  } catch (cause) {
    throw new Error(`unable to parse trusted root: ${messageOf(cause)}`, { cause });
  }
  const verifier = new sigstore.Verifier(trust);
  return (signed) => {
    if (signed.layout === 'bundle' && identities.length === 0)
      throw new Error(
        "failed to build policy: can't verify identities without providing at least one identity",
      );
    contentOf(signed);
    const entity =
      signed.layout === 'bundle'
        ? sigstore.toSignedEntity(signed.bundle)
        : layerEntity(parts, signed);
    checkSigner(verifier, entity, identities, signed.layout);
  };
}

function checkSigner(
  verifier: Verifier,
  entity: SignedEntity,
  identities: readonly Identity[],
  layout: Signed['layout'],
): void {
  if (entity.key.$case !== 'certificate')
    throw new Error(
      "can't verify certificate identities: entity was not signed with a certificate",
    );
  const issuer = verifier.verify(entity).identity?.extensions?.issuer ?? '';
  const names = entity.key.certificate.extSubjectAltName;
  const subjects = [names?.uri, names?.rfc822Name, names?.otherName(otherNameOid)].filter(
    (name) => name !== undefined,
  );
  const isOne = (identity: Identity) =>
    identity.issuer.matcher(issuer).find() &&
    subjects.some((subject) => identity.subject.matcher(subject).find());
  const last = identities.at(-1);
  if (last === undefined || identities.some(isOne)) return;
  if (layout === 'layer')
    throw new Error(
      `none of the expected identities matched what was in the certificate, got subjects [${subjects.join(', ')}] with issuer ${issuer}`,
    );
  const isSubject = subjects.some((subject) => last.subject.matcher(subject).find());
  const [what, pattern, value] = isSubject
    ? ['issuer', last.issuer, issuer]
    : ['SAN', last.subject, subjects[0] ?? ''];
  throw new Error(
    `failed to verify certificate identity: no matching CertificateIdentity found, last error: expected ${what} value to match regex "${pattern.pattern()}", got "${value}"`,
  );
}

/** @throws Error for a layer without certificate or the log's answer */
function layerEntity({ X509Certificate, crypto }: Core, layer: SignedLayer): SignedEntity {
  const { payload, signature, annotations } = layer;
  const certificate = annotations.text(certificateAnnotation);
  if (certificate === undefined) throw new Error('no certificate found on signature');
  const tlogEntry = logEntry(annotations);
  return {
    signature: {
      signature,
      compareSignature: (other) => crypto.bufferEqual(other, signature),
      compareDigest: (other) => crypto.bufferEqual(other, crypto.digest('sha256', payload)),
      verifySignature: (key) => isGood(payload, key, signature),
    },
    key: { $case: 'certificate', certificate: X509Certificate.parse(certificate) },
    tlogEntries: [tlogEntry],
    timestamps: [{ $case: 'transparency-log', tlogEntry }],
  };
}

/** What Rekor has answered to whoever signed. */
function logEntry(annotations: Fields): TransparencyLogEntry {
  const text = annotations.text(logAnnotation);
  if (text === undefined) throw new Error('no entry of the transparency log found on signature');
  const answer = new Fields(JSON.parse(text));
  const payload = answer.at('Payload');
  const body = Buffer.from(payload.text('body') ?? '', 'base64');
  const entry = new Fields(JSON.parse(body.toString('utf8')));
  return {
    logIndex: String(payload.count('logIndex') ?? ''),
    logId: { keyId: Buffer.from(payload.text('logID') ?? '', 'hex') },
    kindVersion: { kind: entry.text('kind') ?? '', version: entry.text('apiVersion') ?? '' },
    integratedTime: String(payload.count('integratedTime') ?? ''),
    inclusionPromise: {
      signedEntryTimestamp: Buffer.from(answer.text('SignedEntryTimestamp') ?? '', 'base64'),
    },
    inclusionProof: undefined,
    canonicalizedBody: body,
  };
}
