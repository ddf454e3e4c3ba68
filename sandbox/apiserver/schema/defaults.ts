/** Defaults of built-in kinds, as kube-apiserver 1.34 fills them in (compared with the real server). */
import type { KubeObject } from '../../../lib/objects/mod.ts';
import { isObject } from './type-node.ts';
import type { JsonObject } from './type-node.ts';
import {
  defaultPodSpec,
  defaultPodTemplate,
  requestsFromLimits,
  setDefault,
} from './pod-defaults.ts';
import { canonicalQuantities } from './quantity.ts';

type Defaulting = (object: KubeObject, spec: JsonObject) => void;

const byKind: Readonly<Record<string, Defaulting>> = {
  'apps/v1 Deployment': defaultDeployment,
  'apps/v1 ReplicaSet': (_, spec) => {
    setDefault(spec, 'replicas', 1);
    defaultPodTemplate(spec);
  },
  'apps/v1 StatefulSet': defaultStatefulSet,
  'apps/v1 DaemonSet': defaultDaemonSet,
  'batch/v1 Job': (_, spec) => defaultJob(spec),
  'batch/v1 CronJob': defaultCronJob,
  'v1 PodTemplate': (object) => {
    defaultPodTemplate(object);
  },
  'v1 Pod': (_, spec) => {
    defaultPodSpec(spec);
    requestsFromLimits(spec);
    setDefault(spec, 'enableServiceLinks', true);
  },
  'v1 ReplicationController': (_, spec) => {
    setDefault(spec, 'replicas', 1);
    defaultPodTemplate(spec);
  },
  'v1 Service': (_, spec) => defaultService(spec),
  'v1 Secret': defaultSecret,
  'v1 PersistentVolumeClaim': (_, spec) => defaultClaim(spec),
  'v1 PersistentVolume': (_, spec) => {
    setDefault(spec, 'persistentVolumeReclaimPolicy', 'Retain');
    setDefault(spec, 'volumeMode', 'Filesystem');
  },
  'v1 Namespace': (object) => {
    object.metadata.labels = {
      ...object.metadata.labels,
      'kubernetes.io/metadata.name': object.metadata.name ?? '',
    };
  },
  'autoscaling/v2 HorizontalPodAutoscaler': (_, spec) => {
    setDefault(spec, 'minReplicas', 1);
    const cpu = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } };
    if (!Array.isArray(spec['metrics']) || spec['metrics'].length === 0) {
      spec['metrics'] = [{ type: 'Resource', resource: cpu }];
    }
  },
  'autoscaling/v1 HorizontalPodAutoscaler': (_, spec) => {
    setDefault(spec, 'minReplicas', 1);
    setDefault(spec, 'targetCPUUtilizationPercentage', 80);
  },
  'networking.k8s.io/v1 NetworkPolicy': (_, spec) => defaultNetworkPolicy(spec),
  'rbac.authorization.k8s.io/v1 RoleBinding': defaultBinding,
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': defaultBinding,
  'storage.k8s.io/v1 StorageClass': (object) => {
    setDefault(object, 'reclaimPolicy', 'Delete');
    setDefault(object, 'volumeBindingMode', 'Immediate');
  },
  'admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration': defaultWebhooks,
  'admissionregistration.k8s.io/v1 MutatingWebhookConfiguration': defaultWebhooks,
};

const withoutSpec = new Set([
  'v1 Secret',
  'v1 PodTemplate',
  'v1 Namespace',
  'storage.k8s.io/v1 StorageClass',
]);
/** Fills in the defaults of a decoded object, in place. Kinds without defaults stay as they are. */
export function applyDefaults(object: KubeObject): void {
  const key = `${object.apiVersion} ${object.kind}`;
  const fill = byKind[key];
  if (fill !== undefined) {
    if (
      !withoutSpec.has(key) &&
      !isObject(object['spec']) &&
      !key.startsWith('rbac.') &&
      !key.startsWith('admission')
    ) {
      object['spec'] = {};
    }
    fill(object, isObject(object['spec']) ? object['spec'] : {});
  }
}

function defaultDeployment(object: KubeObject, spec: JsonObject): void {
  setDefault(spec, 'replicas', 1);
  const strategy = child(spec, 'strategy');
  setDefault(strategy, 'type', 'RollingUpdate');
  if (strategy['type'] === 'RollingUpdate') {
    const rolling = child(strategy, 'rollingUpdate');
    setDefault(rolling, 'maxUnavailable', '25%');
    setDefault(rolling, 'maxSurge', '25%');
  }
  setDefault(spec, 'revisionHistoryLimit', 10);
  setDefault(spec, 'progressDeadlineSeconds', 600);
  defaultPodTemplate(spec);
}

function defaultStatefulSet(_: KubeObject, spec: JsonObject): void {
  setDefault(spec, 'replicas', 1);
  setDefault(spec, 'podManagementPolicy', 'OrderedReady');
  const strategy = child(spec, 'updateStrategy');
  setDefault(strategy, 'type', 'RollingUpdate');
  if (strategy['type'] === 'RollingUpdate')
    setDefault(child(strategy, 'rollingUpdate'), 'partition', 0);
  setDefault(spec, 'revisionHistoryLimit', 10);
  const retention = child(spec, 'persistentVolumeClaimRetentionPolicy');
  setDefault(retention, 'whenDeleted', 'Retain');
  setDefault(retention, 'whenScaled', 'Retain');
  for (const claim of objects(spec['volumeClaimTemplates'])) {
    setDefault(claim, 'kind', 'PersistentVolumeClaim');
    setDefault(claim, 'apiVersion', 'v1');
    defaultClaim(child(claim, 'spec'));
    setDefault(child(claim, 'status'), 'phase', 'Pending');
  }
  defaultPodTemplate(spec);
}

