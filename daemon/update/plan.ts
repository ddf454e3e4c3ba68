/** What a requested update would change in one state of the repository (spec flux-v1 §7.2, §7.3). Commits nothing. */
import type { UpdateResult, UpdateSpec } from '../../lib/wire/mod.ts';
import { workloadsOf } from '../automation/automate.ts';
import type { ImageLookup } from '../automation/lookup.ts';
import type { LoadedRevision } from '../sync/sync.ts';
import type { WorkloadEdit } from './edit.ts';
import { planContainers } from './plan-containers.ts';
import { planImages } from './plan-images.ts';
import { planPolicies } from './plan-policies.ts';

export interface UpdatePlan {
  edits: readonly WorkloadEdit[];
  message: string;
  result: UpdateResult;
}

export interface PlanSource {
  loaded: LoadedRevision;
  /** IDs of the workloads in the cluster: others are not released. */
  inCluster: ReadonlySet<string>;
  /** `undefined` when scanning is disabled. */
  images: ImageLookup | undefined;
  signal: AbortSignal;
}

export type WantedUpdate = Exclude<UpdateSpec, { type: 'sync' } | { type: 'auto' }>;

/** @throws Fault `UpdateRefused`, `ImageMissing`, `InvalidPattern` */
export async function planUpdate(spec: WantedUpdate, source: PlanSource): Promise<UpdatePlan> {
  const workloads = workloadsOf(source.loaded.set);
  switch (spec.type) {
    case 'policy':
      return planPolicies(spec.spec, spec.cause, workloads);
    case 'image':
      return withMessage(spec, await planImages(spec.spec, workloads, source));
    case 'containers':
      return withMessage(spec, planContainers(spec.spec, workloads, source));
  }
}

/** A message given by the user replaces ours. */
function withMessage({ cause }: WantedUpdate, plan: UpdatePlan): UpdatePlan {
  return cause.Message === '' ? plan : { ...plan, message: cause.Message };
}
