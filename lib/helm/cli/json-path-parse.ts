/** Reads the JSONPath templates of Kubernetes (k8s.io/client-go v0.34 util/jsonpath). Pure. */
import { readFloat, unquote } from '../template/mod.ts';
import { GoInt } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';

/** One step from the values found so far to others. */
export type Step =
  | { type: 'constant'; value: GoValue }
  | { type: 'field'; name: string }
  | { type: 'items'; from?: number; to?: number; step?: number; isOne: boolean }
  | { type: 'union'; paths: readonly Path[] }
  | { type: 'filter'; left: Path; operator: string; right: Path }
  | { type: 'wildcard' | 'recursive' | 'range' | 'end' }
  | { type: 'unknown'; word: string };

export type Path = readonly Step[];

/** Text, and what stands between braces. */
export type Template = readonly (string | Path)[];

/** `message` is client-go's. */
export class JsonPathError extends Error {}

/** @throws JsonPathError */
export function parseJsonPath(text: string): Template {
  const parts: (string | Path)[] = [];
  for (let at = 0; at < text.length;) {
    const open = text.indexOf('{', at);
    if (open !== at) parts.push(text.slice(at, open < 0 ? undefined : open));
    if (open < 0) break;
    const { path, end } = parseAction(text, open + 1);
    parts.push(path);
    at = end;
  }
  return parts;
}

const ends = ' \t\r\n.,[]${}@';
const isEnd = (char: string) => char === '' || ends.includes(char);
const isWord = (char: string) => /^[\p{L}\p{Nd}_]$/u.test(char);

/**
 * @param at behind the brace
 * @returns where the text goes on
 */
function parseAction(text: string, start: number): { path: Path; end: number } {
  const path: Step[] = [];
  let at = start;
  const until = (ends: (char: string) => boolean) => {
    const from = at;
    while (!ends(text.charAt(at))) at += text.charAt(at) === '\\' ? 2 : 1;
    at = Math.min(at, text.length);
    return text.slice(from, at);
  };
  const field = () => {
    const name = until(isEnd);
    path.push(
      name === '*' ? { type: 'wildcard' } : { type: 'field', name: name.replaceAll('\\', '') },
    );
  };
  for (;;) {
    const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (at >= text.length || char === '\n' || char === '\r')
      throw new JsonPathError('unclosed action');
    if (char === '}') return { path, end: at + 1 };
    if (text.startsWith('[?(', at)) {
      const end = endOfFilter(text, at + 3);
      path.push(readFilter(text.slice(at + 3, end)));
      at = end + 2;
    } else if (text.startsWith('..', at)) {
      if (path.at(-1)?.type === 'recursive')
        throw new JsonPathError('invalid multiple recursive descent');
      at += 2;
      path.push({ type: 'recursive' });
      if (isWord(text.charAt(at))) field();
    } else if (char === '[') {
      const end = text.slice(at).search(/[\]\n]/) + at;
      if (end < at || text.charAt(end) === '\n') throw new JsonPathError('unterminated array');
      path.push(...readBrackets(text.slice(at + 1, end)));
      at = end + 1;
    } else if (char === '"' || char === "'") {
      const end = endOfQuote(text, at + 1, char);
      path.push({ type: 'constant', value: readQuoted(text.slice(at, end)) });
      at = end;
    } else if (char === '.') {
      at += 1;
      field();
    } else if (/^[-+\d]$/.test(char)) {
      const number = /^[-+]?[\d.]*/.exec(text.slice(at))?.[0] ?? '';
      path.push({ type: 'constant', value: readNumber(number) });
      at += number.length;
    } else if (isWord(char)) path.push(readWord(until(isEnd)));
    else if (char === ' ' || char === '@' || char === '$') at += 1;
    else throw new JsonPathError(`unrecognized character in action: ${unicode(char)}`);
  }
}

const pathOf = (text: string): Path => parseAction(`{${text}}`, 1).path;

function readWord(word: string): Step {
  if (word === 'true' || word === 'false') return { type: 'constant', value: word === 'true' };
  return word === 'range' || word === 'end' ? { type: word } : { type: 'unknown', word };
}

function readNumber(text: string): GoValue {
  if (/^[-+]?\d+$/.test(text)) {
    const value = BigInt(text.replace('+', ''));
    if (value === BigInt.asIntN(64, value)) return new GoInt('int', value);
  }
  const value = readFloat(text);
  if (value !== undefined) return value;
  throw new JsonPathError(`cannot parse number ${text}`);
}

function endOfQuote(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length && text.charAt(at) !== '\n'; at += 1)
    if (text.charAt(at) === quote && text.charAt(at - 1) !== '\\') return at + 1;
  throw new JsonPathError('unterminated quoted string');
}

function readQuoted(quoted: string): string {
  const value = unquote(quoted);
  if (value !== undefined) return value;
  throw new JsonPathError(`unquote string ${quoted} error invalid syntax`);
}

/** What stands in square brackets: a key, an index, a slice, or several of these. */
function readBrackets(text: string): Path {
  const parts = text.split(',');
  if (parts.length > 1)
    return [
      { type: 'union', paths: parts.map((part) => pathOf(`[${part.replace(/^ +| +$/g, '')}]`)) },
    ];
  const key = /^'([^']*)'$/.exec(text)?.[1];
  // The key is read as a field is, so that a dot in it needs a backslash.
  if (key !== undefined) return pathOf(`.${key}`);
  if (text === '*') return [{ type: 'items', isOne: false }];
  const slice = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text);
  if (slice === null) throw new JsonPathError(`invalid array index ${text}`);
  const [, first = '', second, third] = slice;
  const [from, to, step] = [first, second?.slice(1), third?.slice(1)].map(indexOf);
  return [
    {
      type: 'items',
      isOne: second === undefined,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(step === undefined ? {} : { step }),
    },
  ];
}

function indexOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw new JsonPathError(`array index ${text} is not a number`);
}

/** @returns where the parenthesis closes; those within quotes do not count */
function endOfFilter(text: string, from: number): number {
  let quote = '';
  let isClosed = false;
  for (let at = from; at < text.length && text.charAt(at) !== '\n'; at += 1) {
    const char = text.charAt(at);
    if (char === '"' || char === "'") {
      if (quote === '') quote = char;
      else if (char === quote && text.charAt(at - 1) !== '\\') isClosed = true;
    } else if (char === ')' && (quote === '' || isClosed)) {
      if (text.charAt(at + 1) === ']') return at;
      throw new JsonPathError('unclosed array expect ]');
    }
  }
  throw new JsonPathError('unterminated filter');
}

function readFilter(text: string): Step {
  const [, left, operator, right] = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(text) ?? [];
  if (left === undefined || operator === undefined || right === undefined)
    return { type: 'filter', left: pathOf(text), operator: 'exists', right: [] };
  return { type: 'filter', left: pathOf(left), operator, right: pathOf(right) };
}

/** As Go's `%#U`. */
function unicode(char: string): string {
  const point = `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char) ? `${point} '${char}'` : point;
}
