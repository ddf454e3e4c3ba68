/**
 * What an unquoted scalar means in YAML 1.1, as go.yaml.in/yaml/v2 sees it. Reading and writing share it: a string is
 * quoted on the way out when it would be read as something else.
 */

export type Resolved =
  | { tag: 'str' | 'timestamp'; value: string }
  | { tag: 'null'; value: null }
  | { tag: 'bool'; value: boolean }
  | { tag: 'int'; value: bigint }
  | { tag: 'float'; value: number };

const words = new Map<string, Resolved>();
for (const [value, list] of [
  [true, 'y Y yes Yes YES true True TRUE on On ON'],
  [false, 'n N no No NO false False FALSE off Off OFF'],
] as const) {
  for (const word of list.split(' ')) words.set(word, { tag: 'bool', value });
}
for (const word of ['', '~', 'null', 'Null', 'NULL']) words.set(word, { tag: 'null', value: null });
for (const [value, list] of [
  [Number.NaN, '.nan .NaN .NAN'],
  [Infinity, '.inf .Inf .INF +.inf +.Inf +.INF'],
  [-Infinity, '-.inf -.Inf -.INF'],
] as const) {
  for (const word of list.split(' ')) words.set(word, { tag: 'float', value });
}

const yamlFloat = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const dotFloat = /^\.[0-9]+(?:[eE][-+]?[0-9]+)?$/;
const integer = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))$/;
const sexagesimal = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const maxInt64 = 2n ** 63n - 1n;
const maxUint64 = 2n ** 64n - 1n;

/** Resolves a plain scalar without a tag. */
export function resolvePlain(text: string): Resolved {
  const first = text.charCodeAt(0);
  const isDigit = first >= 0x30 && first <= 0x39;
  if (!isDigit && first !== 0x2b && first !== 0x2d) {
    const word = words.get(text);
    if (word !== undefined) return word;
    if (first === 0x2e) {
      const digits = text.replaceAll(/(?<=[0-9])_(?=[0-9])/g, '');
      if (dotFloat.test(digits)) return finite(digits) ?? { tag: 'str', value: text };
    }
    return { tag: 'str', value: text };
  }
  const word = words.get(text);
  if (word !== undefined) return word;
  if (isDigit && isTimestamp(text)) return { tag: 'timestamp', value: text };
  const digits = text.includes('_') ? text.replaceAll('_', '') : text;
  const int = parseInteger(digits);
  if (int !== undefined) return { tag: 'int', value: int };
  if (yamlFloat.test(digits)) {
    const float = finite(digits);
    if (float !== undefined) return float;
  }
  return { tag: 'str', value: text };
}

/** True for what YAML 1.1 reads as base 60; Go reads it as text but quotes it for the sake of other readers. */
export function isSexagesimal(text: string): boolean {
  return text.includes(':') && sexagesimal.test(text);
}

function finite(text: string): Resolved | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? { tag: 'float', value } : undefined;
}

function parseInteger(text: string): bigint | undefined {
  const match = integer.exec(text);
  if (match === null) return undefined;
  const [, sign, hex, binary, octal, decimal] = match;
  const magnitude =
    hex !== undefined
      ? BigInt(`0x${hex}`)
      : binary !== undefined
        ? BigInt(`0b${binary}`)
        : octal !== undefined
          ? BigInt(`0o${octal}`)
          : BigInt(decimal ?? '0');
  if (sign === '-') return magnitude <= maxInt64 + 1n ? -magnitude : undefined;
  return magnitude <= (sign === '+' ? maxInt64 : maxUint64) ? magnitude : undefined;
}

const timestamp =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+](\d\d):(\d\d))| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)?$/;

/** The four layouts that yaml/v2 tries. */
function isTimestamp(text: string): boolean {
  if (text.charCodeAt(4) !== 0x2d) return false;
  const match = timestamp.exec(text);
  if (match === null) return false;
  const part = (index: number) => Number(match[index] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return (
    day <= days &&
    part(4) + part(9) < 24 &&
    part(5) + part(10) < 60 &&
    part(6) + part(11) < 60 &&
    part(7) <= 24 &&
    part(8) < 60
  );
}
