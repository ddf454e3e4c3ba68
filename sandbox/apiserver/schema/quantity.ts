/** Resource quantities: `500m`, `1Gi`, `1e3`. @see apimachinery pkg/api/resource, "canonical form" */
import { isObject } from './type-node.ts';
import type { JsonObject } from './type-node.ts';

const pattern = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/;
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const nano = 1_000_000_000n;

/** The amount in billionths, rounded up as the API server does; undefined for a text that is no quantity. */
export function parseQuantity(text: string): bigint | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, sign, digits = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  let amount = BigInt(`${whole}${fraction}` || '0') * nano;
  let divisor = 10n ** BigInt(fraction.length);
  if (binary.indexOf(suffix) > 0) amount *= 1024n ** BigInt(binary.indexOf(suffix));
  else {
    const power = /^[eE][+-]?\d/.test(suffix)
      ? Number(suffix.slice(1))
      : (decimal.indexOf(suffix) - 3) * 3;
    if (Math.abs(power) > 100) return undefined;
    if (power >= 0) amount *= 10n ** BigInt(power);
    else divisor *= 10n ** BigInt(-power);
  }
  const rounded = (amount + divisor - 1n) / divisor;
  return sign === '-' ? -rounded : rounded;
}

/** The canonical text: the largest suffix that keeps the amount whole. Texts that are no quantity stay. */
export function canonicalQuantity(value: string | number): string {
  const text = String(value);
  const amount = parseQuantity(text);
  if (amount === undefined) return text;
  if (amount === 0n) return '0';
  if (/i$/.test(text)) {
    let power = 0;
    let whole = amount / nano;
    if (whole * nano === amount) {
      while (whole % 1024n === 0n && power < 6) {
        whole /= 1024n;
        power++;
      }
      return `${String(whole)}${binary[power] ?? ''}`;
    }
  }
  let step = 0;
  let rest = amount;
  while (rest % 1000n === 0n && step < decimal.length - 1) {
    rest /= 1000n;
    step++;
  }
  const exponent = /[eE][+-]?\d+$/.test(text);
  if (exponent) return step === 3 ? String(rest) : `${String(rest)}e${String((step - 3) * 3)}`;
  return `${String(rest)}${decimal[step] ?? ''}`;
}

/** Canonical requests and limits, in place. */
export function canonicalQuantities(resources: JsonObject): void {
  for (const field of ['requests', 'limits']) {
    const amounts = resources[field];
    if (!isObject(amounts)) continue;
    for (const [name, amount] of Object.entries(amounts)) {
      if (typeof amount === 'string' || typeof amount === 'number') {
        amounts[name] = canonicalQuantity(amount);
      }
    }
  }
}
