import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isSignedFor, readKey } from './cosign.ts';

/** Made by the library of cosign. */
const golden = JSON.parse(
  readFileSync(new URL('testdata/sigstore.json', import.meta.url), 'utf8'),
) as {
  digest: string;
  payload: string;
  signatures: { key: string; publicKey: string; signature: string }[];
};
const { publicKey: ofNobody } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

test.each(golden.signatures)('$key', ({ publicKey, signature }) => {
  const key = readKey(publicKey, 'cosign.pub');
  const payload = Buffer.from(golden.payload);
  const bytes = Buffer.from(signature, 'base64');
  const { digest } = golden;
  expect(isSignedFor(digest, payload, bytes, [ofNobody, key])).toBe(true);
  expect(isSignedFor(digest.replace('0', '1'), payload, bytes, [key])).toBe(false);
  expect(isSignedFor(digest, Buffer.from(`${golden.payload} `), bytes, [key])).toBe(false);
  expect(isSignedFor(digest, payload, bytes, [ofNobody])).toBe(false);
});
