/** Strings. Lengths and positions count bytes, as in Go. */
import {
  GoTypedMap,
  hasLooseBytes,
  toLower,
  toUpper,
  trimSpace,
  validText,
} from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { SprigError } from './errors.ts';
import { fromBytes, sliceBytes, toBytes } from './bytes.ts';
import { quote } from '../template/mod.ts';
import { count, fn, strings, text } from './function.ts';
import type { SprigFunctions } from './function.ts';
import { sprint, toText } from './reflection.ts';
import { joinWords } from './snake-case.ts';
import { camelCase, initials, swapCase, titleCase, uncapitalize } from './words.ts';

/** Longest result of `repeat` and of indentation; a chart that wants more is broken. */
const maxLength = 64 * 1024 * 1024;

const trimAll = fn('string string', ([cut, value]) => trimSet(text(value), text(cut)));

export const stringFunctions: SprigFunctions = {
  hello: fn('', () => 'Hello!'),
  upper: fn('string', ([s]) => mapCase(text(s), (c) => c.toUpperCase(), toUpper)),
  lower: fn('string', ([s]) => mapCase(text(s), (c) => c.toLowerCase(), toLower)),
  title: fn('string', ([s]) => titleCase(validText(text(s)))),
  untitle: fn('string', ([s]) => uncapitalize(validText(text(s)))),
  swapcase: fn('string', ([s]) => swapCase(validText(text(s)))),
  snakecase: fn('string', ([s]) => joinWords(text(s), '_')),
  kebabcase: fn('string', ([s]) => joinWords(text(s), '-')),
  camelcase: fn('string', ([s]) => camelCase(validText(text(s)))),
  initials: fn('string', ([s]) => initials(text(s))),
  nospace: fn('string', ([s]) => withoutSpaces(text(s))),
  trim: fn('string', ([s]) => trimSpace(text(s))),
  trimAll,
  trimall: trimAll,
  trimPrefix: fn('string string', ([prefix, s]) => {
    const [whole, part] = onBytes(text(s), text(prefix));
    if (!whole.startsWith(part)) return text(s);
    return backFrom(part, whole.slice(part.length), text(prefix));
  }),
  trimSuffix: fn('string string', ([suffix, s]) => {
    const [whole, part] = onBytes(text(s), text(suffix));
    if (!whole.endsWith(part)) return text(s);
    return backFrom(part, whole.slice(0, whole.length - part.length), text(suffix));
  }),
  trunc: fn('int string', ([length, s]) => truncate(count(length), text(s))),
  substr: fn('int int string', ([start, end, s]) => substring(count(start), count(end), text(s))),
  abbrev: fn('int string', ([width, s]) => abbreviate(text(s), 0, count(width))),
  abbrevboth: fn('int int string', ([left, right, s]) =>
    abbreviateBoth(text(s), count(left), count(right)),
  ),
  repeat: fn('int string', ([times, s]) => repeat(text(s), count(times))),
  wrap: fn('int string', ([width, s]) => wrap(text(s), count(width), '\n', false)),
  wrapWith: fn('int string string', ([width, separator, s]) =>
    wrap(text(s), count(width), text(separator) || '\n', true),
  ),
  contains: fn('string string', ([part, s]) => {
    const [whole, wanted] = onBytes(text(s), text(part));
    return whole.includes(wanted);
  }),
  hasPrefix: fn('string string', ([prefix, s]) => text(s).startsWith(text(prefix))),
  hasSuffix: fn('string string', ([suffix, s]) => text(s).endsWith(text(suffix))),
  quote: fn('...any', (items) =>
    present(items)
      .map((item) => quote(toText(item)))
      .join(' '),
  ),
  squote: fn('...any', (items) =>
    present(items)
      .map((item) => `'${sprint(item)}'`)
      .join(' '),
  ),
  cat: fn('...any', (items) => present(items).map(sprint).join(' ')),
  indent: fn('int string', ([spaces, s]) => indent(count(spaces), text(s))),
  nindent: fn('int string', ([spaces, s]) => `\n${indent(count(spaces), text(s))}`),
  replace: fn('string string string', ([from, to, s]) => replaceAll(text(s), text(from), text(to))),
  plural: fn('string string int', ([one, many, n]) => (count(n) === 1 ? text(one) : text(many))),
  toString: fn('any', ([value]) => toText(value ?? null)),
  split: fn('string string', ([separator, s]) => numbered(splitText(text(s), text(separator), -1))),
  splitn: fn('string int string', ([separator, n, s]) =>
    numbered(splitText(text(s), text(separator), count(n))),
  ),
  splitList: fn('string string', ([separator, s]) =>
    strings(splitText(text(s), text(separator), -1)),
  ),
};

/** Both as characters or, when the part may begin or end within one, both as bytes. */
function onBytes(whole: string, part: string): [string, string] {
  return hasLooseBytes(part) ? [toBytes(whole), toBytes(part)] : [whole, part];
}

