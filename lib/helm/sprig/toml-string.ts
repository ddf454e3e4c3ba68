/** The four kinds of TOML strings; the cursor stands behind the opening quotes. */
import { quote } from '../template/mod.ts';
import type { TomlCursor } from './toml-cursor.ts';

export type TomlStringKind = 'basic' | 'literal' | 'multiline' | 'multilineLiteral';

export function readTomlString(cursor: TomlCursor, kind: TomlStringKind): string {
  switch (kind) {
    case 'basic':
      return singleLine(cursor, '"');
    case 'literal':
      return singleLine(cursor, "'");
    case 'multiline':
      return severalLines(cursor, '"');
    case 'multilineLiteral':
      return severalLines(cursor, "'");
  }
}

function singleLine(cursor: TomlCursor, around: '"' | "'"): string {
  let value = '';
  for (;;) {
    if (cursor.atEnd())
      cursor.fail(`unexpected EOF; expected ${around === '"' ? `'"'` : `"'"`}`, { consumed: true });
    const char = cursor.peek();
    if (char === '\n' || char === '\r')
      cursor.fail('strings cannot contain newlines', { consumed: true, previousLine: true });
    cursor.take();
    if (char === around) return value;
    value += char === '\\' && around === '"' ? escape(cursor) : char;
  }
}

function severalLines(cursor: TomlCursor, around: '"' | "'"): string {
  const three = around.repeat(3);
  if (!cursor.acceptAll('\r\n')) cursor.acceptAll('\n');
  let value = '';
  for (;;) {
    if (cursor.atEnd())
      cursor.fail(`unexpected EOF; expected ${around === '"' ? `'"""'` : `"'''"`}`, {
        consumed: true,
      });
    if (cursor.acceptAll(three)) {
      // Up to two quotes may stand before the closing ones.
      for (let extra = 0; cursor.accept(around); extra += 1) {
        if (extra === 2) {
          const six = around.repeat(6);
          cursor.fail(`unexpected ${around === '"' ? `'${six}'` : `"${six}"`}`);
        }
        value += around;
      }
      return value;
    }
    const char = cursor.take();
    if (char !== '\\' || around === "'") value += char;
    else if (/^[ \t]*\r?\n/.test(cursor.text.slice(cursor.at))) cursor.skip(/[ \t\r\n]/);
    else value += escape(cursor);
  }
}

const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  '"': '"',
  '\\': '\\',
};

function escape(cursor: TomlCursor): string {
  const char = cursor.take();
  const known = escapes[char];
  if (known !== undefined) return known;
  if (char === ' ' || char === '\t') return cursor.fail(`invalid escape: '\\${char}'`);
  if (char !== 'u' && char !== 'U') return cursor.fail(`invalid escape in string '\\${char}'`);
  const size = char === 'u' ? 4 : 8;
  let digits = '';
  while (digits.length < size) {
    const digit = cursor.take();
    digits += digit;
    if (!/^[0-9a-fA-F]$/.test(digit)) {
      const count = size === 4 ? 'four' : 'eight';
      cursor.fail(
        `expected ${count} hexadecimal digits after '\\${char}', but got ${quote(`\\${char}${digits}`)} instead`,
      );
    }
  }
  const point = Number.parseInt(digits, 16);
  if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
    return cursor.fail(`Escaped character '\\u${digits}' is not valid UTF-8.`);
  return String.fromCodePoint(point);
}
