/** What chains of certificates have to be like (notation-core-go 1.3, package x509). The leaf comes first, the root last. */
import { messageOf } from '../runtime/mod.ts';
import { algorithmFor } from './algorithm.ts';
import { keyUsages, oids } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { refused } from './errors.ts';
import { quote } from './quote.ts';
import { checkOwnSignature, checkSignedBy } from './signed-by.ts';

/** What the leaf is for. */
export type Purpose = 'code signing' | 'timestamping';

/** @throws NotationError `Refused` */
export function checkChain(chain: readonly Certificate[], purpose: Purpose): void {
  const [leaf] = chain;
  if (leaf === undefined) throw refused('certificate chain must contain at least one certificate');
  if (chain.length === 1) {
    checkAlone(leaf, purpose);
    return;
  }
  for (const [at, certificate] of chain.entries()) {
    const parent = chain[at + 1];
    if (parent === undefined) checkRoot(certificate);
    else checkIssued(certificate, parent, at);
    if (at === 0) checkLeaf(certificate, purpose);
    else checkAuthority(certificate, at - 1, purpose);
  }
}

const subjectOf = ({ subject }: Certificate): string => quote(subject.text);

function checkAlone(leaf: Certificate, purpose: Purpose): void {
  const invalid = (why: string, cause?: unknown) =>
    refused(`invalid self-signed certificate. subject: ${subjectOf(leaf)}. Error: ${why}`, cause);
  try {
    checkOwnSignature(leaf, leaf.publicKey);
  } catch (cause) {
    throw invalid(messageOf(cause), cause);
  }
  const { subject, issuer } = leaf;
  if (!subject.raw.equals(issuer.raw))
    throw invalid(`issuer(${issuer.text}) and subject(${subject.text}) are not the same`);
  try {
    checkLeaf(leaf, purpose);
  } catch (cause) {
    throw refused(`invalid self-signed certificate. Error: ${messageOf(cause)}`, cause);
  }
}

/** @returns why the other has not signed it; `undefined` when it has, though perhaps by another name */
function whyNotSigned(certificate: Certificate, by: Certificate): string | undefined {
  try {
    checkSignedBy(certificate, by);
    return undefined;
  } catch (cause) {
    return messageOf(cause);
  }
}

const isNamed = (certificate: Certificate, issuer: Certificate) =>
  issuer.subject.raw.equals(certificate.issuer.raw);

function checkRoot(root: Certificate): void {
  const rule = 'Certificate chain must end with a valid self-signed root certificate';
  const why = whyNotSigned(root, root);
  if (why !== undefined)
    throw refused(
      `root certificate with subject ${subjectOf(root)} is invalid or not self-signed. ${rule}. Error: ${why}`,
    );
  if (!isNamed(root, root))
    throw refused(`root certificate with subject ${subjectOf(root)} is not self-signed. ${rule}`);
}

function checkIssued(certificate: Certificate, parent: Certificate, at: number): void {
  if (whyNotSigned(certificate, certificate) === undefined && isNamed(certificate, certificate)) {
    const what = at === 0 ? 'leaf' : 'intermediate';
    throw refused(
      `${what} certificate with subject ${subjectOf(certificate)} is self-signed. Certificate chain must not contain self-signed ${what} certificate`,
    );
  }
  const between = `certificate with subject ${subjectOf(certificate)} is not issued by ${subjectOf(parent)}`;
  const why = whyNotSigned(certificate, parent);
  if (why !== undefined) throw refused(`invalid certificates or ${between}. Error: ${why}`);
  if (!isNamed(certificate, parent)) throw refused(between);
}

function checkAuthority(certificate: Certificate, below: number, purpose: Purpose): void {
  const subject = `certificate with subject ${subjectOf(certificate)}`;
  const { basicConstraints, keyUsage } = certificate;
  if (basicConstraints?.isCa !== true)
    throw refused(
      `${subject}: ca field in basic constraints must be present, critical, and set to true`,
    );
  const { pathLength } = basicConstraints;
  if (pathLength !== undefined && pathLength < below)
    throw refused(
      `${subject}: expected path length of ${below} but certificate has path length ${pathLength} instead`,
    );
  checkKeyUsageThere(certificate, purpose);
  if (keyUsage?.has('CertSign') !== true)
    throw refused(`${subject}: key usage must have the bit positions for key cert sign set`);
}

function checkLeaf(leaf: Certificate, purpose: Purpose): void {
  const subject = `certificate with subject ${subjectOf(leaf)}`;
  if (leaf.basicConstraints?.isCa === true)
    throw refused(
      `${subject}: if the basic constraints extension is present, the ca field must be set to false`,
    );
  checkKeyUsageThere(leaf, purpose);
  checkLeafKeyUsage(leaf);
  if (purpose === 'code signing') checkNotForOthers(leaf);
  else checkForTimestamps(leaf);
  try {
    algorithmFor(leaf);
  } catch (cause) {
    throw refused(`${subject}: ${messageOf(cause)}`, cause);
  }
}

function checkKeyUsageThere(certificate: Certificate, purpose: Purpose): void {
  const found = certificate.extensions.get(oids.keyUsage);
  const subject = `certificate with subject ${subjectOf(certificate)}`;
  if (found?.critical === false && purpose === 'code signing')
    throw refused(`${subject}: key usage extension must be marked critical`);
  if (found === undefined) throw refused(`${subject}: key usage extension must be present`);
}

/** None of which the key of a leaf may be for. */
const otherUsages = keyUsages.filter(
  (usage) => usage !== 'DigitalSignature' && usage !== 'ContentCommitment',
);

function checkLeafKeyUsage(leaf: Certificate): void {
  const invalid = `the certificate with subject ${subjectOf(leaf)} is invalid. The key usage must`;
  if (leaf.keyUsage?.has('DigitalSignature') !== true)
    throw refused(`${invalid} have the bit positions for "Digital Signature" set`);
  const found = otherUsages.filter((usage) => leaf.keyUsage?.has(usage));
  if (found.length > 0)
    throw refused(
      `${invalid} be "Digital Signature" only, but found ${found.map(quote).join(', ')}`,
    );
}

const otherPurposes: readonly (readonly [oid: string, name: string])[] = [
  ['1.3.6.1.5.5.7.3.1', 'ServerAuth'],
  ['1.3.6.1.5.5.7.3.2', 'ClientAuth'],
  ['1.3.6.1.5.5.7.3.4', 'EmailProtection'],
  [oids.timeStamping, 'Timestamping'],
  ['1.3.6.1.5.5.7.3.9', 'OCSPSigning'],
];

function checkNotForOthers(leaf: Certificate): void {
  for (const oid of leaf.extendedKeyUsage) {
    const other = otherPurposes.find(([each]) => each === oid)?.[1];
    if (other !== undefined)
      throw refused(
        `certificate with subject ${subjectOf(leaf)}: extended key usage must not contain ${other} eku`,
      );
  }
}

function checkForTimestamps(leaf: Certificate): void {
  const subject = `timestamp signing certificate with subject ${subjectOf(leaf)}`;
  const { extendedKeyUsage, extensions } = leaf;
  if (extendedKeyUsage.length !== 1 || extendedKeyUsage[0] !== oids.timeStamping)
    throw refused(`${subject} must have and only have Timestamping as extended key usage`);
  if (extensions.get(oids.extendedKeyUsage)?.critical !== true)
    throw refused(`${subject} must have extended key usage extension marked as critical`);
}
