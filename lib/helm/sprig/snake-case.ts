/**
 * `snakecase` and `kebabcase`: words, found by changes of case, digits and connectors, joined in lower case (xstrings
 * 1.5.0, `ToSnakeCase`).
 */
import { isLetter, isNumber, isPunct, isUpper, toLower, validText } from '../values/mod.ts';
import { isConnector } from './words.ts';

type Kind = 'none' | 'number' | 'upper' | 'letters' | 'connector' | 'punctuation' | 'other';

type Word = readonly [Kind, string];

/** A character as it is judged, and as it is written: bytes that are none go with the next. */
interface Letter {
  judged: string;
  written: string;
}

const isAlphabetic = (c: string): boolean => isLetter(c) && !ideograph.test(c);
const isSmall = (c: string): boolean => isAlphabetic(c) && !isUpper(c);

/** Those that xstrings takes for no letters. */
const ideograph = /[\u3400-\u4d85\u4e00-\u9fcc\u{20000}-\u{2b81d}]/u;
const isJunk = (c: string): boolean => /^[\ufffd\p{Surrogate}]/u.test(c);

/** @param connector one character */
export function joinWords(value: string, connector: string): string {
  const letters = lettersOf(value);
  let at = 0;
  let out = '';
  const next = (): Word => {
    const [kind, length] = wordAt(letters, at);
    const written = letters.slice(at, at + length).map((each) => each.written);
    at += length;
    return [kind, written.join('')];
  };
  const add = ([kind, word]: Word): void => {
    out += kind === 'upper' || kind === 'connector' ? lowered(word, connector) : word;
  };
  /** Words that begin with letters or digits go on; anything else but the end is set apart. */
  const addTail = (): void => {
    while (word[0] === 'letters' || word[0] === 'number') {
      add(word);
      word = next();
    }
    if (word[0] !== 'none' && !isJoint(word)) out += connector;
  };
  let word = next();
  while (at < letters.length) {
    if (word[0] !== 'connector') add(word);
    const previous = word;
    word = next();
    if (previous[0] === 'number') addTail();
    else if (previous[0] === 'connector') add(previous);
    else if (previous[0] !== 'punctuation') {
      if (word[0] !== 'number') {
        if (!isJoint(word)) out += connector;
        continue;
      }
      if (at >= letters.length) continue;
      const number = word;
      word = next();
      if (word[0] === 'letters') {
        out += connector;
        add(number);
        addTail();
      } else {
        add(number);
        if (!isJoint(word)) out += connector;
      }
    }
  }
  add(word);
  return out;
}

const isJoint = ([kind]: Word): boolean => kind === 'connector' || kind === 'punctuation';

function lowered(word: string, connector: string): string {
  return Array.from(validText(word), (c) =>
    isConnector(c) ? connector : isUpper(c) ? toLower(c) : c,
  ).join('');
}

function lettersOf(value: string): Letter[] {
  const letters: Letter[] = [];
  let junk = '';
  for (const c of value) {
    if (isJunk(c)) junk += c;
    else {
      letters.push({ judged: c, written: junk + c });
      junk = '';
    }
  }
  // At the end it goes with what precedes it.
  if (junk !== '') letters.push({ judged: letters.at(-1)?.judged ?? '', written: junk });
  return letters;
}

/** Kind and length of the word that begins at a position. */
function wordAt(letters: readonly Letter[], start: number): [Kind, number] {
  const first = letters[start]?.judged;
  if (first === undefined) return ['none', 0];
  if (first === '') return ['none', 1];
  const run = (from: number, accepts: (c: string) => boolean): number => {
    let end = from;
    for (let c = letters[end]; c !== undefined && accepts(c.judged); c = letters[end]) end += 1;
    return end;
  };
  const whole = (kind: Kind, accepts: (c: string) => boolean): [Kind, number] => [
    kind,
    run(start, accepts) - start,
  ];
  if (isConnector(first)) return whole('connector', isConnector);
  if (isPunct(first)) return whole('punctuation', isPunct);
  if (isUpper(first)) {
    const end = run(start, isUpper);
    if (end - start === 1) return ['upper', run(end, isSmall) - start];
    // The last capital begins the word behind it.
    const next = letters[end]?.judged;
    return ['upper', end - start - (next !== undefined && isAlphabetic(next) ? 1 : 0)];
  }
  if (isAlphabetic(first)) return whole('letters', isSmall);
  if (isNumber(first)) return whole('number', isNumber);
  return whole('other', (c) => !isConnector(c) && !isAlphabetic(c) && !isNumber(c) && !isPunct(c));
}
