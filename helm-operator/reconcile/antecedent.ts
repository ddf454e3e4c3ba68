/** Which HelmRelease manages a release's objects: an annotation on each of them (spec helm-operator §3, §8). */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { KubeError } from '../../lib/kube/mod.ts';
import { formatResourceId, resourceId } from '../../lib/objects/mod.ts';
import type { HelmRelease } from '../../lib/objects/mod.ts';
import { safeMessage } from '../errors.ts';
import { splitManifests } from '../../lib/helm/chart/mod.ts';
import { parseYamlMap } from '../../lib/helm/yaml/mod.ts';
import type { GoMap } from '../../lib/helm/values/mod.ts';
import { inParallel } from '../../lib/runtime/mod.ts';

export const antecedentAnnotation = 'helm.fluxcd.io/antecedent';

export function antecedentOf(hr: HelmRelease): string {
  return formatResourceId(resourceId(hr.metadata.namespace, 'helmrelease', hr.metadata.name));
}

/** For every object of a release. */
export const ownerAnnotation = (hr: HelmRelease): Record<string, string> => ({
  [antecedentAnnotation]: antecedentOf(hr),
});

interface ObjectName {
  apiVersion: string;
  kind: string;
  name: string;
  namespace: string | undefined;
}

/** The objects of a release's manifest; documents that cannot be read are left out. */
export function manifestObjects(manifest: string): ObjectName[] {
  return splitManifests(manifest).flatMap((text) => {
    let document: GoMap;
    try {
      document = parseYamlMap(text);
    } catch {
      // The release was installed with it, so whatever it is, it is no object of its own.
      return [];
    }
    return namesIn(document);
  });
}

function namesIn(document: GoMap): ObjectName[] {
  const items = document.get('items');
  const kind = document.get('kind');
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item) => (item instanceof Map ? namesIn(item) : []));
  }
  const metadata = document.get('metadata');
  const apiVersion = document.get('apiVersion');
  const name = metadata instanceof Map ? metadata.get('name') : undefined;
  const namespace = metadata instanceof Map ? metadata.get('namespace') : undefined;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string' || typeof name !== 'string')
    return [];
  return [
    { apiVersion, kind, name, namespace: typeof namespace === 'string' ? namespace : undefined },
  ];
}

/** Objects annotated at the same time: one large release must not take all connections. */
const hands = 8;
/** Objects asked for their manager at most; they all say the same. */
const asked = 3;

/** Who manages the objects; `undefined` when none says so. Errors but "not there" are thrown: an unknown owner is not ours. */
export async function findOwner(
  kube: KubeClient,
  manifest: string,
  releaseNamespace: string,
): Promise<string | undefined> {
  for (const name of manifestObjects(manifest).slice(0, asked)) {
    const ref = await refOf(kube, name, releaseNamespace);
    const object = ref === undefined ? undefined : await kube.get(ref);
    const owner = object?.metadata.annotations?.[antecedentAnnotation];
    if (owner !== undefined) return owner;
  }
  return undefined;
}

/** @returns a sentence for each object that could not be annotated */
export async function annotateObjects(
  kube: KubeClient,
  manifest: string,
  releaseNamespace: string,
  antecedent: string,
): Promise<string[]> {
  const patch = { metadata: { annotations: { [antecedentAnnotation]: antecedent } } };
  const results = await inParallel(manifestObjects(manifest), hands, async (name) => {
    try {
      const ref = await refOf(kube, name, releaseNamespace);
      if (ref !== undefined)
        await kube.patch(ref, 'merge', patch, { fieldManager: 'helm-operator' });
      return undefined;
    } catch (thrown) {
      if (thrown instanceof KubeError && thrown.reason === 'NotFound') return undefined;
      return `${name.kind} ${name.name}: ${safeMessage(thrown)}`;
    }
  });
  return results.filter((result) => result !== undefined);
}

async function refOf(kube: KubeClient, name: ObjectName, releaseNamespace: string) {
  const type = await kube.resourceType(name);
  if (type === undefined) return undefined;
  const { apiVersion, kind, name: objectName } = name;
  return {
    apiVersion,
    kind,
    name: objectName,
    ...(type.namespaced ? { namespace: name.namespace ?? releaseNamespace } : {}),
  };
}
