/** strconv.Quote and what it needs to know of characters. */
import { isPrint } from './unicode.ts';

const named: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

const plain = /^[ !#-[\]-~]*$/;

/** A string in double quotes; `ascii` escapes everything beyond it. */
export function quote(text: string, ascii = false): string {
  if (plain.test(text)) return `"${text}"`;
  let out = '"';
  for (const char of text) out += escapeChar(char, '"', ascii);
  return `${out}"`;
}

/** A character in single quotes. */
export function quoteRune(char: string, ascii = false): string {
  return `'${escapeChar(char, "'", ascii)}'`;
}

/** strconv.CanBackquote. */
export function canBackquote(text: string): boolean {
  return !/[`\u0000-\u0008\u000a-\u001f\u007f\ufeff]/.test(text);
}

function escapeChar(char: string, around: string, ascii: boolean): string {
  if (char === around) return `\\${char}`;
  const short = named[char];
  if (short !== undefined) return short;
  const point = char.codePointAt(0) ?? 0;
  // A byte that is no part of a character (go-string.ts).
  if (point >= 0xdc80 && point <= 0xdcff) return `\\x${(point - 0xdc00).toString(16)}`;
  if (isPrint(char) && (point < 0x80 || !ascii)) return char;
  if (point < 0x20 || point === 0x7f) return `\\x${point.toString(16).padStart(2, '0')}`;
  return point < 0x10000
    ? `\\u${point.toString(16).padStart(4, '0')}`
    : `\\U${point.toString(16).padStart(8, '0')}`;
}
