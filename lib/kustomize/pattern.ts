/** Go's regular expressions, compiled once. */
import { RE2JS } from 're2js';
import { failure } from './errors.ts';

export type Matcher = (text: string) => boolean;

const compiled = new Map<string, Matcher>();
const literal = /^[A-Za-z0-9_/-]*$/;

/** Finds a pattern anywhere in a text. @throws KustomizeError with Go's message for what is no pattern */
export function finder(pattern: string): Matcher {
  if (literal.test(pattern)) return (text) => text.includes(pattern);
  return remembered(pattern, () => compile(pattern));
}

/** Matches a whole text. */
export function wholeMatcher(pattern: string): Matcher {
  if (pattern !== '' && literal.test(pattern)) return (text) => text === pattern;
  return remembered(`^(?:${pattern})$`, () => compile(`^(?:${pattern})$`));
}

function remembered(key: string, make: () => Matcher): Matcher {
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const matcher = make();
  if (compiled.size > 2000) compiled.clear();
  compiled.set(key, matcher);
  return matcher;
}

function compile(pattern: string): Matcher {
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(pattern);
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    throw failure(thrown.message);
  }
  return (text) => regex.matcher(text).find();
}
