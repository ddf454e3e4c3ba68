/** Scans the four kinds of scalars; what YAML 1.1 says of folding, chomping and escapes. */
import type { Cursor } from './cursor.ts';
import { isBlank, isBlankOrEnd, isBreak, isBreakOrEnd } from './token.ts';

const flowIndicators = new Set([0x2c, 0x3f, 0x5b, 0x5d, 0x7b, 0x7d]);

/** True at `---` or `...` that stand alone at the start of a line. */
export function atDocumentIndicator(cursor: Cursor): boolean {
  if (cursor.column !== 0) return false;
  const code = cursor.peek();
  if (code !== 0x2d && code !== 0x2e) return false;
  return cursor.peek(1) === code && cursor.peek(2) === code && isBlankOrEnd(cursor.peek(3));
}

/** Collects the line breaks between two lines of a flow scalar and folds them. */
class Folding {
  private first = '';
  private rest = '';
  open = false;

  add(lineBreak: string): void {
    if (this.open) this.rest += lineBreak;
    else {
      this.first = lineBreak;
      this.open = true;
    }
  }

  /** The text that stands for the breaks seen; starts anew. */
  close(): string {
    const folded = this.first === '\n' ? this.rest || ' ' : this.first + this.rest;
    this.first = '';
    this.rest = '';
    this.open = false;
    return folded;
  }
}

/**
 * @param indent columns a continuation line must at least be indented by (outside of flow collections)
 * @returns the text, and whether a line break was passed after it (a key may begin then)
 */
export function scanPlain(
  cursor: Cursor,
  inFlow: boolean,
  indent: number,
): { value: string; brokeLine: boolean } {
  const { text } = cursor;
  const startLine = cursor.line;
  const folding = new Folding();
  let value = '';
  let blanks = '';
  for (;;) {
    if (atDocumentIndicator(cursor) || cursor.peek() === 0x23) break;
    const from = cursor.position;
    let at = from;
    for (;;) {
      const code = text.charCodeAt(at);
      if (isBlankOrEnd(code)) break;
      if (code === 0x3a && isBlankOrEnd(text.charCodeAt(at + 1) || 0)) break;
      if (inFlow && flowIndicators.has(code)) break;
      at++;
    }
    if (at > from) {
      if (folding.open) value += folding.close();
      else value += blanks;
      blanks = '';
      value += text.slice(from, at);
      cursor.skip(at - from);
    }
    if (!isBlank(cursor.peek()) && !isBreak(cursor.peek())) break;
    for (;;) {
      const code = cursor.peek();
      if (isBlank(code)) {
        if (folding.open && cursor.column < indent && code === 0x09) {
          throw cursor.fault('found a tab character that violates indentation', startLine);
        }
        if (!folding.open) blanks += String.fromCharCode(code);
        cursor.skip();
      } else if (isBreak(code)) {
        blanks = '';
        folding.add(cursor.takeBreak());
      } else break;
    }
    if (!inFlow && cursor.column < indent) break;
  }
  return { value, brokeLine: folding.open };
}

/** Scans a quoted scalar; the cursor stands at its opening quote. */
export function scanQuoted(cursor: Cursor, single: boolean): string {
  const startLine = cursor.line;
  const { text } = cursor;
  const quote = single ? 0x27 : 0x22;
  const folding = new Folding();
  let value = '';
  cursor.skip();
  for (;;) {
    if (atDocumentIndicator(cursor))
      throw cursor.fault('found unexpected document indicator', startLine);
    if (cursor.peek() === 0) throw cursor.fault('found unexpected end of stream', startLine);
    let escapedBreak = false;
    for (;;) {
      const from = cursor.position;
      let at = from;
      for (;;) {
        const code = text.charCodeAt(at);
        if (code === quote || isBlankOrEnd(code) || (code === 0x5c && !single)) break;
        at++;
      }
      if (at > from) {
        value += text.slice(from, at);
        cursor.skip(at - from);
      }
      const code = cursor.peek();
      if (single && code === 0x27 && cursor.peek(1) === 0x27) {
        value += "'";
        cursor.skip(2);
      } else if (!single && code === 0x5c && isBreak(cursor.peek(1))) {
        cursor.skip();
        cursor.takeBreak();
        escapedBreak = true;
        break;
      } else if (!single && code === 0x5c) value += scanEscape(cursor, startLine);
      else break;
    }
    if (cursor.peek() === quote) break;
    let blanks = '';
    for (;;) {
      const code = cursor.peek();
      if (isBlank(code)) {
        if (!folding.open && !escapedBreak) blanks += String.fromCharCode(code);
        cursor.skip();
      } else if (isBreak(code)) {
        blanks = '';
        const lineBreak = cursor.takeBreak();
        if (escapedBreak) value += lineBreak;
        else folding.add(lineBreak);
      } else break;
    }
    value += folding.open ? folding.close() : blanks;
  }
  cursor.skip();
  return value;
}

