/** When is an object ready (helm 3.19 pkg/kube/ready.go), and waiting for it. */
import type { KubeObject } from '../../objects/mod.ts';
import { HelmError } from '../chart/mod.ts';
import { defaultTimeoutMs } from './context.ts';
import type { ActionContext } from './context.ts';
import type { RunOptions } from './engine.ts';
import type { ReleaseObject } from './objects.ts';
import { signalOf } from './ownership.ts';
import { patiently } from './patiently.ts';
import { problemList } from './problem-list.ts';
import { isMap } from './strategic-patch.ts';

const firstPollMs = 250;
const lastPollMs = 2000;
/** Hooks are waited for one after the other, so that lateness adds up. */
const lastHookPollMs = 500;

/** Waits as an operation wants it. @throws HelmError `NotReady`, and what its own way of waiting throws */
export function awaitReady(
  context: ActionContext,
  objects: readonly ReleaseObject[],
  { timeoutMs = defaultTimeoutMs, waitForJobs: jobs = false, awaitReady: own }: RunOptions,
): Promise<void> {
  return (
    own?.(objects, { timeoutMs, jobs }) ?? waitUntilReady(context, objects, { timeoutMs, jobs })
  );
}

/**
 * Waits until every object is ready. Jobs count only with `jobs`.
 *
 * @throws HelmError `NotReady`: `context deadline exceeded` after the timeout, or at once for a failed job, or when the
 *   wait has become pointless
 */
export async function waitUntilReady(
  context: ActionContext,
  objects: readonly ReleaseObject[],
  options: { timeoutMs: number; jobs: boolean },
): Promise<void> {
  context.log(
    `beginning wait for ${objects.length} resources with timeout of ${formatSeconds(options.timeoutMs)}`,
  );
  let waiting = objects.filter((each) => hasReadiness(each, options.jobs));
  const { stopWaiting } = context;
  const look = patiently((each: ReleaseObject) => isReady(context, each));
  const ready = poll(context, options.timeoutMs, async () => {
    if (stopWaiting?.aborted === true) throw pointless();
    const states = await Promise.all(waiting.map(look));
    waiting = waiting.filter((_, at) => states[at] !== true);
    return waiting.length === 0;
  });
  await (stopWaiting === undefined ? ready : untilFired(ready, stopWaiting));
}

const pointless = () =>
  new HelmError('NotReady', 'release', 'a newer request has made the wait pointless');

