/** What the server sets beside defaults: addresses of services, labels of jobs, what a new pod tolerates. */
import type { KubeObject } from '../../../lib/objects/mod.ts';
import { isObject } from './type-node.ts';
import type { JsonObject } from './type-node.ts';
import { setDefault } from './pod-defaults.ts';
import { listOf, objectIn } from './pod-validate.ts';

export interface Taken {
  takenAddresses: () => ReadonlySet<string>;
  takenPorts: () => ReadonlySet<number>;
}

const firstNodePort = 30_000;
const lastNodePort = 32_767;

/** The status that an object has before any controller saw it. */
const firstStatus: Readonly<Record<string, JsonObject>> = {
  'apps/v1 Deployment': {},
  'apps/v1 ReplicaSet': { replicas: 0 },
  'apps/v1 StatefulSet': { replicas: 0, availableReplicas: 0 },
  'apps/v1 DaemonSet': {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  },
  'batch/v1 Job': {},
  'batch/v1 CronJob': {},
  'v1 Pod': { phase: 'Pending', qosClass: 'BestEffort' },
  'v1 Service': { loadBalancer: {} },
  'v1 PersistentVolumeClaim': { phase: 'Pending' },
  'v1 PersistentVolume': { phase: 'Pending' },
  'v1 Namespace': { phase: 'Active' },
  'autoscaling/v2 HorizontalPodAutoscaler': { desiredReplicas: 0, currentMetrics: null },
  'autoscaling/v1 HorizontalPodAutoscaler': { currentReplicas: 0, desiredReplicas: 0 },
  'networking.k8s.io/v1 Ingress': { loadBalancer: {} },
  'policy/v1 PodDisruptionBudget': {
    disruptionsAllowed: 0,
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
  },
};

/** In place; `live` is what is stored. */
export function prepareBuiltin(
  object: KubeObject,
  live: KubeObject | undefined,
  taken: Taken,
): void {
  const key = `${object.apiVersion} ${object.kind}`;
  if (live === undefined && firstStatus[key] !== undefined)
    object['status'] = structuredClone(firstStatus[key]);
  // Storage knows no empty lists, and these are always written.
  if (Array.isArray(object['rules']) && object['rules'].length === 0) object['rules'] = null;
  const spec = object['spec'];
  if (!isObject(spec)) return;
  switch (key) {
    case 'v1 Namespace':
      setDefault(spec, 'finalizers', ['kubernetes']);
      break;
    case 'v1 Service':
      prepareService(spec, objectIn(live, 'spec'), taken);
      break;
    case 'batch/v1 Job':
      prepareJob(object, spec, live);
      break;
    case 'v1 Pod':
      if (live === undefined) preparePod(object, spec);
      break;
    default:
  }
}

/** Services keep their addresses and ports over updates that do not mention them. */
function prepareService(spec: JsonObject, before: JsonObject, taken: Taken): void {
  if (spec['type'] === 'ExternalName') return;
  const wasAddressed = typeof before['clusterIP'] === 'string';
  if (spec['clusterIP'] === undefined || spec['clusterIP'] === '') {
    spec['clusterIP'] = wasAddressed ? before['clusterIP'] : freeAddress(taken.takenAddresses());
  }
  spec['clusterIPs'] = [spec['clusterIP']];
  // A headless service that selects nothing may get addresses of both families.
  const open =
    !wasAddressed &&
    spec['clusterIP'] === 'None' &&
    Object.keys(objectIn(spec, 'selector')).length === 0;
  setDefault(spec, 'ipFamilies', open ? ['IPv4', 'IPv6'] : ['IPv4']);
  setDefault(spec, 'ipFamilyPolicy', open ? 'RequireDualStack' : 'SingleStack');
  if (spec['type'] !== 'NodePort' && spec['type'] !== 'LoadBalancer') return;
  const known = listOf(before['ports']);
  const ports = new Set(taken.takenPorts());
  for (const port of listOf(spec['ports'])) {
    if (typeof port['nodePort'] === 'number' && port['nodePort'] !== 0) continue;
    const same = known.find(
      (each) => each['port'] === port['port'] && each['protocol'] === port['protocol'],
    );
    const number = same?.['nodePort'] ?? freePort(ports);
    port['nodePort'] = number;
    if (typeof number === 'number') ports.add(number);
  }
}

function freeAddress(taken: ReadonlySet<string>): string {
  // 10.96.0.1 is the API server's own service, 10.96.0.10 by custom the name server's.
  for (let i = 256; i < 65_535; i++) {
    const address = `10.96.${String(i >> 8)}.${String(i & 255)}`;
    if (!taken.has(address)) return address;
  }
  return 'None';
}

function freePort(taken: ReadonlySet<number>): number {
  for (let port = firstNodePort; port < lastNodePort; port++) if (!taken.has(port)) return port;
  return lastNodePort;
}

/** A job's pods are found by a label with the job's UID. */
function prepareJob(object: KubeObject, spec: JsonObject, live: KubeObject | undefined): void {
  const before = objectIn(live, 'spec');
  const template = objectIn(spec, 'template');
  if (live !== undefined) {
    setDefault(spec, 'selector', before['selector']);
    const known = objectIn(objectIn(before['template'], 'metadata'), 'labels');
    label(template, known);
    return;
  }
  const { uid, name } = object.metadata;
  if (spec['manualSelector'] === true || uid === undefined || name === undefined) return;
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  label(template, labels);
  object.metadata.labels ??= objectIn(objectIn(template, 'metadata'), 'labels') as Record<
    string,
    string
  >;
  setDefault(spec, 'selector', { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } });
}

function label(template: JsonObject, labels: JsonObject): void {
  const metadata = objectIn(template, 'metadata');
  template['metadata'] = { ...metadata, labels: { ...labels, ...objectIn(metadata, 'labels') } };
}

function preparePod(object: KubeObject, spec: JsonObject): void {
  const tolerations = listOf(spec['tolerations']);
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    if (!tolerations.some((each) => each['key'] === key)) {
      tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
    }
  }
  spec['tolerations'] = tolerations;
  setDefault(spec, 'priority', 0);
  setDefault(spec, 'preemptionPolicy', 'PreemptLowerPriority');
  setDefault(spec, 'serviceAccountName', 'default');
  setDefault(spec, 'serviceAccount', spec['serviceAccountName']);
  const containers = [...listOf(spec['containers']), ...listOf(spec['initContainers'])];
  const sizes = containers.map((each) => objectIn(each, 'resources'));
  const asked = sizes.some((each) => Object.keys(objectIn(each, 'requests')).length > 0);
  const same = sizes.every(
    (each) =>
      JSON.stringify(objectIn(each, 'limits')) === JSON.stringify(objectIn(each, 'requests')) &&
      'cpu' in objectIn(each, 'limits') &&
      'memory' in objectIn(each, 'limits'),
  );
  object['status'] = {
    ...objectIn(object, 'status'),
    qosClass: !asked ? 'BestEffort' : same ? 'Guaranteed' : 'Burstable',
  };
}
