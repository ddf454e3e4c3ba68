/** Numbers and quoted strings with Go's syntax. */
import type { NumberValue } from './nodes.ts';

/** The value of a number token; `undefined` for bad syntax. */
export function readNumber(text: string): NumberValue | undefined {
  if (text.endsWith('i')) {
    const match = /^(.*?)([+-]?[^+-]*)i$/.exec(text);
    const [real, imaginary] = [match?.[1] ?? '', match?.[2] ?? ''].map((part) =>
      part === '' ? 0 : Number(part),
    );
    if (Number.isNaN(real) || Number.isNaN(imaginary)) return undefined;
    return { isFloatSyntax: false, complex: { real: real ?? 0, imaginary: imaginary ?? 0 } };
  }
  if (/__|_$|^[+-]?_|[^0-9a-fA-FxXoObB]_/.test(text)) return undefined;
  const plain = text.replaceAll('_', '');
  const sign = plain.startsWith('-') ? -1n : 1n;
  const digits = plain.replace(/^[+-]/, '');
  const hexFloat = /^0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?\d+)$/.exec(digits);
  if (hexFloat !== null) {
    const [, whole = '', fraction = '', exponent = '0'] = hexFloat;
    const mantissa = Number.parseInt(whole + fraction || '0', 16) / 16 ** fraction.length;
    const float = Number(sign) * mantissa * 2 ** Number(exponent);
    return {
      float,
      isFloatSyntax: true,
      ...(Number.isInteger(float) ? { int: BigInt(float) } : {}),
    };
  }
  if (/^(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0|[1-9][0-9]*)$/.test(digits)) {
    const int = sign * BigInt(digits);
    return { int, float: Number(int), isFloatSyntax: false };
  }
  if (/^0[0-7]+$/.test(digits)) {
    const int = sign * BigInt(`0o${digits.slice(1)}`);
    return { int, float: Number(int), isFloatSyntax: false };
  }
  if (/^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(digits)) {
    const float = Number(sign) * Number(digits);
    if (!Number.isFinite(float)) return undefined;
    const isInt = Number.isInteger(float) && Math.abs(float) < 2 ** 63;
    return { float, isFloatSyntax: /[.eE]/.test(digits), ...(isInt ? { int: BigInt(float) } : {}) };
  }
  return undefined;
}

const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** The text of an interpreted string or a character constant, quotes included; `undefined` for bad escapes. */
export function unquote(quoted: string): string | undefined {
  const quote = quoted.charAt(0);
  const body = quoted.slice(1, -1);
  const bytes: number[] = [];
  let result = '';
  const flush = () => {
    if (bytes.length > 0) result += new TextDecoder().decode(Uint8Array.from(bytes.splice(0)));
  };
  for (let at = 0; at < body.length;) {
    const char = body.charAt(at);
    if (char !== '\\') {
      flush();
      result += char;
      at += 1;
      continue;
    }
    const rest = body.slice(at + 1);
    const match =
      /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([abfnrtv\\'"]))/.exec(
        rest,
      );
    if (match === null) return undefined;
    const [whole, hex, short, long, octal, simple] = match;
    if (simple === "'" && quote === '"') return undefined;
    if (simple === '"' && quote === "'") return undefined;
    if (hex !== undefined || octal !== undefined) {
      const byte = hex === undefined ? Number.parseInt(octal ?? '0', 8) : Number.parseInt(hex, 16);
      if (byte > 255) return undefined;
      if (quote === "'") result += String.fromCharCode(byte);
      else bytes.push(byte);
    } else {
      flush();
      const point = Number.parseInt(short ?? long ?? '', 16);
      if (simple === undefined && (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)))
        return undefined;
      result += simple === undefined ? String.fromCodePoint(point) : (escapes[simple] ?? '');
    }
    at += 1 + whole.length;
  }
  flush();
  return result;
}
