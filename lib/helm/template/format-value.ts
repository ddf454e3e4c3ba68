/** One value under one verb: the middle of Go's fmt (fmt/print.go, fmt/format.go, Go 1.24). */
import {
  bytesOfText,
  canBackquote,
  GoInt,
  GoObject,
  GoPointer,
  GoSlice,
  GoTypedMap,
  nilBytes,
  quote,
  quoteRune,
  textOfBytes,
} from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { GoComplex } from './complex.ts';
import { formatFloat } from './format-float.ts';
import type { FloatFormat } from './format-float.ts';
import { formatInteger, formatUnicode, pad, runeCount, runeText } from './format-int.ts';
import type { Flags } from './format-int.ts';
import type { Struct } from './function.ts';
import { entriesOf, sortedKeys, typeOf } from './value.ts';

/** Stands for every address: Go's differ from run to run. hack/differential/oracle gives helm's the same one. */
const someAddress = 0xc100000000n;

/**
 * @param depth 0 for an argument, more inside collections and structs
 * @param complains true inside `%!d(…)`, where Go asks no value for its own text
 */
export function formatValue(
  value: GoValue,
  verb: string,
  flags: Flags,
  depth = 0,
  complains = false,
): string {
  if (depth > 0) countNode(flags);
  if (value === null) {
    if (depth > 0) return flags.sharpV ? 'interface {}(nil)' : '<nil>';
    return verb === 'T' || verb === 'v' ? pad('<nil>', flags) : `%!${verb}(<nil>)`;
  }
  if (depth === 0 && verb === 'T') return formatText(typeOf(value), 's', flags);
  if (depth === 0 && verb === 'p') return formatPointer(value, verb, flags);
  switch (typeof value) {
    case 'string':
      return formatString(value, verb, flags);
    case 'boolean':
      return verb === 't' || verb === 'v' ? pad(String(value), flags) : badVerb(value, verb, flags);
    case 'number':
      return formatNumber(value, verb, flags);
    default:
  }
  if (value instanceof GoInt) return formatGoInt(value, verb, flags);
  if (value === nilBytes && flags.sharpV) return '[]byte(nil)';
  if (value instanceof Uint8Array) return formatBytes(value, verb, flags, depth);
  // Only errors may be wrapped.
  if (verb === 'w') return badVerb(value, verb, flags);
  if (Array.isArray(value)) return formatItems(value, value, verb, flags, depth);
  if (flags.sharpV && (value instanceof GoSlice || value instanceof GoTypedMap) && value.isNil)
    return `${value.goType}(nil)`;
  const entries = entriesOf(value);
  if (entries !== undefined) {
    const own = value instanceof GoObject && !complains ? ownText(value, verb, flags) : undefined;
    return own ?? formatEntries(value, entries, verb, flags, depth);
  }
  if (!(value instanceof GoObject)) return '';
  if (flags.sharpV && !complains && hasGoString(value)) return pad(value.goString(), flags);
  if (value instanceof GoComplex) return formatComplex(value, verb, flags);
  const own = complains ? undefined : ownText(value, verb, flags);
  if (own !== undefined) return own;
  if (value instanceof GoSlice) return formatItems(value, value.items, verb, flags, depth);
  return formatStruct(value, verb, flags, depth);
}

/** Values that hold one another many times over would print for ever. */
const mostNodes = 2_000_000;

/** As many bytes of a file count as one value. */
const bytesOfNode = 8;

function countNode(flags: Flags, count = 1): void {
  flags.nodes = (flags.nodes ?? 0) + count;
  if (flags.nodes > mostNodes) throw new Error(`more than ${mostNodes} values to print`);
}

/** What an object that is an `error` or a `fmt.Stringer` says of itself. */
function ownText(value: GoObject, verb: string, flags: Flags): string | undefined {
  if (flags.sharpV || !'vsxXq'.includes(verb)) return undefined;
  return isPrintable(value) ? formatString(value.sprint(), verb, flags) : undefined;
}

/** Engine-side values that are a `fmt.GoStringer`. */
function hasGoString(value: GoObject): value is GoObject & { goString(): string } {
  return 'goString' in value && typeof value.goString === 'function';
}

/** Engine-side values that are a `fmt.Stringer`. */
function isPrintable(value: GoObject): value is GoObject & { sprint(): string } {
  return 'sprint' in value && typeof value.sprint === 'function';
}

export function badVerb(value: GoValue, verb: string, flags: Flags): string {
  const shown = formatValue(value, 'v', flags, 0, true);
  return value === null ? `%!${verb}(<nil>)` : `%!${verb}(${typeOf(value)}=${shown})`;
}

