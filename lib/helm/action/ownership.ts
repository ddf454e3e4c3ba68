/** Who owns an object (helm 3.19 pkg/action/validate.go). */
import type { KubeObject } from '../../objects/mod.ts';
import { inParallel, messageOf } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import type { ActionContext } from './context.ts';
import { liveObject } from './objects.ts';
import type { ReleaseObject } from './objects.ts';

const managedBy = 'app.kubernetes.io/managed-by';
const nameKey = 'meta.helm.sh/release-name';
const namespaceKey = 'meta.helm.sh/release-namespace';

/**
 * The objects with Helm's ownership label and annotations.
 *
 * @param annotations more that each object gets
 */
export function withOwner(
  objects: readonly ReleaseObject[],
  release: string,
  namespace: string,
  annotations: Readonly<Record<string, string>> = {},
): ReleaseObject[] {
  return objects.map((each) => ({
    ...each,
    object: {
      ...each.object,
      metadata: {
        ...each.object.metadata,
        labels: { ...each.object.metadata.labels, [managedBy]: 'Helm' },
        annotations: {
          ...each.object.metadata.annotations,
          ...annotations,
          [nameKey]: release,
          [namespaceKey]: namespace,
        },
      },
    },
  }));
}

/**
 * Which of the objects exist already and belong to the release.
 *
 * @returns those to adopt, with the live object of each
 * @throws HelmError `NotOwned` for the first (in order) that belongs to something else
 */
export async function existingObjects(
  context: ActionContext,
  objects: readonly ReleaseObject[],
  release: string,
  namespace: string,
): Promise<Map<ReleaseObject, KubeObject>> {
  const existing = await liveObjects(context, objects);
  for (const [each, live] of existing) {
    const problem = ownershipProblem(live, release, namespace);
    if (problem !== undefined) {
      throw new HelmError(
        'NotOwned',
        each.name,
        `${describe(each)} exists and cannot be imported into the current release: ${problem}`,
      );
    }
  }
  return existing;
}

/** The objects that exist already, each with what the cluster has. @throws HelmError `ApplyFailed` */
export async function liveObjects(
  context: ActionContext,
  objects: readonly ReleaseObject[],
): Promise<Map<ReleaseObject, KubeObject>> {
  const found = await inParallel(objects, 16, async (each) => {
    try {
      return await liveObject(context.kube, each, signalOf(context));
    } catch (cause) {
      throw new HelmError(
        'ApplyFailed',
        each.name,
        `could not get information about the resource ${describe(each)}: ${messageOf(cause)}`,
        { cause },
      );
    }
  });
  const existing = new Map<ReleaseObject, KubeObject>();
  objects.forEach((each, at) => {
    const live = found[at];
    if (live !== undefined) existing.set(each, live);
  });
  return existing;
}

export function signalOf(context: ActionContext): { signal?: AbortSignal } {
  return context.signal === undefined ? {} : { signal: context.signal };
}

export function describe(each: ReleaseObject): string {
  return `${each.kind} "${each.name}" in namespace "${each.namespace}"`;
}

function ownershipProblem(
  live: KubeObject,
  release: string,
  namespace: string,
): string | undefined {
  const { labels = {}, annotations = {} } = live.metadata;
  const problems = [
    ...require(labels, managedBy, 'Helm').map((text) => `label validation error: ${text}`),
    ...require(annotations, nameKey, release).map((text) => `annotation validation error: ${text}`),
    ...require(annotations, namespaceKey, namespace).map(
      (text) => `annotation validation error: ${text}`,
    ),
  ];
  return problems.length === 0 ? undefined : ['invalid ownership metadata', ...problems].join('; ');
}

function require(found: Readonly<Record<string, string>>, key: string, wanted: string): string[] {
  const actual = found[key];
  if (actual === undefined) return [`missing key "${key}": must be set to "${wanted}"`];
  if (actual === wanted) return [];
  return [`key "${key}" must equal "${wanted}": current value is "${actual}"`];
}
