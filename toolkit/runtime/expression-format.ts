/** `string.format` of CEL's extension for texts: `%s %d %f %e %b %o %x %X`, `%%`, and a precision as in `%.2f`. Pure. */
import { isRecord } from '../../lib/runtime/mod.ts';

const defaultPrecision = 6;

const unfit = (verb: string, value: unknown): TypeError =>
  new TypeError(`error during formatting: no %${verb} of a value of the type ${typeof value}`);

/** @throws TypeError, RangeError when values and directives do not fit */
export function formatText(template: string, values: readonly unknown[]): string {
  let next = 0;
  return template.replaceAll(/%(?:%|(?:\.(\d+))?(.)|$)/gsu, (directive, digits, verb) => {
    if (directive === '%%') return '%';
    if (typeof verb !== 'string') throw new RangeError('unexpected end of string');
    if (next >= values.length) throw new RangeError(`index ${next} out of range`);
    const precision = typeof digits === 'string' ? Number(digits) : defaultPrecision;
    return directiveText(verb, values[next++], precision);
  });
}

function directiveText(verb: string, value: unknown, precision: number): string {
  switch (verb) {
    case 's':
      return plainText(value);
    case 'd':
      if (typeof value !== 'bigint' && typeof value !== 'number') throw unfit(verb, value);
      return numberText(value);
    case 'f':
    case 'e':
      if (typeof value !== 'bigint' && typeof value !== 'number') throw unfit(verb, value);
      return realText(verb, Number(value), precision);
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0';
      return inBase(verb, value, 2);
    case 'o':
      return inBase(verb, value, 8);
    case 'x':
      return hexadecimal(verb, value);
    case 'X':
      return hexadecimal(verb, value).toUpperCase();
    default:
      throw new TypeError(`unrecognized formatting clause "${verb}"`);
  }
}

/** Without an exponent, whatever the size. */
const numberText = (value: bigint | number): string =>
  typeof value === 'bigint' || !Number.isFinite(value)
    ? String(value)
    : value.toLocaleString('en-US', { useGrouping: false, maximumSignificantDigits: 17 });

function realText(verb: 'f' | 'e', value: number, precision: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (verb === 'f') return value.toFixed(precision);
  return value.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');
}

function inBase(verb: string, value: unknown, base: number): string {
  if (typeof value === 'bigint') return value.toString(base);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value.toString(base);
  throw unfit(verb, value);
}

function hexadecimal(verb: string, value: unknown): string {
  if (typeof value === 'string' || value instanceof Uint8Array)
    return Buffer.from(value).toString('hex');
  return inBase(verb, value, 16);
}

/** As `%s` has it: lists as `[a, b]`, maps as `{key: value}` in the order of keys. */
function plainText(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'bigint' || typeof value === 'number') return numberText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (Array.isArray(value)) return `[${value.map(plainText).join(', ')}]`;
  const entries = value instanceof Map ? [...value] : isPlain(value) ? Object.entries(value) : [];
  if (value instanceof Map || isPlain(value))
    return `{${entries
      .map(([key, each]) => [plainText(key), plainText(each)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, text]) => `${key}: ${text}`)
      .join(', ')}}`;
  return String(value);
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  isRecord(value) && Object.getPrototypeOf(value) === Object.prototype;
