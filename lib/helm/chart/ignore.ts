/** `.helmignore` (helm 3.19 pkg/ignore): shell patterns one a line, the last word is the first rule that matches. */
import { HelmError } from './errors.ts';

export type IgnoreRules = (name: string, isDirectory: boolean) => boolean;

interface Rule {
  pattern: RegExp;
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
  return rule.pattern.test(rule.baseOnly ? name.slice(name.lastIndexOf('/') + 1) : name);
}

function parseRule(line: string): Rule[] {
  if (line === '' || line.startsWith('#')) return [];
  if (line.includes('**'))
    throw new HelmError('InvalidChart', '.helmignore', 'double-star (**) syntax is not supported');
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

/** Go's filepath.Match: `*` and `?` stop at slashes, `[a-z]` and `[^a]` are classes, a backslash escapes. */
export function shellPattern(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const unit = pattern.charAt(at);
    if (unit === '*') source += '[^/]*';
    else if (unit === '?') source += '[^/]';
    else if (unit === '\\' && at + 1 < pattern.length) source += literal(pattern.charAt(++at));
    else if (unit === '[') {
      const end = pattern.indexOf(']', at + 2);
      if (end < 0) throw new HelmError('InvalidChart', '.helmignore', 'syntax error in pattern');
      const inner = pattern.slice(at + 1, end);
      const negated = inner.startsWith('^');
      const body = (negated ? inner.slice(1) : inner).replaceAll(/[\][^&~|]/g, '\\$&');
      source += `[${negated ? '^' : ''}${body}]`;
      at = end;
    } else source += literal(unit);
  }
  return new RegExp(`^${source}$`, 'su');
}

const literal = (unit: string) => unit.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
