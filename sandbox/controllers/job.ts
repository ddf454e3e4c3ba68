/** Jobs: pods until enough of them succeeded, or too many failed. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { recordEvent, writeStatus } from './context.ts';
import type { ControllerContext } from './context.ts';
import { conditionStatus, withCondition } from './conditions.ts';
import type { ConditionText } from './conditions.ts';
import { isDeleting, nameOf, numberAt, objectsAt, textAt, timeText, valueAt } from './fields.ts';
import { randomSuffix } from './names.ts';
import { createPod, deletePod, isActive, isReady, phaseOf, podsOf } from './pods.ts';
import { positive } from './replicaset.ts';

const component = 'job-controller';

export function reconcileJob(job: KubeObject, context: ControllerContext): number | undefined {
  if (isDeleting(job)) return undefined;
  if (conditionStatus(job, 'Complete') === 'True' || conditionStatus(job, 'Failed') === 'True') {
    return removeWhenOld(job, context);
  }
  const pods = podsOf(job, context);
  const succeeded = pods.filter((pod) => phaseOf(pod) === 'Succeeded').length;
  const failed = pods.filter((pod) => phaseOf(pod) === 'Failed').length;
  const active = pods.filter(isActive);
  const parallelism = numberAt(job, 'spec', 'parallelism') ?? 1;
  const completions = numberAt(job, 'spec', 'completions') ?? Math.max(1, succeeded);
  const suspended = valueAt(job, 'spec', 'suspend') === true;
  const now = context.clock.now();
  const startTime = textAt(job, 'status', 'startTime') ?? (suspended ? undefined : timeText(now));
  const end = suspended
    ? undefined
    : ending(job, { succeeded, failed, completions, startTime, now });
  let running = active.length;
  if (end === undefined && !suspended) {
    const wanted = Math.min(parallelism, completions - succeeded);
    for (; running < wanted; running++) {
      const name = `${nameOf(job)}-${randomSuffix()}`;
      createPod(job, { name, template: valueAt(job, 'spec', 'template'), component }, context);
    }
  } else {
    for (const pod of active) deletePod(job, pod, component, context);
    running = 0;
  }
  const at = timeText(now);
  let conditions = objectsAt(job, 'status', 'conditions');
  for (const condition of end ?? []) conditions = withCondition(conditions, condition, at);
  writeStatus(context.cluster, job, {
    ...(conditions.length === 0
      ? {}
      : { conditions: conditions.map((each) => ({ lastProbeTime: at, ...each })) }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(end?.some((each) => each.type === 'Complete') === true ? { completionTime: at } : {}),
    ...positive('active', running),
    ready: active.filter(isReady).length,
    ...positive('succeeded', succeeded),
    ...positive('failed', failed),
    terminating: 0,
    uncountedTerminatedPods: {},
  });
  const last = end?.at(-1);
  if (last !== undefined) {
    const complete = last.type === 'Complete';
    recordEvent(context, job, {
      type: complete ? 'Normal' : 'Warning',
      reason: complete ? 'Completed' : last.reason,
      message: complete ? 'Job completed' : last.message,
      component,
    });
  }
  const limit = numberAt(job, 'spec', 'activeDeadlineSeconds');
  return limit === undefined || end !== undefined ? undefined : limit * 1000;
}

interface Progress {
  succeeded: number;
  failed: number;
  completions: number;
  startTime: string | undefined;
  now: Date;
}

/** The conditions of a job that is over. */
function ending(job: KubeObject, seen: Progress): ConditionText[] | undefined {
  if (seen.succeeded >= seen.completions) {
    const reason = 'CompletionsReached';
    const message = 'Reached expected number of succeeded pods';
    return [
      { type: 'SuccessCriteriaMet', status: 'True', reason, message },
      { type: 'Complete', status: 'True', reason, message },
    ];
  }
  const fail = (reason: string, message: string): ConditionText[] => [
    { type: 'FailureTarget', status: 'True', reason, message },
    { type: 'Failed', status: 'True', reason, message },
  ];
  if (seen.failed > (numberAt(job, 'spec', 'backoffLimit') ?? 6)) {
    return fail('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  const limit = numberAt(job, 'spec', 'activeDeadlineSeconds');
  const ranMs = seen.startTime === undefined ? 0 : seen.now.getTime() - Date.parse(seen.startTime);
  return limit !== undefined && ranMs >= limit * 1000
    ? fail('DeadlineExceeded', 'Job was active longer than specified deadline')
    : undefined;
}

function removeWhenOld(job: KubeObject, { cluster, clock }: ControllerContext): number | undefined {
  const ttl = numberAt(job, 'spec', 'ttlSecondsAfterFinished');
  if (ttl === undefined) return undefined;
  const ended = objectsAt(job, 'status', 'conditions').find(
    (each) => each['type'] === 'Complete' || each['type'] === 'Failed',
  );
  const at = Date.parse(textAt(ended, 'lastTransitionTime') ?? timeText(clock.now()));
  const leftMs = at + ttl * 1000 - clock.now().getTime();
  if (leftMs > 0) return leftMs;
  cluster.remove({
    apiVersion: 'batch/v1',
    kind: 'Job',
    namespace: job.metadata.namespace,
    name: nameOf(job),
  });
  return undefined;
}
