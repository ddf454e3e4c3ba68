/** Checksums of texts, as hexadecimal digits (adler32sum: decimal). */
import { bytesOfText } from '../values/mod.ts';
import { toBytes } from './bytes.ts';
import type { CryptoCapabilities } from './crypto-capabilities.ts';
import { fn, text } from './function.ts';
import type { SprigFunctions } from './function.ts';

export function checksumFunctions({ hash }: Pick<CryptoCapabilities, 'hash'>): SprigFunctions {
  const digest = (algorithm: 'sha1' | 'sha256' | 'sha512') =>
    fn('string', ([s]) => hex(hash(algorithm, bytesOfText(text(s)))));
  return {
    sha1sum: digest('sha1'),
    sha256sum: digest('sha256'),
    sha512sum: digest('sha512'),
    adler32sum: fn('string', ([s]) => adler32(toBytes(text(s)))),
  };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function adler32(bytes: string): string {
  let a = 1;
  let b = 0;
  for (let i = 0; i < bytes.length; i++) {
    a = (a + bytes.charCodeAt(i)) % 65521;
    b = (b + a) % 65521;
  }
  return String(b * 65536 + a);
}
