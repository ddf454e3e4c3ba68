/** Which fields of the built-in kinds names, labels, images … are written to: the facts of kustomize 5.7.1. */
import type { FieldSpec } from './field-spec.ts';
import type { Gvk } from './resource-id.ts';

/** Fields that hold the name of an object of a type. */
export interface NameReference extends Gvk {
  fields: readonly FieldSpec[];
}

/** `group/version/Kind`, an empty part says nothing; `+path` is made when it is missing. */
function fields(type: string, ...listed: string[]): FieldSpec[] {
  const [group = '', version = '', kind = ''] = type.split('|');
  return listed.map((path) => ({
    group,
    version,
    kind,
    path: path.replace(/^\+/, ''),
    create: path.startsWith('+'),
  }));
}

const podSpecs: Readonly<Record<string, string>> = {
  Pod: 'spec',
  PodTemplate: 'template/spec',
  Deployment: 'spec/template/spec',
  ReplicaSet: 'spec/template/spec',
  DaemonSet: 'spec/template/spec',
  StatefulSet: 'spec/template/spec',
  ReplicationController: 'spec/template/spec',
  Job: 'spec/template/spec',
  CronJob: 'spec/jobTemplate/spec/template/spec',
};

/** The same fields in the pods of several kinds. */
function inPods(kinds: readonly string[], listed: readonly string[], podVersion = ''): FieldSpec[] {
  return kinds.flatMap((kind) => {
    const at = podSpecs[kind] ?? 'spec';
    const version = kind === 'Pod' ? podVersion : '';
    return fields(`|${version}|${kind}`, ...listed.map((path) => `${at}/${path}`));
  });
}

const configKinds = [
  'Pod',
  'PodTemplate',
  'Deployment',
  'ReplicaSet',
  'DaemonSet',
  'StatefulSet',
  'Job',
  'CronJob',
];
const workloads = [
  'Pod',
  'StatefulSet',
  'Deployment',
  'ReplicationController',
  'CronJob',
  'Job',
  'DaemonSet',
];
const rbac = 'rbac.authorization.k8s.io||';
const admission = 'admissionregistration.k8s.io||';

const metadataLabels: readonly FieldSpec[] = [
  ...fields('||', '+metadata/labels'),
  ...fields('|v1|ReplicationController', '+spec/template/metadata/labels'),
  ...['Deployment', 'ReplicaSet', 'DaemonSet'].flatMap((kind) =>
    fields(`||${kind}`, '+spec/template/metadata/labels'),
  ),
  ...fields(
    'apps||StatefulSet',
    '+spec/template/metadata/labels',
    '+spec/volumeClaimTemplates[]/metadata/labels',
  ),
  ...fields('batch||Job', '+spec/template/metadata/labels'),
  ...fields(
    'batch||CronJob',
    '+spec/jobTemplate/metadata/labels',
    '+spec/jobTemplate/spec/template/metadata/labels',
  ),
];

const affinities = ['podAffinity', 'podAntiAffinity'].flatMap((kind) => [
  `affinity/${kind}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels`,
  `affinity/${kind}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels`,
]);
const podSelectors = [...affinities, 'topologySpreadConstraints/labelSelector/matchLabels'].map(
  (path) => `spec/template/spec/${path}`,
);

const commonLabels: readonly FieldSpec[] = [
  ...fields('|v1|Service', '+spec/selector'),
  ...fields('|v1|ReplicationController', '+spec/selector'),
  ...fields('||Deployment', '+spec/selector/matchLabels'),
  ...fields('apps||Deployment', ...podSelectors),
  ...fields('||ReplicaSet', '+spec/selector/matchLabels'),
  ...fields('||DaemonSet', '+spec/selector/matchLabels'),
  ...fields('apps||StatefulSet', '+spec/selector/matchLabels', ...podSelectors),
  ...fields('batch||Job', 'spec/selector/matchLabels'),
  ...fields('batch||CronJob', 'spec/jobTemplate/spec/selector/matchLabels'),
  ...fields('policy||PodDisruptionBudget', 'spec/selector/matchLabels'),
  ...fields(
    'networking.k8s.io||NetworkPolicy',
    'spec/podSelector/matchLabels',
    'spec/ingress/from/podSelector/matchLabels',
    'spec/egress/to/podSelector/matchLabels',
  ),
  ...metadataLabels,
];

