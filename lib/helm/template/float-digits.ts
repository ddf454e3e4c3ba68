/** The decimal digits of floats, exact or shortest. */

/** A positive number: 0.DIGITS × 10^point; no digits for zero. */
export interface Digits {
  readonly digits: string;
  readonly point: number;
}

/** The fewest digits that read back as the same number. */
export function shortestDigits(value: number): Digits {
  if (value === 0) return { digits: '', point: 0 };
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), point: Number(power) + 1 };
}

/** Every digit of the number that the bits stand for. */
export function exactDigits(value: number): Digits {
  if (value === 0) return { digits: '', point: 0 };
  const { mantissa, exponent } = bitsOf(value);
  const text =
    exponent >= 0
      ? (mantissa << BigInt(exponent)).toString()
      : (mantissa * 5n ** BigInt(-exponent)).toString();
  return { digits: text.replace(/0+$/, ''), point: text.length + Math.min(0, exponent) };
}

/** Keeps a number of digits, the last one rounded half to even; digits that would be zeros at the end are left out. */
export function roundDigits({ digits, point }: Digits, keep: number): Digits {
  if (keep < 0) return { digits: '', point: 0 };
  if (keep >= digits.length) return { digits, point };
  const next = digits.charCodeAt(keep) - 48;
  const isTie = next === 5 && keep + 1 === digits.length;
  const isOdd = keep > 0 && digits.charCodeAt(keep - 1) % 2 === 1;
  const kept = digits.slice(0, keep);
  if (next < 5 || (isTie && !isOdd)) return trimmed(kept, point);
  const raised = (BigInt(kept === '' ? '0' : kept) + 1n).toString().padStart(keep, '0');
  return trimmed(raised, point + raised.length - keep);
}

function trimmed(digits: string, point: number): Digits {
  const rest = digits.replace(/0+$/, '');
  return rest === '' ? { digits: '', point: 0 } : { digits: rest, point };
}

const view = new DataView(new ArrayBuffer(8));

/** A positive number as mantissa × 2^exponent, the mantissa with all of its 53 bits (fewer when subnormal). */
export function bitsOf(value: number): { mantissa: bigint; exponent: number } {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const power = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return power === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | 0x10000000000000n, exponent: power - 1075 };
}
