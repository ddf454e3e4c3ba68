/** Countersignatures of timestamping authorities (RFC 3161) over signatures (notation-go 1.3, tspclient-go 1.0). */
import { createHash } from 'node:crypto';
import { messageOf } from '../runtime/mod.ts';
import { oids } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { checkChain } from './chain.ts';
import { checkSigner, readSignedData } from './cms.ts';
import type { SignedData, Signer } from './cms.ts';
import { expect, field, readDer, readInteger, readOid, readTime, tags, within } from './der.ts';
import type { Der } from './der.ts';
import type { Envelope } from './envelope.ts';
import { malformed, refused } from './errors.ts';
import { formatTime, quote } from './quote.ts';
import { revocationOf } from './revocation.ts';
import type { RevocationTools } from './revocation.ts';
import { checkSignedBy, hashOids } from './signed-by.ts';

const tstInfo = '1.2.840.113549.1.9.16.1.4';
const signingCertificate = '1.2.840.113549.1.9.16.2.47';
/** Whose times are right to the second (ETSI EN 319 422). */
const baselinePolicy = '0.4.0.2023.1.1';
const longestChain = 10;

/** @throws NotationError why the time is not known for certain, or lies outside the certificates' */
export async function checkTimestamp(
  { timestamp, signature, chain }: Envelope,
  authorities: () => readonly Certificate[],
  tools: RevocationTools,
): Promise<void> {
  if (timestamp === undefined || timestamp.length === 0)
    throw refused('no timestamp countersignature was found in the signature envelope');
  const during = async <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw refused(`${what} with error: ${messageOf(cause)}`, cause);
    }
  };
  const token = await during('failed to parse timestamp countersignature', () =>
    readToken(timestamp),
  );
  const info = await during('failed to get the timestamp TSTInfo', () => readInfo(token.content));
  await during('failed to get timestamp from timestamp countersignature', () => {
    checkImprint(info, signature);
  });
  const roots = await during('failed to load tsa trust store', authorities);
  if (roots.length === 0) throw refused('no trusted TSA certificate found in trust store');
  const own = await during('failed to verify the timestamp countersignature', () =>
    verifyToken(token, roots, info.time),
  );
  await during('failed to validate the timestamping certificate chain', () => {
    checkChain(own, 'timestamping');
  });
  checkWithin(info, chain);
  const found = await revocationOf(own, undefined, tools);
  if (found !== undefined)
    throw refused(
      `timestamping certificate with subject ${quote(found.subject)} ${found.status === 'revoked' ? 'is revoked' : 'revocation status is unknown'}`,
    );
}

function readToken(data: Uint8Array): SignedData {
  const token = readSignedData(data);
  if (token.contentType === tstInfo) return token;
  throw malformed(
    `unexpected content type: ${token.contentType}. Expected to be id-ct-TSTInfo (${tstInfo})`,
  );
}

interface Info {
  hash: string | undefined;
  imprint: Buffer;
  time: Date;
  /** To both sides, in milliseconds. */
  accuracyMs: number;
}

function readInfo(content: Uint8Array): Info {
  const [version, policy, imprint, , time, ...rest] = within(readDer(content));
  if (readInteger(version) !== 1n) throw malformed('timestamp token info version must be 1');
  const [algorithm, digest] = within(imprint);
  const accuracy = rest.find(({ tag }) => tag === tags.sequence);
  const accuracyMs = accuracy === undefined ? 0 : readAccuracy(accuracy);
  return {
    hash: hashOids.get(readOid(within(algorithm)[0])),
    imprint: expect(digest, tags.octets).content,
    time: readTime(time),
    accuracyMs: accuracyMs === 0 && readOid(policy) === baselinePolicy ? 1000 : accuracyMs,
  };
}

function readAccuracy(accuracy: Der): number {
  const parts = within(accuracy);
  const part = (tag: number) => {
    const found = parts.find((each) => each.tag === tag);
    return found === undefined ? 0 : Number(readInteger(found, tag));
  };
  return part(tags.integer) * 1000 + part(field(0, 'simple')) + part(field(1, 'simple')) / 1000;
}

