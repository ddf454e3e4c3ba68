/** What is probably a mistake in a workload's annotations: nothing is wrong with them, only nothing comes of them. Pure. */
import type { KubeObject } from '../objects/mod.ts';
import { parsePattern } from '../policy/mod.ts';
import { containersOf, isWorkload, valueAt } from './containers.ts';

const policyPrefixes = ['fluxcd.io/', 'flux.weave.works/'];
const filterPrefix = 'filter.fluxcd.io/';
const mappingPrefixes = ['repository.fluxcd.io/', 'registry.fluxcd.io/', 'tag.fluxcd.io/'];
const prefixes = [...policyPrefixes, filterPrefix, ...mappingPrefixes];

const flags = ['automated', 'locked', 'ignore'];
const policies = [...flags, 'locked_user', 'locked_msg'];
/** Written by fluxd itself, or by the Helm Operator. */
const ours = ['sync-checksum', 'sync-gc-mark', 'sync-hwm', 'antecedent'];

/** Sentences, each about one annotation. */
export function adviceOn(object: KubeObject): string[] {
  const annotations = Object.entries(object.metadata.annotations ?? {});
  if (!isWorkload(object))
    return annotations.flatMap(([key]) => {
      const name = afterPrefix(key, [...policyPrefixes, filterPrefix]);
      const idle = name === 'automated' || name?.startsWith('tag.') === true;
      return idle || key.startsWith(filterPrefix)
        ? [`${key} does nothing on a ${object.kind}: it has no images that are updated`]
        : [];
    });
  const containers = containersOf(object).map(({ name }) => name);
  return annotations.flatMap(([key, value]) => adviceOnOne(key, value, containers, object));
}

function adviceOnOne(
  key: string,
  value: string,
  containers: readonly string[],
  object: KubeObject,
): string[] {
  if (key.startsWith(filterPrefix))
    return adviceOnFilter(key, key.slice(filterPrefix.length), value, containers);
  const mapping = mappingPrefixes.find((prefix) => key.startsWith(prefix));
  if (mapping !== undefined) {
    const path = ['spec', 'values', ...value.split('.')];
    return typeof valueAt(object, path) === 'string'
      ? []
      : [`${key}: spec.values.${value} is not a string`];
  }
  const name = afterPrefix(key, policyPrefixes);
  if (name !== undefined) return adviceOnPolicy(key, name, value, containers);
  const slash = key.indexOf('/') + 1;
  const meant = nearest(key.slice(0, slash), prefixes);
  return meant === undefined
    ? []
    : [`${key} is not known; did you mean ${meant}${key.slice(slash)}?`];
}

function adviceOnPolicy(
  key: string,
  name: string,
  value: string,
  containers: readonly string[],
): string[] {
  if (name.startsWith('tag.'))
    return adviceOnFilter(key, name.slice('tag.'.length), value, containers);
  if (ours.includes(name)) return [];
  if (!policies.includes(name)) {
    const meant = nearest(name, [...policies, ...containers.map((one) => `tag.${one}`)]);
    const hint = meant === undefined ? '' : `; did you mean ${key.slice(0, -name.length)}${meant}?`;
    return [`${key} is not known${hint}`];
  }
  const wanted = name === 'ignore' ? ['true', 'sync_only'] : ['true'];
  return flags.includes(name) && !wanted.includes(value) && value !== 'false'
    ? [`${key}: ${JSON.stringify(value)} counts as unset; only ${wanted.join(' or ')} counts`]
    : [];
}

function adviceOnFilter(
  key: string,
  container: string,
  value: string,
  containers: readonly string[],
): string[] {
  if (!containers.includes(container)) {
    const meant =
      nearest(container, containers) ?? (containers.length === 1 ? containers[0] : undefined);
    const hint =
      meant === undefined
        ? `; there is ${containers.length === 0 ? 'none' : containers.join(', ')}`
        : `; did you mean ${meant}?`;
    return [`${key}: no container is called ${container}${hint}`];
  }
  const pattern = parsePattern(value);
  if (!pattern.valid) return [`${key}: invalid tag pattern: ${JSON.stringify(value)}`];
  const kind = /^([a-z]+):/.exec(value)?.[1];
  if (kind !== undefined && !['glob', 'semver', 'regexp', 'regex'].includes(kind)) {
    const meant = nearest(kind, ['glob', 'semver', 'regexp', 'regex']);
    return [
      `${key}: ${JSON.stringify(value)} is taken for a glob${meant === undefined ? '' : `; did you mean ${meant}:?`}`,
    ];
  }
  return [];
}

function afterPrefix(key: string, of: readonly string[]): string | undefined {
  const prefix = of.find((one) => key.startsWith(one));
  return prefix === undefined ? undefined : key.slice(prefix.length);
}

/** The word that is at most two letters away, the nearest first; the word itself is no news. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((one) => ({ one, far: editDistance(word, one) }))
    .filter(({ far }) => far > 0 && far <= 2)
    .sort((a, b) => a.far - b.far);
  return best?.one;
}

/** Levenshtein's: letters put in, taken out or replaced. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  [...a].forEach((char, i) => {
    const next = [i + 1];
    [...b].forEach((other, j) => {
      const replace = (row[j] ?? 0) + (char === other ? 0 : 1);
      next.push(Math.min(replace, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    });
    row = next;
  });
  return row[b.length] ?? 0;
}