function formatString(value: string, verb: string, flags: Flags): string {
  switch (verb) {
    case 'v':
      return formatText(value, flags.sharpV ? 'q' : 's', flags);
    case 's':
    case 'q':
      return formatText(value, verb, flags);
    case 'x':
    case 'X':
      return formatHex(bytesOfText(value), verb, flags);
    default:
      return badVerb(value, verb, flags);
  }
}

function formatText(value: string, verb: 's' | 'q', flags: Flags): string {
  const { precision } = flags;
  const text =
    precision !== undefined && runeCount(value) > precision
      ? [...value].slice(0, precision).join('')
      : value;
  if (verb === 's') return pad(text, flags);
  if (flags.sharp && canBackquote(text)) return pad(`\`${text}\``, flags);
  return pad(quote(text, flags.plus), flags);
}

function formatHex(bytes: Uint8Array, verb: 'x' | 'X', flags: Flags): string {
  const used = flags.precision === undefined ? bytes : bytes.subarray(0, flags.precision);
  if (used.length === 0) return pad('', flags);
  const prefix = flags.sharp ? `0${verb}` : '';
  const pairs = Array.from(used, (byte) => {
    const pair = byte.toString(16).padStart(2, '0');
    return verb === 'X' ? pair.toUpperCase() : pair;
  });
  const text = flags.space ? pairs.map((pair) => prefix + pair).join(' ') : prefix + pairs.join('');
  return pad(text, flags);
}

function formatBytes(value: Uint8Array, verb: string, flags: Flags, depth: number): string {
  switch (verb) {
    case 's':
    case 'q':
      return formatText(textOfBytes(value), verb, flags);
    case 'x':
    case 'X':
      return formatHex(value, verb, flags);
    default:
  }
  countNode(flags, value.length / bytesOfNode);
  const known: string[] = [];
  const items = Array.from(
    value,
    (byte) =>
      (known[byte] ??= formatValue(new GoInt('uint8', BigInt(byte)), verb, flags, depth + 1)),
  );
  if (!flags.sharpV) return `[${items.join(' ')}]`;
  return `${depth === 0 && verb === 'v' ? '[]byte' : '[]uint8'}{${items.join(', ')}}`;
}

function formatItems(
  value: GoValue,
  items: readonly GoValue[],
  verb: string,
  flags: Flags,
  depth: number,
): string {
  const texts = items.map((item) => formatValue(item, verb, flags, depth + 1));
  return flags.sharpV ? `${typeOf(value)}{${texts.join(', ')}}` : `[${texts.join(' ')}]`;
}

function formatEntries(
  value: GoValue,
  entries: GoMap,
  verb: string,
  flags: Flags,
  depth: number,
): string {
  const pairs = sortedKeys(entries).map((key) => {
    const item = formatValue(entries.get(key) ?? null, verb, flags, depth + 1);
    return `${formatValue(key, verb, flags, depth + 1)}:${item}`;
  });
  return flags.sharpV ? `${typeOf(value)}{${pairs.join(', ')}}` : `map[${pairs.join(' ')}]`;
}

function formatStruct(value: Struct, verb: string, flags: Flags, depth: number): string {
  const isPointer = value.goType.startsWith('*');
  if (value instanceof GoPointer || (isPointer && depth > 0))
    return formatPointer(value, verb, flags);
  const fields = value.goFields?.() ?? value.goPrivateFields?.();
  if (fields === undefined) return formatOpaque(value, verb, flags);
  const texts = fields.map(([name, item]) => {
    const text = formatValue(item, verb, flags, depth + (isPointer ? 2 : 1));
    return flags.plusV || flags.sharpV ? `${name}:${text}` : text;
  });
  const open = flags.sharpV ? value.goType.replace(/^\*/, '') : '';
  return `${isPointer ? '&' : ''}${open}{${texts.join(flags.sharpV ? ', ' : ' ')}}`;
}

/** Of values that do not show their fields only their text is known. */
function formatOpaque(value: GoObject, verb: string, flags: Flags): string {
  const text = isPrintable(value) ? value.sprint() : `{${value.goType}}`;
  if (verb === 'v') return pad(text, flags);
  return `%!${verb}(${value.goType}=${pad(text, flags)})`;
}

