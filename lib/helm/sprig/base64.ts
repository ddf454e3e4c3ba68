/** Base 64 and base 32 (encoding/base64, encoding/base32). */

const alphabet64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const alphabet32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function base64OfBytes(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

export function base32OfBytes(bytes: Uint8Array): string {
  let out = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
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

/** @returns the bytes, or Go's message about what is wrong */
export const bytesOfBase64 = (text: string): Uint8Array | string =>
  decode(text, { name: 'base64', alphabet: alphabet64, width: 6, group: 4, endings: [2, 3] });

/** @returns the bytes, or Go's message about what is wrong */
export const bytesOfBase32 = (text: string): Uint8Array | string =>
  decode(text.replaceAll(/[\r\n]/g, ''), {
    name: 'base32',
    alphabet: alphabet32,
    width: 5,
    group: 8,
    endings: [2, 4, 5, 7],
  });

interface Base {
  name: string;
  alphabet: string;
  /** Bits of a digit. */
  width: number;
  /** Digits of a whole group. */
  group: number;
  /** Digits that may stand in a last, padded group. */
  endings: readonly number[];
}

/** @param input its characters may stand for bytes beyond ASCII; those are no digits anyway */
function decode(input: string, base: Base): Uint8Array | string {
  const corrupt = (at: number): string => `illegal ${base.name} data at input byte ${at}`;
  const out: number[] = [];
  let digits = 0;
  let bits = 0;
  let held = 0;
  for (let i = 0; i < input.length; i++) {
    const c = input[i] ?? '';
    if (c === '\n' || c === '\r') continue;
    if (c === '=') {
      const inGroup = digits % base.group;
      if (!base.endings.includes(inGroup)) return corrupt(i);
      return checkPadding(input, i, base.group - inGroup, corrupt) ?? Uint8Array.from(out);
    }
    const digit = base.alphabet.indexOf(c);
    if (digit < 0) return corrupt(i);
    digits++;
    held = ((held << base.width) | digit) & 0xffff;
    bits += base.width;
    if (bits >= 8) {
      bits -= 8;
      out.push((held >> bits) & 0xff);
    }
  }
  const inGroup = digits % base.group;
  if (inGroup === 0) return Uint8Array.from(out);
  return corrupt(input.length - inGroup);
}

function checkPadding(
  input: string,
  from: number,
  wanted: number,
  corrupt: (at: number) => string,
): string | undefined {
  let seen = 0;
  for (let i = from; i < input.length; i++) {
    const c = input[i] ?? '';
    if (c === '\n' || c === '\r') continue;
    if (c !== '=' || seen === wanted) return corrupt(i);
    seen++;
  }
  return seen === wanted ? undefined : corrupt(input.length);
}
