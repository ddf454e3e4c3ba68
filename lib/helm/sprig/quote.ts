/** `strconv.Quote`. */

const names: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

const plain = /^[ !#-[\]-~]*$/;
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

export function quoteText(value: string): string {
  if (plain.test(value)) return `"${value}"`;
  let out = '"';
  for (const c of value) {
    const code = c.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    if (names[c] !== undefined) out += names[c];
    else if (printable.test(c)) out += c;
    else if (code < 0x80) out += `\\x${hex.padStart(2, '0')}`;
    else out += code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
  }
  return `${out}"`;
}
