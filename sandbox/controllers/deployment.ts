/** Deployments: one ReplicaSet per template, rolled over within maxSurge and maxUnavailable. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { recordEvent } from './context.ts';
import type { ControllerContext } from './context.ts';
import { deploymentStatus } from './deployment-status.ts';
import { writeStatus } from './context.ts';
import {
  isDeleting,
  isOwnedBy,
  labelsAt,
  nameOf,
  numberAt,
  objectAt,
  ownerReference,
  sameJson,
  textAt,
  valueAt,
} from './fields.ts';
import { templateHash } from './names.ts';
import { podsOf } from './pods.ts';

const hashLabel = 'pod-template-hash';
const revisionAnnotation = 'deployment.kubernetes.io/revision';
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
]);

export function reconcileDeployment(
  deployment: KubeObject,
  context: ControllerContext,
): number | undefined {
  if (isDeleting(deployment)) return undefined;
  const sets = replicaSetsOf(deployment, context);
  const current = sets.find((set) => sameTemplate(set, deployment));
  const old = sets.filter((set) => set !== current);
  const paused = valueAt(deployment, 'spec', 'paused') === true;
  const revision = Math.max(0, ...old.map(revisionOf)) + 1;
  if (current === undefined) {
    const recreate = textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate';
    if (!paused && !(recreate && scaleDownAll(deployment, old, context))) {
      createReplicaSet(deployment, old, revision, context);
    }
  } else if (revisionOf(current) < revision) {
    annotate(current, { [revisionAnnotation]: String(revision) }, context);
    return 0;
  } else if (
    textAt(deployment, 'metadata', 'annotations', revisionAnnotation) !==
    String(revisionOf(current))
  ) {
    annotate(deployment, { [revisionAnnotation]: String(revisionOf(current)) }, context);
    return 0;
  } else {
    roll(deployment, current, old, context);
    removeHistory(deployment, old, context);
  }
  const after = replicaSetsOf(deployment, context);
  const { status, requeueMs } = deploymentStatus(
    deployment,
    { all: after, current: after.find((set) => sameTemplate(set, deployment)) },
    context.clock.now(),
  );
  writeStatus(context.cluster, context.cluster.get(refOf(deployment)) ?? deployment, status);
  return requeueMs;
}

function replicaSetsOf(deployment: KubeObject, { cluster }: ControllerContext): KubeObject[] {
  return cluster
    .list('apps/v1', 'ReplicaSet', deployment.metadata.namespace)
    .filter((set) => isOwnedBy(set, deployment) && !isDeleting(set));
}

function sameTemplate(set: KubeObject, deployment: KubeObject): boolean {
  const template = objectAt(set, 'spec', 'template');
  const labels = labelsAt(template, 'metadata', 'labels');
  delete labels[hashLabel];
  const metadata = { ...objectAt(template, 'metadata'), labels };
  return sameJson({ ...template, metadata }, objectAt(deployment, 'spec', 'template'));
}

function createReplicaSet(
  deployment: KubeObject,
  old: readonly KubeObject[],
  revision: number,
  context: ControllerContext,
): void {
  const template = structuredClone(objectAt(deployment, 'spec', 'template'));
  const hash = templateHash(template);
  const labels = { ...labelsAt(template, 'metadata', 'labels'), [hashLabel]: hash };
  const selector = structuredClone(objectAt(deployment, 'spec', 'selector'));
  const wanted = wantedOf(deployment);
  const total = sum(old, replicasOf);
  const replicas = Math.max(0, Math.min(wanted, wanted + surgeOf(deployment) - total));
  const { namespace } = deployment.metadata;
  const name = `${nameOf(deployment)}-${hash}`;
  context.cluster.create({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: {
        ...copied(deployment),
        ...scaleAnnotations(deployment),
        [revisionAnnotation]: String(revision),
      },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      replicas,
      ...(valueAt(deployment, 'spec', 'minReadySeconds') === undefined
        ? {}
        : { minReadySeconds: valueAt(deployment, 'spec', 'minReadySeconds') }),
      selector: {
        ...selector,
        matchLabels: { ...labelsAt(selector, 'matchLabels'), [hashLabel]: hash },
      },
      template: { ...template, metadata: { ...objectAt(template, 'metadata'), labels } },
    },
  });
  announce(deployment, name, 0, replicas, context);
  annotate(deployment, { [revisionAnnotation]: String(revision) }, context);
}

/** One step of a rollout; the changes it makes bring about the next. */
function roll(
  deployment: KubeObject,
  current: KubeObject,
  old: readonly KubeObject[],
  context: ControllerContext,
): void {
  if (valueAt(deployment, 'spec', 'paused') === true && old.some((set) => replicasOf(set) > 0))
    return;
  const wanted = wantedOf(deployment);
  const oldTotal = sum(old, replicasOf);
  if (textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate') {
    if (!scaleDownAll(deployment, old, context)) scale(deployment, current, wanted, context);
    return;
  }
  const grown = Math.min(
    wanted,
    Math.max(replicasOf(current), wanted + surgeOf(deployment) - oldTotal),
  );
  const size = replicasOf(current) > wanted ? wanted : grown;
  scale(deployment, current, size, context);
  const unready = size - availableOf(current);
  let surplus = oldTotal + size - (wanted - unavailableOf(deployment)) - unready;
  for (const set of old) {
    // Old pods that never became ready cost nothing.
    const dead = Math.min(replicasOf(set) - availableOf(set), Math.max(0, surplus));
    const down = Math.min(replicasOf(set), dead + Math.max(0, surplus - dead));
    if (down <= 0) continue;
    surplus -= down;
    scale(deployment, set, replicasOf(set) - down, context);
  }
}

