/** Floats as Go's strconv.FormatFloat prints them. */
import { bitsOf, exactDigits, roundDigits, shortestDigits } from './float-digits.ts';
import type { Digits } from './float-digits.ts';

export type FloatFormat = 'b' | 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X';

/** More decimals than any float has; beyond them only zeros follow. */
const mostDigits = 1100;

/**
 * @param precision digits behind the point (`e`, `f`, `x`) or in all (`g`); −1 for as many as it takes to read back
 * @returns a text that begins with `-` for negative numbers and negative zero, with `+` only for `+Inf`
 */
export function formatFloat(value: number, format: FloatFormat, precision: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + formatPositive(Math.abs(value), format, precision);
}

/** `%v`, in short. */
export function printFloat(value: number): string {
  if (Number.isInteger(value) && value < 1e6 && value > -1e6 && value !== 0) return String(value);
  return formatFloat(value, 'g', -1);
}

function formatPositive(value: number, format: FloatFormat, precision: number): string {
  switch (format) {
    case 'b':
      return binary(value);
    case 'x':
      return hexadecimal(value, precision);
    case 'X':
      return hexadecimal(value, precision).toUpperCase();
    case 'f': {
      if (precision < 0) return fixed(shortestDigits(value), -1);
      return toFixed(value, precision) ?? fixed(fixedDigits(value, precision), precision);
    }
    case 'e':
    case 'E': {
      const digits =
        precision < 0
          ? shortestDigits(value)
          : roundDigits(exactDigits(value), Math.min(precision, mostDigits) + 1);
      return exponential(digits, precision < 0 ? digits.digits.length - 1 : precision, format);
    }
    case 'g':
      return general(value, precision, 'e');
    case 'G':
      return general(value, precision, 'E');
  }
}

/** The runtime's own rounding, where it is Go's: it differs only for exact ties. */
function toFixed(value: number, precision: number): string | undefined {
  if (precision > 90 || value >= 1e21) return undefined;
  const more = value.toFixed(precision + 1);
  return more.endsWith('5') && Number(more) === value ? undefined : value.toFixed(precision);
}

function fixedDigits(value: number, precision: number): Digits {
  const exact = exactDigits(value);
  return roundDigits(exact, exact.point + Math.min(precision, mostDigits));
}

/** @param precision −1 for as many decimals as there are */
function fixed({ digits, point }: Digits, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const rest = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  if (precision < 0) return digits === '' || rest === '' ? whole : `${whole}.${rest}`;
  return precision === 0 ? whole : `${whole}.${rest.slice(0, precision).padEnd(precision, '0')}`;
}

function exponential({ digits, point }: Digits, precision: number, letter: string): string {
  const first = digits.charAt(0) === '' ? '0' : digits.charAt(0);
  const rest = precision > 0 ? `.${digits.slice(1, precision + 1).padEnd(precision, '0')}` : '';
  return first + rest + letter + power(digits === '' ? 0 : point - 1);
}

function power(exponent: number): string {
  return (exponent < 0 ? '-' : '+') + String(Math.abs(exponent)).padStart(2, '0');
}

function general(value: number, precision: number, letter: 'e' | 'E'): string {
  const asked = precision === 0 ? 1 : precision;
  const shown =
    precision < 0
      ? shortestDigits(value)
      : roundDigits(exactDigits(value), Math.min(asked, mostDigits));
  const { digits, point } = shown;
  let limit = precision < 0 ? 6 : asked;
  if (precision >= 0 && limit > digits.length && digits.length >= point) limit = digits.length;
  const exponent = point - 1;
  if (exponent < -4 || exponent >= limit) return exponential(shown, digits.length - 1, letter);
  return fixed(shown, Math.max(digits.length - point, 0));
}

/** `4503599627370496p-52` */
function binary(value: number): string {
  const { mantissa, exponent } = bitsOf(value);
  return `${mantissa}p${exponent < 0 ? '' : '+'}${exponent}`;
}

/** `0x1.8p+01` */
function hexadecimal(value: number, precision: number): string {
  if (value === 0) return `0x0${precision > 0 ? `.${'0'.repeat(precision)}` : ''}p+00`;
  let { mantissa, exponent } = bitsOf(value);
  while (mantissa < 0x10000000000000n) {
    mantissa <<= 1n;
    exponent -= 1;
  }
  if (precision >= 0 && precision < 13) {
    const cut = BigInt(52 - precision * 4);
    const unit = 1n << cut;
    const rest = mantissa & (unit - 1n);
    mantissa >>= cut;
    if (rest * 2n > unit || (rest * 2n === unit && (mantissa & 1n) === 1n)) mantissa += 1n;
    mantissa <<= cut;
    if (mantissa >= 0x20000000000000n) {
      mantissa >>= 1n;
      exponent += 1;
    }
  }
  const hex = (mantissa & 0xfffffffffffffn).toString(16).padStart(13, '0');
  const fraction =
    precision < 0 ? hex.replace(/0+$/, '') : hex.slice(0, precision).padEnd(precision, '0');
  return `0x1${fraction === '' ? '' : `.${fraction}`}p${power(exponent + 52)}`;
}
