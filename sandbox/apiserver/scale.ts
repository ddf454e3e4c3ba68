/** The scale subresource: replicas of a workload as an `autoscaling/v1` Scale. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { applyJsonPatch, applyMergePatch } from './apply/json-patch.ts';
import { badRequest } from './api-error.ts';
import { isObject } from './schema/type-node.ts';
import type { PatchKind } from './write.ts';

export function readScale(object: KubeObject) {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const spec = isObject(object.spec) ? object.spec : {};
  const status = isObject(object.status) ? object.status : {};
  const selector =
    isObject(spec.selector) && isObject(spec.selector.matchLabels) ? spec.selector.matchLabels : {};
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec.replicas ?? 0 },
    status: {
      replicas: status.replicas ?? 0,
      selector: Object.entries(selector)
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(','),
    },
  };
}

/** The workload with the replicas of a Scale, or of a patch of its Scale. @throws ApiError 400 */
export function scaled(live: KubeObject, body: unknown, patch: PatchKind | undefined): KubeObject {
  const scale =
    patch === undefined
      ? body
      : patch === 'json'
        ? applyJsonPatch(readScale(live), body)
        : applyMergePatch(readScale(live), body);
  const replicas = isObject(scale) && isObject(scale.spec) ? scale.spec.replicas : undefined;
  if (typeof replicas !== 'number') throw badRequest('spec.replicas: Required value');
  return { ...live, spec: { ...(isObject(live.spec) ? live.spec : {}), replicas } };
}
