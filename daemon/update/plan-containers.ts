/** A release of chosen containers, as the interactive release sends it (spec flux-v1 §7.2; pkg/update/release_containers.go). */
import { hasPolicy } from '../../lib/manifest/mod.ts';
import { formatImageRef, parseImageRef } from '../../lib/policy/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import type {
  ContainerUpdate,
  ReleaseContainersSpec,
  UpdateResult,
  WorkloadResult,
} from '../../lib/wire/mod.ts';
import type { ImageChange, Workload } from '../automation/automate.ts';
import { resultOf } from '../automation/commit.ts';
import { imageEdits } from './edit.ts';
import type { PlanSource, UpdatePlan } from './plan.ts';

export function planContainers(
  spec: ReleaseContainersSpec,
  workloads: readonly Workload[],
  { inCluster }: PlanSource,
): UpdatePlan {
  const result: UpdateResult = {};
  const changes: ImageChange[] = [];
  const errors = new Map<string, string>();
  for (const workload of workloads) {
    const wanted = spec.ContainerSpecs[workload.id];
    const refusal = whyNot(workload, wanted, spec, inCluster);
    if (refusal !== undefined || wanted === undefined) {
      if (refusal !== undefined) result[workload.id] = refusal;
      continue;
    }
    const outcome = changesOf(workload, wanted, spec);
    if (!('changes' in outcome)) result[workload.id] = outcome;
    else {
      changes.push(...outcome.changes);
      if (outcome.error !== '') errors.set(workload.id, outcome.error);
    }
  }
  if (Object.values(result).some(({ Status }) => Status === 'failed'))
    throw new Fault('UpdateRefused', 'stall', 'containers', 'cannot satisfy specs');
  if (changes.length === 0)
    throw new Fault('UpdateRefused', 'stall', 'containers', 'no changes found');
  const done = resultOf(changes);
  for (const [id, error] of errors) {
    const entry = done[id];
    if (entry !== undefined) entry.Error = error;
  }
  return {
    edits: imageEdits(changes),
    message: messageOf(done),
    result: { ...result, ...done },
  };
}

function whyNot(
  { id, policies }: Workload,
  wanted: readonly ContainerUpdate[] | undefined,
  { Force: force }: ReleaseContainersSpec,
  inCluster: ReadonlySet<string>,
): WorkloadResult | undefined {
  if (wanted === undefined) return { Status: 'ignored', Error: 'not included' };
  if (!inCluster.has(id)) return { Status: 'skipped', Error: 'not accessible in cluster' };
  if (!force && hasPolicy(policies, 'locked')) return { Status: 'skipped', Error: 'locked' };
  if (!force && hasPolicy(policies, 'ignore')) return { Status: 'skipped', Error: 'ignore' };
  return undefined;
}

function changesOf(
  workload: Workload,
  wanted: readonly ContainerUpdate[],
  { SkipMismatches: skip }: ReleaseContainersSpec,
): WorkloadResult | { changes: ImageChange[]; error: string } {
  const changes: ImageChange[] = [];
  const missing: string[] = [];
  const mismatched: string[] = [];
  for (const { Container: container, Current, Target } of wanted) {
    const image = workload.containers.find(({ name }) => name === container)?.image;
    if (image === undefined) missing.push(container);
    else if (Current !== '' && formatImageRef(image) !== Current) mismatched.push(container);
    else if (formatImageRef(image) !== Target)
      changes.push({ workload, container, current: image, target: parseImageRef(Target) });
  }
  const mismatch =
    mismatched.length === 0 ? '' : `container(s) tag mismatch: ${mismatched.join(', ')}`;
  if (missing.length > 0)
    return { Status: 'failed', Error: `container(s) not found: ${missing.join(', ')}` };
  if (!skip && mismatch !== '') return { Status: 'failed', Error: mismatch };
  if (changes.length === 0) return { Status: 'skipped', Error: mismatch || 'image(s) up to date' };
  return { changes, error: mismatch };
}

function messageOf(done: UpdateResult): string {
  const ids = Object.keys(done).sort();
  const body = ids
    .map((id) => {
      const targets = (done[id]?.PerContainer ?? []).map(({ Target }) => `\n- ${Target}`);
      return `\n${id}${targets.join('')}\n`;
    })
    .join('');
  const errors = ids.flatMap((id) => {
    const error = done[id]?.Error ?? '';
    return error === '' ? [] : [`${id}: ${error}`];
  });
  return `Update image refs in ${ids.join(', ')}\n${body}${errors.length === 0 ? '' : `\n${errors.join('\n')}`}`;
}
