/** Arithmetic: int64 for the plain names, decimals for those that end in f. */
import { GoInt, GoSlice } from '../values/mod.ts';
import type { GoObject, GoValue } from '../values/mod.ts';
import { SprigError } from './errors.ts';
import { any, count, float, fn, text } from './function.ts';
import type { SprigFunctions } from './function.ts';
import { decimalFold, parseInt64, toFloat64, toInt64 } from './numbers.ts';
import { sprint } from './reflection.ts';

const fold = (start: (a: bigint, b: bigint) => bigint) =>
  fn('any ...any', ([first, ...rest]) =>
    GoInt.int64(rest.reduce((sum: bigint, item) => start(sum, toInt64(item)), toInt64(any(first)))),
  );

const decimals = (operator: 'sub' | 'mul' | 'div') =>
  fn('any ...any', ([first, ...rest]) => decimalFold(operator, any(first), rest));

const max = fold((a, b) => (b > a ? b : a));

export const mathFunctions: SprigFunctions = {
  add: fn('...any', (items) =>
    GoInt.int64(items.reduce((sum: bigint, item) => sum + toInt64(item), 0n)),
  ),
  add1: fn('any', ([a]) => GoInt.int64(toInt64(any(a)) + 1n)),
  sub: fn('any any', ([a, b]) => GoInt.int64(toInt64(any(a)) - toInt64(any(b)))),
  mul: fold((a, b) => a * b),
  div: fn('any any', ([a, b]) => GoInt.int64(toInt64(any(a)) / divisor(b))),
  mod: fn('any any', ([a, b]) => GoInt.int64(toInt64(any(a)) % divisor(b))),
  max,
  biggest: max,
  min: fold((a, b) => (b < a ? b : a)),
  maxf: fn('any ...any', ([a, ...rest]) => Math.max(toFloat64(any(a)), ...rest.map(toFloat64))),
  minf: fn('any ...any', ([a, ...rest]) => Math.min(toFloat64(any(a)), ...rest.map(toFloat64))),
  addf: fn('...any', (items) => decimalFold('add', 0, items)),
  add1f: fn('any', ([a]) => decimalFold('add', any(a), [GoInt.int(1)])),
  subf: decimals('sub'),
  mulf: decimals('mul'),
  divf: decimals('div'),
  ceil: fn('any', ([a]) => Math.ceil(toFloat64(any(a)))),
  floor: fn('any', ([a]) => Math.floor(toFloat64(any(a)))),
  round: fn('any int ...float64', ([a, places, on]) =>
    round(toFloat64(any(a)), count(places), on === undefined ? 0.5 : float(on)),
  ),
  int: fn('any', ([a]) => new GoInt('int', toInt64(any(a)))),
  int64: fn('any', ([a]) => GoInt.int64(toInt64(any(a)))),
  float64: fn('any', ([a]) => toFloat64(any(a))),
  atoi: fn('string', ([a]) => new GoInt('int', atoi(text(a)))),
  toDecimal: fn('any', ([a]) => GoInt.int64(parseInt64(sprint(any(a)), 8) ?? 0n)),
  until: fn('int', ([a]) => ints(sequence(0, count(a), count(a) < 0 ? -1 : 1))),
  untilStep: fn('int int int', ([a, b, c]) => ints(sequence(count(a), count(b), count(c)))),
  seq: fn('...int', (items) => seq(items.map(count))),
};

function divisor(value: GoValue | undefined): bigint {
  const number = toInt64(any(value));
  if (number === 0n) throw new SprigError('runtime error: integer divide by zero');
  return number;
}

/** What fits is parsed; what is too large becomes the nearest limit; what is no number becomes 0. */
function atoi(value: string): bigint {
  const parsed = parseInt64(value, 10);
  if (parsed !== undefined) return parsed;
  if (!/^[-+]?[0-9]+$/.test(value)) return 0n;
  return value.startsWith('-') ? -(2n ** 63n) : 2n ** 63n - 1n;
}

function round(value: number, places: number, on: number): number {
  const power = powerOfTen(places);
  const digit = power * value;
  const fraction = digit - Math.trunc(digit);
  return (fraction >= on ? Math.ceil(digit) : Math.floor(digit)) / power;
}

/** `math.Pow(10, n)` as Go computes it, which is not exact beyond 10^22. */
function powerOfTen(n: number): number {
  let [result, exponent] = [1, 0];
  let [factor, factorExponent] = [10 / 16, 4];
  for (let left = Math.abs(n); left !== 0; left = Math.floor(left / 2)) {
    if (factorExponent < -4096 || factorExponent > 4096) {
      exponent += factorExponent;
      break;
    }
    if (left % 2 === 1) {
      result *= factor;
      exponent += factorExponent;
    }
    factor *= factor;
    factorExponent *= 2;
    if (factor < 0.5) {
      factor += factor;
      factorExponent -= 1;
    }
  }
  if (n < 0) [result, exponent] = [1 / result, -exponent];
  // In two steps, since 2^exponent alone may be out of range.
  const half = Math.trunc(Math.max(-2200, Math.min(2200, exponent)) / 2);
  const rest = Math.max(-2200, Math.min(2200, exponent)) - half;
  return result * 2 ** half * 2 ** rest;
}

/** More numbers than any chart counts. */
const longestSequence = 2_000_000;

function sequence(start: number, stop: number, step: number): number[] {
  if (step === 0 || stop < start !== step < 0) return [];
  if ((stop - start) / step > longestSequence)
    throw new SprigError(`more than ${longestSequence} numbers`);
  const items: number[] = [];
  if (stop < start) {
    if (step < 0) for (let i = start; i > stop; i += step) items.push(i);
  } else if (step > 0) for (let i = start; i < stop; i += step) items.push(i);
  return items;
}

function ints(items: readonly number[]): GoObject {
  return new GoSlice(
    '[]int',
    items.map((item) => GoInt.int(item)),
  );
}

function seq([first, second, third, fourth]: readonly number[]): string {
  if (fourth !== undefined) return '';
  if (first === undefined) return '';
  const start = second === undefined ? 1 : first;
  const end = third ?? second ?? first;
  const direction = end < start ? -1 : 1;
  const step = third === undefined ? direction : (second ?? direction);
  if (third !== undefined && end < start && step > 0) return '';
  // One beyond the smallest number is the largest.
  if (end <= -(2 ** 63) && direction < 0) return '';
  return sequence(start, end + direction, step).join(' ');
}
