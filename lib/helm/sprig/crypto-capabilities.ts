/** What the cryptographic functions need of the world: none of it is JavaScript's own everywhere. */

/** Kinds of private keys that Helm makes. */
export type NewKeyKind = 'rsa2048' | 'rsa4096' | 'dsa' | 'ecdsa' | 'ed25519';

export interface CryptoCapabilities {
  hash: (algorithm: HashName, data: Uint8Array) => Uint8Array;
  hmacSha256: (key: Uint8Array, data: Uint8Array) => Uint8Array;
  /** scrypt with N 32768, r 8, p 2. */
  scrypt: (password: Uint8Array, salt: Uint8Array, size: number) => Uint8Array;
  /** AES-256-CBC without padding; data are whole blocks. */
  aesCbc: (
    direction: 'encrypt' | 'decrypt',
    key: Uint8Array,
    iv: Uint8Array,
    data: Uint8Array,
  ) => Uint8Array;
  /** A new private key, PKCS #8 in DER. */
  generateKey: (kind: NewKeyKind) => Uint8Array;
  /** The public key of a private one: PKCS #8 in, SubjectPublicKeyInfo out, both in DER. Throws when it is no key. */
  publicKey: (privateKey: Uint8Array) => Uint8Array;
  /** @param hash `undefined` for Ed25519, which hashes by itself */
  sign: (privateKey: Uint8Array, hash: HashName | undefined, data: Uint8Array) => Uint8Array;
}

export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512';
