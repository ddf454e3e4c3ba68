/** What state an object is in, from what it says itself (kstatus, fluxcd/cli-utils v1.2). Pure. */
import { parseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fields } from '../runtime/mod.ts';

export type State = 'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'NotFound' | 'Unknown';

export interface Status {
  state: State;
  /** Why it is not known. */
  error?: string;
}

const current: Status = { state: 'Current' };
const inProgress: Status = { state: 'InProgress' };
const failed: Status = { state: 'Failed' };

/** Pods may wait this long for a node before that counts as a failure. */
const scheduleWindowMs = 15_000;

interface Parts {
  spec: Fields;
  status: Fields;
  conditions: readonly Fields[];
}

export interface StatusOptions {
  /** A Job is current when it has run; otherwise, as in kstatus, when it runs. Default true. */
  jobs?: boolean;
}

export function statusOf(
  object: KubeObject,
  now: Date,
  { jobs = true }: StatusOptions = {},
): Status {
  const { metadata } = object;
  if (metadata.deletionTimestamp !== undefined) return { state: 'Terminating' };
  const status = new Fields(object['status']);
  const parts: Parts = {
    spec: new Fields(object['spec']),
    status,
    conditions: status.each('conditions'),
  };
  const observed = status.count('observedGeneration');
  if (
    observed !== undefined &&
    metadata.generation !== undefined &&
    observed !== metadata.generation
  )
    return inProgress;
  for (const condition of parts.conditions) {
    if (!is(condition, 'True')) continue;
    if (condition.text('type') === 'Reconciling') return inProgress;
    if (condition.text('type') === 'Stalled') return failed;
  }
  const own = rules[groupKindOf(object)];
  if (own === jobStatus && !jobs) return runningJobStatus(parts);
  if (own !== undefined) return own(parts, object, now);
  const ready = find(parts, 'Ready');
  return ready === undefined || is(ready, 'True') ? current : inProgress;
}

/** Kinds that are as they should be as soon as they are there, and of which nobody says anything else. */
const settledKinds: readonly string[] = [
  'ConfigMap',
  'Secret',
  'Service',
  'ServiceAccount',
  'batch/CronJob',
  'networking.k8s.io/NetworkPolicy',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'rbac.authorization.k8s.io/Role',
  'rbac.authorization.k8s.io/RoleBinding',
];

/** Whether there is no need to look at an object that has just been applied. */
export const isSurelyCurrent = (object: KubeObject): boolean =>
  settledKinds.includes(groupKindOf(object));

function groupKindOf({ apiVersion, kind }: KubeObject): string {
  const { group } = parseApiVersion(apiVersion);
  return group === '' ? kind : `${group}/${kind}`;
}

type Rule = (parts: Parts, object: KubeObject, now: Date) => Status;

const always: Rule = () => current;

const rules: Readonly<Record<string, Rule>> = {
  ConfigMap: always,
  Secret: always,
  Service: ({ spec }) =>
    spec.text('type') === 'LoadBalancer' && !spec.has('clusterIP') ? inProgress : current,
  PersistentVolumeClaim: ({ status }) => (status.text('phase') === 'Bound' ? current : inProgress),
  Pod: podStatus,
  'apps/Deployment': deploymentStatus,
  'apps/ReplicaSet': replicaSetStatus,
  'apps/StatefulSet': statefulSetStatus,
  'apps/DaemonSet': daemonSetStatus,
  'batch/Job': jobStatus,
  'batch/CronJob': always,
  'policy/PodDisruptionBudget': always,
  'apiextensions.k8s.io/CustomResourceDefinition': definitionStatus,
};

const is = (condition: Fields | undefined, status: string) => condition?.text('status') === status;

const find = ({ conditions }: Parts, type: string) =>
  conditions.find((each) => each.text('type') === type);

const allOf = (...isDone: readonly boolean[]): Status =>
  isDone.every(Boolean) ? current : inProgress;

