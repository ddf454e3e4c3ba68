/** Digests of artifacts: `<algorithm>:<hex>`. What others have written is checked by the algorithm that it names. */
import { createHash } from 'node:crypto';
import { blake3 } from '@noble/hashes/blake3.js';

const hashes = {
  sha256: (data: Uint8Array) => createHash('sha256').update(data).digest('hex'),
  sha384: (data: Uint8Array) => createHash('sha384').update(data).digest('hex'),
  sha512: (data: Uint8Array) => createHash('sha512').update(data).digest('hex'),
  /** Of 256 bits. */
  blake3: (data: Uint8Array) => Buffer.from(blake3(data)).toString('hex'),
} as const;

export type DigestAlgorithm = keyof typeof hashes;

export const digestAlgorithms: readonly DigestAlgorithm[] = [
  'sha256',
  'sha384',
  'sha512',
  'blake3',
];

export const digestOf = (data: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): string =>
  `${algorithm}:${hashes[algorithm](data)}`;

/** The digest of data by the algorithm that another one names; by SHA-256 when it names none that is known. */
export function digestLike(digest: string, data: Uint8Array): string {
  const named = digest.slice(0, digest.indexOf(':'));
  return digestOf(
    data,
    digestAlgorithms.find((each) => each === named),
  );
}
