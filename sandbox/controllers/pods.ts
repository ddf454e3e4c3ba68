/** Pods as controllers see and make them. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { ControllerContext } from './context.ts';
import { recordEvent } from './context.ts';
import { conditionStatus } from './conditions.ts';
import {
  isDeleting,
  isOwnedBy,
  labelsAt,
  nameOf,
  objectAt,
  ownerReference,
  textAt,
} from './fields.ts';
import type { JsonObject } from './fields.ts';

export function podsOf(owner: KubeObject, { cluster }: ControllerContext): KubeObject[] {
  return cluster.list('v1', 'Pod', owner.metadata.namespace).filter((pod) => isOwnedBy(pod, owner));
}

export function isReady(pod: KubeObject): boolean {
  return !isDeleting(pod) && conditionStatus(pod, 'Ready') === 'True';
}

export function phaseOf(pod: KubeObject): string {
  return textAt(pod, 'status', 'phase') ?? 'Pending';
}

/** Neither finished nor on its way out. */
export function isActive(pod: KubeObject): boolean {
  return !isDeleting(pod) && phaseOf(pod) !== 'Succeeded' && phaseOf(pod) !== 'Failed';
}

export interface NewPod {
  name: string;
  template: unknown;
  labels?: Record<string, string>;
  /** Fields laid over the template's spec. */
  spec?: JsonObject;
  component: string;
}

/** Creates a pod of a workload's template and says so in an event. */
export function createPod(owner: KubeObject, pod: NewPod, context: ControllerContext): void {
  const annotations = labelsAt(pod.template, 'metadata', 'annotations');
  const { namespace } = owner.metadata;
  context.cluster.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labelsAt(pod.template, 'metadata', 'labels'), ...pod.labels },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ownerReferences: [ownerReference(owner)],
    },
    spec: { ...structuredClone(objectAt(pod.template, 'spec')), ...pod.spec },
  });
  recordEvent(context, owner, {
    type: 'Normal',
    reason: 'SuccessfulCreate',
    message:
      owner.kind === 'StatefulSet'
        ? `create Pod ${pod.name} in StatefulSet ${nameOf(owner)} successful`
        : `Created pod: ${pod.name}`,
    component: pod.component,
  });
}

export function deletePod(
  owner: KubeObject,
  pod: KubeObject,
  component: string,
  context: ControllerContext,
): void {
  const name = nameOf(pod);
  context.cluster.remove({
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: pod.metadata.namespace,
    name,
  });
  recordEvent(context, owner, {
    type: 'Normal',
    reason: 'SuccessfulDelete',
    message:
      owner.kind === 'StatefulSet'
        ? `delete Pod ${name} in StatefulSet ${nameOf(owner)} successful`
        : `Deleted pod: ${name}`,
    component,
  });
}
