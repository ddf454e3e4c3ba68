/** How a HelmRelease waits for its objects: `waitStrategy` (helm-controller internal/action/wait.go). */
import type { AwaitReady, ReleaseObject } from '../../lib/helm/action/mod.ts';
import { HelmError } from '../../lib/helm/chart/mod.ts';
import { idOf, isSurelyCurrent, waitUntilHealthy } from '../health/mod.ts';
import type { WaitedFor } from '../health/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { parseApiVersion } from '../../lib/objects/mod.ts';
import type { Request } from './request.ts';

/** For the engine; nothing where Helm's own way is wanted. */
export function readinessOf(
  request: Pick<Request, 'spec' | 'expressions' | 'target' | 'signal' | 'newer'>,
): { awaitReady?: AwaitReady } {
  const { spec, expressions, target, signal, newer } = request;
  const failure = (message: string) => new HelmError('NotReady', spec.releaseName, message);
  if (spec.waitStrategy === 'legacy') return {};
  return {
    awaitReady: (objects, { timeoutMs, jobs }) => {
      const set = objects
        .filter(({ object }) => {
          const id = idOf(object);
          return !isSurelyCurrent(object) || expressions.some((each) => each.concerns(id));
        })
        .filter((each) => !isPaused(each))
        .map(waitedFor);
      return waitUntilHealthy(set, {
        kube: target.kube,
        clock: target.clock,
        signal,
        timeoutMs,
        expressions,
        jobs,
        failure,
        checkpoint: () => {
          if (set.length > 0 && newer() !== undefined) throw failure('context canceled');
        },
      });
    },
  };
}

const specOf = ({ object }: ReleaseObject) => new Fields(object['spec']);

const isPaused = (each: ReleaseObject): boolean =>
  each.kind === 'Deployment' && specOf(each).flag('paused') === true;

const waitedFor = (each: ReleaseObject): WaitedFor => ({
  id: { ...idOf(each.object), namespace: each.ref.namespace ?? '' },
  version: parseApiVersion(each.ref.apiVersion).version,
  mayVanish: each.kind === 'Job' && specOf(each).count('ttlSecondsAfterFinished') !== undefined,
});
