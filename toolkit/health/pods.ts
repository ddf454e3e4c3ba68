/** Whether a workload has no hope, because of its pods (kstatus polling/statusreaders). */
import type { KubeReader } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { isUnschedulable, statusOf } from './status.ts';

const workloads = ['Deployment', 'ReplicaSet', 'StatefulSet'];

/** Pods that are on their way out, or wait for a node, do not count. */
export async function failedPods(
  kube: KubeReader,
  workload: KubeObject,
  now: Date,
  signal: AbortSignal,
): Promise<boolean> {
  if (!workloads.includes(workload.kind) || !workload.apiVersion.startsWith('apps/')) return false;
  // Until its controller has seen it, its pods are those of an older one.
  const observed = new Fields(workload['status']).count('observedGeneration') ?? 0;
  if (observed < (workload.metadata.generation ?? 0)) return false;
  const selector = new Fields(workload['spec']).at('selector').textMap('matchLabels');
  const labelSelector = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const namespace = workload.metadata.namespace;
  if (labelSelector === '' || namespace === undefined) return false;
  const of = { namespace };
  const owners = new Set([workload.metadata.uid ?? '']);
  if (workload.kind === 'Deployment') {
    const sets = await kube.list(
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', ...of },
      { labelSelector, signal },
    );
    for (const { metadata } of sets.items)
      if (isOwnedBy(metadata.ownerReferences, owners)) owners.add(metadata.uid ?? '');
  }
  const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod', ...of }, { labelSelector, signal });
  return pods.items.some(
    (pod) =>
      isOwnedBy(pod.metadata.ownerReferences, owners) &&
      pod.metadata.deletionTimestamp === undefined &&
      !isUnschedulable(pod) &&
      statusOf(pod, now).state === 'Failed',
  );
}

const isOwnedBy = (
  references: KubeObject['metadata']['ownerReferences'],
  owners: ReadonlySet<string>,
) => (references ?? []).some(({ uid }) => owners.has(uid));
