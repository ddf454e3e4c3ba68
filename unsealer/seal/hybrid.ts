/**
 * The envelope of one sealed value (sealed-secrets docs/developer/crypto.md):
 *
 *     length of A, 2 bytes big-endian | A | B
 *     A  RSA-OAEP (SHA-256, the scope as label) of a session key of 32 bytes
 *     B  AES-256-GCM under the session key, nonce of twelve zero bytes, the tag of 16 bytes last
 *
 * The nonce may be zero because a session key encrypts one value only.
 */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const nonce = Buffer.alloc(12);
const tagLength = 16;
const sessionKeyLength = 32;

/** @param label what `labelOf` gives for the object and its scope */
export function encrypt(publicKey: KeyObject, plain: Uint8Array, label: string): Buffer {
  const sessionKey = randomBytes(sessionKeyLength);
  const wrapped = publicEncrypt({ key: publicKey, ...oaep(label) }, sessionKey);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(wrapped.length);
  const cipher = createCipheriv('aes-256-gcm', sessionKey, nonce, { authTagLength: tagLength });
  return Buffer.concat([
    length,
    wrapped,
    cipher.update(plain),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/**
 * Tries each key in turn; nothing in the envelope says which one it was made for.
 *
 * @returns `undefined` when no key opens it, whatever the cause: the cause would help an attacker only
 */
export function decrypt(
  privateKeys: Iterable<KeyObject>,
  sealed: Uint8Array,
  label: string,
): Buffer | undefined {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < 2) return undefined;
  const end = 2 + bytes.readUInt16BE(0);
  if (bytes.length < end + tagLength) return undefined;
  const tagAt = bytes.length - tagLength;
  for (const key of privateKeys) {
    try {
      const sessionKey = privateDecrypt({ key, ...oaep(label) }, bytes.subarray(2, end));
      const cipher = createDecipheriv('aes-256-gcm', sessionKey, nonce, {
        authTagLength: tagLength,
      });
      cipher.setAuthTag(bytes.subarray(tagAt));
      return Buffer.concat([cipher.update(bytes.subarray(end, tagAt)), cipher.final()]);
    } catch {
      // Not this key, not this scope, or tampered with: the next key decides.
      continue;
    }
  }
  return undefined;
}

const oaep = (label: string) => ({
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: 'sha256',
  oaepLabel: Buffer.from(label),
});
