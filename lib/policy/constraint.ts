/** Version constraints with the grammar of Masterminds/semver 3.4.0: what `semver:` filters and charts use. */
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
const range = new RegExp(String.raw`\s*(${bound})\s+-\s+(${bound})\s*`, 'g');
const oneComparison = String.raw`${operator}\s*${bound}`;
const conjunction = new RegExp(
  String.raw`^\s*${oneComparison}\s*(?:(?:\s+|,\s*)${oneComparison}\s*)*$`,
);
const comparisons = new RegExp(oneComparison, 'g');
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
  const groups = text
    .replace(range, (_whole, from: string, to: string) => `>= ${from}, <= ${to} `)
    .split('||')
    .map((group) => {
      if (!conjunction.test(group)) throw improper(group);
      const all = (group.match(comparisons) ?? []).map(parseComparison);
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