function checkImprint({ hash, imprint }: Info, signature: Uint8Array): void {
  if (hash === undefined) throw refused('unrecognized hash algorithm');
  if (!createHash(hash).update(signature).digest().equals(imprint))
    throw refused('invalid TSTInfo: mismatched message');
}

/** @returns the chain of the first signer that a root stands for */
function verifyToken(token: SignedData, roots: readonly Certificate[], time: Date): Certificate[] {
  let failure = refused('failed to verify signed token: signerInfo not found');
  for (const signer of token.signers) {
    try {
      const certificate = certificateOf(token, signer);
      const chain = chainOf(certificate, token.certificates, roots, time);
      checkSigner(token, signer, certificate);
      return chain;
    } catch (cause) {
      failure = refused(`failed to verify signed token: ${messageOf(cause)}`, cause);
    }
  }
  throw failure;
}

/** Which one has signed, by what the signature itself says (RFC 5816). */
function certificateOf({ certificates }: SignedData, signer: Signer): Certificate {
  const attribute = signer.attributes.get(signingCertificate);
  const [first] = attribute === undefined ? [] : within(within(attribute)[0]);
  if (attribute === undefined || first === undefined)
    throw refused('failed to get SigningCertificateV2 from signed attributes: attribute not found');
  const parts = within(first);
  const algorithm = parts[0]?.tag === tags.sequence ? parts[0] : undefined;
  const hash = algorithm === undefined ? 'sha256' : hashOids.get(readOid(within(algorithm)[0]));
  if (hash === undefined)
    throw refused('unsupported certificate hash algorithm in SigningCertificateV2 attribute');
  const digest = expect(
    parts.find(({ tag }) => tag === tags.octets),
    tags.octets,
  ).content;
  const found = certificates.find(
    ({ issuer, serial }) => issuer.raw.equals(signer.issuer) && serial === signer.serial,
  );
  if (found === undefined) throw refused('signing certificate not found in the timestamp token');
  if (!createHash(hash).update(found.raw).digest().equals(digest))
    throw refused('signing certificate hash does not match CertHash in signed attribute');
  return found;
}

/** From the leaf up to one of the roots, each valid at the time. */
function chainOf(
  leaf: Certificate,
  others: readonly Certificate[],
  roots: readonly Certificate[],
  time: Date,
): Certificate[] {
  const chain = [leaf];
  for (let last = leaf; chain.length < longestChain;) {
    if (time < last.notBefore || time > last.notAfter)
      throw refused('x509: certificate has expired or is not yet valid');
    if (roots.some(({ raw }) => raw.equals(last.raw))) return chain;
    const named = ({ subject }: Certificate) => subject.raw.equals(last.issuer.raw);
    const parent =
      roots.find((each) => named(each) && signs(each, last)) ??
      others.find((each) => named(each) && !chain.includes(each) && signs(each, last));
    if (parent === undefined) break;
    chain.push(parent);
    last = parent;
  }
  throw refused('cms verification failure: x509: certificate signed by unknown authority');
}

function signs(parent: Certificate, child: Certificate): boolean {
  const { extendedKeyUsage } = parent;
  if (extendedKeyUsage.length > 0 && !extendedKeyUsage.includes(oids.timeStamping)) return false;
  try {
    checkSignedBy(child, parent);
    return true;
  } catch {
    return false;
  }
}

function checkWithin({ time, accuracyMs }: Info, chain: readonly Certificate[]): void {
  for (const { subject, notBefore, notAfter } of chain) {
    const name = `certificate ${quote(subject.text)} validity period`;
    if (time.getTime() - accuracyMs < notBefore.getTime())
      throw refused(
        `timestamp can be before ${name}, it will be valid from ${quote(formatTime(notBefore))}`,
      );
    if (time.getTime() + accuracyMs > notAfter.getTime())
      throw refused(
        `timestamp can be after ${name}, it was expired at ${quote(formatTime(notAfter))}`,
      );
  }
}
