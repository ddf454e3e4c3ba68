/** What others changed of a release's objects (helm-controller internal/action/diff.go, internal/diff). */
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { objectDrift, releaseObjects } from '../../lib/helm/action/mod.ts';
import type { DriftedObject, ReleaseObject } from '../../lib/helm/action/mod.ts';
import type { Release } from '../../lib/helm/storage/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import { inParallel } from '../../lib/runtime/mod.ts';
import type { Fields } from '../runtime/mod.ts';
import { releaseGroup } from './request.ts';
import type { IgnoreRule } from './spec.ts';

export interface Drift {
  drifted: DriftedObject[];
  /** Left out on purpose. */
  excluded: ReleaseObject[];
}

const parallel = 8;

/** @throws KubeError, HelmError */
export async function findDrift(
  kube: KubeClient,
  release: Release,
  rules: readonly IgnoreRule[],
): Promise<Drift> {
  const objects = await releaseObjects(kube, release);
  const excluded = objects.filter((each) => isExcluded(each) || pathsOf(each, rules).includes(''));
  const looked = objects.filter((each) => !excluded.includes(each));
  const found = await inParallel(looked, parallel, (each) =>
    objectDrift(kube, each, pathsOf(each, rules)),
  );
  return { drifted: found.filter((each) => each !== undefined), excluded };
}

/** One line for each object that is not as it should be. */
export function summarizeDrift({ drifted, excluded }: Drift): string {
  const lines = [
    ...drifted.map((each) => {
      const { object, missing, fields, added, removed } = each;
      if (missing) return `${resourceName(object)} removed`;
      const changed = fields.length - added.length - removed.length;
      return `${resourceName(object)} changed (${added.length} additions, ${changed} changes, ${removed.length} removals)`;
    }),
    ...excluded.map((object) => `${resourceName(object)} excluded`),
  ];
  return lines.join('\n');
}

/** `Kind/namespace/name` */
export const resourceName = ({ kind, namespace, name }: ReleaseObject): string =>
  [kind, namespace, name].filter((part) => part !== '').join('/');

function isExcluded({ object }: ReleaseObject): boolean {
  const { labels = {}, annotations = {} } = object.metadata;
  const key = `${releaseGroup}/driftDetection`;
  return labels[key] === 'disabled' || annotations[key] === 'disabled';
}

const pathsOf = (object: ReleaseObject, rules: readonly IgnoreRule[]): string[] =>
  rules
    .filter(({ target }) => target === undefined || isTarget(object, target))
    .flatMap(({ paths }) => paths);

function isTarget({ object, kind, namespace, name }: ReleaseObject, target: Fields): boolean {
  const slash = object.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : object.apiVersion.slice(0, slash);
  const is = { group, version: object.apiVersion.slice(slash + 1), kind, namespace, name };
  return (
    (['group', 'version', 'kind', 'namespace', 'name'] as const).every((key) =>
      fitsPattern(target.text(key), is[key]),
    ) &&
    fitsSelector(target.text('labelSelector'), object.metadata.labels ?? {}) &&
    fitsSelector(target.text('annotationSelector'), object.metadata.annotations ?? {})
  );
}

/** Patterns are anchored; one that cannot be read fits only itself. */
function fitsPattern(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  try {
    return RE2JS.compile(pattern).matcher(text).matches();
  } catch (thrown) {
    // Not a pattern: a plain name.
    if (thrown instanceof RE2JSSyntaxException) return pattern === text;
    throw thrown;
  }
}

/** `a=b,c!=d,e,!f` */
function fitsSelector(
  selector: string | undefined,
  values: Readonly<Record<string, string>>,
): boolean {
  return (selector ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .every((part) => {
      const match = /^([^=!\s]+)\s*(==|=|!=)\s*(.*)$/.exec(part);
      if (match !== null) {
        const [, key = '', operator, wanted] = match;
        return (values[key] === wanted) === (operator !== '!=');
      }
      return part.startsWith('!') ? !(part.slice(1) in values) : part in values;
    });
}
