/** Numbers and quoted strings with Go's syntax (strconv, text/template/parse/node.go). */
import { joinLooseBytes, quote } from '../values/mod.ts';
import type { NumberValue } from './nodes.ts';

const maxInt64 = 2n ** 63n - 1n;
const maxUint64 = 2n ** 64n - 1n;

/** The value of a number token, or what is wrong with it. */
export function readNumber(text: string): NumberValue | string {
  if (text.endsWith('i')) {
    const imaginary = readFloat(text.slice(0, -1));
    if (imaginary !== undefined) return complexValue(0, imaginary);
  }
  const int = readInteger(text);
  const signed = /^[+-]/.test(text);
  if (int !== undefined && int <= maxUint64 && int >= -maxInt64 - 1n && !(signed && int > maxInt64))
    return { ...integers(int, text), float: Number(int), isFloatSyntax: false };
  const float = readFloat(text);
  if (float === undefined) return `illegal number syntax: ${quote(text)}`;
  if (!/[.eEpP]/.test(text)) return `integer overflow: ${quote(text)}`;
  return { ...integersOf(float), float, isFloatSyntax: true };
}

/** The value of `1+2i`, or what is wrong with it (fmt.Sscan). */
export function readComplex(text: string): NumberValue | string {
  const match = /^([+-]?[^+-]*(?:[eEpP][+-][^+-]*)?)([+-].*)i$/.exec(text);
  if (/^[+-]?$/.test(match?.[2] ?? '')) return 'syntax error scanning complex number';
  const [real, imaginary] = [readFloat(match?.[1] ?? ''), readFloat(match?.[2] ?? '')];
  if (real === undefined || imaginary === undefined) return 'invalid syntax';
  return complexValue(real, imaginary);
}

/** The value of a character constant, quotes included, or what is wrong with it. */
export function readCharacter(text: string): NumberValue | string {
  const end = endOfCharacter(text);
  if (end === undefined) return 'invalid syntax';
  if (end !== text.length - 1) return `malformed character constant: ${text}`;
  const body = text.slice(1, end);
  const escape = escapeAt.exec(body);
  const point = escape === null ? (body.codePointAt(0) ?? 0) : escapedPoint(escape, "'");
  if (point === undefined) return 'invalid syntax';
  const int = BigInt(point);
  return { int, uint: int, float: point, isFloatSyntax: false };
}

function endOfCharacter(text: string): number | undefined {
  const body = text.slice(1);
  if (body.startsWith("'")) return undefined;
  if (!body.startsWith('\\')) return 1 + String.fromCodePoint(body.codePointAt(0) ?? 0).length;
  const escape = escapeAt.exec(body);
  return escape === null ? undefined : 1 + escape[0].length;
}

function complexValue(real: number, imaginary: number): NumberValue {
  const whole = imaginary === 0 ? { ...integersOf(real), float: real } : {};
  return { ...whole, isFloatSyntax: false, complex: { real, imaginary } };
}

/** @param text a plus sign makes a number signed */
function integers(value: bigint, text = ''): { int?: bigint; uint?: bigint } {
  return {
    ...(value <= maxInt64 ? { int: value } : {}),
    ...(value >= 0n && !text.startsWith('+') ? { uint: value } : {}),
  };
}

/** Whole floats are integers where they fit. */
function integersOf(value: number): { int?: bigint; uint?: bigint } {
  if (!Number.isInteger(value) || value >= 2 ** 64 || value < -(2 ** 63)) return {};
  return integers(BigInt(value));
}

const integer = /^[+-]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;

/** `strconv.ParseInt(text, 0, …)` without bounds. */
function readInteger(text: string): bigint | undefined {
  const plain = withoutUnderscores(text);
  if (plain === undefined || !integer.test(plain)) return undefined;
  const digits = plain.replace(/^[+-]/, '').replace(/^0[oO]?(?=[0-7])/, '0o');
  const value = BigInt(digits);
  return plain.startsWith('-') ? -value : value;
}

