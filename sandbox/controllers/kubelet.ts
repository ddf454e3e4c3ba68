/**
 * Plays the scheduler and the kubelet: pods get the node, their images are looked up, and they run, wait or end.
 *
 * A container ends with code 1 when its command line is `false` or `exit 1`, or when the annotation
 * `sandbox.reflux.dev/exit-code` says so. A readiness probe whose exec command is one of those never succeeds, nor does
 * a pod annotated `sandbox.reflux.dev/ready: "false"`.
 */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { recordEvent, writeStatus } from './context.ts';
import type { ControllerContext } from './context.ts';
import { withCondition } from './conditions.ts';
import { isDeleting, nameOf, objectAt, objectsAt, textAt, textsAt, timeText } from './fields.ts';
import type { JsonObject } from './fields.ts';
import { hexHash } from './names.ts';
import { phaseOf } from './pods.ts';

export const nodeName = 'sandbox-node';
export const exitCodeAnnotation = 'sandbox.reflux.dev/exit-code';
export const readyAnnotation = 'sandbox.reflux.dev/ready';
const nodeAddress = '192.0.2.10';

/** Looked up again after this long, doubling up to the cap; a push to the registry wakes it sooner. */
const firstRetryMs = 1_000;
const lastRetryMs = 60_000;

export async function reconcilePod(
  pod: KubeObject,
  context: ControllerContext,
): Promise<number | undefined> {
  const { cluster } = context;
  if (isDeleting(pod)) {
    if ((pod.metadata.finalizers ?? []).length === 0) cluster.remove(refOf(pod));
    return undefined;
  }
  const phase = phaseOf(pod);
  if (phase === 'Succeeded' || phase === 'Failed') return undefined;
  if (textAt(pod, 'spec', 'nodeName') === undefined) {
    cluster.update({ ...pod, spec: { ...objectAt(pod, 'spec'), nodeName } });
    const message = `Successfully assigned ${pod.metadata.namespace ?? ''}/${nameOf(pod)} to ${nodeName}`;
    recordEvent(context, pod, {
      type: 'Normal',
      reason: 'Scheduled',
      message,
      component: 'default-scheduler',
    });
    return 0;
  }
  if (phase === 'Running') {
    writeStatus(cluster, pod, runningStatus(pod, context));
    return undefined;
  }
  const missing = await missingImages(pod, context);
  const current = cluster.get(refOf(pod));
  if (current === undefined || current.metadata.uid !== pod.metadata.uid) return undefined;
  if (isDeleting(current) || phaseOf(current) !== 'Pending') return 0;
  return missing.size > 0 ? waitForImages(current, missing, context) : start(current, context);
}

async function missingImages(pod: KubeObject, context: ControllerContext): Promise<Set<string>> {
  const images = new Set(containersOf(pod).map((each) => textAt(each, 'image') ?? ''));
  const found = await Promise.all(
    [...images].map(async (image) => ({ image, exists: await context.imageExists(image) })),
  );
  return new Set(found.filter((each) => !each.exists).map((each) => each.image));
}

function waitForImages(pod: KubeObject, missing: Set<string>, context: ControllerContext): number {
  const again = objectsAt(pod, 'status', 'containerStatuses').length > 0;
  const now = context.clock.now();
  const since = textAt(pod, 'status', 'startTime') ?? timeText(now);
  const waitedMs = now.getTime() - Date.parse(since);
  const statuses = objectsAt(pod, 'spec', 'containers').map((container) => {
    const image = textAt(container, 'image') ?? '';
    const reason = !missing.has(image)
      ? 'ContainerCreating'
      : again
        ? 'ImagePullBackOff'
        : 'ErrImagePull';
    const message = again ? `Back-off pulling image "${image}"` : pullError(image);
    const waiting = missing.has(image) ? { reason, message } : { reason };
    return { ...idle(container), state: { waiting } };
  });
  const event = (type: 'Normal' | 'Warning', reason: string, message: string) =>
    recordEvent(context, pod, { type, reason, message, component: 'kubelet' });
  for (const image of missing) {
    if (again) {
      event('Normal', 'BackOff', `Back-off pulling image "${image}"`);
      event('Warning', 'Failed', 'Error: ImagePullBackOff');
    } else {
      event('Normal', 'Pulling', `Pulling image "${image}"`);
      event('Warning', 'Failed', `Failed to pull image "${image}": ${pullError(image)}`);
      event('Warning', 'Failed', 'Error: ErrImagePull');
    }
  }
  const status = {
    ...objectAt(pod, 'status'),
    phase: 'Pending',
    conditions: podConditions(pod, context, { initialized: true, ready: false }),
    hostIP: nodeAddress,
    startTime: since,
    containerStatuses: statuses,
  };
  writeStatus(context.cluster, pod, status);
  return Math.min(Math.max(waitedMs, firstRetryMs), lastRetryMs);
}

