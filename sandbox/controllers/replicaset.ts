/** ReplicaSets: keeps the asked number of pods. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { writeStatus } from './context.ts';
import type { ControllerContext } from './context.ts';
import { isDeleting, labelsAt, nameOf, numberAt, objectAt, valueAt } from './fields.ts';
import { randomSuffix } from './names.ts';
import { createPod, deletePod, isActive, isReady, podsOf } from './pods.ts';
import { matchesLabels } from './selector.ts';

const component = 'replicaset-controller';

export function reconcileReplicaSet(set: KubeObject, context: ControllerContext): undefined {
  const all = podsOf(set, context);
  const active = all.filter(isActive);
  const wanted = numberAt(set, 'spec', 'replicas') ?? 1;
  if (!isDeleting(set)) {
    const template = valueAt(set, 'spec', 'template');
    for (let i = active.length; i < wanted; i++) {
      createPod(set, { name: `${nameOf(set)}-${randomSuffix()}`, template, component }, context);
    }
    // Pods that are not ready go first.
    const surplus = [...active].sort((a, b) => Number(isReady(a)) - Number(isReady(b)));
    for (const pod of surplus.slice(0, Math.max(0, active.length - wanted))) {
      deletePod(set, pod, component, context);
    }
  }
  const now = podsOf(set, context).filter(isActive);
  const labels = labelsAt(set, 'spec', 'template', 'metadata', 'labels');
  const ready = now.filter(isReady).length;
  writeStatus(context.cluster, set, {
    ...withoutCounts(objectAt(set, 'status')),
    replicas: now.length,
    ...positive(
      'fullyLabeledReplicas',
      now.filter((pod) => matchesLabels(pod.metadata.labels ?? {}, labels)).length,
    ),
    ...positive('readyReplicas', ready),
    ...positive('availableReplicas', ready),
    ...positive('observedGeneration', set.metadata.generation ?? 0),
  });
  return undefined;
}

function withoutCounts(status: Record<string, unknown>): Record<string, unknown> {
  const rest = { ...status };
  for (const name of ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'])
    delete rest[name];
  return rest;
}

/** Counts of zero are left out of a status, as Go's `omitempty` does. */
export function positive(name: string, count: number): Record<string, number> {
  return count > 0 ? { [name]: count } : {};
}
