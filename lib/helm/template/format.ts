/** Go's fmt: every verb and flag, and its complaints (`%!d(string=x)`). */
import { GoInt, GoObject, GoSlice, GoTypedMap } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { GoComplex } from './complex.ts';
import { exponential, fixed, general } from './format-float.ts';
import type { Struct } from './function.ts';
import { quote, quoteRune } from './quote.ts';
import { entriesOf, fieldsOf, itemsOf, sortedKeys, typeOf } from './value.ts';

interface Flags {
  plus: boolean;
  /** `%+v`: field names, and no sign before numbers. */
  named: boolean;
  minus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  width: number | undefined;
  precision: number | undefined;
}

const noFlags: Flags = {
  plus: false,
  named: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  width: undefined,
  precision: undefined,
};

/** `fmt.Sprint` of one value: what `{{ x }}` prints, `<nil>` for nil. */
export function sprintValue(value: GoValue): string {
  return formatValue(value, 'v', noFlags, false);
}

/** What an action prints: Go takes the address of a field first, so that methods of the pointer count. */
export function printedValue(value: GoValue): string {
  if (value instanceof GoObject) {
    const struct: Struct = value;
    if (struct.printed !== undefined) return struct.printed();
  }
  return sprintValue(value);
}

/** `fmt.Sprint`: a space between operands when neither is a string. */
export function sprint(args: readonly GoValue[]): string {
  let text = '';
  args.forEach((arg, at) => {
    const before = args[at - 1];
    if (at > 0 && typeof arg !== 'string' && typeof before !== 'string') text += ' ';
    text += sprintValue(arg);
  });
  return text;
}

export const sprintln = (args: readonly GoValue[]): string =>
  `${args.map(sprintValue).join(' ')}\n`;

/** `fmt.Sprintf`. */
export function sprintf(format: string, args: readonly GoValue[]): string {
  let out = '';
  let next = 0;
  let reordered = false;
  for (let at = 0; at < format.length;) {
    const percent = format.indexOf('%', at);
    if (percent < 0) return finish(out + format.slice(at), args, next, reordered);
    out += format.slice(at, percent);
    at = percent + 1;
    const flags: Flags = { ...noFlags };
    for (; '+-# 0'.includes(format[at] ?? 'x'); at += 1) {
      const flag = format[at];
      if (flag === '+') flags.plus = true;
      else if (flag === '-') {
        flags.minus = true;
        flags.zero = false;
      } else if (flag === '#') flags.sharp = true;
      else if (flag === ' ') flags.space = true;
      else flags.zero = true;
    }
    let badIndex = false;
    let indexed = false;
    const readIndex = () => {
      const match = /^\[([^\]]*)\]/.exec(format.slice(at));
      if (format[at] !== '[') return;
      reordered = true;
      if (match === null) {
        badIndex = true;
        at += 1;
        return;
      }
      at += match[0].length;
      const index = Number(match[1]);
      if (!/^\d+$/.test(match[1] ?? '') || index < 1 || index > args.length) badIndex = true;
      else {
        next = index - 1;
        indexed = true;
      }
    };
    readIndex();
    if (format[at] === '*') {
      at += 1;
      const star = args[next];
      next += 1;
      if (star instanceof GoInt && star.value >= -1000000n && star.value <= 1000000n) {
        flags.width = Math.abs(Number(star.value));
        if (star.value < 0n) {
          flags.minus = true;
          flags.zero = false;
        }
      } else out += '%!(BADWIDTH)';
      indexed = false;
    } else {
      const digits = /^\d+/.exec(format.slice(at))?.[0];
      if (digits !== undefined) {
        at += digits.length;
        if (indexed) badIndex = true;
        flags.width = Math.min(1000000, Number(digits));
      }
    }
    if (format[at] === '.') {
      at += 1;
      if (indexed) badIndex = true;
      readIndex();
      if (format[at] === '*') {
        at += 1;
        const star = args[next];
        next += 1;
        if (star instanceof GoInt && star.value >= 0n && star.value <= 1000000n)
          flags.precision = Number(star.value);
        else if (!(star instanceof GoInt && star.value < 0n)) out += '%!(BADPREC)';
        indexed = false;
      } else {
        const digits = /^\d+/.exec(format.slice(at))?.[0] ?? '';
        at += digits.length;
        flags.precision = digits === '' ? 0 : Math.min(1000000, Number(digits));
      }
    }
    if (!indexed) readIndex();
    if (at >= format.length) {
      out += '%!(NOVERB)';
      break;
    }
    const verb = String.fromCodePoint(format.codePointAt(at) ?? 0);
    at += verb.length;
    if (verb === '%') out += '%';
    else if (badIndex) out += `%!${verb}(BADINDEX)`;
    else if (next >= args.length) out += `%!${verb}(MISSING)`;
    else {
      out += formatArgument(args[next] ?? null, verb, flags);
      next += 1;
    }
  }
  return finish(out, args, next, reordered);
}