const commonAnnotations: readonly FieldSpec[] = [
  ...fields('||', '+metadata/annotations'),
  ...fields('|v1|ReplicationController', '+spec/template/metadata/annotations'),
  ...['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet'].flatMap((kind) =>
    fields(`||${kind}`, '+spec/template/metadata/annotations'),
  ),
  ...fields('batch||Job', '+spec/template/metadata/annotations'),
  ...fields(
    'batch||CronJob',
    '+spec/jobTemplate/metadata/annotations',
    '+spec/jobTemplate/spec/template/metadata/annotations',
  ),
];

function reference(type: string, ...listed: readonly FieldSpec[]): NameReference {
  const [group = '', version = '', kind = ''] = type.split('|');
  return { group, version, kind, fields: listed };
}

const configMapFields = [
  'volumes/configMap/name',
  'containers/env/valueFrom/configMapKeyRef/name',
  'initContainers/env/valueFrom/configMapKeyRef/name',
  'containers/envFrom/configMapRef/name',
  'initContainers/envFrom/configMapRef/name',
  'volumes/projected/sources/configMap/name',
];
const secretFields = [
  'volumes/secret/secretName',
  'containers/env/valueFrom/secretKeyRef/name',
  'initContainers/env/valueFrom/secretKeyRef/name',
  'containers/envFrom/secretRef/name',
  'initContainers/envFrom/secretRef/name',
  'imagePullSecrets/name',
  'volumes/projected/sources/secret/name',
];
const ingressSecrets = [
  'ingress.kubernetes.io\\/auth-secret',
  'nginx.ingress.kubernetes.io\\/auth-secret',
  'nginx.ingress.kubernetes.io\\/auth-tls-secret',
].map((name) => `metadata/annotations/${name}`);

const nameReference: readonly NameReference[] = [
  ...['Deployment', 'ReplicationController', 'ReplicaSet', 'StatefulSet'].map((kind) =>
    reference(`||${kind}`, ...fields('||HorizontalPodAutoscaler', 'spec/scaleTargetRef/name')),
  ),
  reference(
    '|v1|ConfigMap',
    ...inPods(configKinds, configMapFields, 'v1'),
    ...fields('||Node', 'spec/configSource/configMap'),
    ...fields('||Role', 'rules/resourceNames'),
    ...fields('||ClusterRole', 'rules/resourceNames'),
    ...fields(
      '||Ingress',
      'metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap',
    ),
  ),
  reference(
    '|v1|Secret',
    ...inPods(configKinds, secretFields, 'v1'),
    ...fields('||Ingress', 'spec/tls/secretName', ...ingressSecrets),
    ...fields('||ServiceAccount', 'imagePullSecrets/name'),
    ...fields(
      '||StorageClass',
      ...['secretName', 'adminSecretName', 'userSecretName', 'secretRef'].map(
        (name) => `parameters/${name}`,
      ),
    ),
    ...fields('||Role', 'rules/resourceNames'),
    ...fields('||ClusterRole', 'rules/resourceNames'),
    ...fields(
      'serving.knative.dev|v1|Service',
      'spec/template/spec/containers/env/valueFrom/secretKeyRef/name',
    ),
    ...fields('||PersistentVolume', 'spec/azureFile/secretName'),
  ),
  reference(
    '|v1|Service',
    ...fields('apps||StatefulSet', 'spec/serviceName'),
    ...fields(
      '||Ingress',
      'spec/rules/http/paths/backend/serviceName',
      'spec/backend/serviceName',
      'spec/rules/http/paths/backend/service/name',
      'spec/defaultBackend/service/name',
    ),
    ...fields('apiregistration.k8s.io||APIService', 'spec/service/name'),
    ...fields(`${admission}ValidatingWebhookConfiguration`, 'webhooks/clientConfig/service'),
    ...fields(`${admission}MutatingWebhookConfiguration`, 'webhooks/clientConfig/service'),
  ),
  reference(`${rbac}Role`, ...fields(`${rbac}RoleBinding`, 'roleRef/name')),
  reference(
    `${rbac}ClusterRole`,
    ...fields(`${rbac}RoleBinding`, 'roleRef/name'),
    ...fields(`${rbac}ClusterRoleBinding`, 'roleRef/name'),
  ),
  reference(
    '|v1|ServiceAccount',
    ...fields(`${rbac}RoleBinding`, 'subjects'),
    ...fields(`${rbac}ClusterRoleBinding`, 'subjects'),
    ...inPods(workloads, ['serviceAccountName']),
  ),
  reference(
    '|v1|PersistentVolumeClaim',
    ...inPods(workloads, ['volumes/persistentVolumeClaim/claimName']),
  ),
  reference(
    '|v1|PersistentVolume',
    ...fields('||PersistentVolumeClaim', 'spec/volumeName'),
    ...fields('||ClusterRole', 'rules/resourceNames'),
  ),
  reference(
    'storage.k8s.io|v1|StorageClass',
    ...fields('||PersistentVolume', 'spec/storageClassName'),
    ...fields('||PersistentVolumeClaim', 'spec/storageClassName'),
    ...fields('||StatefulSet', 'spec/volumeClaimTemplates/spec/storageClassName'),
  ),
  reference('scheduling.k8s.io|v1|PriorityClass', ...inPods(workloads, ['priorityClassName'])),
  // The group is written with its version in the original, so that no IngressClass is ever found.
  reference(
    'networking.k8s.io/v1|v1|IngressClass',
    ...fields('||Ingress', 'spec/ingressClassName'),
  ),
  reference(
    `${admission}ValidatingAdmissionPolicy`,
    ...fields(`${admission}ValidatingAdmissionPolicyBinding`, 'spec/policyName'),
  ),
];

