/** The cryptography that template functions need, by Node's OpenSSL. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  scryptSync,
  sign,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { CryptoCapabilities, NewKeyKind } from '../sprig/mod.ts';

const bytes = (buffer: Buffer): Uint8Array => new Uint8Array(buffer);

const privateKey = (pkcs8: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });

function generate(kind: NewKeyKind): KeyObject {
  switch (kind) {
    case 'rsa2048':
      return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    case 'rsa4096':
      return generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey;
    case 'dsa':
      return generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }).privateKey;
    case 'ecdsa':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey;
  }
}

export const nodeCrypto: CryptoCapabilities = {
  hash: (algorithm, data) => bytes(createHash(algorithm).update(data).digest()),
  hmacSha256: (key, data) => bytes(createHmac('sha256', key).update(data).digest()),
  scrypt: (password, salt, size) =>
    bytes(scryptSync(password, salt, size, { N: 32_768, r: 8, p: 2, maxmem: 128 * 1024 * 1024 })),
  aesCbc: (direction, key, iv, data) => {
    const create = direction === 'encrypt' ? createCipheriv : createDecipheriv;
    const cipher = create('aes-256-cbc', key, iv).setAutoPadding(false);
    return bytes(Buffer.concat([cipher.update(data), cipher.final()]));
  },
  generateKey: (kind) => bytes(generate(kind).export({ format: 'der', type: 'pkcs8' })),
  publicKey: (pkcs8) =>
    bytes(createPublicKey(privateKey(pkcs8)).export({ format: 'der', type: 'spki' })),
  sign: (pkcs8, hash, data) => bytes(sign(hash ?? null, data, privateKey(pkcs8))),
};
