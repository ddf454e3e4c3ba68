/** strconv.Quote. */

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

/** What Go prints as it is: letters, marks, numbers, punctuation, symbols, and the ASCII space. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** A string in double quotes; `ascii` escapes everything beyond it. */
export function quote(text: string, ascii = false): string {
  return `"${[...text].map((char) => escapeChar(char, '"', ascii)).join('')}"`;
}

/** A character in single quotes. */
export function quoteRune(char: string, ascii = false): string {
  return `'${escapeChar(char, "'", ascii)}'`;
}

function escapeChar(char: string, around: string, ascii: boolean): string {
  if (char === around) return `\\${char}`;
  const short = named[char];
  if (short !== undefined) return short;
  const point = char.codePointAt(0) ?? 0;
  if (printable.test(char) && (point < 0x80 || !ascii)) return char;
  if (point < 0x20 || point === 0x7f) return `\\x${point.toString(16).padStart(2, '0')}`;
  return point < 0x10000
    ? `\\u${point.toString(16).padStart(4, '0')}`
    : `\\U${point.toString(16).padStart(8, '0')}`;
}
