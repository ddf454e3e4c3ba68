/** Cuts a template into text and the tokens of its actions (text/template/parse/lex.go, Go 1.24). */

export type TokenType =
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'identifier'
  | 'keyword'
  | 'field'
  | 'variable'
  | 'dot'
  | 'nil'
  | 'bool'
  | 'number'
  | 'char'
  | 'string'
  | 'raw'
  | 'pipe'
  | 'open'
  | 'close'
  | 'declare'
  | 'assign'
  | 'other'
  | 'error'
  | 'end';

export interface Token {
  type: TokenType;
  at: number;
  text: string;
}

const keywords = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'range',
  'template',
  'with',
]);
const letter = /[\p{L}\p{Nd}_]/u;
const space = /[ \t\r\n]/;
const trimmed = ' \t\r\n';

/** Lazily: a syntax error of the parser comes before one of the lexer behind it. */
export function* lex(text: string): Generator<Token, void> {
  let at = 0;
  const token = (type: TokenType, from: number, to: number): Token => ({
    type,
    at: from,
    text: text.slice(from, to),
  });
  const failure = (from: number, message: string): Token => ({
    type: 'error',
    at: from,
    text: message,
  });

  for (;;) {
    const open = text.indexOf('{{', at);
    if (open < 0) {
      if (at < text.length) yield token('text', at, text.length);
      break;
    }
    const trimLeft = text[open + 2] === '-' && trimmed.includes(text[open + 3] ?? '#');
    let textEnd = open;
    if (trimLeft) while (textEnd > at && trimmed.includes(text[textEnd - 1] ?? '#')) textEnd -= 1;
    if (textEnd > at) yield token('text', at, textEnd);
    at = open + 2 + (trimLeft ? 2 : 0);

    if (text.startsWith('/*', at)) {
      const close = text.indexOf('*/', at + 2);
      if (close < 0) {
        yield failure(at, 'unclosed comment');
        return;
      }
      const right = rightDelimiter(text, close + 2);
      if (right === undefined) {
        yield failure(at, 'comment ends before closing delimiter');
        return;
      }
      at = right.trim ? skipSpaces(text, right.end) : right.end;
      continue;
    }
    yield token('left', open, open + 2);
    const end = yield* lexAction(text, at, token, failure);
    if (end === undefined) return;
    at = end;
  }
  yield { type: 'end', at: text.length, text: '' };
}

