/** The status of a Deployment, from its ReplicaSets. Pure. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { withCondition } from './conditions.ts';
import type { ConditionText } from './conditions.ts';
import { nameOf, numberAt, objectsAt, sameJson, textAt, timeText, valueAt } from './fields.ts';
import type { JsonObject } from './fields.ts';
import { positive } from './replicaset.ts';

export interface DeploymentStatus {
  status: JsonObject;
  /** When the progress deadline may have passed, in milliseconds. */
  requeueMs: number | undefined;
}

export function deploymentStatus(
  deployment: KubeObject,
  sets: { all: readonly KubeObject[]; current: KubeObject | undefined },
  now: Date,
): DeploymentStatus {
  const wanted = numberAt(deployment, 'spec', 'replicas') ?? 1;
  const total = sets.all.reduce(
    (count, set) => count + (numberAt(set, 'status', 'replicas') ?? 0),
    0,
  );
  const ready = sets.all.reduce(
    (count, set) => count + (numberAt(set, 'status', 'readyReplicas') ?? 0),
    0,
  );
  const available = sets.all.reduce(
    (count, set) => count + (numberAt(set, 'status', 'availableReplicas') ?? 0),
    0,
  );
  const updated = numberAt(sets.current, 'status', 'replicas') ?? 0;
  const counts: JsonObject = {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...positive('replicas', total),
    ...positive('updatedReplicas', updated),
    ...positive('readyReplicas', ready),
    ...positive('availableReplicas', available),
    ...positive('unavailableReplicas', Math.max(0, total - available, wanted - available)),
  };
  const at = timeText(now);
  const enough = available >= wanted - mayLack(deployment, wanted);
  let conditions = withCondition(
    objectsAt(deployment, 'status', 'conditions'),
    availability(enough),
    at,
    {
      updateTime: true,
    },
  );
  const complete = updated === wanted && total === wanted && available === wanted;
  const progress = progressOf(deployment, sets.current, complete, { counts, conditions, now });
  if (progress.condition !== undefined) {
    conditions = withCondition(conditions, progress.condition, at, { updateTime: true });
  }
  return { status: { ...counts, conditions }, requeueMs: progress.requeueMs };
}

function availability(enough: boolean): ConditionText {
  return enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

function progressOf(
  deployment: KubeObject,
  current: KubeObject | undefined,
  complete: boolean,
  seen: { counts: JsonObject; conditions: readonly JsonObject[]; now: Date },
): { condition?: ConditionText; requeueMs: number | undefined } {
  const name = current === undefined ? nameOf(deployment) : nameOf(current);
  const subject = current === undefined ? `Deployment "${name}"` : `ReplicaSet "${name}"`;
  const deadlineMs = (numberAt(deployment, 'spec', 'progressDeadlineSeconds') ?? 600) * 1000;
  const known = seen.conditions.find((each) => each['type'] === 'Progressing');
  const say = (reason: string, status: 'True' | 'False', message: string) => ({
    type: 'Progressing',
    status,
    reason,
    message,
  });
  if (complete) {
    const message = `${subject} has successfully progressed.`;
    return { condition: say('NewReplicaSetAvailable', 'True', message), requeueMs: undefined };
  }
  const before = {
    ...(typeof deployment['status'] === 'object' ? deployment['status'] : {}),
  } as JsonObject;
  delete before['conditions'];
  const moved = !sameJson(before, seen.counts);
  const fresh = known === undefined || textAt(known, 'reason') === 'NewReplicaSetAvailable';
  if (moved || fresh) {
    const created =
      numberAt(current, 'status', 'replicas') === undefined ||
      valueAt(current, 'status', 'observedGeneration') === undefined;
    const condition = created
      ? say('NewReplicaSetCreated', 'True', `Created new replica set "${name}"`)
      : say('ReplicaSetUpdated', 'True', `${subject} is progressing.`);
    return { condition, requeueMs: deadlineMs };
  }
  const since = Date.parse(textAt(known, 'lastUpdateTime') ?? timeText(seen.now));
  const leftMs = since + deadlineMs - seen.now.getTime();
  if (leftMs > 0) return { requeueMs: leftMs };
  const message = `${subject} has timed out progressing.`;
  return { condition: say('ProgressDeadlineExceeded', 'False', message), requeueMs: undefined };
}

function mayLack(deployment: KubeObject, wanted: number): number {
  if (textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate') return 0;
  const value = valueAt(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable');
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? Math.floor((Number.parseInt(value, 10) * wanted) / 100) : 0;
}