const varFields = ['containers', 'initContainers'].flatMap((list) =>
  ['args', 'command', 'env/value', 'volumeMounts/mountPath'].map((name) => `${list}/${name}`),
);
const varKinds = ['DaemonSet', 'Deployment', 'Job', 'Pod', 'ReplicaSet', 'StatefulSet'];

const varReference: readonly FieldSpec[] = [
  ...inPods([...varKinds, 'CronJob'], varFields),
  ...fields('||CronJob', 'spec/jobTemplate/spec/template/volumes/nfs/server'),
  ...inPods(
    varKinds.filter((kind) => kind !== 'StatefulSet'),
    ['volumes/nfs/server'],
  ),
  ...fields('||Deployment', 'spec/template/metadata/annotations'),
  ...fields('||Ingress', 'spec/rules/host', 'spec/tls/hosts', 'spec/tls/secretName'),
  ...fields('||Service', 'spec/ports/port', 'spec/ports/targetPort'),
  ...fields('||StatefulSet', 'spec/volumeClaimTemplates/spec/nfs/server'),
  ...fields('||PersistentVolume', 'spec/nfs/server'),
  ...fields('||', 'metadata/labels', 'metadata/annotations'),
];

const imagePaths = ['containers[]/image', 'initContainers[]/image', 'volumes[]/image/reference'];

export const builtInFields = {
  namePrefix: fields('||', 'metadata/name'),
  nameSuffix: fields('||', 'metadata/name'),
  namespace: [
    ...fields('||Namespace', '+metadata/name'),
    ...fields('apiregistration.k8s.io||APIService', '+spec/service/namespace'),
    ...fields(
      'apiextensions.k8s.io||CustomResourceDefinition',
      'spec/conversion/webhook/clientConfig/service/namespace',
    ),
  ],
  commonLabels,
  labels: [],
  templateLabels: metadataLabels,
  commonAnnotations,
  nameReference,
  varReference,
  images: fields(
    '||',
    ...['spec', 'spec/template/spec'].flatMap((at) => imagePaths.map((path) => `+${at}/${path}`)),
  ),
  replicas: ['Deployment', 'ReplicationController', 'ReplicaSet', 'StatefulSet'].flatMap((kind) =>
    fields(`||${kind}`, '+spec/replicas'),
  ),
} as const;