/** Underscores may stand between digits and behind a base prefix. */
function withoutUnderscores(text: string): string | undefined {
  if (!text.includes('_')) return text;
  const body = text.replace(/^[+-]/, '');
  const digit = /^0x/i.test(body) ? '[0-9a-fA-F]' : '[0-9]';
  const behindPrefix = /^0[xXbBoO]_/.test(body) ? body.slice(3) : body;
  const isBad = new RegExp(`(?<!${digit})_|_(?!${digit})`).test(behindPrefix);
  return isBad ? undefined : text.replaceAll('_', '');
}

const decimal = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const hexadecimal = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]+)$/;

/** `strconv.ParseFloat(text, 64)`; `undefined` for bad syntax and what does not fit. */
export function readFloat(text: string): number | undefined {
  const plain = withoutUnderscores(text);
  if (plain === undefined) return undefined;
  if (decimal.test(plain)) {
    const value = Number(plain);
    return Number.isFinite(value) ? value : undefined;
  }
  const hex = hexadecimal.exec(plain);
  if (hex === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = hex;
  if (whole + fraction === '') return undefined;
  const size = hexFloat(BigInt(`0x${whole}${fraction}`), Number(exponent) - 4 * fraction.length);
  if (!Number.isFinite(size)) return undefined;
  return sign === '-' ? -size : size;
}

/** mantissa × 2^exponent, rounded once. */
function hexFloat(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  if (exponent > 2000) return Infinity;
  if (exponent < -6000) return 0;
  if (exponent >= 0) return Number(mantissa << BigInt(exponent));
  // Bits that a float64 has no room for; they decide how it is rounded.
  const bits = mantissa.toString(2).length;
  const lowest = Math.max(-exponent - 1074, bits - 53);
  if (lowest <= 0) return scale(Number(mantissa), exponent);
  const unit = 1n << BigInt(lowest);
  let kept = mantissa / unit;
  const rest = (mantissa % unit) * 2n;
  if (rest > unit || (rest === unit && kept % 2n === 1n)) kept += 1n;
  return scale(Number(kept), exponent + lowest);
}

function scale(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}

const escapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
};

const escapeAt =
  /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([abfnrtv\\'"]))/;

/** The character of an escape; `undefined` when Go refuses it within these quotes. */
function escapedPoint(
  [, hex, short, long, octal, simple]: RegExpExecArray,
  around: string,
): number | undefined {
  if (simple !== undefined) {
    const isOther = (simple === "'" || simple === '"') && simple !== around;
    return isOther ? undefined : escapes[simple];
  }
  if (octal !== undefined) {
    const byte = Number.parseInt(octal, 8);
    return byte > 255 ? undefined : byte;
  }
  const point = Number.parseInt(hex ?? short ?? long ?? '', 16);
  const isRune = point <= 0x10ffff && !(point >= 0xd800 && point < 0xe000);
  return hex !== undefined || isRune ? point : undefined;
}

/** The text of an interpreted string, quotes of either kind included; `undefined` for bad escapes. */
export function unquote(quoted: string): string | undefined {
  const body = quoted.slice(1, -1);
  if (!body.includes('\\')) return body;
  let out = '';
  let hasBytes = false;
  for (let at = 0; at < body.length;) {
    const next = body.indexOf('\\', at);
    if (next < 0) {
      out += body.slice(at);
      break;
    }
    out += body.slice(at, next);
    const escape = escapeAt.exec(body.slice(next, next + 10));
    if (escape === null) return undefined;
    const point = escapedPoint(escape, quoted.charAt(0));
    if (point === undefined) return undefined;
    const isByte = escape[1] !== undefined || escape[4] !== undefined;
    if (isByte && point >= 0x80) {
      hasBytes = true;
      out += String.fromCharCode(0xdc00 + point);
    } else out += String.fromCodePoint(point);
    at = next + escape[0].length;
  }
  return hasBytes ? joinLooseBytes(out) : out;
}
