/** Lenient conversions of anything to a number (spf13/cast), and decimal arithmetic (shopspring/decimal). */
import { readFloat } from '../template/mod.ts';
import { GoInt } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { SprigError } from './errors.ts';

const minInt64 = -(2n ** 63n);
const maxInt64 = 2n ** 63n - 1n;

export function toInt64(value: GoValue): bigint {
  if (value instanceof GoInt) return BigInt.asIntN(64, value.value);
  if (typeof value === 'number') return truncate(value);
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'string') {
    return parseInt64(value.replace(/\.0+$/, ''), 0) ?? 0n;
  }
  return 0n;
}

/** Conversion as amd64 does it: what does not fit becomes the smallest number. */
export function truncate(value: number): bigint {
  if (Number.isNaN(value) || value >= 2 ** 63 || value < -(2 ** 63)) return minInt64;
  return BigInt(Math.trunc(value));
}

export function toFloat64(value: GoValue): number {
  if (typeof value === 'number') return value;
  if (value instanceof GoInt) return Number(value.value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' ? (parseFloat64(value) ?? 0) : 0;
}

/** `strconv.ParseInt(text, base, 64)`; base 0 takes the base from the prefix and allows underscores. */
export function parseInt64(text: string, base: 0 | 8 | 10): bigint | undefined {
  const match = /^([-+]?)(.+)$/.exec(text);
  if (match === null) return undefined;
  const [, sign, body = ''] = match;
  const magnitude = base === 0 ? prefixed(body) : plain(body, base);
  if (magnitude === undefined) return undefined;
  const value = sign === '-' ? -magnitude : magnitude;
  return value < minInt64 || value > maxInt64 ? undefined : value;
}

function plain(digits: string, base: 8 | 10): bigint | undefined {
  if (base === 10) return /^[0-9]+$/.test(digits) ? BigInt(digits) : undefined;
  return /^[0-7]+$/.test(digits) ? BigInt(`0o${digits}`) : undefined;
}

function prefixed(body: string): bigint | undefined {
  const digits = body.replaceAll(/(?<=[0-9a-fA-FxXoObB])_(?=[0-9a-fA-F])/g, '');
  if (
    /^0[xX][0-9a-fA-F]+$/.test(digits) ||
    /^0[bB][01]+$/.test(digits) ||
    /^0[oO][0-7]+$/.test(digits)
  ) {
    return BigInt(digits.toLowerCase());
  }
  if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits.slice(1)}`);
  return /^(?:0|[1-9][0-9]*)$/.test(digits) ? BigInt(digits) : undefined;
}

/** `strconv.ParseFloat`; `undefined` when it is none or does not fit. */
export function parseFloat64(text: string): number | undefined {
  const number = readFloat(text);
  if (number !== undefined) return number;
  const word = /^([-+]?)(inf|infinity|nan)$/i.exec(text);
  if (word === null) return undefined;
  if (word[2]?.toLowerCase() === 'nan') return Number.NaN;
  return word[1] === '-' ? -Infinity : Infinity;
}

/** coefficient × 10^exponent */
interface Decimal {
  coefficient: bigint;
  exponent: number;
}

const divisionDigits = 16;

/** Folds operands with exact decimals, so that 0.1 + 0.2 is 0.3. */
export function decimalFold(
  operator: 'add' | 'sub' | 'mul' | 'div',
  first: GoValue,
  rest: readonly GoValue[],
): number {
  let value = fromFloat(toFloat64(first));
  for (const item of rest) value = apply(operator, value, fromFloat(toFloat64(item)));
  return Number(`${value.coefficient}e${value.exponent}`);
}

function fromFloat(value: number): Decimal {
  if (!Number.isFinite(value)) {
    const name = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
    throw new SprigError(`Cannot create a Decimal from ${name}`);
  }
  const [mantissa = '0', power = '0'] = value.toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { coefficient: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}

function apply(operator: 'add' | 'sub' | 'mul' | 'div', a: Decimal, b: Decimal): Decimal {
  if (operator === 'mul') {
    return { coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent };
  }
  if (operator === 'div') return divide(a, b);
  const exponent = Math.min(a.exponent, b.exponent);
  const x = rescale(a, exponent);
  const y = rescale(b, exponent);
  return { coefficient: operator === 'add' ? x + y : x - y, exponent };
}

function rescale(value: Decimal, exponent: number): bigint {
  return value.coefficient * 10n ** BigInt(value.exponent - exponent);
}

/** Rounds half away from zero behind the sixteenth digit. */
function divide(a: Decimal, b: Decimal): Decimal {
  if (b.coefficient === 0n) throw new SprigError('decimal division by 0');
  const shift = a.exponent - b.exponent + divisionDigits;
  const numerator = shift >= 0 ? a.coefficient * 10n ** BigInt(shift) : a.coefficient;
  const denominator = shift >= 0 ? b.coefficient : b.coefficient * 10n ** BigInt(-shift);
  const [n, d] = [magnitude(numerator), magnitude(denominator)];
  const rounded = (2n * n + d) / (2n * d);
  const negative = numerator < 0n !== denominator < 0n;
  return { coefficient: negative ? -rounded : rounded, exponent: -divisionDigits };
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
