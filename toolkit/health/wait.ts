/** Waiting until objects are as they should be (fluxcd/pkg ssa/manager_wait.go). */
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { inParallel, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import type { HealthExpressions } from './expressions.ts';
import { statusOf } from './status.ts';
import type { Status } from './status.ts';
import { refOf, shownId } from './object-id.ts';
import type { ObjectId } from './object-id.ts';
import { failedPods } from './pods.ts';

export interface WaitedFor {
  id: ObjectId;
  version: string;
  /** A Job that removes itself when it is done. */
  mayVanish?: boolean;
}

export interface WaitOptions {
  kube: KubeClient;
  clock: Clock;
  signal: AbortSignal;
  timeoutMs: number;
  expressions: readonly HealthExpressions[];
  /** Jobs are waited for until they have run; default true. */
  jobs?: boolean;
  /** Ends as soon as all that is missing has no hope; default true. */
  failFast?: boolean;
  failure: (message: string) => Error;
  /** Throws when the wait has become pointless. */
  checkpoint?: () => void;
}

const firstPauseMs = 100;
const lastPauseMs = 2000;
const parallel = 8;

/**
 * Waits until all objects are current, or none can become so.
 *
 * @throws what `failure` makes of `timeout waiting for: [Kind/ns/name status: 'InProgress', …]`, or
 *   `failed early due to stalled resources: […]`
 */
export async function waitUntilHealthy(
  set: readonly WaitedFor[],
  options: WaitOptions,
): Promise<void> {
  const { clock, signal, timeoutMs, failure, failFast = true } = options;
  const end = clock.now().getTime() + timeoutMs;
  const known = new Map<WaitedFor, Status>();
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, lastPauseMs)) {
    options.checkpoint?.();
    const open = set.filter((each) => known.get(each)?.state !== 'Current');
    await inParallel(open, parallel, async (each) => {
      known.set(each, await lookAt(each, options));
    });
    const states = set.map((each) => known.get(each)?.state ?? 'Unknown');
    if (states.every((state) => state === 'Current')) return;
    const isLate = clock.now().getTime() >= end;
    const isHopeless =
      failFast && states.every((state) => state === 'Current' || state === 'Failed');
    if (isLate || isHopeless) {
      const problems = set.flatMap((each) => {
        const { state = 'Unknown', error } = known.get(each) ?? {};
        if (state === 'Current' || (!isLate && state !== 'Failed')) return [];
        return [`${shownId(each.id)} status: '${state}'${error === undefined ? '' : `: ${error}`}`];
      });
      const why = isLate ? 'timeout waiting for' : 'failed early due to stalled resources';
      throw failure(`${why}: [${problems.join(', ')}]`);
    }
    await clock.sleep(Math.min(pause, Math.max(0, end - clock.now().getTime())), signal);
  }
}

async function lookAt(
  { id, version, mayVanish = false }: WaitedFor,
  { kube, clock, signal, expressions, jobs = true }: WaitOptions,
): Promise<Status> {
  let object: KubeObject | undefined;
  try {
    object = await kube.get(refOf(id, version), { signal });
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return { state: 'Unknown', error: messageOf(thrown) };
  }
  if (object === undefined) return { state: mayVanish ? 'Current' : 'NotFound' };
  const own = expressions.find((each) => each.concerns(id));
  if (own !== undefined) return own.evaluate(object);
  const status = statusOf(object, clock.now(), { jobs });
  if (status.state !== 'InProgress') return status;
  return (await failedPods(kube, object, clock.now(), signal)) ? { state: 'Failed' } : status;
}