/** The work's end, or a fault as soon as the signal fires; then the work ends by itself at its next look. */
async function untilFired(work: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop: () => void = () => undefined;
  const fired = new Promise<never>((_, reject) => {
    stop = () => {
      reject(pointless());
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    await Promise.race([work, fired]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => undefined);
  }
}

/** Waits until none of the objects exists. @throws HelmError `NotReady` after the timeout */
export async function waitUntilGone(
  context: ActionContext,
  objects: readonly ReleaseObject[],
  timeoutMs: number,
): Promise<void> {
  let left = [...objects];
  const isGone = patiently(
    async (each: ReleaseObject) =>
      (await context.kube.get(each.ref, signalOf(context))) === undefined,
  );
  await poll(context, timeoutMs, async () => {
    const gone = await Promise.all(left.map(isGone));
    left = left.filter((_, at) => gone[at] !== true);
    return left.length === 0;
  });
}

/**
 * Waits until hook Jobs and Pods have run; other kinds are done when they exist.
 *
 * @throws HelmError `HookFailed` (`job x failed: …`, `pod x failed`), `NotReady` after the timeout
 */
export async function waitUntilRun(
  context: ActionContext,
  objects: readonly ReleaseObject[],
  timeoutMs: number,
): Promise<void> {
  const problems: unknown[] = [];
  const wait = async (each: ReleaseObject) => {
    context.log(
      `Watching for changes to ${each.kind} ${each.name} with timeout of ${formatSeconds(timeoutMs)}`,
    );
    const hasRun = patiently(async () => {
      const live = await context.kube.get(each.ref, signalOf(context));
      if (live === undefined) return true;
      return each.kind === 'Job' ? jobHasRun(live, each.name) : podHasRun(live, each.name);
    });
    try {
      await poll(context, timeoutMs, () => hasRun(each), {
        most: lastHookPollMs,
        late: 'timed out waiting for the condition',
      });
    } catch (cause) {
      if (context.signal?.aborted === true) throw cause;
      problems.push(cause);
    }
  };
  const running = objects.filter(({ kind }) => kind === 'Job' || kind === 'Pod');
  await Promise.all(running.map(wait));
  if (problems.length === 0) return;
  const [first] = problems;
  throw new HelmError(
    first instanceof HelmError ? first.reason : 'HookFailed',
    running[0]?.name ?? '',
    problemList(problems),
    { cause: first },
  );
}

async function poll(
  context: ActionContext,
  timeoutMs: number,
  done: () => Promise<boolean>,
  how = { most: lastPollMs, late: 'context deadline exceeded' },
): Promise<void> {
  const deadline = context.clock.now().getTime() + timeoutMs;
  for (let pause = firstPollMs; !(await done()); pause = Math.min(pause * 2, how.most)) {
    const left = deadline - context.clock.now().getTime();
    if (left <= 0) throw new HelmError('NotReady', 'release', how.late);
    await context.clock.sleep(Math.min(pause, left), context.signal);
  }
}

function jobHasRun(job: KubeObject, name: string): boolean {
  const conditions = conditionsOf(job);
  if (conditions.get('Complete')?.status === 'True') return true;
  const failed = conditions.get('Failed');
  if (failed?.status !== 'True') return false;
  throw new HelmError('HookFailed', name, `job ${name} failed: ${failed.reason}`);
}

function podHasRun(pod: KubeObject, name: string): boolean {
  const phase = at(pod, 'status', 'phase');
  if (phase === 'Failed') throw new HelmError('HookFailed', name, `pod ${name} failed`);
  return phase === 'Succeeded';
}

function hasReadiness({ kind, object }: ReleaseObject, jobs: boolean): boolean {
  const [group = ''] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : [''];
  switch (kind) {
    case 'Pod':
    case 'PersistentVolumeClaim':
    case 'Service':
    case 'ReplicationController':
      return group === '';
    case 'Deployment':
    case 'DaemonSet':
    case 'StatefulSet':
    case 'ReplicaSet':
      return group === 'apps' || group === 'extensions';
    case 'CustomResourceDefinition':
      return group === 'apiextensions.k8s.io';
    case 'Job':
      return jobs && group === 'batch';
    default:
      return false;
  }
}

async function isReady(context: ActionContext, each: ReleaseObject): Promise<boolean> {
  const live = await context.kube.get(each.ref, signalOf(context));
  if (live === undefined) return false;
  const ready = await readyNow(context, each, live);
  if (!ready) context.log(`${each.kind} is not ready: ${each.namespace}/${each.name}`);
  return ready;
}

async function readyNow(
  context: ActionContext,
  each: ReleaseObject,
  live: KubeObject,
): Promise<boolean> {
  switch (each.kind) {
    case 'Pod':
      return conditionsOf(live).get('Ready')?.status === 'True';
    case 'PersistentVolumeClaim':
      return at(live, 'status', 'phase') === 'Bound';
    case 'Service':
      return serviceReady(live);
    case 'Job':
      return jobReady(live, each);
    case 'Deployment':
      return deploymentReady(context, live);
    case 'DaemonSet':
      return daemonSetReady(live);
    case 'StatefulSet':
      return statefulSetReady(live);
    case 'CustomResourceDefinition': {
      const conditions = conditionsOf(live);
      return (
        conditions.get('Established')?.status === 'True' ||
        conditions.get('NamesAccepted')?.status === 'False'
      );
    }
    default:
      return observed(live) && (await podsReady(context, live));
  }
}

function serviceReady(live: KubeObject): boolean {
  const type = at(live, 'spec', 'type');
  if (type === 'ExternalName') return true;
  if ((at(live, 'spec', 'clusterIP') ?? '') === '') return false;
  if (type !== 'LoadBalancer') return true;
  const external = at(live, 'spec', 'externalIPs');
  return (
    (Array.isArray(external) && external.length > 0) ||
    at(live, 'status', 'loadBalancer', 'ingress') !== undefined
  );
}

function jobReady(live: KubeObject, each: ReleaseObject): boolean {
  if (count(live, 6, 'spec', 'backoffLimit') < count(live, 0, 'status', 'failed')) {
    throw new HelmError('NotReady', each.name, `job is failed: ${each.namespace}/${each.name}`);
  }
  const completions = at(live, 'spec', 'completions');
  return typeof completions !== 'number' || count(live, 0, 'status', 'succeeded') >= completions;
}

async function deploymentReady(context: ActionContext, live: KubeObject): Promise<boolean> {
  if (at(live, 'spec', 'paused') === true) return true;
  if (!observed(live)) return false;
  const replicaSet = await newestReplicaSet(context, live);
  if (replicaSet === undefined || !observed(replicaSet)) return false;
  const replicas = count(live, 1, 'spec', 'replicas');
  return (
    count(replicaSet, 0, 'status', 'readyReplicas') >= replicas - maxUnavailable(live, replicas)
  );
}

/** The ReplicaSet of the Deployment's current template: the one whose template is the same. */
async function newestReplicaSet(
  context: ActionContext,
  deployment: KubeObject,
): Promise<KubeObject | undefined> {
  const revision = deployment.metadata.annotations?.[revisionKey];
  const { items } = await context.kube.list(
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      namespace: deployment.metadata.namespace,
    },
    { labelSelector: selectorOf(deployment), ...signalOf(context) },
  );
  return items.find(
    (each) =>
      each.metadata.ownerReferences?.some((owner) => owner.uid === deployment.metadata.uid) ===
        true && each.metadata.annotations?.[revisionKey] === revision,
  );
}

const revisionKey = 'deployment.kubernetes.io/revision';

function maxUnavailable(deployment: KubeObject, replicas: number): number {
  if (at(deployment, 'spec', 'strategy', 'type') !== 'RollingUpdate' || replicas === 0) return 0;
  const rolling = ['spec', 'strategy', 'rollingUpdate'] as const;
  const unavailable = scaled(
    at(deployment, ...rolling, 'maxUnavailable') ?? '25%',
    replicas,
    false,
  );
  const surge = scaled(at(deployment, ...rolling, 'maxSurge') ?? '25%', replicas, true);
  return Math.min(unavailable === 0 && surge === 0 ? 1 : unavailable, replicas);
}

function scaled(value: unknown, total: number, up: boolean): number {
  if (typeof value === 'number') return value;
  const percent = typeof value === 'string' ? Number(value.replace(/%$/, '')) : Number.NaN;
  if (Number.isNaN(percent)) return total;
  const share = (percent * total) / 100;
  return up ? Math.ceil(share) : Math.floor(share);
}

function daemonSetReady(live: KubeObject): boolean {
  if (!observed(live)) return false;
  if (at(live, 'spec', 'updateStrategy', 'type') !== 'RollingUpdate') return true;
  const desired = count(live, 0, 'status', 'desiredNumberScheduled');
  if (count(live, 0, 'status', 'updatedNumberScheduled') !== desired) return false;
  const unavailable = scaled(
    at(live, 'spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable') ?? 1,
    desired,
    true,
  );
  return count(live, 0, 'status', 'numberReady') >= desired - unavailable;
}

function statefulSetReady(live: KubeObject): boolean {
  if (!observed(live)) return false;
  if (at(live, 'spec', 'updateStrategy', 'type') !== 'RollingUpdate') return true;
  const partition = count(live, 0, 'spec', 'updateStrategy', 'rollingUpdate', 'partition');
  const replicas = count(live, 1, 'spec', 'replicas');
  if (count(live, 0, 'status', 'updatedReplicas') < replicas - partition) return false;
  if (count(live, 0, 'status', 'readyReplicas') !== replicas) return false;
  return (
    partition !== 0 ||
    at(live, 'status', 'currentRevision') === at(live, 'status', 'updateRevision')
  );
}

async function podsReady(context: ActionContext, owner: KubeObject): Promise<boolean> {
  const { items } = await context.kube.list(
    { apiVersion: 'v1', kind: 'Pod', namespace: owner.metadata.namespace },
    { labelSelector: selectorOf(owner), ...signalOf(context) },
  );
  return items.every((pod) => conditionsOf(pod).get('Ready')?.status === 'True');
}

/** The label selector of a workload as a query. */
export function selectorOf(owner: KubeObject): string {
  const selector = at(owner, 'spec', 'selector');
  if (!isMap(selector)) return '';
  const labels = isMap(selector['matchLabels'])
    ? selector['matchLabels']
    : owner.kind === 'ReplicationController'
      ? selector
      : {};
  const expressions: unknown[] = Array.isArray(selector['matchExpressions'])
    ? selector['matchExpressions']
    : [];
  const parts = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  for (const expression of expressions) {
    if (!isMap(expression)) continue;
    const { key, operator, values } = expression;
    const list = Array.isArray(values) ? values.join(',') : '';
    if (operator === 'In') parts.push(`${String(key)} in (${list})`);
    else if (operator === 'NotIn') parts.push(`${String(key)} notin (${list})`);
    else if (operator === 'Exists') parts.push(String(key));
    else if (operator === 'DoesNotExist') parts.push(`!${String(key)}`);
  }
  return parts.join(',');
}

function observed(live: KubeObject): boolean {
  return at(live, 'status', 'observedGeneration') === live.metadata.generation;
}

function conditionsOf(live: KubeObject): Map<string, { status: string; reason: string }> {
  const list = at(live, 'status', 'conditions');
  const found = new Map<string, { status: string; reason: string }>();
  for (const each of Array.isArray(list) ? (list as unknown[]) : []) {
    if (!isMap(each) || typeof each['type'] !== 'string') continue;
    const { status, reason } = each;
    found.set(each['type'], {
      status: typeof status === 'string' ? status : '',
      reason: typeof reason === 'string' ? reason : '',
    });
  }
  return found;
}

function at(live: KubeObject, ...path: readonly string[]): unknown {
  let value: unknown = live;
  for (const key of path) value = isMap(value) ? value[key] : undefined;
  return value;
}

function count(live: KubeObject, fallback: number, ...path: readonly string[]): number {
  const value = at(live, ...path);
  return typeof value === 'number' ? value : fallback;
}

function formatSeconds(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`;
}
