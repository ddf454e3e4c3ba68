/** Scans anchors, aliases, tags and directives. */
import type { Cursor } from './cursor.ts';
import { isBlank, isBlankOrEnd, isBreakOrEnd, isWord, TokenType } from './token.ts';
import type { Token } from './token.ts';

/** Scans `&name` or `*name`. */
export function scanAnchor(cursor: Cursor): Token {
  const { line } = cursor;
  const type = cursor.peek() === 0x2a ? TokenType.Alias : TokenType.Anchor;
  cursor.skip();
  const value = takeWord(cursor);
  const code = cursor.peek();
  if (value === '' || !(isBlankOrEnd(code) || '?:,]}%@`'.includes(String.fromCharCode(code)))) {
    throw cursor.fault('did not find expected alphabetic or numeric character', line);
  }
  return { type, line, value, handle: '', plain: false };
}

/** Scans `!`, `!local`, `!!core`, `!handle!suffix` or `!<verbatim>`. */
export function scanTag(cursor: Cursor): Token {
  const { line } = cursor;
  let handle = '';
  let value: string;
  if (cursor.peek(1) === 0x3c) {
    cursor.skip(2);
    value = takeUri(cursor, line);
    if (cursor.peek() !== 0x3e) throw cursor.fault("did not find the expected '>'", line);
    cursor.skip();
  } else {
    cursor.skip();
    const word = takeWord(cursor);
    if (cursor.peek() === 0x21) {
      cursor.skip();
      handle = `!${word}!`;
      value = takeUri(cursor, line);
    } else {
      handle = '!';
      value = word + takeUri(cursor, line, true);
      if (value === '') {
        handle = '';
        value = '!';
      }
    }
  }
  if (!isBlankOrEnd(cursor.peek()) && cursor.peek() !== 0x2c) {
    throw cursor.fault('did not find expected whitespace or line break', line);
  }
  return { type: TokenType.Tag, line, value, handle, plain: false };
}

/** Scans a line that begins with `%`. */
export function scanDirective(cursor: Cursor): Token | undefined {
  const { line } = cursor;
  cursor.skip();
  const name = takeWord(cursor);
  if (name === '') throw cursor.fault('could not find expected directive name', line);
  if (!isBlankOrEnd(cursor.peek())) {
    throw cursor.fault('found unexpected non-alphabetical character', line);
  }
  const token: Token = {
    type: TokenType.VersionDirective,
    line,
    value: '',
    handle: '',
    plain: false,
  };
  skipBlanks(cursor);
  if (name === 'YAML') {
    const from = cursor.position;
    while (!isBlankOrEnd(cursor.peek())) cursor.skip();
    token.value = cursor.text.slice(from, cursor.position);
    if (!/^\d+\.\d+$/.test(token.value))
      throw cursor.fault('did not find expected version number', line);
  } else if (name === 'TAG') {
    token.type = TokenType.TagDirective;
    if (cursor.peek() !== 0x21) throw cursor.fault("did not find expected '!'", line);
    cursor.skip();
    const word = takeWord(cursor);
    token.handle = `!${word}`;
    if (cursor.peek() === 0x21) {
      cursor.skip();
      token.handle += '!';
    } else if (word !== '') throw cursor.fault("did not find expected '!'", line);
    if (!isBlank(cursor.peek())) throw cursor.fault('did not find expected whitespace', line);
    skipBlanks(cursor);
    token.value = takeUri(cursor, line);
    if (!isBlankOrEnd(cursor.peek())) {
      throw cursor.fault('did not find expected whitespace or line break', line);
    }
  } else throw cursor.fault('found unknown directive name', line);
  skipBlanks(cursor);
  if (cursor.peek() === 0x23) while (!isBreakOrEnd(cursor.peek())) cursor.skip();
  if (!isBreakOrEnd(cursor.peek())) {
    throw cursor.fault('did not find expected comment or line break', line);
  }
  cursor.takeBreak();
  return token;
}

function takeWord(cursor: Cursor): string {
  const from = cursor.position;
  while (isWord(cursor.peek())) cursor.skip();
  return cursor.text.slice(from, cursor.position);
}

function takeUri(cursor: Cursor, line: number, mayBeEmpty = false): string {
  const from = cursor.position;
  while (
    isWord(cursor.peek()) ||
    ";/?:@&=+$,.%!~*'()[]".includes(String.fromCharCode(cursor.peek()))
  ) {
    if (cursor.peek() === 0) break;
    cursor.skip();
  }
  const raw = cursor.text.slice(from, cursor.position);
  if (raw === '' && !mayBeEmpty) throw cursor.fault('did not find expected tag URI', line);
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    throw cursor.fault('did not find URI escaped octet', line);
  }
}

function skipBlanks(cursor: Cursor): void {
  while (isBlank(cursor.peek())) cursor.skip();
}