function pullError(image: string): string {
  return `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
}

function start(pod: KubeObject, context: ControllerContext): undefined {
  for (const container of containersOf(pod)) {
    const event = (reason: string, message: string) =>
      recordEvent(context, pod, { type: 'Normal', reason, message, component: 'kubelet' });
    const image = textAt(container, 'image') ?? '';
    const name = textAt(container, 'name') ?? '';
    event('Pulled', `Container image "${image}" already present on machine`);
    event('Created', `Created container: ${name}`);
    event('Started', `Started container ${name}`);
  }
  const always = textAt(pod, 'spec', 'restartPolicy') === 'Always';
  writeStatus(
    context.cluster,
    pod,
    always ? runningStatus(pod, context) : finishedStatus(pod, context),
  );
  return undefined;
}

function runningStatus(pod: KubeObject, context: ControllerContext): JsonObject {
  const containers = objectsAt(pod, 'spec', 'containers');
  const known = objectsAt(pod, 'status', 'containerStatuses');
  const startedAt = timeText(context.clock.now());
  const held = pod.metadata.annotations?.[readyAnnotation] === 'false';
  const statuses = containers.map((container, i) => {
    const running = textAt(known[i], 'state', 'running', 'startedAt') ?? startedAt;
    const ready = !held && !alwaysFails(textsAt(container, 'readinessProbe', 'exec', 'command'));
    return { ...idle(container), ready, started: true, state: { running: { startedAt: running } } };
  });
  const ready = statuses.every((each) => each.ready);
  return {
    ...common(pod, context),
    phase: 'Running',
    conditions: podConditions(pod, context, { initialized: true, ready }),
    ...initStatuses(pod, context),
    containerStatuses: statuses,
  };
}

function finishedStatus(pod: KubeObject, context: ControllerContext): JsonObject {
  const at = timeText(context.clock.now());
  const statuses = objectsAt(pod, 'spec', 'containers').map((container) => {
    const exitCode = exitCodeOf(pod, container);
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    const terminated = { exitCode, reason, startedAt: at, finishedAt: at };
    return { ...idle(container), started: false, state: { terminated } };
  });
  const failed = statuses.some((each) => each.state.terminated.exitCode !== 0);
  const conditions = podConditions(pod, context, { initialized: true, ready: false }).map((each) =>
    failed || (each['type'] !== 'Ready' && each['type'] !== 'ContainersReady')
      ? each
      : { ...each, reason: 'PodCompleted' },
  );
  return {
    ...common(pod, context),
    phase: failed ? 'Failed' : 'Succeeded',
    conditions,
    ...initStatuses(pod, context),
    containerStatuses: statuses,
  };
}

function common(pod: KubeObject, { clock }: ControllerContext): JsonObject {
  const hash = Number.parseInt(hexHash(pod.metadata.uid ?? '').slice(0, 4), 16);
  const podIP = `10.244.${String(hash >> 8)}.${String(hash & 255)}`;
  return {
    ...objectAt(pod, 'status'),
    hostIP: nodeAddress,
    hostIPs: [{ ip: nodeAddress }],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: textAt(pod, 'status', 'startTime') ?? timeText(clock.now()),
  };
}

function initStatuses(pod: KubeObject, { clock }: ControllerContext): JsonObject {
  const known = objectsAt(pod, 'status', 'initContainerStatuses');
  if (known.length > 0) return {};
  const at = timeText(clock.now());
  const terminated = { exitCode: 0, reason: 'Completed', startedAt: at, finishedAt: at };
  const statuses = objectsAt(pod, 'spec', 'initContainers').map((container) => ({
    ...idle(container),
    ready: true,
    started: false,
    state: { terminated },
  }));
  return statuses.length === 0 ? {} : { initContainerStatuses: statuses };
}

function idle(container: JsonObject) {
  const image = textAt(container, 'image') ?? '';
  const name = textAt(container, 'name') ?? '';
  return { name, image, imageID: '', ready: false, restartCount: 0, started: false, lastState: {} };
}

function podConditions(
  pod: KubeObject,
  { clock }: ControllerContext,
  is: { initialized: boolean; ready: boolean },
): JsonObject[] {
  const now = timeText(clock.now());
  const names = objectsAt(pod, 'spec', 'containers').map((each) => textAt(each, 'name') ?? '');
  const unready = {
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${names.join(' ')}]`,
  };
  let conditions = objectsAt(pod, 'status', 'conditions');
  const set = (type: string, holds: boolean) => {
    const status = holds ? 'True' : 'False';
    conditions = withCondition(
      conditions,
      { type, status, ...(holds ? { reason: '', message: '' } : unready) },
      now,
    );
  };
  set('PodReadyToStartContainers', is.ready);
  set('Initialized', is.initialized);
  set('Ready', is.ready);
  set('ContainersReady', is.ready);
  set('PodScheduled', true);
  return conditions.map((each) => {
    const shown: JsonObject = { ...each };
    for (const field of ['reason', 'message']) if (shown[field] === '') delete shown[field];
    return shown;
  });
}

function exitCodeOf(pod: KubeObject, container: JsonObject): number {
  const annotated = pod.metadata.annotations?.[exitCodeAnnotation];
  if (annotated !== undefined) return Number.parseInt(annotated, 10) || 0;
  return alwaysFails([...textsAt(container, 'command'), ...textsAt(container, 'args')]) ? 1 : 0;
}

function alwaysFails(command: readonly string[]): boolean {
  const last = command.at(-1)?.trim() ?? '';
  return /(^|\/)false$/.test(last) || /(^|[;&\s])exit\s+[1-9]\d*$/.test(command.join(' ').trim());
}

function containersOf(pod: KubeObject): JsonObject[] {
  return [...objectsAt(pod, 'spec', 'initContainers'), ...objectsAt(pod, 'spec', 'containers')];
}

function refOf(pod: KubeObject) {
  return { apiVersion: 'v1', kind: 'Pod', namespace: pod.metadata.namespace, name: nameOf(pod) };
}
