/** Base 64 and base 32 for templates. A text that is none becomes Go's error message, not an error. */
import { bytesOfText, textOfBytes } from '../values/mod.ts';
import { base32OfBytes, base64OfBytes, bytesOfBase32, bytesOfBase64 } from './base64.ts';
import { toBytes } from './bytes.ts';
import { fn, text } from './function.ts';
import type { SprigFunctions } from './function.ts';

const decoded = (bytes: Uint8Array | string): string =>
  typeof bytes === 'string' ? bytes : textOfBytes(bytes);

export const encodingFunctions: SprigFunctions = {
  b64enc: fn('string', ([s]) => base64OfBytes(bytesOfText(text(s)))),
  b64dec: fn('string', ([s]) => decoded(bytesOfBase64(toBytes(text(s))))),
  b32enc: fn('string', ([s]) => base32OfBytes(bytesOfText(text(s)))),
  b32dec: fn('string', ([s]) => decoded(bytesOfBase32(toBytes(text(s))))),
};
