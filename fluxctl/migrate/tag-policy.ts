/** Filters of v1 (`glob:`, `semver:`, `regexp:`) as the policy of an ImagePolicy. Pure (spec §6.2). */
import { parsePattern } from '../../lib/policy/mod.ts';

export interface ConvertedPolicy {
  spec: Record<string, unknown>;
  /** How it chooses otherwise than v1. */
  caveat?: string;
  /** Why there is none. */
  problem?: string;
}

const buildTimes =
  'v1 chose the newest image by the time it was built; an ImagePolicy knows names only';

/** @param filter with its prefix */
export function policyOf(filter: string): ConvertedPolicy {
  const pattern = parsePattern(filter);
  const [, kind = 'glob', text = ''] = /^(glob|semver|regexp):([\s\S]*)$/.exec(pattern.text) ?? [];
  if (!pattern.valid)
    return { spec: {}, problem: `the filter ${filter} cannot be read, and v1 accepted everything` };
  if (kind === 'semver') return { spec: { policy: { semver: { range: text } } } };
  if (kind === 'regexp') return ordered(text, undefined);
  if (!text.includes('*')) {
    // One tag, or none: nothing is chosen.
    return { spec: { filterTags: { pattern: `^${escaped(text)}$` }, policy: alphabetical } };
  }
  const parts = text.split('*').map(escaped);
  const last = parts.pop() ?? '';
  const first = parts.length === 0 ? '' : parts.join('.*');
  // What the last star stands for is what tags of one scheme differ in.
  return ordered(`^${first}(?P<rest>.*)${last}$`, '$rest');
}

const alphabetical = { alphabetical: { order: 'asc' } };

function ordered(pattern: string, extract: string | undefined): ConvertedPolicy {
  return {
    spec: {
      filterTags: { pattern, ...(extract === undefined ? {} : { extract }) },
      policy: alphabetical,
    },
    caveat: `${buildTimes}: the last one in alphabetical order is taken. Give tags a part that grows (main-1a2b3c4-1700000000, and policy.numerical on it), or leave this workload with fluxd`,
  };
}

const escaped = (text: string): string => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
