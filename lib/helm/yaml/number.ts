/** How Go writes a float64. */

/** Shortest decimal digits and the power of ten: value = 0.d1d2d3… × 10^point. */
function digitsOf(value: number): { negative: boolean; digits: string; point: number } {
  const negative = value < 0 || Object.is(value, -0);
  const [mantissa = '0', exponent = '0'] = Math.abs(value).toExponential().split('e');
  return { negative, digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

/** `strconv.FormatFloat(value, 'g', -1, 64)`, which is also `%v`: exponents below 1e-4 and from 1e+06 on. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const { negative, digits, point } = digitsOf(value);
  const exponent = point - 1;
  const sign = negative ? '-' : '';
  if (exponent < -4 || exponent >= 6) return sign + scientific(digits, exponent, 2);
  return sign + positional(digits, point);
}

/** As encoding/json writes a float64: like JavaScript, with exponents of at least one digit. */
export function formatJsonFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const size = Math.abs(value);
  const { negative, digits, point } = digitsOf(value);
  const sign = negative ? '-' : '';
  if (size < 1e-6 || size >= 1e21)
    return sign + scientific(digits, point - 1, point - 1 < 0 ? 1 : 2);
  return sign + positional(digits, point);
}

function scientific(digits: string, exponent: number, width: number): string {
  const mantissa = digits.length > 1 ? `${digits[0] ?? ''}.${digits.slice(1)}` : digits;
  const power = String(Math.abs(exponent)).padStart(width, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${power}`;
}

function positional(digits: string, point: number): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return digits + '0'.repeat(point - digits.length);
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}
