/** Where releases go: a cluster, and the engine that works on it. */
import { createHelmEngine } from '../../lib/helm/action/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import type { Clusters } from '../clusters/mod.ts';
import type { Target } from './request.ts';
import type { HelmReleaseSpec } from './spec.ts';

/** Who owns what the server applies: as in the original, so that its releases go on. */
const applyManager = 'helm-controller';

export interface Targets {
  /** @throws ClusterError; KubeError */
  open(spec: HelmReleaseSpec): Promise<Target>;
  /** Whether the Secret and the service account of a release are there. */
  isReachable(spec: HelmReleaseSpec): Promise<boolean>;
}

export interface TargetsOptions {
  clusters: Clusters;
  /** Of the engine: what it waits for. */
  clock: Clock;
  log: (line: string) => void;
}

export function createTargets({ clusters, clock, log }: TargetsOptions): Targets {
  const known = new WeakMap<KubeClient, Target>();
  return {
    open: async (spec) => {
      const kube = await clusters.open(spec);
      const target = known.get(kube) ?? {
        kube,
        clock,
        engine: createHelmEngine({ kube, clock, log, applyManager }),
      };
      known.set(kube, target);
      return target;
    },
    isReachable: (spec) => clusters.isReachable(spec),
  };
}
