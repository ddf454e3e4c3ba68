/** Base 64 and base 32. A text that is none becomes Go's error message, not an error. */
import { fromBytes, toBytes } from './bytes.ts';
import { fn, text } from './function.ts';
import type { SprigFunctions } from './function.ts';

const alphabet64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const alphabet32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export const encodingFunctions: SprigFunctions = {
  b64enc: fn('string', ([s]) => btoa(toBytes(text(s)))),
  b64dec: fn('string', ([s]) => decode(text(s), alphabet64, 6, 4, 'base64')),
  b32enc: fn('string', ([s]) => encode32(toBytes(text(s)))),
  b32dec: fn('string', ([s]) => decode(text(s), alphabet32, 5, 8, 'base32')),
};

function encode32(bytes: string): string {
  let out = '';
  let bits = 0;
  let held = 0;
  for (let i = 0; i < bytes.length; i++) {
    held = (held << 8) | bytes.charCodeAt(i);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += alphabet32[(held >> bits) & 31] ?? '';
    }
    held &= (1 << bits) - 1;
  }
  if (bits > 0) out += alphabet32[(held << (5 - bits)) & 31] ?? '';
  return out.padEnd(Math.ceil(out.length / 8) * 8, '=');
}

/** Digits that may stand in a last, padded group. */
const endings: Readonly<Record<number, readonly number[]>> = { 4: [2, 3], 8: [2, 4, 5, 7] };

function decode(
  value: string,
  alphabet: string,
  width: number,
  group: number,
  name: string,
): string {
  const corrupt = (at: number): string => `illegal ${name} data at input byte ${at}`;
  const input = toBytes(value);
  let out = '';
  let digits = 0;
  let bits = 0;
  let held = 0;
  for (let i = 0; i < input.length; i++) {
    const c = input[i] ?? '';
    if (c === '\n' || c === '\r') continue;
    if (c === '=') {
      const inGroup = digits % group;
      if (!(endings[group] ?? []).includes(inGroup)) return corrupt(i);
      return checkPadding(input, i, group - inGroup, name) ?? fromBytes(out);
    }
    const digit = alphabet.indexOf(c);
    if (digit < 0) return corrupt(i);
    digits++;
    held = ((held << width) | digit) & 0xffff;
    bits += width;
    if (bits >= 8) {
      bits -= 8;
      out += String.fromCharCode((held >> bits) & 0xff);
    }
  }
  const inGroup = digits % group;
  return inGroup === 0 ? fromBytes(out) : corrupt(input.length - (name === 'base64' ? inGroup : 0));
}

function checkPadding(
  input: string,
  from: number,
  wanted: number,
  name: string,
): string | undefined {
  let seen = 0;
  for (let i = from; i < input.length; i++) {
    const c = input[i] ?? '';
    if (c === '\n' || c === '\r') continue;
    if (c !== '=' || seen === wanted) return `illegal ${name} data at input byte ${i}`;
    seen++;
  }
  return seen === wanted ? undefined : `illegal ${name} data at input byte ${input.length}`;
}
