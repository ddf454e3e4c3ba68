/**
 * Go's strings are bytes. Here they are JavaScript strings in which a byte that is no part of a character stands as the
 * lone surrogate U+DC00 + byte, so that any bytes survive being read, cut, joined and written again.
 */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

const ascii = /^[\0-\x7f]*$/;
const surrogate = /[\ud800-\udfff]/;
const lone = /\p{Surrogate}/u;
const loneEach = /\p{Surrogate}/gu;

/** Whether some bytes of a string are no characters. */
export function hasLooseBytes(text: string): boolean {
  // The first test is the quicker one, and nearly always enough.
  return surrogate.test(text) && lone.test(text);
}

/** The string that bytes are in Go. */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    return decodeLoosely(bytes);
  }
}

/** The bytes of a string as Go holds it. */
export function bytesOfText(text: string): Uint8Array {
  if (!hasLooseBytes(text)) return encoder.encode(text);
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const match of text.matchAll(loneEach)) {
    parts.push(encoder.encode(text.slice(from, match.index)));
    const code = match[0].charCodeAt(0);
    parts.push(
      code >= 0xdc80 && code <= 0xdcff
        ? Uint8Array.of(code - 0xdc00)
        : Uint8Array.of(0xef, 0xbf, 0xbd),
    );
    from = match.index + 1;
  }
  parts.push(encoder.encode(text.slice(from)));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** `len(text)` in Go. */
export function byteLength(text: string): number {
  return ascii.test(text) ? text.length : bytesOfText(text).length;
}

/** Joined strings may complete a character that was cut; this makes it one again. */
export function joinLooseBytes(text: string): string {
  return hasLooseBytes(text) ? textOfBytes(bytesOfText(text)) : text;
}

/** What Go writes where it wants characters: U+FFFD for each byte that is none. */
export function validText(text: string): string {
  return hasLooseBytes(text) ? text.replaceAll(loneEach, '\ufffd') : text;
}

function decodeLoosely(bytes: Uint8Array): string {
  let out = '';
  let good = 0;
  let at = 0;
  while (at < bytes.length) {
    const width = characterWidth(bytes, at);
    if (width > 0) {
      at += width;
      continue;
    }
    out += strict.decode(bytes.subarray(good, at));
    out += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
    at += 1;
    good = at;
  }
  return out + strict.decode(bytes.subarray(good));
}

/** Bytes of the character that begins at a position, 0 for none (RFC 3629: shortest form, no surrogates). */
function characterWidth(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const width = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (width === 0 || at + width > bytes.length) return 0;
  const second = bytes[at + 1] ?? 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < width; i += 1) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return width;
}

/** Orders strings as Go does, by their bytes; for characters that is the order of code points. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x === y) continue;
    const [high, low] = [isSurrogate(x), isSurrogate(y)];
    if (!high && !low) return x - y;
    return lone.test(a) || lone.test(b) ? compareBytes(a, b) : high === low ? x - y : high ? 1 : -1;
  }
  return a.length - b.length;
}

/** Halves of pairs stand for code points above every other unit. */
const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xe000;

function compareBytes(a: string, b: string): number {
  const [x, y] = [bytesOfText(a), bytesOfText(b)];
  const at = x.findIndex((byte, index) => byte !== y[index]);
  return at < 0 ? x.length - y.length : (x[at] ?? 0) - (y[at] ?? -1);
}

/** A class of characters for patterns: Go's unicode.IsSpace, which knows NEL and no byte order mark. */
export const goSpace =
  '[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
