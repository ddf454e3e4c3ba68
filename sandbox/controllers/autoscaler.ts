/** HorizontalPodAutoscalers: there are no metrics here, so the target keeps its size within the bounds. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { writeStatus } from './context.ts';
import type { ControllerContext } from './context.ts';
import { withCondition } from './conditions.ts';
import type { ConditionText } from './conditions.ts';
import { isDeleting, numberAt, objectAt, objectsAt, textAt, timeText } from './fields.ts';

export function reconcileAutoscaler(scaler: KubeObject, context: ControllerContext): undefined {
  if (isDeleting(scaler)) return undefined;
  const { cluster, clock } = context;
  const target = cluster.get({
    apiVersion: textAt(scaler, 'spec', 'scaleTargetRef', 'apiVersion') ?? 'apps/v1',
    kind: textAt(scaler, 'spec', 'scaleTargetRef', 'kind') ?? 'Deployment',
    namespace: scaler.metadata.namespace,
    name: textAt(scaler, 'spec', 'scaleTargetRef', 'name') ?? '',
  });
  const min = numberAt(scaler, 'spec', 'minReplicas') ?? 1;
  const max = numberAt(scaler, 'spec', 'maxReplicas') ?? min;
  const asked = numberAt(target, 'spec', 'replicas') ?? 0;
  const wanted = asked === 0 ? 0 : Math.min(max, Math.max(min, asked));
  if (target !== undefined && wanted !== asked) {
    cluster.update({ ...target, spec: { ...objectAt(target, 'spec'), replicas: wanted } });
  }
  let conditions = objectsAt(scaler, 'status', 'conditions');
  for (const condition of describe(target !== undefined)) {
    conditions = withCondition(conditions, condition, timeText(clock.now()));
  }
  writeStatus(cluster, scaler, {
    ...(scaler.metadata.generation === undefined
      ? {}
      : { observedGeneration: scaler.metadata.generation }),
    currentReplicas: numberAt(target, 'status', 'replicas') ?? 0,
    desiredReplicas: wanted,
    currentMetrics: null,
    conditions,
  });
  return undefined;
}

function describe(found: boolean): ConditionText[] {
  if (!found) {
    const message = "the HPA controller was unable to get the target's current scale: not found";
    return [{ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message }];
  }
  return [
    {
      type: 'AbleToScale',
      status: 'True',
      reason: 'SucceededGetScale',
      message: "the HPA controller was able to get the target's current scale",
    },
    {
      type: 'ScalingActive',
      status: 'False',
      reason: 'FailedGetResourceMetric',
      message: 'the HPA was unable to compute the replica count: no metrics in the sandbox',
    },
  ];
}
