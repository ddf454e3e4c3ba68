/** Signatures of cosign by public keys. No transparency log is asked. */
import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { contentOf } from './cosign-signed.ts';
import type { Signed } from './cosign-signed.ts';

/** @throws Error why a signature is not by somebody who may sign; of what it speaks has been checked */
export type Judge = (signed: Signed) => void;

export const byKeys =
  (keys: readonly KeyObject[]): Judge =>
  (signed) => {
    const { data, signature } = contentOf(signed);
    if (!keys.some((key) => isGood(data, key, signature))) throw new Error('by none of the keys');
  };

/** @throws Error without the key's text */
export function readKey(pem: string, name: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new Error(`'${name}' is no public key in PEM`, { cause });
  }
}

/** ECDSA in DER and RSA (PKCS #1 v1.5) over SHA-256; Ed25519 over the data itself. */
export function isGood(data: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', data, key, signature);
}
