/** Cuts a template into text and the tokens of its actions (text/template/parse/lex.go, Go 1.24). */
import { goClass, quote } from '../values/mod.ts';
import { formatRune } from './format-int.ts';

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
  | 'complex'
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
  /** Offset into the text, in UTF-16 units. */
  at: number;
  /** What stands there; of an error its message. */
  text: string;
  /** Counted from 1, of its first character. */
  line: number;
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

const blanks = ' \t\r\n';
const isBlank = (char: string | undefined): boolean => char !== undefined && blanks.includes(char);

/** Each at the position of `lastIndex`. */
const wordAt = new RegExp(`${goClass('\\p{L}\\p{Nd}_')}*`, 'vy');
const blankRunAt = /[ \t\r\n]+/y;
const numberAt =
  /[+-]?(?:0[xX][0-9a-fA-F_]*\.?[0-9a-fA-F_]*(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*\.?[0-7_]*|0[bB][01_]*\.?[01_]*|[0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9_]*)?)i?/y;
const quotedAt = /"(?:[^"\\\n]|\\[^\n])*"/y;
const charAt = /'(?:[^'\\\n]|\\[^\n])*'/y;

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

const pointAt = (text: string, at: number): string => {
  const point = text.codePointAt(at);
  return point === undefined ? '' : String.fromCodePoint(point);
};

