/** `.helmignore` (helm 3.19 pkg/ignore): shell patterns one a line, the last word is the first rule that matches. */
import { HelmError } from './errors.ts';

export type IgnoreRules = (name: string, isDirectory: boolean) => boolean;

interface Rule {
  pattern: ReturnType<typeof shellPattern>;
  negate: boolean;
  directoriesOnly: boolean;
  /** Matched against the last part of the name instead of the whole. */
  baseOnly: boolean;
}

/**
 * @param text of `.helmignore`; empty when there is none
 * @returns whether a path relative to the chart is left out
 * @throws HelmError `InvalidChart` for `**` and for malformed patterns
 */
export function parseIgnore(text: string): IgnoreRules {
  const rules = [...text.split('\n'), 'templates/.?*'].flatMap((line) => parseRule(line.trim()));
  return (name, isDirectory) => {
    if (name === '' || name === '.' || name === './') return false;
    for (const rule of rules) {
      const matched = matches(rule, name);
      if (rule.negate) {
        if (rule.directoriesOnly && !isDirectory) return true;
        if (!matched) return true;
        continue;
      }
      if (rule.directoriesOnly && !isDirectory) continue;
      if (matched) return true;
    }
    return false;
  };
}

function matches(rule: Rule, name: string): boolean {
  try {
    return rule.pattern.test(rule.baseOnly ? name.slice(name.lastIndexOf('/') + 1) : name);
  } catch (thrown) {
    if (thrown instanceof HelmError) return false;
    throw thrown;
  }
}

function parseRule(line: string): Rule[] {
  if (line === '' || line.startsWith('#')) return [];
  if (line.includes('**'))
    throw new HelmError('InvalidChart', '.helmignore', 'double-star (**) syntax is not supported');
  shellPattern(line).test('abc');
  let rest = line;
  const negate = rest.startsWith('!');
  if (negate) rest = rest.slice(1);
  const directoriesOnly = rest.endsWith('/');
  if (directoriesOnly) rest = rest.slice(0, -1);
  const rooted = rest.startsWith('/');
  if (rooted) rest = rest.slice(1);
  return [
    {
      pattern: shellPattern(rest),
      negate,
      directoriesOnly,
      baseOnly: !rooted && !rest.includes('/'),
    },
  ];
}

type Piece =
  | { kind: 'star' }
  | { kind: 'one' }
  | { kind: 'text'; char: string }
  | { kind: 'class'; negated: boolean; ranges: (readonly [number, number])[] };

/**
 * Go's filepath.Match: `*` and `?` stop at slashes, `[a-z]` and `[^a]` are classes, a backslash escapes. Of several stars
 * only the last is ever moved, so that no pattern takes long.
 *
 * @throws HelmError `InvalidChart`, `syntax error in pattern`: at once, or by `test` for what stands behind a star
 */
export function shellPattern(pattern: string): { test: (name: string) => boolean } {
  const { pieces, badFrom } = readPattern([...pattern]);
  if (badFrom === 0) throw badPattern();
  return {
    test: (name) => {
      const chars = [...name];
      let [at, piece] = [0, 0];
      /** The last star: what comes after it, and where that was tried. */
      let star: { piece: number; at: number } | undefined;
      while (at < chars.length || piece < pieces.length) {
        const next = pieces[piece];
        if (next?.kind === 'star') {
          piece += 1;
          // As Go, which finds mistakes when it gets to them.
          if (piece === badFrom) throw badPattern();
          star = { piece, at };
          continue;
        }
        const char = chars[at];
        if (next !== undefined && char !== undefined && fits(next, char)) {
          at += 1;
          piece += 1;
          continue;
        }
        if (star === undefined || star.at >= chars.length || chars[star.at] === '/') return false;
        star.at += 1;
        ({ at, piece } = star);
      }
      return true;
    },
  };
}

function fits(piece: Piece, char: string): boolean {
  switch (piece.kind) {
    case 'star':
      return false;
    case 'one':
      return char !== '/';
    case 'text':
      return char === piece.char;
    case 'class': {
      const code = char.codePointAt(0) ?? 0;
      return piece.ranges.some(([low, high]) => low <= code && code <= high) !== piece.negated;
    }
  }
}

const badPattern = () => new HelmError('InvalidChart', '.helmignore', 'syntax error in pattern');

/** `badFrom`: the first piece of the part between stars that is malformed. */
function readPattern(chars: readonly string[]): { pieces: Piece[]; badFrom: number | undefined } {
  const pieces: Piece[] = [];
  let at = 0;
  /** One end of a range. */
  const bound = (): number | undefined => {
    if (chars[at] === '-' || chars[at] === ']') return undefined;
    if (chars[at] === '\\') at += 1;
    const char = chars[at];
    // A pattern cannot end here, and a loose byte is no character.
    if (char === undefined || at + 1 >= chars.length || /^[\udc80-\udcff]$/.test(char))
      return undefined;
    at += 1;
    return char.codePointAt(0) ?? 0;
  };
  const readClass = (): Piece | undefined => {
    const negated = chars[at] === '^';
    if (negated) at += 1;
    const ranges: (readonly [number, number])[] = [];
    while (chars[at] !== ']' || ranges.length === 0) {
      const low = bound();
      if (low === undefined) return undefined;
      let high: number | undefined = low;
      if (chars[at] === '-') {
        at += 1;
        high = bound();
      }
      if (high === undefined) return undefined;
      ranges.push([low, high]);
    }
    at += 1;
    return { kind: 'class', negated, ranges };
  };
  const text = (char: string | undefined): Piece | undefined => {
    const meant = char === '\\' ? chars[at++] : char;
    return meant === undefined ? undefined : { kind: 'text', char: meant };
  };
  let chunk = 0;
  while (at < chars.length) {
    const char = chars[at++];
    if (char === '*') {
      pieces.push({ kind: 'star' });
      chunk = pieces.length;
      continue;
    }
    const piece =
      char === '?' ? ({ kind: 'one' } as const) : char === '[' ? readClass() : text(char);
    if (piece === undefined) return { pieces, badFrom: chunk };
    pieces.push(piece);
  }
  return { pieces, badFrom: undefined };
}
