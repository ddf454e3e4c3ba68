/** What a revision that failed left in the cluster, as a further start of the patches of the next one. */
import type { KubeObject } from '../../objects/mod.ts';
import { sameObject } from './objects.ts';
import type { ReleaseObject } from './objects.ts';
import { isMap } from './strategic-patch.ts';

/**
 * The objects of two manifests as one: what either had and the next has not is taken away.
 *
 * Helm starts from the deployed revision alone, so that a field or an object which only a failed one had stays for ever.
 */
export function withUndeployed(
  deployed: readonly ReleaseObject[],
  failed: readonly ReleaseObject[],
): ReleaseObject[] {
  const both = deployed.map((each) => {
    const tried = failed.find((other) => sameObject(each, other));
    return tried === undefined ? each : { ...each, object: union(each.object, tried.object) };
  });
  const only = failed.filter((each) => !deployed.some((other) => sameObject(each, other)));
  return [...both, ...only];
}

function union(a: KubeObject, b: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = b;
  return { ...unionOf(a, b), apiVersion, kind, metadata: { ...a.metadata, ...metadata } };
}

function unionOf(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const made: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const old = made[key];
    if (isMap(value) && isMap(old)) made[key] = unionOf(old, value);
    // Of elements with one merge key, the later counts.
    else if (Array.isArray(value) && Array.isArray(old))
      made[key] = [...old, ...value] as unknown[];
    else made[key] = value;
  }
  return made;
}