/** @returns a function that gives the next token each time; `end` for ever at the end, nothing sensible behind an error */
export function createLexer(text: string): () => Token {
  let at = 0;
  let line = 1;
  let counted = 0;
  let inAction = false;
  let parens = 0;

  const lineOf = (position: number): number => {
    for (let from = text.indexOf('\n', counted); from >= 0 && from < position;) {
      line += 1;
      counted = from + 1;
      from = text.indexOf('\n', counted);
    }
    return line;
  };
  const token = (type: TokenType, from: number, to: number): Token => {
    at = to;
    return { type, at: from, text: text.slice(from, to), line: lineOf(from) };
  };
  const failure = (from: number, message: string): Token => {
    const failed: Token = { type: 'error', at: from, text: message, line: lineOf(from) };
    at = text.length;
    inAction = false;
    return failed;
  };

  const lexText = (): Token => {
    for (;;) {
      const open = text.indexOf('{{', at);
      if (open < 0) return token(at < text.length ? 'text' : 'end', at, text.length);
      const trims = text[open + 2] === '-' && isBlank(text[open + 3]);
      let textEnd = open;
      if (trims) while (textEnd > at && isBlank(text[textEnd - 1])) textEnd -= 1;
      if (textEnd > at) {
        const found = token('text', at, textEnd);
        at = open;
        return found;
      }
      const inside = open + (trims ? 4 : 2);
      if (!text.startsWith('/*', inside)) {
        inAction = true;
        parens = 0;
        const left = token('left', open, open + 2);
        at = inside;
        return left;
      }
      const close = text.indexOf('*/', inside + 2);
      if (close < 0) return failure(inside, 'unclosed comment');
      const right = rightDelimiter(text, close + 2);
      if (right === undefined) return failure(inside, 'comment ends before closing delimiter');
      at = right.end;
    }
  };

  const lexAction = (): Token => {
    const from = at;
    const right = rightDelimiter(text, at);
    if (right !== undefined) {
      if (parens > 0) return failure(from, 'unclosed left paren');
      inAction = false;
      const found = token('right', right.from, right.from + 2);
      at = right.end;
      return found;
    }
    const char = text[at];
    if (char === undefined) return failure(from, 'unclosed action');
    if (isBlank(char)) return lexSpace(from);
    switch (char) {
      case '=':
        return token('assign', from, at + 1);
      case ':':
        return text[at + 1] === '=' ? token('declare', from, at + 2) : failure(from, 'expected :=');
      case '|':
        return token('pipe', from, at + 1);
      case '(':
        parens += 1;
        return token('open', from, at + 1);
      case ')':
        parens -= 1;
        return parens < 0 ? failure(from, 'unexpected right paren') : token('close', from, at + 1);
      case '"':
        return delimited('string', quotedAt, 'unterminated quoted string');
      case "'":
        return delimited('char', charAt, 'unterminated character constant');
      case '`': {
        const close = text.indexOf('`', at + 1);
        return close < 0
          ? failure(from, 'unterminated raw quoted string')
          : token('raw', from, close + 1);
      }
      case '$':
        return lexName('variable', 'variable');
      case '.':
        if (!/[0-9]/.test(text[at + 1] ?? 'x') && at + 1 < text.length)
          return lexName('field', 'dot');
        return lexNumber(from);
      default:
        if (/[0-9+-]/.test(char)) return lexNumber(from);
    }
    return lexWord(from);
  };

  const lexSpace = (from: number): Token => {
    let end = endOf(blankRunAt, text, from) ?? from;
    // The blank of a trim marker belongs to the delimiter.
    if (text.startsWith('-}}', end)) end -= 1;
    return end === from ? lexAction() : token('space', from, end);
  };

  const delimited = (type: TokenType, pattern: RegExp, complaint: string): Token => {
    const end = endOf(pattern, text, at);
    return end === undefined ? failure(at, complaint) : token(type, at, end);
  };

  /** A dot or dollar sign and the word behind it. */
  const lexName = (type: TokenType, lone: TokenType): Token => {
    const from = at;
    if (terminates(text, from + 1)) return token(lone, from, from + 1);
    const end = endOf(wordAt, text, from + 1) ?? from + 1;
    if (terminates(text, end)) return token(type, from, end);
    return failure(from, `bad character ${runeAt(text, end)}`);
  };

  const lexWord = (from: number): Token => {
    const end = endOf(wordAt, text, from) ?? from;
    const char = pointAt(text, from);
    if (end === from) {
      return char > ' ' && char <= '~'
        ? token('other', from, from + 1)
        : failure(from, `unrecognized character in action: ${runeAt(text, from)}`);
    }
    if (!terminates(text, end)) return failure(from, `bad character ${runeAt(text, end)}`);
    const word = text.slice(from, end);
    if (keywords.has(word)) return token('keyword', from, end);
    if (word === 'true' || word === 'false') return token('bool', from, end);
    return token(word === 'nil' ? 'nil' : 'identifier', from, end);
  };

  const lexNumber = (from: number): Token => {
    let end = endOf(numberAt, text, from) ?? from;
    const bad = (to: number): Token =>
      failure(from, `bad number syntax: ${quote(text.slice(from, to))}`);
    const behind = pointAt(text, end);
    if (isWordCharacter(behind)) return bad(end + behind.length);
    if (text[end] !== '+' && text[end] !== '-') return token('number', from, end);
    end = endOf(numberAt, text, end) ?? end;
    const next = pointAt(text, end);
    if (isWordCharacter(next)) return bad(end + next.length);
    return text[end - 1] === 'i' ? token('complex', from, end) : bad(end);
  };

  return () => (inAction ? lexAction() : lexText());
}

/** A closing delimiter at a position: where its braces are, and where the text goes on. */
function rightDelimiter(text: string, at: number): { from: number; end: number } | undefined {
  if (text.startsWith('}}', at)) return { from: at, end: at + 2 };
  if (!text.startsWith('-}}', at + 1) || !isBlank(text[at])) return undefined;
  return { from: at + 2, end: endOf(blankRunAt, text, at + 4) ?? at + 4 };
}

const wordCharacter = new RegExp(`^${goClass('\\p{L}\\p{Nd}_')}$`, 'v');
const isWordCharacter = (char: string): boolean => wordCharacter.test(char);

/** Whether a word may end here. */
function terminates(text: string, at: number): boolean {
  const char = text[at];
  return (
    char === undefined || isBlank(char) || '.,|:()'.includes(char) || text.startsWith('}}', at)
  );
}

/** `U+0040 '@'`; Go takes the end of the text for U+FFFFFFFFFFFFFFFF. */
function runeAt(text: string, at: number): string {
  const point = text.codePointAt(at) ?? -1;
  return formatRune(point >= 0xdc00 && point < 0xe000 ? 0xfffd : point);
}
