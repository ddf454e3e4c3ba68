/** Version constraints with the grammar of Masterminds/semver 3.4.0: what `semver:` filters and charts use. */
import { RE2JS } from 're2js';
import { PolicyError } from './errors.ts';
import { compareVersions, parseVersion } from './version.ts';
import type { Version } from './version.ts';

export interface Constraint {
  readonly text: string;
  allows(version: Version): boolean;
}

/** One comparison. `precision` counts the numbers that were written: `1.x` has one, `*` none. */
interface Comparison {
  operator: Operator;
  bound: Version;
  precision: 0 | 1 | 2 | 3;
}

type Operator = '=' | '!=' | '>' | '<' | '>=' | '<=' | '~' | '^';

const spelling: Readonly<Record<string, Operator>> = {
  '': '=',
  '=': '=',
  '!=': '!=',
  '>': '>',
  '<': '<',
  '>=': '>=',
  '=>': '>=',
  '<=': '<=',
  '=<': '<=',
  '~': '~',
  '~>': '~',
  '^': '^',
};

const part = String.raw`[0-9|xX*]+`;
const suffix = String.raw`(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?`;
const bound = String.raw`v?${part}(?:\.${part})?(?:\.${part})?${suffix}`;
const operator = String.raw`(?:!=|>=|=>|<=|=<|~>|=|>|<|~|\^|)`;
const oneComparison = String.raw`${operator}\s*${bound}`;
/** In linear time, whatever a chart or an annotation says; white space between comparisons can be read in many ways. */
const range = once(String.raw`\s*(${bound})\s+-\s+(${bound})\s*`);
const conjunction = once(String.raw`\s*${oneComparison}\s*(?:(?:\s+|,\s*)${oneComparison}\s*)*`);
const comparisons = once(oneComparison);
const pieces = new RegExp(
  String.raw`^(${operator})\s*v?(${part})(?:\.(${part}))?(?:\.(${part}))?((?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)`,
);

/**
 * Parses `~0.4`, `>= 1.2, < 3`, `1.x || 2.1 - 2.4`, …; comma and space mean "and".
 *
 * A version with a pre-release is allowed only by an "and" group that names one itself (`>= 1.0-0`).
 *
 * @throws PolicyError `InvalidConstraint`
 */
export function parseConstraint(text: string): Constraint {
  const groups = range()
    .matcher(text)
    .replaceAll('>= $1, <= $2 ')
    .split('||')
    .map((group) => {
      if (!conjunction().matches(group)) throw improper(group);
      const all = allMatches(comparisons(), group).map(parseComparison);
      return { all, preReleases: all.some((comparison) => comparison.bound.pre !== '') };
    });
  return {
    text,
    allows: (version) =>
      groups.some(
        ({ all, preReleases }) =>
          (version.pre === '' || preReleases) &&
          all.every((comparison) => holds(comparison, version)),
      ),
  };
}

/** Compiled when it is first used. */
function once(expression: string): () => RE2JS {
  let compiled: RE2JS | undefined;
  return () => (compiled ??= RE2JS.compile(expression));
}

function allMatches(expression: RE2JS, text: string): string[] {
  const found: string[] = [];
  const matcher = expression.matcher(text);
  while (matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

/** Whether a version given as text satisfies a constraint; text that is no version does not. */
export function satisfies(constraint: Constraint, text: string): boolean {
  const version = parseVersion(text);
  return version !== undefined && constraint.allows(version);
}

function parseComparison(text: string): Comparison {
  const match = pieces.exec(text);
  if (match === null) throw improper(text);
  const [, written = '', ...numbers] = match;
  const wildcard = numbers
    .slice(0, 3)
    .findIndex((number) => number === undefined || /^[xX*]$/.test(number));
  const precision = (wildcard < 0 ? 3 : wildcard) as Comparison['precision'];
  const core = [0, 1, 2].map((at) => (at < precision ? (numbers[at] ?? '0') : '0')).join('.');
  const version = parseVersion(`${core}${numbers[3] ?? ''}`);
  if (version === undefined)
    throw new PolicyError('InvalidConstraint', text, 'constraint parser error');
  return { operator: spelling[written] ?? '=', bound: version, precision };
}

function holds({ operator: op, bound: limit, precision }: Comparison, version: Version): boolean {
  const order = compareVersions(version, limit);
  const sameMajor = version.major === limit.major;
  const sameMinor = sameMajor && version.minor === limit.minor;
  switch (op) {
    case '=':
      return precision === 3 ? order === 0 : withinTilde(limit, precision, version);
    case '~':
      return withinTilde(limit, precision, version);
    case '!=':
      if (precision === 3) return order !== 0;
      if (precision === 2) return !sameMinor || version.pre !== limit.pre;
      if (precision === 1) return !sameMajor;
      return order !== 0;
    case '>':
      if (precision === 1) return version.major > limit.major;
      if (precision === 2)
        return version.major > limit.major || (sameMajor && version.minor > limit.minor);
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
      if (precision === 3) return order <= 0;
      if (version.major !== limit.major) return version.major < limit.major;
      return precision === 1 || version.minor <= limit.minor;
    case '^':
      if (order < 0) return false;
      if (limit.major > 0 || precision === 1) return sameMajor;
      if (version.major > 0) return false;
      if (limit.minor > 0 || precision === 2) return sameMinor;
      return version.minor === 0 && version.patch === limit.patch;
  }
}

/** `~1.2.3` is at least 1.2.3 and below 1.3; `~1` (and `1.x`) stays below 2; zero without wildcards is no upper bound. */
function withinTilde(
  limit: Version,
  precision: Comparison['precision'],
  version: Version,
): boolean {
  if (compareVersions(version, limit) < 0) return false;
  const zero = limit.major === 0 && limit.minor === 0 && limit.patch === 0;
  if (zero && (precision === 0 || precision === 3)) return true;
  if (version.major !== limit.major) return false;
  return precision === 1 || version.minor === limit.minor;
}

function improper(text: string): PolicyError {
  return new PolicyError('InvalidConstraint', text, `improper constraint: ${text}`);
}
