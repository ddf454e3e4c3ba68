/** Letter case and words: goutils and xstrings. */
import { goSpace } from '../values/mod.ts';
import { toBytes } from './bytes.ts';

const upper = /\p{Lu}/u;
const lower = /\p{Ll}/u;
const letter = /\p{L}/u;
const digit = /\p{N}/u;
const punctuation = /\p{P}/u;
const space = new RegExp(goSpace);

function toUpper(c: string): string {
  const changed = c.toUpperCase();
  return Array.from(changed).length === 1 ? changed : c;
}

function toLower(c: string): string {
  if (c === 'İ') return 'i';
  const changed = c.toLowerCase();
  return Array.from(changed).length === 1 ? changed : c;
}

/** `strings.Title`: a letter behind anything that is no letter, digit or underscore. */
export function titleCase(value: string): string {
  let out = '';
  let previous = ' ';
  for (const c of value) {
    const separated =
      previous <= '\x7f'
        ? !/[0-9A-Za-z_]/.test(previous)
        : !letter.test(previous) && !digit.test(previous) && space.test(previous);
    out += separated ? toUpper(c) : c;
    previous = c;
  }
  return out;
}

/** Lower case for the first letter of each word. */
export function uncapitalize(value: string): string {
  let atStart = true;
  return Array.from(value, (c) => {
    if (space.test(c)) {
      atStart = true;
      return c;
    }
    const changed = atStart ? toLower(c) : c;
    atStart = false;
    return changed;
  }).join('');
}

export function swapCase(value: string): string {
  return Array.from(value, (c) =>
    upper.test(c) || /\p{Lt}/u.test(c) ? toLower(c) : lower.test(c) ? toUpper(c) : c,
  ).join('');
}

/** goutils takes each byte for a character; so do we. */
export function initials(value: string): string {
  let gap = true;
  let out = '';
  for (const byte of toBytes(value)) {
    if (space.test(byte)) gap = true;
    else if (gap) {
      out += byte;
      gap = false;
    }
  }
  return out;
}

function isConnector(c: string): boolean {
  return c === '-' || c === '_' || space.test(c);
}

/** `xstrings.ToPascalCase`: connectors between words vanish, those at the ends stay. */
export function camelCase(value: string): string {
  const letters = Array.from(value);
  if (letters.length === 0) return '';
  let out = '';
  let at = 0;
  let current = '';
  let wordIsUpper = false;
  for (;;) {
    current = letters[at++] ?? '';
    if (!isConnector(current)) {
      wordIsUpper = upper.test(current);
      current = toUpper(current);
      break;
    }
    if (at >= letters.length) return `${out}${current}${current}`;
    out += current;
  }
  if (at >= letters.length) return out + current;
  while (at < letters.length) {
    const previous = current;
    current = letters[at++] ?? '';
    if (isConnector(current) && isConnector(previous)) {
      out += previous;
    } else if (isConnector(previous)) {
      wordIsUpper = upper.test(current);
      current = toUpper(current);
    } else {
      if (wordIsUpper) {
        if (upper.test(current)) current = toLower(current);
        else wordIsUpper = false;
      }
      out += previous;
    }
  }
  return out + current;
}

type WordKind = 'none' | 'number' | 'upper' | 'letters' | 'connector' | 'punctuation' | 'other';

/** Splits words at changes of case, digits and connectors and joins them in lower case (`xstrings.ToSnakeCase`). */
export function joinWords(value: string, connector: string): string {
  if (value === '') return '';
  const letters = Array.from(value);
  let at = 0;
  let out = '';
  const next = (): [WordKind, string] => {
    const [kind, length] = wordAt(letters, at);
    const word = letters.slice(at, at + length).join('');
    at += length;
    return [kind, word];
  };
  const add = (kind: WordKind, word: string): void => {
    if (kind === 'none') return;
    out +=
      kind === 'connector'
        ? connector.repeat(Array.from(word).length)
        : Array.from(word, (c) => (/\p{Lt}/u.test(c) ? c : toLower(c))).join('');
  };
  const isJoint = (kind: WordKind): boolean => kind === 'connector' || kind === 'punctuation';
  let [kind, word] = next();
  while (at < letters.length) {
    if (kind !== 'connector') add(kind, word);
    const [previousKind, previousWord] = [kind, word];
    [kind, word] = next();
    if (previousKind === 'number') {
      while (kind === 'letters' || kind === 'number') {
        add(kind, word);
        [kind, word] = next();
      }
      if (kind !== 'none' && !isJoint(kind)) out += connector;
    } else if (previousKind === 'connector') add(previousKind, previousWord);
    else if (previousKind !== 'punctuation') {
      if (kind !== 'number') {
        if (!isJoint(kind)) out += connector;
        continue;
      }
      if (at >= letters.length) continue;
      const number = word;
      [kind, word] = next();
      if (kind !== 'letters') {
        add('number', number);
        if (!isJoint(kind)) out += connector;
        continue;
      }
      out += connector;
      add('number', number);
      while (kind === 'letters' || kind === 'number') {
        add(kind, word);
        [kind, word] = next();
      }
      if (kind !== 'none' && !isJoint(kind)) out += connector;
    }
  }
  add(kind, word);
  return out;
}

/** Kind and length of the word that begins at a position. */
function wordAt(letters: readonly string[], start: number): [WordKind, number] {
  const first = letters[start];
  if (first === undefined) return ['none', 0];
  const run = (from: number, accepts: (c: string) => boolean): number => {
    let end = from;
    while (end < letters.length && accepts(letters[end] ?? '')) end++;
    return end;
  };
  const isSmall = (c: string): boolean => letter.test(c) && !upper.test(c);
  if (isConnector(first)) return ['connector', run(start, isConnector) - start];
  if (punctuation.test(first))
    return ['punctuation', run(start, (c) => punctuation.test(c)) - start];
  if (upper.test(first)) {
    const capitals = run(start, (c) => upper.test(c));
    if (capitals - start === 1) return ['upper', run(capitals, isSmall) - start];
    const cut = capitals < letters.length && letter.test(letters[capitals] ?? '');
    return ['upper', capitals - start - (cut ? 1 : 0)];
  }
  if (letter.test(first)) return ['letters', run(start, isSmall) - start];
  if (digit.test(first)) return ['number', run(start, (c) => digit.test(c)) - start];
  const isOther = (c: string): boolean =>
    !isConnector(c) && !letter.test(c) && !digit.test(c) && !punctuation.test(c);
  return ['other', run(start, isOther) - start];
}
