/** Integers, floats, dates and times of TOML. */
import { quote, readFloat } from '../template/mod.ts';
import { GoInt } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { parseTime } from './parse-time.ts';
import { GoTime } from './time.ts';
import type { TomlCursor } from './toml-cursor.ts';

export function readTomlNumberOrDate(cursor: TomlCursor): GoValue {
  const first = cursor.peek();
  if (first === '+' || first === '-') return signed(cursor);
  if (first === '0') {
    const base = /^0([box])/.exec(cursor.text.slice(cursor.at, cursor.at + 2))?.[1];
    if (base !== undefined) return withBase(cursor, base);
  }
  const digits = cursor.takeRun(/[0-9]/);
  const next = cursor.peek();
  if ((next === '-' || next === ':') && digits !== '0') {
    const rest = cursor.takeRun(/[0-9:\-Tt .Zz+]/);
    return date(cursor, (digits + rest).trimEnd());
  }
  return decimal(cursor, digits);
}

function signed(cursor: TomlCursor): GoValue {
  const sign = cursor.take();
  if (cursor.acceptAll('inf')) return sign === '-' ? -Infinity : Infinity;
  if (cursor.acceptAll('nan')) return Number.NaN;
  const next = cursor.peek();
  if (next === 'i' || next === 'n') {
    cursor.take();
    return cursor.fail(`invalid float: '${sign}${next}'`);
  }
  if (next === '.')
    return cursor.fail("floats must start with a digit, not '.'", { consumed: true });
  const base = /^0[box]/.exec(cursor.text.slice(cursor.at, cursor.at + 2))?.[0];
  if (base !== undefined)
    return cursor.fail(`cannot use sign with non-decimal numbers: '${sign}${base}'`);
  if (!/[0-9]/.test(next))
    return cursor.fail(`expected a digit but got ${cursor.quoted()}`, { consumed: true });
  return decimal(cursor, sign);
}

const digitsOf: Readonly<Record<string, RegExp>> = { b: /[01_]/, o: /[0-7_]/, x: /[0-9a-fA-F_]/ };
const nameOf: Readonly<Record<string, string>> = {
  b: 'a binary',
  o: 'an octal',
  x: 'a hexadecimal',
};

function withBase(cursor: TomlCursor, base: string): GoValue {
  cursor.acceptAll(`0${base}`);
  const allowed = digitsOf[base] ?? /[0-9]/;
  if (cursor.peek() === '_' || !allowed.test(cursor.peek()))
    cursor.fail(`not ${nameOf[base] ?? 'a'} number: '0${base}${cursor.peek()}'`);
  return integer(cursor, `0${base}${cursor.takeRun(allowed)}`);
}

function decimal(cursor: TomlCursor, head: string): GoValue {
  const text = head + cursor.takeRun(/[0-9_]/);
  if (!/[.eE]/.test(cursor.peek())) return integer(cursor, text);
  return float(cursor, text + cursor.takeRun(/[0-9_.eE+-]/));
}

const hasLeadingZero = (text: string): boolean => /^(?:0(?![box])|[+-]0)./.test(text);

const goodUnderscores = (text: string): boolean =>
  !/(?<![0-9a-fA-F])_|_$|[^0-9a-fA-F_]$/.test(text) && text !== '';

function integer(cursor: TomlCursor, text: string): GoValue {
  if (!goodUnderscores(text))
    cursor.fail(`Invalid integer ${quote(text)}: underscores must be surrounded by digits`);
  if (hasLeadingZero(text))
    cursor.fail(`Invalid integer ${quote(text)}: cannot have leading zeroes`);
  const plain = text.replaceAll('_', '');
  const size = BigInt(plain.replace(/^[+-]/, ''));
  const value = plain.startsWith('-') ? -size : size;
  if (BigInt.asIntN(64, value) !== value) cursor.fail(`${text} is out of range for int64`);
  return GoInt.int64(value);
}

function float(cursor: TomlCursor, text: string): GoValue {
  const parts = text.split(/[.eE]/).filter((part) => part !== '');
  if (!parts.every(goodUnderscores))
    cursor.fail(`Invalid float ${quote(text)}: underscores must be surrounded by digits`);
  if (hasLeadingZero(parts[0] ?? ''))
    cursor.fail(`Invalid float ${quote(text)}: cannot have leading zeroes`);
  if (/\.(?![0-9])/.test(text))
    cursor.fail(`Invalid float ${quote(text)}: '.' must be followed by one or more digits`);
  const plain = text.replaceAll('_', '');
  const value = readFloat(plain);
  if (value !== undefined) return value;
  return cursor.fail(
    Number.isNaN(Number(plain))
      ? `Invalid float value: ${quote(text)}`
      : `${text} is out of range for float64`,
  );
}

const layouts = [
  '2006-01-02T15:04:05.999999999Z07:00',
  '2006-01-02T15:04:05.999999999',
  '2006-01-02',
  '15:04:05.999999999',
] as const;

const shapes = [
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/,
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?$/,
  /^\d{4}-\d\d-\d\d$/,
  /^\d\d:\d\d:\d\d(?:\.\d+)?$/,
] as const;

function date(cursor: TomlCursor, given: string): GoValue {
  const text = given.replaceAll('z', 'Z').replaceAll('t', 'T').replaceAll(' ', 'T');
  const at = shapes.findIndex((shape) => shape.test(text));
  const time = at < 0 ? undefined : parseTime(layouts[at] ?? '', text, 'UTC');
  return time instanceof GoTime ? time : cursor.fail(`invalid datetime: ${quote(text)}`);
}
