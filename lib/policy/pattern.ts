/** Image filters: which tags a workload accepts, and which of them is the newest (spec flux-v1 §5.5). */
import { RE2JS } from 're2js';
import { parseConstraint } from './constraint.ts';
import type { Constraint } from './constraint.ts';
import { compareVersions, parseVersion } from './version.ts';

/** What choosing needs to know of a tag. */
export interface Candidate {
  readonly tag: string;
  /** Milliseconds since 1970, `undefined` when the image does not say. */
  readonly createdAt?: number | undefined;
}

export interface Pattern {
  /** With its prefix: `glob:*`, `semver:~0.4`, `regexp:^dev`. */
  readonly text: string;
  /** False for a constraint or expression that does not parse; what such a pattern matches is kept from the original. */
  readonly valid: boolean;
  /** Whether the order needs creation times. */
  readonly requiresTimestamp: boolean;
  matches(tag: string): boolean;
  /** Sorts best first; ties as in the original. */
  compare(a: Candidate, b: Candidate): number;
}

export const patternAll = 'glob:*';

/**
 * Reads `glob:…`, `semver:…`, `regexp:…` / `regex:…`, or a bare glob. Never throws: see `valid`.
 */
export function parsePattern(text: string): Pattern {
  if (text.startsWith('semver:')) return semverPattern(text.slice('semver:'.length));
  if (text.startsWith('regexp:')) return regexpPattern(text.slice('regexp:'.length));
  if (text.startsWith('regex:')) return regexpPattern(text.slice('regex:'.length));
  return globPattern(text.startsWith('glob:') ? text.slice('glob:'.length) : text);
}

/** The candidates that a pattern accepts, best first. */
export function filterAndSort<T extends Candidate>(
  candidates: readonly T[],
  pattern: Pattern,
): T[] {
  return candidates
    .filter((candidate) => pattern.matches(candidate.tag))
    .sort((a, b) => pattern.compare(a, b));
}

function globPattern(glob: string): Pattern {
  const matchesGlob = globMatcher(glob);
  return {
    text: `glob:${glob}`,
    valid: true,
    requiresTimestamp: true,
    matches: (tag) => (isLatest(tag) ? glob === 'latest' && matchesGlob(tag) : matchesGlob(tag)),
    compare: byCreation,
  };
}

function semverPattern(text: string): Pattern {
  const constraint = constraintOrUndefined(text);
  return {
    text: `semver:${text}`,
    valid: constraint !== undefined,
    requiresTimestamp: false,
    matches: (tag) => {
      const version = parseVersion(tag);
      return version !== undefined && (constraint === undefined || constraint.allows(version));
    },
    compare: byVersion,
  };
}

function regexpPattern(text: string): Pattern {
  const expression = expressionOrUndefined(text);
  return {
    text: `regexp:${text}`,
    valid: expression !== undefined,
    requiresTimestamp: true,
    matches: (tag) =>
      !isLatest(tag) && (expression === undefined || expression.matcher(tag).find()),
    compare: byCreation,
  };
}

/**
 * `*` stands for any text, every other character for itself; the whole string has to match, in time linear in its length
 * for each star.
 */
export function globMatcher(glob: string): (text: string) => boolean {
  const [head = '', ...rest] = glob.split('*');
  const tail = rest.pop();
  if (tail === undefined) return (text) => text === glob;
  return (text) => {
    if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail))
      return false;
    let at = head.length;
    const end = text.length - tail.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return at <= end;
  };
}

function byCreation(a: Candidate, b: Candidate): number {
  const [left, right] = [a.createdAt ?? -Infinity, b.createdAt ?? -Infinity];
  if (left !== right) return left > right ? -1 : 1;
  return a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0;
}

/** Highest version first; of equal ones the greater text first: `1.10.0` before `1.10`. */
function byVersion(a: Candidate, b: Candidate): number {
  const [left, right] = [parseVersion(a.tag), parseVersion(b.tag)];
  const order = left !== undefined && right !== undefined ? compareVersions(right, left) : 0;
  if (order !== 0) return order;
  return a.tag > b.tag ? -1 : a.tag < b.tag ? 1 : 0;
}

const isLatest = (tag: string) => tag.toLowerCase() === 'latest';

function constraintOrUndefined(text: string): Constraint | undefined {
  try {
    return parseConstraint(text);
  } catch {
    // What an invalid constraint accepts is decided by the caller, as in the original.
    return undefined;
  }
}

function expressionOrUndefined(text: string): RE2JS | undefined {
  try {
    return RE2JS.compile(text);
  } catch {
    return undefined;
  }
}