/** What is left of a text that `onBytes` may have turned into bytes. */
function backFrom(part: string, left: string, given: string): string {
  return part === given && !hasLooseBytes(given) ? left : fromBytes(left);
}

function present(items: readonly GoValue[]): readonly GoValue[] {
  return items.filter((item) => item !== null);
}

function mapCase(
  value: string,
  changeAscii: (text: string) => string,
  change: (char: string) => string,
): string {
  if (/^[\0-\x7f]*$/.test(value)) return changeAscii(value);
  return Array.from(validText(value), change).join('');
}

function trimSet(value: string, cut: string): string {
  const set = new Set(cut);
  const letters = Array.from(value);
  let from = 0;
  let to = letters.length;
  while (from < to && set.has(letters[from] ?? '')) from++;
  while (to > from && set.has(letters[to - 1] ?? '')) to--;
  return letters.slice(from, to).join('');
}

/** goutils takes each byte for a character as soon as there is a space to remove; so do we. */
function withoutSpaces(value: string): string {
  const bytes = toBytes(value);
  return /[\t-\r \x85\xa0]/.test(bytes) ? bytes.replaceAll(/[\t-\r \x85\xa0]/g, '') : value;
}

function truncate(length: number, value: string): string {
  const size = toBytes(value).length;
  if (length < 0 && size + length > 0) return sliceBytes(value, size + length);
  return length >= 0 && size > length ? sliceBytes(value, 0, length) : value;
}

function substring(start: number, end: number, value: string): string {
  if (start < 0) return sliceBytes(value, 0, end);
  if (end < 0 || end > toBytes(value).length) return sliceBytes(value, start);
  return sliceBytes(value, start, end);
}

function abbreviateBoth(value: string, left: number, right: number): string {
  return right < 4 || (left > 0 && right < 7) ? value : abbreviate(value, left, right);
}

function abbreviate(value: string, from: number, width: number): string {
  const bytes = toBytes(value);
  if (width < 4 || bytes.length <= width) return value;
  const offset = Math.min(Math.max(from, 0), bytes.length, Math.max(from, bytes.length));
  const start = bytes.length - offset < width - 3 ? bytes.length - (width - 3) : offset;
  if (start <= 4) return `${fromBytes(bytes.slice(0, width - 3))}...`;
  if (width < 7) return '';
  if (start + width - 3 < bytes.length) {
    return `...${abbreviate(fromBytes(bytes.slice(start)), 0, width - 3)}`;
  }
  return `...${fromBytes(bytes.slice(bytes.length - (width - 3)))}`;
}

function repeat(value: string, times: number): string {
  if (times < 0) throw new SprigError('strings: negative Repeat count');
  if (times * value.length > maxLength)
    throw new SprigError('strings: Repeat output length overflow');
  return value.repeat(times);
}

function indent(spaces: number, value: string): string {
  const pad = repeat(' ', spaces);
  const lines = spaces > 1000 ? value.split('\n').length : 1;
  if (lines * spaces > maxLength) throw new SprigError('strings: Repeat output length overflow');
  return pad + value.replaceAll('\n', `\n${pad}`);
}

/** An empty text is found before every character and at the end. */
function replaceAll(value: string, from: string, to: string): string {
  if (hasLooseBytes(from)) return fromBytes(toBytes(value).split(toBytes(from)).join(toBytes(to)));
  if (from !== '') return value.split(from).join(to);
  return to + Array.from(value, (c) => c + to).join('');
}

/** `strings.SplitN`: at most `limit` parts, all of them below zero, none at zero. */
function splitText(value: string, separator: string, limit: number): string[] {
  if (limit === 0) return [];
  const parts = hasLooseBytes(separator)
    ? toBytes(value).split(toBytes(separator)).map(fromBytes)
    : separator === ''
      ? Array.from(value)
      : value.split(separator);
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

function numbered(parts: readonly string[]): GoTypedMap {
  return new GoTypedMap('map[string]string', new Map(parts.map((part, i) => [`_${i}`, part])));
}

/** Words are what stands between blanks; a line never ends in the middle of one unless `cutWords`. */
function wrap(value: string, width: number, lineBreak: string, cutWords: boolean): string {
  const bytes = toBytes(value);
  const columns = Math.max(width, 1);
  let out = '';
  let at = 0;
  while (bytes.length - at > columns) {
    if (bytes[at] === ' ') {
      at++;
      continue;
    }
    const blank = bytes.slice(at, at + columns + 1).lastIndexOf(' ');
    if (blank >= 0) {
      out += fromBytes(bytes.slice(at, at + blank)) + lineBreak;
      at += blank + 1;
    } else if (cutWords) {
      out += fromBytes(bytes.slice(at, at + columns)) + lineBreak;
      at += columns;
    } else {
      const next = bytes.indexOf(' ', at + columns);
      if (next < 0) {
        out += fromBytes(bytes.slice(at));
        at = bytes.length;
      } else {
        out += fromBytes(bytes.slice(at, next)) + lineBreak;
        at = next + 1;
      }
    }
  }
  return out + fromBytes(bytes.slice(at));
}