function deploymentStatus(parts: Parts): Status {
  const { spec, status } = parts;
  const progressing = find(parts, 'Progressing');
  if (progressing?.text('reason') === 'ProgressDeadlineExceeded') return failed;
  const deadline = spec.count('progressDeadlineSeconds') ?? 2 ** 31 - 1;
  const isRolledOut =
    deadline === 2 ** 31 - 1 ||
    (is(progressing, 'True') && progressing?.text('reason') === 'NewReplicaSetAvailable');
  const wanted = spec.count('replicas') ?? 1;
  const count = (key: string) => status.count(key) ?? 0;
  return allOf(
    count('replicas') === wanted,
    count('updatedReplicas') >= wanted,
    count('availableReplicas') >= count('updatedReplicas'),
    count('readyReplicas') >= wanted,
    isRolledOut,
    is(find(parts, 'Available'), 'True'),
  );
}

function replicaSetStatus(parts: Parts): Status {
  const { spec, status } = parts;
  const wanted = spec.count('replicas') ?? 1;
  const count = (key: string) => status.count(key) ?? 0;
  return allOf(
    !is(find(parts, 'ReplicaFailure'), 'True'),
    count('fullyLabeledReplicas') >= wanted,
    count('availableReplicas') >= wanted,
    count('readyReplicas') >= wanted,
    count('replicas') <= wanted,
  );
}

function statefulSetStatus({ spec, status }: Parts): Status {
  const strategy = spec.at('updateStrategy');
  if (strategy.text('type') === 'OnDelete') return current;
  const wanted = spec.count('replicas') ?? 1;
  const count = (key: string) => status.count(key) ?? 0;
  const isScaled = count('replicas') === wanted && count('readyReplicas') >= wanted;
  if (!isScaled) return inProgress;
  const partition = strategy.at('rollingUpdate').count('partition') ?? -1;
  if (partition !== -1) return allOf(count('updatedReplicas') >= wanted - partition);
  return allOf(
    count('currentReplicas') >= wanted,
    (status.text('currentRevision') ?? '') === (status.text('updateRevision') ?? ''),
  );
}

function daemonSetStatus({ status }: Parts): Status {
  const wanted = status.count('desiredNumberScheduled');
  if (status.count('observedGeneration') === undefined || wanted === undefined) return inProgress;
  return allOf(
    ...['currentNumberScheduled', 'updatedNumberScheduled', 'numberAvailable', 'numberReady'].map(
      (key) => (status.count(key) ?? 0) >= wanted,
    ),
  );
}

/** As fluxcd/pkg runtime/statusreaders: done when it has run, not when it runs. */
function jobStatus(parts: Parts): Status {
  if (parts.spec.flag('suspend') === true) return current;
  if (is(find(parts, 'Complete'), 'True')) return current;
  return is(find(parts, 'Failed'), 'True') ? failed : inProgress;
}

function runningJobStatus(parts: Parts): Status {
  if (is(find(parts, 'Complete'), 'True')) return current;
  if (is(find(parts, 'Failed'), 'True')) return failed;
  return parts.status.has('startTime') ? current : inProgress;
}

function definitionStatus(parts: Parts): Status {
  if (is(find(parts, 'NamesAccepted'), 'False')) return failed;
  const established = find(parts, 'Established');
  if (is(established, 'True')) return current;
  return is(established, 'False') && established?.text('reason') !== 'Installing'
    ? failed
    : inProgress;
}

function podStatus(parts: Parts, pod: KubeObject, now: Date): Status {
  const { status } = parts;
  const phase = status.text('phase') ?? '';
  switch (phase) {
    case 'Succeeded':
    case 'Failed':
      return current;
    case 'Running':
      if (is(find(parts, 'Ready'), 'True')) return current;
      return status.each('containerStatuses').some(isCrashing) ? failed : inProgress;
    case 'Pending': {
      const since = Date.parse(pod.metadata.creationTimestamp ?? '');
      const isOverdue = now.getTime() - since > scheduleWindowMs;
      return isUnschedulable(pod) && isOverdue ? failed : inProgress;
    }
    case '':
      return inProgress;
    default:
      return { state: 'Unknown', error: `unknown phase ${phase}` };
  }
}

const isCrashing = (container: Fields) =>
  container.at('state').at('waiting').text('reason') === 'CrashLoopBackOff';

export function isUnschedulable(pod: KubeObject): boolean {
  return new Fields(pod['status'])
    .each('conditions')
    .some(
      (each) =>
        each.text('type') === 'PodScheduled' &&
        is(each, 'False') &&
        each.text('reason') === 'Unschedulable',
    );
}
