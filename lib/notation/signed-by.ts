/** Signatures of X.509, CMS and OCSP, by the algorithm that an identifier names; and by which key a certificate was signed. */
import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { field, readOid, within } from './der.ts';
import type { Der } from './der.ts';
import { refused } from './errors.ts';

interface Algorithm {
  name: string;
  key: 'rsa' | 'ec' | 'ed25519';
  /** `undefined` for Ed25519. */
  hash: string | undefined;
  pss?: true;
}

const algorithms: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ['1.2.840.113549.1.1.11', { name: 'SHA256-RSA', key: 'rsa', hash: 'sha256' }],
  ['1.2.840.113549.1.1.12', { name: 'SHA384-RSA', key: 'rsa', hash: 'sha384' }],
  ['1.2.840.113549.1.1.13', { name: 'SHA512-RSA', key: 'rsa', hash: 'sha512' }],
  ['1.2.840.10045.4.3.2', { name: 'ECDSA-SHA256', key: 'ec', hash: 'sha256' }],
  ['1.2.840.10045.4.3.3', { name: 'ECDSA-SHA384', key: 'ec', hash: 'sha384' }],
  ['1.2.840.10045.4.3.4', { name: 'ECDSA-SHA512', key: 'ec', hash: 'sha512' }],
  ['1.3.101.112', { name: 'Ed25519', key: 'ed25519', hash: undefined }],
]);
const insecure: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.4', 'MD5-RSA'],
  ['1.2.840.113549.1.1.5', 'SHA1-RSA'],
  ['1.2.840.10045.4.1', 'ECDSA-SHA1'],
]);
const kinds = { rsa: 'RSA', ec: 'ECDSA', ed25519: 'Ed25519' } as const;
const goTypes: ReadonlyMap<string, string> = new Map([
  ['rsa', '*rsa.PublicKey'],
  ['ec', '*ecdsa.PublicKey'],
  ['ed25519', 'ed25519.PublicKey'],
]);
const pssOid = '1.2.840.113549.1.1.10';

export const hashOids: ReadonlyMap<string, string> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

function algorithmOf(identifier: Der): Algorithm {
  const [id, parameters] = within(identifier);
  const oid = readOid(id);
  if (oid === pssOid && parameters !== undefined) {
    const hashed = within(parameters).find(({ tag }) => tag === field(0));
    const hash = hashed && hashOids.get(readOid(within(within(hashed, field(0))[0])[0]));
    if (hash !== undefined)
      return { name: `${hash.toUpperCase()}-RSAPSS`, key: 'rsa', hash, pss: true };
  }
  const bad = insecure.get(oid);
  if (bad !== undefined) throw refused(`x509: cannot verify signature: insecure algorithm ${bad}`);
  const found = algorithms.get(oid);
  if (found === undefined) throw refused('x509: cannot verify signature: algorithm unimplemented');
  return found;
}

/** @throws NotationError `Refused` */
export function checkSignature(
  identifier: Der,
  data: Uint8Array,
  signature: Uint8Array,
  key: KeyObject | undefined,
): void {
  const algorithm = algorithmOf(identifier);
  if (key === undefined) throw refused('x509: cannot verify signature: algorithm unimplemented');
  if (key.asymmetricKeyType !== algorithm.key)
    throw refused(
      `x509: signature algorithm specifies an ${kinds[algorithm.key]} public key, but have public key of type ${goTypes.get(key.asymmetricKeyType ?? '') ?? 'unknown'}`,
    );
  const padding =
    algorithm.pss === true
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
      : {};
  if (verify(algorithm.hash, data, { key, ...padding }, signature)) return;
  throw refused(
    algorithm.key === 'ec'
      ? 'x509: ECDSA verification failure'
      : algorithm.key === 'rsa'
        ? 'crypto/rsa: verification error'
        : 'x509: Ed25519 verification failure',
  );
}

/** That the key of the parent has signed it, and may. @throws NotationError `Refused` */
export function checkSignedBy(certificate: Certificate, parent: Certificate): void {
  const { basicConstraints, keyUsage, version } = parent;
  const isCa = basicConstraints === undefined ? version < 3 : basicConstraints.isCa;
  if (!isCa || (keyUsage !== undefined && keyUsage.size > 0 && !keyUsage.has('CertSign')))
    throw refused(
      'x509: invalid signature: parent certificate cannot sign this kind of certificate',
    );
  checkOwnSignature(certificate, parent.publicKey);
}

export function checkOwnSignature(certificate: Certificate, key: KeyObject | undefined): void {
  checkSignature(certificate.algorithm, certificate.tbs, certificate.signature, key);
}
