/** What `lookup` finds in a cluster (helm 3.19 pkg/engine/lookup_func.go). */
import type { KubeClient } from '../../kube/mod.ts';
import { HelmError } from '../chart/mod.ts';
import { GoInt } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';

export interface LookupQuestion {
  apiVersion: string;
  kind: string;
  /** '' in every namespace, or for kinds outside of namespaces. */
  namespace: string;
  /** '' asks for a list. */
  name: string;
}

/**
 * @returns the object, or a list; nothing when the object is not there
 * @throws HelmError `RenderFailed` when the cluster does not know the kind; KubeError
 */
export async function answerLookup(
  kube: KubeClient,
  { apiVersion, kind, namespace, name }: LookupQuestion,
): Promise<GoMap> {
  const type = await kube.resourceType({ apiVersion, kind });
  if (type === undefined) {
    throw new HelmError(
      'RenderFailed',
      `${apiVersion}/${kind}`,
      `unable to get apiresource from unstructured: ${apiVersion}, Kind=${kind}: the server could not find the requested resource`,
    );
  }
  const scope = type.namespaced && namespace !== '' ? { namespace } : {};
  if (name !== '') {
    const object = await kube.get({ apiVersion, kind, name, ...scope });
    return object === undefined ? new Map() : mapOf(object);
  }
  const { items, resourceVersion } = await kube.list({ apiVersion, kind, ...scope });
  return new Map<string, GoValue>([
    ['apiVersion', apiVersion],
    ['kind', `${kind}List`],
    ['metadata', new Map([['resourceVersion', resourceVersion]])],
    ['items', items.map((item) => mapOf({ ...item, apiVersion, kind }))],
  ]);
}

function mapOf(object: object): GoMap {
  return new Map(Object.entries(object).map(([key, value]) => [key, goValueOf(value)]));
}

/** JSON as the Kubernetes client decodes it: whole numbers are int64. */
function goValueOf(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map(goValueOf);
  if (typeof value === 'object' && value !== null) return mapOf(value);
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? GoInt.int64(BigInt(value)) : value;
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}