function formatPointer(value: GoValue, verb: string, flags: Flags): string {
  if (!hasAddress(value)) return badVerb(value, verb, flags);
  const isNil = value instanceof GoPointer && value.isNil;
  const address = isNil ? 0n : someAddress;
  switch (verb) {
    case 'v':
      if (isNil) return flags.sharpV ? `(${typeOf(value)})(nil)` : pad('<nil>', flags);
      if (flags.sharpV) return `(${typeOf(value)})(${hexadecimal(address, true, flags)})`;
      return hexadecimal(address, !flags.sharp, flags);
    case 'p':
      return hexadecimal(address, !flags.sharp, flags);
    case 'b':
    case 'o':
    case 'd':
    case 'x':
    case 'X':
      return formatGoInt(new GoInt('uint64', address), verb, flags);
    default:
      return badVerb(value, verb, flags);
  }
}

/** Maps, slices and pointers. */
function hasAddress(value: GoValue): boolean {
  if (value === null || typeof value !== 'object' || value instanceof GoInt) return false;
  return !(value instanceof GoObject) || /^(\*|\[\]|map\[|func)/.test(value.goType);
}

function hexadecimal(value: bigint, prefix: boolean, flags: Flags): string {
  return formatInteger(value, 16, 'v', { ...flags, sharp: prefix });
}

function formatGoInt(int: GoInt, verb: string, flags: Flags): string {
  const { value, kind } = int;
  switch (verb) {
    case 'v':
      if (flags.sharpV && kind.startsWith('u')) return hexadecimal(value, true, flags);
      return formatInteger(value, 10, verb, flags);
    case 'd':
      return formatInteger(value, 10, verb, flags);
    case 'b':
      return formatInteger(value, 2, verb, flags);
    case 'o':
    case 'O':
      return formatInteger(value, 8, verb, flags);
    case 'x':
    case 'X':
      return formatInteger(value, 16, verb, flags);
    case 'c':
      return pad(runeText(value), flags);
    case 'q':
      return pad(quoteRune(runeText(value), flags.plus), flags);
    case 'U':
      return formatUnicode(value, flags);
    default:
      return badVerb(int, verb, flags);
  }
}

const floatVerbs: Readonly<Record<string, { format: FloatFormat; precision: number }>> = {
  v: { format: 'g', precision: -1 },
  b: { format: 'b', precision: -1 },
  g: { format: 'g', precision: -1 },
  G: { format: 'G', precision: -1 },
  x: { format: 'x', precision: -1 },
  X: { format: 'X', precision: -1 },
  e: { format: 'e', precision: 6 },
  E: { format: 'E', precision: 6 },
  f: { format: 'f', precision: 6 },
  F: { format: 'f', precision: 6 },
};

function formatNumber(value: number, verb: string, flags: Flags): string {
  const known = floatVerbs[verb];
  if (known === undefined) return badVerb(value, verb, flags);
  const precision = flags.precision ?? known.precision;
  const text = formatFloat(value, known.format, precision);
  // From here on the sign stands apart; Go prints a plus when asked, or before Inf.
  const sign = text.startsWith('-') ? '-' : flags.space && !flags.plus ? ' ' : '+';
  let digits = /^[+-]/.test(text) ? text.slice(1) : text;
  if (!Number.isFinite(value)) {
    const showsSign = !Number.isNaN(value) || flags.space || flags.plus;
    return pad(showsSign ? sign + digits : digits, flags, false);
  }
  if (flags.sharp && known.format !== 'b') digits = keepZeros(digits, known.format, precision);
  if (!flags.plus && sign === '+') return pad(digits, flags);
  if (flags.zero && !flags.minus && flags.width !== undefined)
    return sign + digits.padStart(flags.width - 1, '0');
  return pad(sign + digits, flags);
}

/** The sharp flag: always a point, and for `%g` the zeros that it drops otherwise. */
function keepZeros(digits: string, format: FloatFormat, precision: number): string {
  const isHex = format === 'x' || format === 'X';
  const at = digits.search(isHex ? /[pP]/ : /[eE]/);
  const mantissa = at < 0 ? digits : digits.slice(0, at);
  const tail = at < 0 ? '' : digits.slice(at);
  const counts = format === 'g' || format === 'G' || format === 'x';
  let missing = counts ? (precision < 0 ? 6 : precision) : 0;
  missing -= mantissa.replace('.', '').replace(/^0+/, '').length;
  if (mantissa.includes('.')) return mantissa + '0'.repeat(Math.max(0, missing)) + tail;
  if (mantissa === '0') missing -= 1;
  return `${mantissa}.${'0'.repeat(Math.max(0, missing))}${tail}`;
}

function formatComplex(value: GoComplex, verb: string, flags: Flags): string {
  if (floatVerbs[verb] === undefined) return badVerb(value, verb, flags);
  const imaginary = formatNumber(value.imaginary, verb, { ...flags, plus: true });
  return `(${formatNumber(value.real, verb, flags)}${imaginary}i)`;
}