/** The tokens up to and including the closing delimiter; returns where the text goes on, `undefined` after an error. */
function* lexAction(
  text: string,
  start: number,
  token: (type: TokenType, from: number, to: number) => Token,
  failure: (from: number, message: string) => Token,
): Generator<Token, number | undefined> {
  let at = start;
  let parens = 0;
  for (;;) {
    const right = rightDelimiter(text, at);
    if (right !== undefined) {
      if (parens > 0) {
        yield failure(at, 'unclosed left paren');
        return undefined;
      }
      yield token('right', at, right.end);
      return right.trim ? skipSpaces(text, right.end) : right.end;
    }
    const char = text[at];
    const from = at;
    if (char === undefined) {
      yield failure(at, 'unclosed action');
      return undefined;
    }
    if (space.test(char)) {
      while (space.test(text[at] ?? '')) {
        // The space of a trim marker belongs to the delimiter.
        if (rightDelimiter(text, at) !== undefined) break;
        at += 1;
      }
      if (at > from) yield token('space', from, at);
    } else if (text.startsWith(':=', at)) {
      at += 2;
      yield token('declare', from, at);
    } else if (char === '=') {
      at += 1;
      yield token('assign', from, at);
    } else if (char === '|') {
      at += 1;
      yield token('pipe', from, at);
    } else if (char === '"') {
      const end = endOfQuote(text, at, '"');
      if (end === undefined) {
        yield failure(from, 'unterminated quoted string');
        return undefined;
      }
      at = end;
      yield token('string', from, at);
    } else if (char === '`') {
      const end = text.indexOf('`', at + 1);
      if (end < 0) {
        yield failure(from, 'unterminated raw quoted string');
        return undefined;
      }
      at = end + 1;
      yield token('raw', from, at);
    } else if (char === "'") {
      const end = endOfQuote(text, at, "'");
      if (end === undefined) {
        yield failure(from, 'unterminated character constant');
        return undefined;
      }
      at = end;
      yield token('char', from, at);
    } else if (char === '$' || (char === '.' && !/[0-9]/.test(text[at + 1] ?? ''))) {
      at = endOfWord(text, at + 1);
      const lone = at === from + 1;
      if (!terminated(text, at) && !(lone && char === '.')) {
        yield failure(from, `bad character ${unicode(text, at)}`);
        return undefined;
      }
      if (char === '$') yield token('variable', from, at);
      else yield token(lone ? 'dot' : 'field', from, at);
    } else if (/[0-9+-]/.test(char) || char === '.') {
      at = endOfNumber(text, at);
      if (letter.test(charAt(text, at))) {
        yield failure(
          from,
          `bad number syntax: ${JSON.stringify(text.slice(from, at + charAt(text, at).length))}`,
        );
        return undefined;
      }
      const word = text.slice(from, at);
      // 1+2i is one number.
      if (/^[+-]/.test(text[at] ?? '') && /i$/.test(text.slice(at, endOfNumber(text, at))))
        at = endOfNumber(text, at);
      yield word === '+' || word === '-'
        ? failure(from, `bad number syntax: ${JSON.stringify(word)}`)
        : token('number', from, at);
      if (word === '+' || word === '-') return undefined;
    } else if (letter.test(charAt(text, at))) {
      at = endOfWord(text, at);
      const word = text.slice(from, at);
      if (!terminated(text, at)) {
        yield failure(from, `bad character ${unicode(text, at)}`);
        return undefined;
      }
      yield token(
        keywords.has(word)
          ? 'keyword'
          : word === 'true' || word === 'false'
            ? 'bool'
            : word === 'nil'
              ? 'nil'
              : 'identifier',
        from,
        at,
      );
    } else if (char === '(') {
      at += 1;
      parens += 1;
      yield token('open', from, at);
    } else if (char === ')') {
      at += 1;
      parens -= 1;
      if (parens < 0) {
        yield failure(from, 'unexpected right paren');
        return undefined;
      }
      yield token('close', from, at);
    } else if (char > ' ' && char <= '~') {
      at += 1;
      yield token('other', from, at);
    } else {
      yield failure(from, `unrecognized character in action: ${unicode(text, at)}`);
      return undefined;
    }
  }
}

function rightDelimiter(text: string, at: number): { end: number; trim: boolean } | undefined {
  if (text.startsWith('}}', at)) return { end: at + 2, trim: false };
  if (trimmed.includes(text[at] ?? '#') && text.startsWith('-}}', at + 1))
    return { end: at + 4, trim: true };
  return undefined;
}

function skipSpaces(text: string, at: number): number {
  let end = at;
  while (trimmed.includes(text[end] ?? '#')) end += 1;
  return end;
}

function endOfQuote(text: string, at: number, quote: string): number | undefined {
  for (let end = at + 1; end < text.length; end += 1) {
    const char = text[end];
    if (char === '\\') end += 1;
    else if (char === '\n') return undefined;
    else if (char === quote) return end + 1;
  }
  return undefined;
}

const charAt = (text: string, at: number): string =>
  String.fromCodePoint(text.codePointAt(at) ?? 0);

function endOfWord(text: string, at: number): number {
  let end = at;
  while (end < text.length && letter.test(charAt(text, end))) end += charAt(text, end).length;
  return end;
}

function endOfNumber(text: string, at: number): number {
  const number =
    /[+-]?(0[xX][0-9a-fA-F_]*(\.[0-9a-fA-F_]*)?([pP][+-]?[0-9_]*)?|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*(\.[0-9_]*)?([eE][+-]?[0-9_]*)?)i?/y;
  number.lastIndex = at;
  return at + (number.exec(text)?.[0].length ?? 0);
}

/** Whether a word may end here. */
function terminated(text: string, at: number): boolean {
  const char = text[at];
  return (
    char === undefined ||
    space.test(char) ||
    '.,|:()'.includes(char) ||
    text.startsWith('}}', at) ||
    char === '='
  );
}

/** `U+0040 '@'` */
function unicode(text: string, at: number): string {
  const char = text.codePointAt(at) ?? 0;
  const hex = char.toString(16).toUpperCase().padStart(4, '0');
  return char < 32 || char === 127 ? `U+${hex}` : `U+${hex} '${String.fromCodePoint(char)}'`;
}
