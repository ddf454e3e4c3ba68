/** StatefulSets: pods with stable names, made and replaced one after the other. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { writeStatus } from './context.ts';
import type { ControllerContext } from './context.ts';
import {
  isDeleting,
  labelsAt,
  nameOf,
  numberAt,
  objectAt,
  objectsAt,
  ownerReference,
  textAt,
  valueAt,
} from './fields.ts';
import type { JsonObject } from './fields.ts';
import { createPod, deletePod, isReady, podsOf } from './pods.ts';
import { positive } from './replicaset.ts';
import { currentRevision, revisionLabel } from './revisions.ts';
import type { Revision } from './revisions.ts';

const component = 'statefulset-controller';

export function reconcileStatefulSet(set: KubeObject, context: ControllerContext): undefined {
  if (isDeleting(set)) return undefined;
  const revision = currentRevision(set, context);
  step(set, revision, context);
  const pods = podsOf(set, context).filter((pod) => !isDeleting(pod));
  const updated = pods.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision.hash);
  const ready = pods.filter(isReady).length;
  const wanted = numberAt(set, 'spec', 'replicas') ?? 1;
  const done = updated.length === pods.length && pods.length === wanted && ready === wanted;
  const before = textAt(set, 'status', 'currentRevision') ?? revision.name;
  const current = done ? revision.name : before;
  const atCurrent = pods.filter(
    (pod) => `${nameOf(set)}-${pod.metadata.labels?.[revisionLabel] ?? ''}` === current,
  );
  writeStatus(context.cluster, set, {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    ...positive('readyReplicas', ready),
    availableReplicas: ready,
    ...positive('currentReplicas', atCurrent.length),
    ...positive('updatedReplicas', updated.length),
    currentRevision: current,
    updateRevision: revision.name,
    collisionCount: 0,
  });
  return undefined;
}

function step(set: KubeObject, revision: Revision, context: ControllerContext): void {
  const pods = new Map(podsOf(set, context).map((pod) => [nameOf(pod), pod]));
  const wanted = numberAt(set, 'spec', 'replicas') ?? 1;
  const first = numberAt(set, 'spec', 'ordinals', 'start') ?? 0;
  const parallel = textAt(set, 'spec', 'podManagementPolicy') === 'Parallel';
  const ordinals = Array.from({ length: wanted }, (_, i) => first + i);
  for (const ordinal of ordinals) {
    const pod = pods.get(podName(set, ordinal));
    if (pod === undefined) create(set, ordinal, revision, context);
    if (!parallel && (pod === undefined || !isReady(pod))) {
      // A pod that never got ready does not hold up its own replacement.
      if (pod !== undefined) replaceOld(set, [pod], revision, context);
      return;
    }
  }
  const names = new Set(ordinals.map((ordinal) => podName(set, ordinal)));
  const surplus = [...pods.values()].filter((pod) => !names.has(nameOf(pod))).sort(byOrdinalDown);
  for (const pod of parallel ? surplus : surplus.slice(0, 1))
    deletePod(set, pod, component, context);
  if (surplus.length > 0) return;
  const kept = [...pods.values()].filter((pod) => names.has(nameOf(pod))).sort(byOrdinalDown);
  if (kept.every(isReady)) replaceOld(set, kept, revision, context);
}

/** Deletes the highest pod of an older revision; it comes back with the new one. */
function replaceOld(
  set: KubeObject,
  pods: KubeObject[],
  revision: Revision,
  context: ControllerContext,
): void {
  if (textAt(set, 'spec', 'updateStrategy', 'type') === 'OnDelete') return;
  const partition = numberAt(set, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
  const old = pods.find(
    (pod) => ordinalOf(pod) >= partition && pod.metadata.labels?.[revisionLabel] !== revision.hash,
  );
  if (old !== undefined) deletePod(set, old, component, context);
}

function create(
  set: KubeObject,
  ordinal: number,
  revision: Revision,
  context: ControllerContext,
): void {
  const name = podName(set, ordinal);
  const claims = objectsAt(set, 'spec', 'volumeClaimTemplates');
  for (const claim of claims) createClaim(set, claim, name, context);
  const volumes = claims.map((claim) => {
    const claimed = textAt(claim, 'metadata', 'name') ?? '';
    return { name: claimed, persistentVolumeClaim: { claimName: `${claimed}-${name}` } };
  });
  const template = valueAt(set, 'spec', 'template');
  const own = objectsAt(template, 'spec', 'volumes').filter(
    (each) => !volumes.some((volume) => volume.name === each['name']),
  );
  const serviceName = textAt(set, 'spec', 'serviceName');
  const spec: JsonObject = {
    hostname: name,
    ...(serviceName === undefined ? {} : { subdomain: serviceName }),
    ...(volumes.length + own.length === 0 ? {} : { volumes: [...volumes, ...own] }),
  };
  const labels = {
    [revisionLabel]: `${revision.hash}`,
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': String(ordinal),
  };
  createPod(set, { name, template, labels, spec, component }, context);
}

function createClaim(
  set: KubeObject,
  claim: JsonObject,
  pod: string,
  { cluster }: ControllerContext,
): void {
  const name = `${textAt(claim, 'metadata', 'name') ?? ''}-${pod}`;
  const { namespace } = set.metadata;
  const ref = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name };
  if (cluster.get(ref) !== undefined) return;
  const keep =
    textAt(set, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') !== 'Delete';
  cluster.create({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...labelsAt(claim, 'metadata', 'labels'),
        ...labelsAt(set, 'spec', 'selector', 'matchLabels'),
      },
      ...(keep ? {} : { ownerReferences: [ownerReference(set)] }),
    },
    spec: structuredClone(objectAt(claim, 'spec')),
  });
}

function podName(set: KubeObject, ordinal: number): string {
  return `${nameOf(set)}-${String(ordinal)}`;
}

function ordinalOf(pod: KubeObject): number {
  return Number.parseInt(/-(\d+)$/.exec(nameOf(pod))?.[1] ?? '0', 10);
}

function byOrdinalDown(a: KubeObject, b: KubeObject): number {
  return ordinalOf(b) - ordinalOf(a);
}
