/** Floats as Go's strconv prints them. */

const special = (value: number): string | undefined =>
  Number.isNaN(value)
    ? 'NaN'
    : value === Infinity
      ? '+Inf'
      : value === -Infinity
        ? '-Inf'
        : undefined;

/** `%e` with a given number of decimals, or the shortest that reads back (precision −1). */
export function exponential(value: number, precision: number): string {
  const odd = special(value);
  if (odd !== undefined) return odd;
  const text =
    precision < 0 ? value.toExponential() : value.toExponential(Math.min(100, precision));
  const sign = Object.is(value, -0) ? '-' : '';
  return sign + text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** `%f`. */
export function fixed(value: number, precision: number): string {
  const odd = special(value);
  if (odd !== undefined) return odd;
  const sign = Object.is(value, -0) ? '-' : '';
  if (precision < 0) {
    const text = exponential(value, -1);
    const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
    if (match === null) return text;
    const [, minus = '', whole = '', fraction = '', power = '0'] = match;
    return minus + shift(whole + fraction, Number(power) + 1);
  }
  if (Math.abs(value) < 1e21) return sign + value.toFixed(Math.min(100, precision));
  return sign + BigInt(value).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '');
}

function shift(digits: string, point: number): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`.replace(/\.$/, '');
  if (point >= digits.length) return digits + '0'.repeat(point - digits.length);
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/**
 * `%g`: exponents outside −4 … limit use `%e`, others `%f`.
 *
 * @param precision significant digits, −1 for the shortest that reads back
 * @param limit first exponent printed with e when the shortest is asked for (strconv's 6, `%v` too)
 */
export function general(value: number, precision: number, limit = 6): string {
  const odd = special(value);
  if (odd !== undefined) return odd;
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const shortest = precision < 0;
  const digits = precision === 0 ? 1 : precision;
  const text = shortest ? exponential(value, -1) : exponential(value, digits - 1);
  const power = Number(/e([+-]\d+)$/.exec(text)?.[1] ?? '0');
  const most = shortest ? limit : digits;
  if (power < -4 || power >= most) return text.replace(/\.?0+e/, 'e').replace(/^(-?\d)e/, '$1e');
  if (shortest) return fixed(value, -1);
  const plain = fixed(value, Math.max(0, digits - 1 - power));
  return plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain;
}
