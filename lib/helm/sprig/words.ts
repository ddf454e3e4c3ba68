/** Letter case and words: goutils and xstrings. */
import {
  goSpace,
  isLetter,
  isLower,
  isNumber,
  isTitle,
  isUpper,
  toLower,
  toTitle,
  toUpper,
} from '../values/mod.ts';
import { toBytes } from './bytes.ts';

const space = new RegExp(goSpace);

/** `strings.Title`: a letter behind anything that is no letter, digit or underscore. */
export function titleCase(value: string): string {
  let out = '';
  let previous = ' ';
  for (const c of value) {
    const separated =
      previous <= '\x7f'
        ? !/[0-9A-Za-z_]/.test(previous)
        : !isLetter(previous) && !isNumber(previous) && space.test(previous);
    out += separated ? toTitle(c) : c;
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

/** Small letters at the beginning of a word get title case. */
export function swapCase(value: string): string {
  let atStart = true;
  return Array.from(value, (c) => {
    const wasAtStart = atStart;
    if (isUpper(c) || isTitle(c)) {
      atStart = false;
      return toLower(c);
    }
    if (isLower(c)) {
      atStart = false;
      return wasAtStart ? toTitle(c) : toUpper(c);
    }
    atStart = space.test(c);
    return c;
  }).join('');
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

export function isConnector(c: string): boolean {
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
      wordIsUpper = isUpper(current);
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
      wordIsUpper = isUpper(current);
      current = toUpper(current);
    } else {
      if (wordIsUpper) {
        if (isUpper(current)) current = toLower(current);
        else wordIsUpper = false;
      }
      out += previous;
    }
  }
  return out + current;
}