function finish(out: string, args: readonly GoValue[], used: number, reordered: boolean): string {
  if (reordered || used >= args.length) return out;
  const extra = args
    .slice(used)
    .map((arg) => (arg === null ? '<nil>' : `${typeOf(arg)}=${sprintValue(arg)}`));
  return `${out}%!(EXTRA ${extra.join(', ')})`;
}

function formatArgument(arg: GoValue, verb: string, flags: Flags): string {
  if (verb === 'T') return pad(typeOf(arg), flags);
  if (arg === null) return verb === 'v' ? pad('<nil>', flags) : `%!${verb}(<nil>)`;
  // An address in Go, for what has one; no other value knows the verb.
  if (verb === 'p') return badVerb(arg, verb, flags);
  if (verb !== 'v') return formatValue(arg, verb, flags, false);
  const used = { ...flags, plus: false, sharp: false, named: flags.plus };
  return formatValue(arg, verb, used, flags.sharp);
}

/** The complaint; width, precision and flags apply to the value in it. */
const badVerb = (value: GoValue, verb: string, flags: Flags): string =>
  value === null
    ? `%!${verb}(<nil>)`
    : `%!${verb}(${typeOf(value)}=${formatValue(value, 'v', flags, false)})`;

function formatValue(value: GoValue, verb: string, flags: Flags, goSyntax: boolean): string {
  if (value === null) return goSyntax ? 'interface {}(nil)' : '<nil>';
  switch (typeof value) {
    case 'string':
      return formatString(value, verb, flags, goSyntax);
    case 'boolean':
      return verb === 't' || verb === 'v' ? pad(String(value), flags) : badVerb(value, verb, flags);
    case 'number':
      return formatFloat(value, verb, flags);
    default:
  }
  if (value instanceof GoInt) return formatInt(value, verb, flags, goSyntax);
  if (value instanceof Uint8Array) return formatBytes(value, verb, flags, goSyntax);
  const items = itemsOf(value);
  if (goSyntax && (value instanceof GoSlice || value instanceof GoTypedMap) && value.isNil)
    return `${value.goType}(nil)`;
  if (items !== undefined) {
    if (goSyntax)
      return `${typeOf(value)}{${items.map((item) => formatValue(item, verb, flags, true)).join(', ')}}`;
    return `[${items.map((item) => formatValue(item, verb, flags, false)).join(' ')}]`;
  }
  const entries = entriesOf(value);
  if (entries !== undefined) {
    const pairs = sortedKeys(entries).map((key) => {
      const item = formatValue(entries.get(key) ?? null, verb, flags, goSyntax);
      return goSyntax
        ? `${quote(key)}:${item}`
        : `${formatString(key, verb, flags, false)}:${item}`;
    });
    return goSyntax ? `${typeOf(value)}{${pairs.join(', ')}}` : `map[${pairs.join(' ')}]`;
  }
  if (value instanceof GoComplex) return formatComplex(value, verb, flags);
  const fields = fieldsOf(value);
  if (fields !== undefined && !(isPrintable(value) && 'vsxXq'.includes(verb) && !goSyntax)) {
    const parts = fields.map(([name, field]) => {
      const text = formatValue(field, verb, flags, goSyntax);
      return goSyntax || flags.named ? `${name}:${text}` : text;
    });
    const pointer = value instanceof GoObject && value.goType.startsWith('*') ? '&' : '';
    return goSyntax
      ? `${pointer}${typeOf(value).replace(/^\*/, '')}{${parts.join(', ')}}`
      : `${pointer}{${parts.join(' ')}}`;
  }
  const object = value as GoObject & { sprint?: () => string };
  const text = typeof object.sprint === 'function' ? object.sprint() : `{${object.goType}}`;
  return 'vsxXq'.includes(verb)
    ? formatString(text, verb === 'v' ? 's' : verb, flags, false)
    : badVerb(text, verb, flags);
}