const escapes: Record<string, string> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
};

const hexLengths: Record<string, number> = { x: 2, u: 4, U: 8 };

function scanEscape(cursor: Cursor, startLine: number): string {
  const letter = String.fromCharCode(cursor.peek(1));
  const plain = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
  if (plain !== undefined) {
    cursor.skip(2);
    return plain;
  }
  const length = Object.hasOwn(hexLengths, letter) ? hexLengths[letter] : undefined;
  if (length === undefined) throw cursor.fault('found unknown escape character', startLine);
  cursor.skip(2);
  const digits = cursor.text.slice(cursor.position, cursor.position + length);
  if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits)) {
    throw cursor.fault('did not find expected hexdecimal number', startLine);
  }
  const code = Number.parseInt(digits, 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
    throw cursor.fault('found invalid Unicode character escape code', startLine);
  }
  cursor.skip(length);
  return String.fromCodePoint(code);
}

/** Scans a block scalar; the cursor stands at `|` or `>`. */
export function scanBlock(cursor: Cursor, parentIndent: number): string {
  const startLine = cursor.line;
  const literal = cursor.peek() === 0x7c;
  cursor.skip();
  const { chomping, increment } = scanBlockHeader(cursor, startLine);
  let indent = increment === 0 ? 0 : Math.max(parentIndent, 0) + increment;
  let value = '';
  let lastBreak = '';
  let afterBlank = false;
  let emptyLines: string;
  ({ indent, emptyLines } = skipEmptyLines(cursor, indent, parentIndent, startLine));
  while (cursor.column === indent && cursor.peek() !== 0) {
    const startsBlank = isBlank(cursor.peek());
    if (!literal && lastBreak === '\n' && !afterBlank && !startsBlank) {
      if (emptyLines === '') value += ' ';
    } else value += lastBreak;
    value += emptyLines;
    afterBlank = startsBlank;
    const from = cursor.position;
    let at = from;
    while (!isBreakOrEnd(cursor.text.charCodeAt(at))) at++;
    value += cursor.text.slice(from, at);
    cursor.skip(at - from);
    lastBreak = cursor.takeBreak();
    ({ indent, emptyLines } = skipEmptyLines(cursor, indent, parentIndent, startLine));
  }
  if (chomping !== '-') value += lastBreak;
  if (chomping === '+') value += emptyLines;
  return value;
}

function scanBlockHeader(
  cursor: Cursor,
  startLine: number,
): { chomping: string; increment: number } {
  let chomping = '';
  let increment = 0;
  const takeChomping = () => {
    const code = cursor.peek();
    if (code !== 0x2b && code !== 0x2d) return;
    chomping = String.fromCharCode(code);
    cursor.skip();
  };
  takeChomping();
  const digit = cursor.peek();
  if (digit === 0x30) throw cursor.fault('found an indentation indicator equal to 0', startLine);
  if (digit > 0x30 && digit <= 0x39) {
    increment = digit - 0x30;
    cursor.skip();
    if (chomping === '') takeChomping();
  }
  while (isBlank(cursor.peek())) cursor.skip();
  if (cursor.peek() === 0x23) while (!isBreakOrEnd(cursor.peek())) cursor.skip();
  if (!isBreakOrEnd(cursor.peek())) {
    throw cursor.fault('did not find expected comment or line break', startLine);
  }
  cursor.takeBreak();
  return { chomping, increment };
}

/** Passes indentation and empty lines; finds the block's indentation (0 = not known yet) by the first real line. */
function skipEmptyLines(
  cursor: Cursor,
  indent: number,
  parentIndent: number,
  startLine: number,
): { indent: number; emptyLines: string } {
  let emptyLines = '';
  let deepest = 0;
  for (;;) {
    while ((indent === 0 || cursor.column < indent) && cursor.peek() === 0x20) cursor.skip();
    deepest = Math.max(deepest, cursor.column);
    if ((indent === 0 || cursor.column < indent) && cursor.peek() === 0x09) {
      throw cursor.fault('found a tab character where an indentation space is expected', startLine);
    }
    if (!isBreak(cursor.peek())) break;
    emptyLines += cursor.takeBreak();
  }
  return { indent: indent === 0 ? Math.max(deepest, parentIndent + 1, 1) : indent, emptyLines };
}
