/** Asking controllers for a look at an object, and waiting until it is taken. */
import type { KubeClient, ObjectRef } from '../../lib/kube/mod.ts';
import { waitForObject } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { formatDuration } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { VerbFailed } from '../errors.ts';
import type { Found } from './cluster.ts';
import { progressOf } from './ready.ts';
import { countAt, textAt } from './read.ts';

export const requestedAt = 'reconcile.fluxcd.io/requestedAt';
/** Both count only beside a request of the same time. */
const forceAt = 'reconcile.fluxcd.io/forceAt';
const resetAt = 'reconcile.fluxcd.io/resetAt';
const fieldManager = 'fluxctl';

export interface Asking {
  kube: KubeClient;
  clock: Clock;
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

export interface Extras {
  force: boolean;
  reset: boolean;
}

/** Waits until the look was taken. @returns the object as it is then @throws VerbFailed with what went wrong */
export type Handled = () => Promise<KubeObject>;

/** Writes the request. @returns how to wait for it */
export async function ask(
  asking: Asking,
  { of, ref }: Found,
  before: KubeObject,
  extras: Extras,
): Promise<Handled> {
  const now = asking.clock.now().toISOString();
  if (of.request.by === 'event') {
    const { annotation } = of.request;
    const known = await eventCounts(asking.kube, ref, of.request);
    await annotate(asking.kube, ref, { [annotation]: now });
    return () => toldByEvent(asking, { of, ref }, known);
  }
  await annotate(asking.kube, ref, {
    [requestedAt]: now,
    ...(extras.force ? { [forceAt]: now } : {}),
    ...(extras.reset ? { [resetAt]: now } : {}),
  });
  const last = textAt(before, 'status', 'lastHandledReconcileAt');
  return () =>
    waitUntil(asking, { of, ref }, (object) =>
      textAt(object, 'status', 'lastHandledReconcileAt') === last
        ? { is: 'working', message: '' }
        : progressOf(object),
    );
}

const annotate = (kube: KubeClient, ref: ObjectRef, annotations: Record<string, string>) =>
  kube.patch(ref, 'merge', { metadata: { annotations } }, { fieldManager });

/** @throws VerbFailed */
export async function waitUntil(
  { kube, clock, timeoutMs, signal }: Asking,
  { of, ref }: Found,
  progress: (object: KubeObject) => ReturnType<typeof progressOf>,
): Promise<KubeObject> {
  let last: { object: KubeObject; message: string } | undefined;
  const isDone = await waitForObject(
    kube,
    ref,
    (object) => {
      if (object === undefined) throw new VerbFailed(`${of.kind} ${ref.name} is gone`);
      const now = progress(object);
      last = { object, message: now.is === 'ready' ? '' : now.message };
      if (now.is === 'failed')
        throw new VerbFailed(`${of.kind} reconciliation failed: ${now.message}`);
      return now.is === 'ready';
    },
    { clock, timeoutMs, ...(signal === undefined ? {} : { signal }) },
  );
  if (!isDone || last === undefined) throw tooLate(of.kind, timeoutMs, last?.message ?? '');
  return last.object;
}

const tooLate = (kind: string, timeoutMs: number, message: string) =>
  new VerbFailed(
    `${kind} reconciliation did not end within ${formatDuration(timeoutMs)}${message === '' ? '' : `: ${message}`}`,
  );

interface Reasons {
  succeeded: string;
  failed: string;
}

/** How often each Event about an object was seen, by its name. */
async function eventCounts(
  kube: KubeClient,
  ref: ObjectRef,
  { succeeded, failed }: Reasons,
): Promise<Map<string, { count: number; event: KubeObject }>> {
  const { items } = await kube.list(
    { apiVersion: 'v1', kind: 'Event', namespace: ref.namespace },
    { fieldSelector: `involvedObject.kind=${ref.kind},involvedObject.name=${ref.name}` },
  );
  const own = items.filter(
    (event) =>
      textAt(event, 'involvedObject', 'apiVersion') === ref.apiVersion &&
      [succeeded, failed].includes(textAt(event, 'reason')),
  );
  return new Map(
    own.map((event) => [event.metadata.name ?? '', { count: countAt(event, 'count') ?? 1, event }]),
  );
}

/** The older operator keeps no mark of requests that it has handled; it says with an Event how it went. */
async function toldByEvent(
  asking: Asking,
  { of, ref }: Found,
  known: ReadonlyMap<string, { count: number }>,
): Promise<KubeObject> {
  const { kube, clock, timeoutMs, signal } = asking;
  if (of.request.by !== 'event') throw new VerbFailed(`${of.kind} tells nothing by Events`);
  const end = clock.now().getTime() + timeoutMs;
  for (;;) {
    for (const [name, { count, event }] of await eventCounts(kube, ref, of.request)) {
      if (count <= (known.get(name)?.count ?? 0)) continue;
      if (textAt(event, 'reason') === of.request.failed)
        throw new VerbFailed(`${of.kind} reconciliation failed: ${textAt(event, 'message')}`);
      const object = await kube.get(ref);
      if (object === undefined) throw new VerbFailed(`${of.kind} ${ref.name} is gone`);
      return object;
    }
    const left = end - clock.now().getTime();
    if (left <= 0) throw tooLate(of.kind, timeoutMs, 'helm-operator has told nothing');
    await clock.sleep(Math.min(left, 250), signal);
  }
}