function formatComplex(value: GoComplex, verb: string, flags: Flags): string {
  if (!'vbgGxXfFeE'.includes(verb)) return badVerb(value, verb, flags);
  const real = formatFloat(value.real, verb, flags);
  return `(${real}${formatFloat(value.imaginary, verb, { ...flags, plus: true })}i)`;
}

function isPrintable(value: GoValue): boolean {
  return value instanceof GoObject && 'sprint' in value && typeof value.sprint === 'function';
}

function formatString(value: string, verb: string, flags: Flags, goSyntax: boolean): string {
  switch (verb) {
    case 'v':
      return goSyntax ? pad(quote(value), flags) : pad(truncate(value, flags), flags);
    case 's':
      return pad(truncate(value, flags), flags);
    case 'q': {
      const text = truncate(value, flags);
      if (
        flags.sharp &&
        !text.includes('`') &&
        !/[\u0000-\u0008\u000a-\u001f\u007f\ufeff]/.test(text)
      )
        return pad(`\`${text}\``, flags);
      return pad(quote(text, flags.plus), flags);
    }
    case 'x':
    case 'X':
      return formatHex(new TextEncoder().encode(value), verb, flags);
    default:
      return badVerb(value, verb, flags);
  }
}

const truncate = (text: string, { precision }: Flags): string =>
  precision === undefined ? text : [...text].slice(0, precision).join('');

function formatHex(bytes: Uint8Array, verb: string, flags: Flags): string {
  const used = flags.precision === undefined ? bytes : bytes.subarray(0, flags.precision);
  const prefix = flags.sharp ? `0${verb}` : '';
  const hex = [...used].map((byte) => byte.toString(16).padStart(2, '0'));
  const text = flags.space
    ? hex.map((each) => prefix + each).join(' ')
    : hex.length === 0
      ? ''
      : prefix + hex.join('');
  return pad(verb === 'X' ? text.toUpperCase() : text, flags);
}

function formatBytes(value: Uint8Array, verb: string, flags: Flags, goSyntax: boolean): string {
  if (verb === 's' || verb === 'q')
    return formatString(new TextDecoder().decode(value), verb, flags, false);
  if (verb === 'x' || verb === 'X') return formatHex(value, verb, flags);
  const items = itemsOf(value) ?? [];
  if (goSyntax) return `[]byte{${[...value].map((byte) => `0x${byte.toString(16)}`).join(', ')}}`;
  return `[${items.map((item) => formatValue(item, verb, flags, false)).join(' ')}]`;
}

function formatInt(value: GoInt, verb: string, flags: Flags, goSyntax: boolean): string {
  const n = value.value;
  const unsigned = value.kind.startsWith('u');
  switch (verb) {
    case 'v':
      if (goSyntax && unsigned) return integer(n, 16, '0x', { ...flags, sharp: false }, false);
      return integer(n, 10, '', flags, false);
    case 'd':
      return integer(n, 10, '', flags, false);
    case 'b':
      return integer(n, 2, flags.sharp ? '0b' : '', flags, false);
    case 'o':
      return integer(n, 8, flags.sharp ? '0' : '', flags, false);
    case 'O':
      return integer(n, 8, '0o', flags, false);
    case 'x':
      return integer(n, 16, flags.sharp ? '0x' : '', flags, false);
    case 'X':
      return integer(n, 16, flags.sharp ? '0X' : '', flags, true);
    case 'c':
      return pad(rune(n), flags);
    case 'q':
      return pad(quoteRune(rune(n), flags.plus), flags);
    case 'U': {
      const hex = BigInt.asUintN(64, n)
        .toString(16)
        .toUpperCase()
        .padStart(Math.max(4, flags.precision ?? 0), '0');
      const shown = flags.sharp && n >= 0n && n <= 0x10ffffn ? ` '${rune(n)}'` : '';
      return pad(`U+${hex}${shown}`, { ...flags, zero: false });
    }
    default:
      return badVerb(value, verb, flags);
  }
}

const rune = (n: bigint): string =>
  n < 0n || n > 0x10ffffn || (n >= 0xd800n && n < 0xe000n)
    ? '\ufffd'
    : String.fromCodePoint(Number(n));

function integer(
  value: bigint,
  base: number,
  prefix: string,
  flags: Flags,
  upper: boolean,
): string {
  const negative = value < 0n;
  let digits = (negative ? -value : value).toString(base);
  if (upper) digits = digits.toUpperCase();
  const { precision, width } = flags;
  if (precision !== undefined) {
    if (precision === 0 && value === 0n) return ' '.repeat(width ?? 0);
    digits = digits.padStart(precision, '0');
  }
  const sign = negative ? '-' : flags.plus ? '+' : flags.space ? ' ' : '';
  if (flags.zero && !flags.minus && width !== undefined && precision === undefined) {
    digits = digits.padStart(width - sign.length, '0');
  }
  const lead = prefix === '0' && digits.startsWith('0') ? '' : prefix;
  return pad(sign + lead + digits, { ...flags, zero: false });
}

