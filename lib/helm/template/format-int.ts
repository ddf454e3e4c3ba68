/** Integers and characters as Go's fmt prints them. */
import { isPrint } from '../values/mod.ts';

/** The flags of a verb, as fmt reads them. */
export interface Flags {
  plus: boolean;
  minus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  /** `%+v`: names of struct fields. */
  plusV: boolean;
  /** `%#v`: Go syntax. */
  sharpV: boolean;
  width: number | undefined;
  precision: number | undefined;
  /** Values printed so far, within collections. */
  nodes?: number;
}

export function noFlags(): Flags {
  return {
    plus: false,
    minus: false,
    sharp: false,
    space: false,
    zero: false,
    plusV: false,
    sharpV: false,
    width: undefined,
    precision: undefined,
  };
}

/** Fills up to the width, counted in characters. Zeros go only to the left. */
export function pad(text: string, flags: Flags, zero = flags.zero): string {
  if (flags.width === undefined || flags.width === 0) return text;
  const missing = flags.width - runeCount(text);
  if (missing <= 0) return text;
  if (flags.minus) return text + ' '.repeat(missing);
  return (zero ? '0' : ' ').repeat(missing) + text;
}

const surrogate = /[\ud800-\udfff]/;

export function runeCount(text: string): number {
  return surrogate.test(text) ? [...text].length : text.length;
}

/** @param verb one of d, b, o, O, x, X, v */
export function formatInteger(
  value: bigint,
  base: 2 | 8 | 10 | 16,
  verb: string,
  flags: Flags,
): string {
  const { precision, width } = flags;
  const isNegative = value < 0n;
  if (precision === 0 && value === 0n) return ' '.repeat(width ?? 0);
  let digits = (isNegative ? -value : value).toString(base);
  if (verb === 'X') digits = digits.toUpperCase();
  const hasSign = isNegative || flags.plus || flags.space;
  if (precision !== undefined) digits = digits.padStart(precision, '0');
  else if (flags.zero && !flags.minus && width !== undefined)
    digits = digits.padStart(hasSign ? width - 1 : width, '0');
  if (flags.sharp) {
    if (base === 2) digits = `0b${digits}`;
    else if (base === 8 && !digits.startsWith('0')) digits = `0${digits}`;
    else if (base === 16) digits = (verb === 'X' ? '0X' : '0x') + digits;
  }
  if (verb === 'O') digits = `0o${digits}`;
  const sign = isNegative ? '-' : flags.plus ? '+' : flags.space ? ' ' : '';
  return pad(sign + digits, flags, false);
}

/** The character of a code point; what is none becomes a replacement character. */
export function runeText(point: bigint): string {
  const isRune = point >= 0n && point <= 0x10ffffn && !isSurrogate(point);
  return isRune ? String.fromCodePoint(Number(point)) : '\ufffd';
}

function isSurrogate(point: bigint): boolean {
  return point >= 0xd800n && point < 0xe000n;
}

/** `%U`, with the character itself for `%#U`. */
export function formatUnicode(point: bigint, flags: Flags): string {
  // A negative number shows the bits it is stored in.
  const unsigned = BigInt.asUintN(64, point);
  const hex = unsigned
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(4, flags.precision ?? 0), '0');
  const isChar = unsigned <= 0x10ffffn && !isSurrogate(unsigned);
  const char = runeText(unsigned);
  const shown = flags.sharp && isChar && isPrint(char) ? ` '${char}'` : '';
  return pad(`U+${hex}${shown}`, flags, false);
}

/** `U+0040 '@'` */
export function formatRune(point: number): string {
  return formatUnicode(BigInt(point), { ...noFlags(), sharp: true });
}
