/** CronJobs: a Job at each moment of the schedule. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { recordEvent, writeStatus } from './context.ts';
import type { ControllerContext } from './context.ts';
import { conditionStatus } from './conditions.ts';
import { nextRun } from './cron.ts';
import {
  isDeleting,
  isOwnedBy,
  labelsAt,
  nameOf,
  numberAt,
  objectAt,
  ownerReference,
  textAt,
  timeText,
  valueAt,
} from './fields.ts';

const component = 'cronjob-controller';
const longestWaitMs = 2 ** 31 - 1;

export function reconcileCronJob(cron: KubeObject, context: ControllerContext): number | undefined {
  if (isDeleting(cron)) return undefined;
  const { cluster, clock } = context;
  const jobs = cluster
    .list('batch/v1', 'Job', cron.metadata.namespace)
    .filter((job) => isOwnedBy(job, cron));
  const finished = (job: KubeObject, type: string) => conditionStatus(job, type) === 'True';
  const active = jobs.filter((job) => !finished(job, 'Complete') && !finished(job, 'Failed'));
  prune(
    cron,
    jobs.filter((job) => finished(job, 'Complete')),
    numberAt(cron, 'spec', 'successfulJobsHistoryLimit') ?? 3,
    context,
  );
  prune(
    cron,
    jobs.filter((job) => finished(job, 'Failed')),
    numberAt(cron, 'spec', 'failedJobsHistoryLimit') ?? 1,
    context,
  );

  const now = clock.now();
  const last =
    textAt(cron, 'status', 'lastScheduleTime') ?? cron.metadata.creationTimestamp ?? timeText(now);
  const schedule = textAt(cron, 'spec', 'schedule') ?? '';
  const due = nextRun(schedule, new Date(last));
  let lastScheduleTime = textAt(cron, 'status', 'lastScheduleTime');
  const suspended = valueAt(cron, 'spec', 'suspend') === true;
  if (!suspended && due !== undefined && due <= now) {
    const moment = latestDue(schedule, due, now);
    const policy = textAt(cron, 'spec', 'concurrencyPolicy') ?? 'Allow';
    if (policy === 'Replace') for (const job of active) remove(job, context);
    if (policy !== 'Forbid' || active.length === 0) {
      startJob(cron, moment, context);
      lastScheduleTime = timeText(moment);
    }
  }
  const successes = jobs
    .map((job) => textAt(job, 'status', 'completionTime'))
    .filter((each) => each !== undefined)
    .sort();
  const lastSuccessfulTime = successes.at(-1) ?? textAt(cron, 'status', 'lastSuccessfulTime');
  writeStatus(cluster, cron, {
    ...(active.length === 0
      ? {}
      : {
          active: active.map((job) => ({
            apiVersion: 'batch/v1',
            kind: 'Job',
            name: nameOf(job),
            namespace: job.metadata.namespace,
            uid: job.metadata.uid,
            resourceVersion: job.metadata.resourceVersion,
          })),
        }),
    ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
    ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
  });
  const next = suspended ? undefined : nextRun(schedule, now);
  return next === undefined ? undefined : Math.min(longestWaitMs, next.getTime() - now.getTime());
}

/** Of the moments that passed unseen only the last is made up for. */
function latestDue(schedule: string, due: Date, now: Date): Date {
  let moment = due;
  for (let i = 0; i < 100; i++) {
    const next = nextRun(schedule, moment);
    if (next === undefined || next > now) return moment;
    moment = next;
  }
  return moment;
}

function startJob(cron: KubeObject, moment: Date, context: ControllerContext): void {
  const name = `${nameOf(cron)}-${String(Math.floor(moment.getTime() / 60_000))}`;
  const { namespace } = cron.metadata;
  if (context.cluster.get({ apiVersion: 'batch/v1', kind: 'Job', namespace, name }) !== undefined)
    return;
  const template = objectAt(cron, 'spec', 'jobTemplate');
  context.cluster.create({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: labelsAt(template, 'metadata', 'labels'),
      annotations: {
        ...labelsAt(template, 'metadata', 'annotations'),
        'batch.kubernetes.io/cronjob-scheduled-timestamp': timeText(moment),
      },
      ownerReferences: [ownerReference(cron)],
    },
    spec: structuredClone(objectAt(template, 'spec')),
  });
  recordEvent(context, cron, {
    type: 'Normal',
    reason: 'SuccessfulCreate',
    message: `Created job ${name}`,
    component,
  });
}

function prune(
  cron: KubeObject,
  done: KubeObject[],
  limit: number,
  context: ControllerContext,
): void {
  const oldest = [...done].sort((a, b) => started(a).localeCompare(started(b)));
  for (const job of oldest.slice(0, Math.max(0, oldest.length - limit))) {
    remove(job, context);
    const message = `Deleted job ${nameOf(job)}`;
    recordEvent(context, cron, { type: 'Normal', reason: 'SuccessfulDelete', message, component });
  }
}

function started(job: KubeObject): string {
  return textAt(job, 'status', 'startTime') ?? '';
}

function remove(job: KubeObject, { cluster }: ControllerContext): void {
  cluster.remove({
    apiVersion: 'batch/v1',
    kind: 'Job',
    namespace: job.metadata.namespace,
    name: nameOf(job),
  });
}