function formatFloat(value: number, verb: string, flags: Flags): string {
  const { precision } = flags;
  let text: string;
  switch (verb) {
    case 'v':
      text = general(value, precision ?? -1);
      break;
    case 'g':
    case 'G':
      text = general(value, precision ?? -1);
      break;
    case 'e':
    case 'E':
      text = exponential(value, precision ?? 6);
      break;
    case 'f':
    case 'F':
      text = fixed(value, precision ?? 6);
      break;
    case 'b':
    case 'x':
    case 'X':
      text = verb === 'b' ? binaryExponent(value) : hexFloat(value, precision ?? -1);
      break;
    default:
      return badVerb(value, verb, flags);
  }
  if (verb === 'E' || verb === 'G' || verb === 'X')
    text = text.toUpperCase().replace('INF', 'Inf').replace('NAN', 'NaN');
  if (flags.sharp && 'gGeEfF'.includes(verb) && Number.isFinite(value))
    text = withPoint(text, verb, precision);
  const infinite = !Number.isFinite(value);
  if (!/^[+-]/.test(text)) text = flags.plus ? `+${text}` : flags.space ? ` ${text}` : text;
  else if (text.startsWith('+') && !flags.plus)
    text = flags.space ? ` ${text.slice(1)}` : infinite ? text : text.slice(1);
  if (flags.zero && !flags.minus && !infinite && flags.width !== undefined) {
    const sign = /^[+ -]/.exec(text)?.[0] ?? '';
    return sign + text.slice(sign.length).padStart(flags.width - sign.length, '0');
  }
  return pad(text, { ...flags, zero: false });
}

/** `%#g` keeps trailing zeros, and every form a point. */
function withPoint(text: string, verb: string, precision: number | undefined): string {
  const [, mantissa = '', exponent = ''] = /^([^e]*)(e.*)?$/i.exec(text) ?? [];
  const pointed = mantissa.includes('.') ? mantissa : `${mantissa}.`;
  if (verb !== 'g' && verb !== 'G') return pointed + exponent;
  const digits = pointed.replace(/[^0-9]/g, '').replace(/^0+(?=.)/, '').length;
  return pointed + '0'.repeat(Math.max(0, (precision ?? 6) - digits)) + exponent;
}

function binaryExponent(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return value === 0 ? '0p-1074' : String(value);
  let mantissa = Math.abs(value);
  let exponent = 0;
  while (mantissa < 2 ** 52) {
    mantissa *= 2;
    exponent -= 1;
  }
  while (mantissa >= 2 ** 53) {
    mantissa /= 2;
    exponent += 1;
  }
  return `${value < 0 ? '-' : ''}${mantissa}p${exponent < 0 ? '' : '+'}${exponent}`;
}

function hexFloat(value: number, precision: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0x0${precision > 0 ? `.${'0'.repeat(precision)}` : ''}p+00`;
  let mantissa = Math.abs(value);
  let exponent = 0;
  while (mantissa >= 2) {
    mantissa /= 2;
    exponent += 1;
  }
  while (mantissa < 1) {
    mantissa *= 2;
    exponent -= 1;
  }
  const scale = precision < 0 ? 13 : precision;
  let whole = BigInt(Math.round(mantissa * 16 ** Math.min(13, scale)));
  const unit = 16n ** BigInt(Math.min(13, scale));
  if (whole >= 2n * unit) {
    whole /= 2n;
    exponent += 1;
  }
  let fraction = (whole % unit).toString(16).padStart(Math.min(13, scale), '0').slice(0, scale);
  if (precision < 0) fraction = fraction.replace(/0+$/, '');
  else fraction = fraction.padEnd(precision, '0');
  const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  return `${sign}0x1${fraction === '' ? '' : `.${fraction}`}p${power}`;
}

/** Width counts characters, not bytes. Zeros pad text too, as Go 1.23 and later do not for strings with a minus. */
function pad(text: string, { width, minus, zero }: Flags): string {
  if (width === undefined) return text;
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  return minus ? text + ' '.repeat(missing) : (zero ? '0' : ' ').repeat(missing) + text;
}