/** @returns whether there are old pods to wait for */
function scaleDownAll(
  deployment: KubeObject,
  old: readonly KubeObject[],
  context: ControllerContext,
): boolean {
  for (const set of old) scale(deployment, set, 0, context);
  return old.some((set) => podsOf(set, context).length > 0);
}

function scale(
  deployment: KubeObject,
  set: KubeObject,
  replicas: number,
  context: ControllerContext,
): void {
  const before = replicasOf(set);
  const annotations = { ...set.metadata.annotations, ...scaleAnnotations(deployment) };
  if (before === replicas && sameJson(annotations, set.metadata.annotations)) return;
  context.cluster.update({
    ...set,
    metadata: { ...set.metadata, annotations },
    spec: { ...objectAt(set, 'spec'), replicas },
  });
  if (before !== replicas) announce(deployment, nameOf(set), before, replicas, context);
}

function announce(
  deployment: KubeObject,
  set: string,
  from: number,
  to: number,
  context: ControllerContext,
): void {
  const direction = to >= from ? 'up' : 'down';
  recordEvent(context, deployment, {
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    message: `Scaled ${direction} replica set ${set} from ${String(from)} to ${String(to)}`,
    component: 'deployment-controller',
  });
}

function removeHistory(
  deployment: KubeObject,
  old: readonly KubeObject[],
  { cluster }: ControllerContext,
): void {
  const limit = numberAt(deployment, 'spec', 'revisionHistoryLimit') ?? 10;
  const idle = old
    .filter((set) => replicasOf(set) === 0 && (numberAt(set, 'status', 'replicas') ?? 0) === 0)
    .sort((a, b) => revisionOf(a) - revisionOf(b));
  for (const set of idle.slice(0, Math.max(0, idle.length - limit))) {
    cluster.remove({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      namespace: set.metadata.namespace,
      name: nameOf(set),
    });
  }
}

function annotate(
  object: KubeObject,
  annotations: Record<string, string>,
  { cluster }: ControllerContext,
): void {
  const live = cluster.get(refOf(object)) ?? object;
  cluster.update({
    ...live,
    metadata: { ...live.metadata, annotations: { ...live.metadata.annotations, ...annotations } },
  });
}

function copied(deployment: KubeObject): Record<string, string> {
  const annotations = labelsAt(deployment, 'metadata', 'annotations');
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !notCopied.has(name)));
}

function scaleAnnotations(deployment: KubeObject): Record<string, string> {
  const wanted = wantedOf(deployment);
  return {
    'deployment.kubernetes.io/desired-replicas': String(wanted),
    'deployment.kubernetes.io/max-replicas': String(wanted + surgeOf(deployment)),
  };
}

function surgeOf(deployment: KubeObject): number {
  if (textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate') return 0;
  const value = valueAt(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxSurge');
  return portion(value, wantedOf(deployment), Math.ceil);
}

/** At least one when there may be no surge: a rollout must be able to move. */
function unavailableOf(deployment: KubeObject): number {
  const value = valueAt(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable');
  const wanted = wantedOf(deployment);
  const count = Math.min(wanted, portion(value, wanted, Math.floor));
  return count === 0 && surgeOf(deployment) === 0 ? 1 : count;
}

function portion(value: unknown, of: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? round((Number.parseInt(value, 10) * of) / 100) : 0;
}

function wantedOf(deployment: KubeObject): number {
  return numberAt(deployment, 'spec', 'replicas') ?? 1;
}

function replicasOf(set: KubeObject): number {
  return numberAt(set, 'spec', 'replicas') ?? 1;
}

function availableOf(set: KubeObject): number {
  return Math.min(replicasOf(set), numberAt(set, 'status', 'availableReplicas') ?? 0);
}

function revisionOf(set: KubeObject): number {
  return Number.parseInt(set.metadata.annotations?.[revisionAnnotation] ?? '0', 10) || 0;
}

function sum(sets: readonly KubeObject[], of: (set: KubeObject) => number): number {
  return sets.reduce((total, set) => total + of(set), 0);
}

function refOf(object: KubeObject) {
  const { apiVersion, kind } = object;
  return { apiVersion, kind, namespace: object.metadata.namespace, name: nameOf(object) };
}
