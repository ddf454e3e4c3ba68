/** What others changed of a release's objects (helm-controller internal/action/diff.go, internal/diff). */
import { objectDrift, releaseObjects } from '../../lib/helm/action/mod.ts';
import type { DriftedObject, ReleaseObject } from '../../lib/helm/action/mod.ts';
import type { Release } from '../../lib/helm/storage/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import { inParallel } from '../../lib/runtime/mod.ts';
import { pathsFor } from '../runtime/mod.ts';
import type { TargetRule } from '../runtime/mod.ts';
import { releaseGroup } from './request.ts';

export interface Drift {
  drifted: DriftedObject[];
  /** Left out on purpose. */
  excluded: ReleaseObject[];
}

const parallel = 8;

/**
 * @param overridden beginnings of names of managers whose fields count as drift when the release has them not
 * @throws KubeError, HelmError
 */
export async function findDrift(
  kube: KubeClient,
  release: Release,
  rules: readonly TargetRule[],
  overridden: readonly string[],
): Promise<Drift> {
  const objects = await releaseObjects(kube, release);
  const excluded = objects.filter((each) => isExcluded(each) || pathsOf(each, rules).includes(''));
  const looked = objects.filter((each) => !excluded.includes(each));
  const found = await inParallel(looked, parallel, (each) =>
    objectDrift(kube, each, pathsOf(each, rules), (manager) =>
      overridden.some((name) => manager.startsWith(name)),
    ),
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

const pathsOf = ({ object, namespace, name }: ReleaseObject, rules: readonly TargetRule[]) =>
  pathsFor(rules, object, { namespace, name });
