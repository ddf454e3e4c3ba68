/** Policies of a workload: annotations of three generations (spec flux-v1 §5.4). */
import { parsePattern, patternAll } from '../policy/mod.ts';
import type { Pattern } from '../policy/mod.ts';

/** Policy name to value, for example `automated` → `true`, `tag.podinfod` → `semver:~3.1`. */
export type Policies = ReadonlyMap<string, string>;

const prefixes = ['fluxcd.io/', 'flux.weave.works/'] as const;
const filterPrefix = 'filter.fluxcd.io/';

/** Earlier prefixes win when one policy is given twice. */
export function policiesOf(annotations: Readonly<Record<string, string>> | undefined): Policies {
  const found = new Map<string, string>();
  const entries = Object.entries(annotations ?? {});
  for (const prefix of prefixes) {
    for (const [key, value] of entries) {
      if (key.startsWith(prefix) && !found.has(key.slice(prefix.length)))
        found.set(key.slice(prefix.length), value);
    }
  }
  for (const [key, value] of entries) {
    const name = `tag.${key.slice(filterPrefix.length)}`;
    if (key.startsWith(filterPrefix) && !found.has(name)) found.set(name, value);
  }
  return found;
}

/** `automated`, `locked` and `ignore` count only when their value is exactly `true`. */
export function hasPolicy(policies: Policies, name: 'automated' | 'locked' | 'ignore'): boolean {
  return policies.get(name) === 'true';
}

/** The filter of a container; everything when there is none. */
export function filterOf(policies: Policies, container: string): Pattern {
  return parsePattern(policies.get(`tag.${container}`) ?? patternAll);
}

/** The annotation key that holds a policy now, or the one to write it under. */
export function annotationKey(
  annotations: Readonly<Record<string, string>> | undefined,
  policy: string,
): string {
  const present = annotationKeys(policy).find(
    (key) => annotations !== undefined && Object.hasOwn(annotations, key),
  );
  return present ?? `fluxcd.io/${policy}`;
}

/** Every key under which a policy may stand, in the order in which they are looked up. */
export function annotationKeys(policy: string): string[] {
  const keys = prefixes.map((prefix) => `${prefix}${policy}`);
  return policy.startsWith('tag.')
    ? [...keys, `${filterPrefix}${policy.slice('tag.'.length)}`]
    : keys;
}
