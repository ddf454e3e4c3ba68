/** Which of the tags an ImagePolicy chooses: a filter, then an order (spec §6.1). Pure. */
import { RE2JS } from 're2js';
import { compareVersions, parseVersion } from '../../lib/policy/mod.ts';
import type { Version } from '../../lib/policy/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { readConstraint } from '../runtime/mod.ts';
import type { Fields } from '../runtime/mod.ts';
import { failing, stalling } from './failure.ts';

type Choose = (tags: readonly string[]) => string;

const invalid = (message: string, cause?: unknown) => stalling('InvalidPolicy', message, cause);
const impossible = (message: string) => failing('Failure', message);

/**
 * @param tags the greatest text first
 * @throws ImageFailure `InvalidPolicy`; `Failure` when none is accepted
 */
export function chooseTag(spec: Fields, tags: readonly string[]): string {
  const choose = orderOf(spec.at('policy'));
  if (!spec.has('filterTags')) return choose(tags);
  const filter = spec.at('filterTags');
  const byPart = filtered(tags, filter.text('pattern') ?? '', filter.text('extract') ?? '');
  return byPart.get(choose([...byPart.keys()])) ?? '';
}

/** Tags that match, by the part that is compared; of equal parts the last tag counts. */
function filtered(
  tags: readonly string[],
  pattern: string,
  extract: string,
): ReadonlyMap<string, string> {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (cause) {
    throw invalid(
      `failed to filter tags: invalid regular expression pattern '${pattern}': ${messageOf(cause)}`,
      cause,
    );
  }
  const byPart = new Map<string, string>();
  for (const tag of tags) {
    const matcher = compiled.matcher(tag);
    if (!matcher.find()) continue;
    const groups = compiled.namedGroups();
    const part = extract === '' ? tag : expand(extract, (name) => groupOf(matcher, groups, name));
    byPart.set(part, tag);
  }
  return byPart;
}

interface Groups {
  groupCount(): number;
  group(at: number): string | null;
}

function groupOf(matcher: Groups, names: Readonly<Record<string, number>>, name: string): string {
  const at = /^\d+$/.test(name) ? Number(name) : names[name];
  if (at === undefined || at > matcher.groupCount()) return '';
  return matcher.group(at) ?? '';
}

/** `$name`, `${name}`, `$1`, and `$$` for a dollar (Go's regexp.Expand: the longest name there is). */
export function expand(template: string, group: (name: string) => string): string {
  return template.replace(
    /\$(?:\$|(\w+)|\{(\w+)\})/g,
    (found, bare: string | undefined, braced: string | undefined) => {
      const name = bare ?? braced;
      return name === undefined ? found.slice(1) : group(name);
    },
  );
}

function orderOf(policy: Fields): Choose {
  if (policy.has('semver')) return newestVersion(policy.at('semver').text('range') ?? '');
  if (policy.has('alphabetical')) return lastText(directionOf(policy.at('alphabetical')));
  if (policy.has('numerical')) return greatestNumber(directionOf(policy.at('numerical')));
  throw invalid('invalid policy: given ImagePolicyChoice object is invalid');
}

function directionOf(policy: Fields): 'ASC' | 'DESC' {
  const order = (policy.text('order') ?? 'ASC').toUpperCase();
  if (order === 'ASC' || order === 'DESC') return order;
  throw invalid(
    `invalid policy: invalid order argument provided: '${order}', must be one of: ASC, DESC`,
  );
}

const notEmpty = (tags: readonly string[]) => {
  if (tags.length === 0) throw impossible('version list argument cannot be empty');
};

/** Three numbers, with or without `v`. */
const strictVersion =
  /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

function newestVersion(range: string): Choose {
  let constraint: ReturnType<typeof readConstraint>;
  try {
    constraint = readConstraint(range);
  } catch (cause) {
    throw invalid(`invalid policy: ${messageOf(cause)}`, cause);
  }
  return (tags) => {
    notEmpty(tags);
    let newest: { tag: string; version: Version } | undefined;
    for (const tag of tags) {
      const version = strictVersion.test(tag) ? parseVersion(tag) : undefined;
      if (version === undefined || !constraint.allows(version)) continue;
      if (newest === undefined || compareVersions(version, newest.version) > 0)
        newest = { tag, version };
    }
    if (newest === undefined)
      throw impossible('unable to determine latest version from provided list');
    return newest.tag;
  };
}

const lastText =
  (order: 'ASC' | 'DESC'): Choose =>
  (tags) => {
    notEmpty(tags);
    return tags.reduce((best, tag) => ((order === 'ASC' ? tag > best : tag < best) ? tag : best));
  };

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function greatestNumber(order: 'ASC' | 'DESC'): Choose {
  return (tags) => {
    notEmpty(tags);
    let best: { tag: string; number: number } | undefined;
    for (const tag of tags) {
      const number = decimal.test(tag) ? Number(tag) : Number.NaN;
      if (!Number.isFinite(number))
        throw impossible(`failed to parse invalid numeric value '${tag}'`);
      const isWorse =
        best !== undefined && (order === 'ASC' ? number < best.number : number > best.number);
      if (!isWorse) best = { tag, number };
    }
    return best?.tag ?? '';
  };
}
