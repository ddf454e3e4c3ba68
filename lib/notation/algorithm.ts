/** The algorithms that signatures may be made with, each for one size of key (notaryproject specifications, signature-specification). */
import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { refused } from './errors.ts';

export interface Algorithm {
  /** Of JOSE. */
  name: 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512';
  /** Of COSE. */
  cose: number;
  /** As errors of notation-core-go name it. */
  number: number;
  hash: 'sha256' | 'sha384' | 'sha512';
}

export const algorithms: readonly Algorithm[] = [
  { name: 'PS256', cose: -37, number: 1, hash: 'sha256' },
  { name: 'PS384', cose: -38, number: 2, hash: 'sha384' },
  { name: 'PS512', cose: -39, number: 3, hash: 'sha512' },
  { name: 'ES256', cose: -7, number: 4, hash: 'sha256' },
  { name: 'ES384', cose: -35, number: 5, hash: 'sha384' },
  { name: 'ES512', cose: -36, number: 6, hash: 'sha512' },
];

const byKey: ReadonlyMap<string, Algorithm['name']> = new Map([
  ['rsa 2048', 'PS256'],
  ['rsa 3072', 'PS384'],
  ['rsa 4096', 'PS512'],
  ['ecdsa 256', 'ES256'],
  ['ecdsa 384', 'ES384'],
  ['ecdsa 521', 'ES512'],
]);
const curveBits: ReadonlyMap<string, number> = new Map([
  ['secp224r1', 224],
  ['prime256v1', 256],
  ['secp384r1', 384],
  ['secp521r1', 521],
]);

/** Which one goes with the key of a certificate. @throws NotationError `Refused` for keys that none goes with */
export function algorithmFor({ publicKey }: Certificate): Algorithm {
  const kind = publicKey?.asymmetricKeyType;
  const details = publicKey?.asymmetricKeyDetails;
  const [name, bits] =
    kind === 'rsa'
      ? ['rsa', Math.ceil((details?.modulusLength ?? 0) / 8) * 8]
      : kind === 'ec'
        ? ['ecdsa', curveBits.get(details?.namedCurve ?? '') ?? 0]
        : [undefined, 0];
  if (name === undefined) throw refused('unsupported public key type');
  const wanted = byKey.get(`${name} ${bits}`);
  const found = algorithms.find((each) => each.name === wanted);
  if (found === undefined) throw refused(`${name} key size ${bits} bits is not supported`);
  return found;
}

/** @param salt of RSASSA-PSS: JOSE takes any length, COSE that of the hash only */
export function isSigned(
  { name, hash }: Algorithm,
  data: Uint8Array,
  key: KeyObject,
  signature: Uint8Array,
  salt: 'any' | 'hash',
): boolean {
  if (name.startsWith('ES')) {
    const bits = curveBits.get(key.asymmetricKeyDetails?.namedCurve ?? '') ?? 0;
    const isWhole = signature.length === Math.ceil(bits / 8) * 2;
    return isWhole && verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, signature);
  }
  const saltLength =
    salt === 'any' ? constants.RSA_PSS_SALTLEN_AUTO : constants.RSA_PSS_SALTLEN_DIGEST;
  return verify(
    hash,
    data,
    { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
    signature,
  );
}
