import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Fields } from '../runtime/mod.ts';
import { byKeys, readKey } from './cosign-keys.ts';
import { checkClaim } from './cosign-signed.ts';

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
  const signed = {
    layout: 'layer',
    payload,
    signature: bytes,
    annotations: new Fields({}),
  } as const;
  byKeys([ofNobody, key])(signed);
  checkClaim(signed, golden.digest);
  expect(() => checkClaim(signed, golden.digest.replace('0', '1'))).toThrow('does not match');
  const changed = { ...signed, payload: Buffer.from(`${golden.payload} `) };
  expect(() => byKeys([key])(changed)).toThrow('none of the keys');
  expect(() => byKeys([ofNobody])(signed)).toThrow('none of the keys');
});
