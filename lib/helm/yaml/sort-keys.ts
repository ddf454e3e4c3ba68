/** The order of keys in written YAML: numbers within keys count as numbers, letters after everything else. */
import { isDigit, isLetter } from '../values/mod.ts';

export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const x = Array.from(a);
  const y = Array.from(b);
  for (let i = 0; i < x.length && i < y.length; i++) {
    const [left = '', right = ''] = [x[i], y[i]];
    if (left === right) continue;
    const leftLetter = isLetter(left);
    const rightLetter = isLetter(right);
    if (leftLetter && rightLetter) return order(left, right);
    if (leftLetter || rightLetter) return rightLetter ? -1 : 1;
    return compareDigits(x, y, i);
  }
  return x.length - y.length;
}

/** Compares from the first difference, where neither side has a letter. */
function compareDigits(x: string[], y: string[], from: number): number {
  let left = 0n;
  let right = 0n;
  if (x[from] === '0' || y[from] === '0') {
    // Zeros within a number are no leading zeros.
    for (let j = from - 1; j >= 0 && isDigit(x[j] ?? ''); j--) {
      if (x[j] !== '0') {
        left = 1n;
        right = 1n;
        break;
      }
    }
  }
  let i = from;
  let j = from;
  for (; i < x.length && isDigit(x[i] ?? ''); i++) left = shift(left, x[i] ?? '');
  for (; j < y.length && isDigit(y[j] ?? ''); j++) right = shift(right, y[j] ?? '');
  if (left !== right) return left < right ? -1 : 1;
  if (i !== j) return i - j;
  return order(x[from] ?? '', y[from] ?? '');
}

function shift(value: bigint, character: string): bigint {
  return BigInt.asIntN(64, value * 10n + BigInt((character.codePointAt(0) ?? 0x30) - 0x30));
}

function order(left: string, right: string): number {
  return (left.codePointAt(0) ?? 0) - (right.codePointAt(0) ?? 0);
}