function defaultDaemonSet(object: KubeObject, spec: JsonObject): void {
  const strategy = child(spec, 'updateStrategy');
  setDefault(strategy, 'type', 'RollingUpdate');
  if (strategy['type'] === 'RollingUpdate') {
    const rolling = child(strategy, 'rollingUpdate');
    setDefault(rolling, 'maxUnavailable', 1);
    setDefault(rolling, 'maxSurge', 0);
  }
  setDefault(spec, 'revisionHistoryLimit', 10);
  const key = 'deprecated.daemonset.template.generation';
  const annotations = object.metadata.annotations ?? {};
  annotations[key] ??= '1';
  object.metadata.annotations = annotations;
  defaultPodTemplate(spec);
}

function defaultJob(spec: JsonObject): void {
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) {
    spec['completions'] = 1;
    spec['parallelism'] = 1;
  }
  setDefault(spec, 'parallelism', 1);
  setDefault(spec, 'backoffLimit', 6);
  setDefault(spec, 'completionMode', 'NonIndexed');
  setDefault(spec, 'suspend', false);
  setDefault(spec, 'manualSelector', false);
  setDefault(
    spec,
    'podReplacementPolicy',
    isObject(spec['podFailurePolicy']) ? 'Failed' : 'TerminatingOrFailed',
  );
  defaultPodTemplate(spec);
}

function defaultCronJob(_: KubeObject, spec: JsonObject): void {
  setDefault(spec, 'concurrencyPolicy', 'Allow');
  setDefault(spec, 'suspend', false);
  setDefault(spec, 'successfulJobsHistoryLimit', 3);
  setDefault(spec, 'failedJobsHistoryLimit', 1);
  const template = child(spec, 'jobTemplate');
  setDefault(template, 'metadata', {});
  defaultPodTemplate(child(template, 'spec'));
}

function defaultService(spec: JsonObject): void {
  setDefault(spec, 'type', 'ClusterIP');
  setDefault(spec, 'sessionAffinity', 'None');
  if (spec['sessionAffinity'] === 'ClientIP') {
    setDefault(child(child(spec, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds', 10_800);
  }
  const type = spec['type'];
  for (const port of objects(spec['ports'])) {
    setDefault(port, 'protocol', 'TCP');
    const target = port['targetPort'];
    if (type !== 'ExternalName' && (target === undefined || target === 0 || target === '')) {
      port['targetPort'] = port['port'];
    }
  }
  if (type === 'NodePort' || type === 'LoadBalancer')
    setDefault(spec, 'externalTrafficPolicy', 'Cluster');
  if (type === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true);
  if (type !== 'ExternalName') setDefault(spec, 'internalTrafficPolicy', 'Cluster');
}

function defaultSecret(object: KubeObject): void {
  setDefault(object, 'type', 'Opaque');
  const plain = object['stringData'];
  if (!isObject(plain)) return;
  const data = child(object, 'data');
  for (const [key, value] of Object.entries(plain)) {
    data[key] = Buffer.from(typeof value === 'string' ? value : '', 'utf8').toString('base64');
  }
  delete object['stringData'];
}

function defaultClaim(spec: JsonObject): void {
  setDefault(spec, 'volumeMode', 'Filesystem');
  const resources = spec['resources'];
  if (isObject(resources)) canonicalQuantities(resources);
}

function defaultNetworkPolicy(spec: JsonObject): void {
  for (const rule of [...objects(spec['ingress']), ...objects(spec['egress'])]) {
    for (const port of objects(rule['ports'])) setDefault(port, 'protocol', 'TCP');
  }
  const egress = Array.isArray(spec['egress']) && spec['egress'].length > 0;
  setDefault(spec, 'policyTypes', egress ? ['Ingress', 'Egress'] : ['Ingress']);
}

function defaultBinding(object: KubeObject): void {
  const group = 'rbac.authorization.k8s.io';
  const role = object['roleRef'];
  if (isObject(role)) setDefault(role, 'apiGroup', group);
  for (const subject of objects(object['subjects'])) {
    if (subject['kind'] !== 'ServiceAccount') setDefault(subject, 'apiGroup', group);
  }
}

function defaultWebhooks(object: KubeObject): void {
  for (const hook of objects(object['webhooks'])) {
    setDefault(hook, 'failurePolicy', 'Fail');
    setDefault(hook, 'matchPolicy', 'Equivalent');
    setDefault(hook, 'namespaceSelector', {});
    setDefault(hook, 'objectSelector', {});
    setDefault(hook, 'timeoutSeconds', 10);
    if (object.kind === 'MutatingWebhookConfiguration')
      setDefault(hook, 'reinvocationPolicy', 'Never');
    const config = hook['clientConfig'];
    if (isObject(config) && isObject(config['service'])) setDefault(config['service'], 'port', 443);
    for (const rule of objects(hook['rules'])) setDefault(rule, 'scope', '*');
  }
}

function child(parent: JsonObject, name: string): JsonObject {
  const known = parent[name];
  if (isObject(known)) return known;
  const built: JsonObject = {};
  parent[name] = built;
  return built;
}

function objects(list: unknown): JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}
