/** Validity of built-in objects: what charts get wrong, in the words of kube-apiserver 1.34. */
import type { KubeObject } from '../../../lib/objects/mod.ts';
import { forbidden, invalidValue, notSupported, required } from './issue.ts';
import type { Issue } from './issue.ts';
import { checkDefinition } from './definition-validate.ts';
import { checkKey, checkLabels, checkName, checkObjectName } from './names.ts';
import { checkPodSpec, listOf, objectIn } from './pod-validate.ts';
import { isObject, sameJson } from './type-node.ts';
import type { JsonObject } from './type-node.ts';

type Check = (object: KubeObject, spec: JsonObject, live: KubeObject | undefined) => Issue[];

const checks: Readonly<Record<string, Check>> = {
  'apps/v1 Deployment': checkWorkload,
  'apps/v1 ReplicaSet': checkWorkload,
  'apps/v1 DaemonSet': checkWorkload,
  'apps/v1 StatefulSet': checkStatefulSet,
  'batch/v1 Job': checkJob,
  'batch/v1 CronJob': checkCronJob,
  'v1 Pod': checkPod,
  'v1 PodTemplate': (object) =>
    checkPodSpec(objectIn(objectIn(object, 'template'), 'spec'), 'template.spec'),
  'v1 Service': checkService,
  'v1 ConfigMap': checkConfig,
  'v1 Secret': checkConfig,
  'v1 PersistentVolumeClaim': checkClaim,
  'networking.k8s.io/v1 Ingress': checkIngress,
  'autoscaling/v2 HorizontalPodAutoscaler': checkAutoscaler,
  'apiextensions.k8s.io/v1 CustomResourceDefinition': checkDefinition,
  'rbac.authorization.k8s.io/v1 RoleBinding': checkBinding,
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': checkBinding,
};

const immutable = 'field is immutable';

/** What is wrong with a completed object; `live` is what is stored under its name. */
export function validateBuiltin(object: KubeObject, live: KubeObject | undefined): Issue[] {
  const issues = [
    ...checkObjectName(object.kind, object.metadata.name),
    ...checkLabels('metadata.labels', object.metadata.labels ?? {}),
  ];
  for (const key of Object.keys(object.metadata.annotations ?? {})) {
    issues.push(...checkKey('metadata.annotations', key));
  }
  const check = checks[`${object.apiVersion} ${object.kind}`];
  if (check === undefined) return issues;
  return [...issues, ...check(object, objectIn(object, 'spec'), live)];
}

function checkWorkload(
  object: KubeObject,
  spec: JsonObject,
  live: KubeObject | undefined,
): Issue[] {
  const issues: Issue[] = [];
  const { replicas, selector } = spec;
  if (typeof replicas === 'number' && replicas < 0) {
    issues.push(invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'));
  }
  const template = objectIn(spec, 'template');
  const labels = objectIn(objectIn(template, 'metadata'), 'labels');
  const wanted = isObject(selector) ? objectIn(selector, 'matchLabels') : {};
  const before = objectIn(live, 'spec')['selector'];
  if (!isObject(selector)) issues.push(required('spec.selector'));
  else if (Object.keys(selector).length === 0) {
    issues.push(
      invalidValue(
        'spec.selector',
        selector,
        `empty selector is invalid for ${object.kind.toLowerCase()}`,
      ),
    );
  }
  if (
    !isObject(selector) ||
    Object.entries(wanted).some(([name, value]) => labels[name] !== value)
  ) {
    const shown = Object.keys(labels).length === 0 ? null : labels;
    issues.push(
      invalidValue(
        'spec.template.metadata.labels',
        shown,
        '`selector` does not match template `labels`',
      ),
    );
  }
  issues.push(...checkLabels('spec.template.labels', labels));
  issues.push(...checkPodSpec(objectIn(template, 'spec'), 'spec.template.spec'));
  const policy = objectIn(template, 'spec')['restartPolicy'];
  if (typeof policy === 'string' && policy !== 'Always') {
    issues.push(notSupported('spec.template.spec.restartPolicy', policy, ['Always']));
  }
  if (live !== undefined && !sameJson(before, selector)) {
    issues.push(invalidValue('spec.selector', selector, immutable));
  }
  return issues;
}

const changeableInStatefulSet = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

function checkStatefulSet(
  object: KubeObject,
  spec: JsonObject,
  live: KubeObject | undefined,
): Issue[] {
  const issues = checkWorkload(object, spec, undefined);
  const without = (value: JsonObject) =>
    Object.fromEntries(
      Object.entries(value).filter(([name]) => !changeableInStatefulSet.includes(name)),
    );
  if (live !== undefined && !sameJson(without(spec), without(objectIn(live, 'spec')))) {
    const named = changeableInStatefulSet.map((name) => `'${name}'`);
    issues.push(
      forbidden(
        'spec',
        `updates to statefulset spec for fields other than ${named.slice(0, -1).join(', ')} and ${named.at(-1) ?? ''} are forbidden`,
      ),
    );
  }
  return issues;
}

function checkJob(_: KubeObject, spec: JsonObject, live: KubeObject | undefined): Issue[] {
  const issues = checkJobSpec(spec, 'spec');
  if (live === undefined) return issues;
  const before = objectIn(live, 'spec');
  for (const field of [
    'completions',
    'selector',
    'template',
    'completionMode',
    'podFailurePolicy',
  ]) {
    if (!sameJson(before[field], spec[field])) {
      issues.push(invalidValue(`spec.${field}`, spec[field] ?? null, immutable));
    }
  }
  return issues;
}

function checkCronJob(object: KubeObject, spec: JsonObject): Issue[] {
  const issues: Issue[] = [];
  if (typeof spec['schedule'] !== 'string' || spec['schedule'] === '')
    issues.push(required('spec.schedule'));
  const name = object.metadata.name ?? '';
  if (name.length > 52)
    issues.push(invalidValue('metadata.name', name, 'must be no more than 52 characters'));
  return [
    ...issues,
    ...checkJobSpec(objectIn(objectIn(spec, 'jobTemplate'), 'spec'), 'spec.jobTemplate.spec'),
  ];
}

function checkJobSpec(spec: JsonObject, path: string): Issue[] {
  const pod = objectIn(objectIn(spec, 'template'), 'spec');
  const issues = checkPodSpec(pod, `${path}.template.spec`);
  const policy = pod['restartPolicy'];
  if (policy !== 'OnFailure' && policy !== 'Never') {
    issues.push(
      required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"'),
    );
  }
  return issues;
}

const changeableInPod = new Set([
  'containers',
  'initContainers',
  'activeDeadlineSeconds',
  'tolerations',
  'terminationGracePeriodSeconds',
  'nodeName',
]);

function checkPod(_: KubeObject, spec: JsonObject, live: KubeObject | undefined): Issue[] {
  const issues = checkPodSpec(spec, 'spec');
  if (live === undefined) return issues;
  const before = objectIn(live, 'spec');
  const changed = [...new Set([...Object.keys(before), ...Object.keys(spec)])].some(
    (field) => !changeableInPod.has(field) && !sameJson(before[field], spec[field]),
  );
  if (changed) {
    issues.push(
      forbidden(
        'spec',
        'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
      ),
    );
  }
  return issues;
}

const serviceTypes = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

function checkService(_: KubeObject, spec: JsonObject, live: KubeObject | undefined): Issue[] {
  const issues: Issue[] = [];
  const ports = listOf(spec['ports']);
  const { type } = spec;
  if (typeof type !== 'string' || !serviceTypes.includes(type))
    issues.push(notSupported('spec.type', type ?? '', serviceTypes));
  if (ports.length === 0 && type !== 'ExternalName' && spec['clusterIP'] !== 'None')
    issues.push(required('spec.ports'));
  if (type === 'ExternalName' && typeof spec['externalName'] !== 'string')
    issues.push(required('spec.externalName'));
  const seen = new Set<string>();
  ports.forEach((port, i) => {
    const path = `spec.ports[${String(i)}]`;
    if (ports.length > 1 && typeof port['name'] !== 'string') issues.push(required(`${path}.name`));
    if (typeof port['name'] === 'string')
      issues.push(...checkName(`${path}.name`, port['name'], 'label'));
    const number = port['port'];
    if (typeof number !== 'number' || number < 1 || number > 65_535) {
      issues.push(
        invalidValue(`${path}.port`, number ?? 0, 'must be between 1 and 65535, inclusive'),
      );
    }
    const key = `${String(port['protocol'])}/${String(number)}`;
    if (seen.has(key)) {
      issues.push({
        field: path,
        reason: 'FieldValueDuplicate',
        message: `Duplicate value: ${JSON.stringify({ port: number, protocol: port['protocol'] })}`,
      });
    }
    seen.add(key);
  });
  const before = objectIn(live, 'spec');
  const keepsAddress = before['type'] !== 'ExternalName' && type !== 'ExternalName';
  if (live !== undefined && keepsAddress && !sameJson(before['clusterIP'], spec['clusterIP'])) {
    issues.push(
      invalidValue('spec.clusterIPs[0]', [spec['clusterIP'] ?? ''], 'may not change once set'),
    );
  }
  return issues;
}

function checkConfig(object: KubeObject, _spec: JsonObject, live: KubeObject | undefined): Issue[] {
  const issues: Issue[] = [];
  for (const field of ['data', 'binaryData']) {
    for (const key of Object.keys(objectIn(object, field))) {
      issues.push(...checkName(`${field}[${key}]`, key, 'configKey'));
    }
  }
  if (live?.['immutable'] === true) {
    for (const field of ['immutable', 'data', 'binaryData']) {
      if (!sameJson(live[field], object[field])) {
        issues.push(forbidden(field, 'field is immutable when `immutable` is set'));
      }
    }
  }
  if (object.kind === 'Secret' && live !== undefined && live['type'] !== object['type']) {
    issues.push(invalidValue('type', object['type'], immutable));
  }
  return issues;
}

function checkClaim(_: KubeObject, spec: JsonObject, live: KubeObject | undefined): Issue[] {
  const issues: Issue[] = [];
  const modes = spec['accessModes'];
  if (!Array.isArray(modes) || modes.length === 0) {
    issues.push(required('spec.accessModes', 'at least 1 access mode is required'));
  }
  const storage = objectIn(objectIn(spec, 'resources'), 'requests')['storage'];
  if (storage === undefined) issues.push(required('spec.resources[storage]'));
  const changeable = ['resources', 'volumeName', 'volumeAttributesClassName'];
  const fixed = (value: JsonObject) =>
    Object.fromEntries(Object.entries(value).filter(([name]) => !changeable.includes(name)));
  if (live !== undefined && !sameJson(fixed(objectIn(live, 'spec')), fixed(spec))) {
    issues.push(
      forbidden(
        'spec',
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ),
    );
  }
  return issues;
}

function checkIngress(_: KubeObject, spec: JsonObject): Issue[] {
  const issues: Issue[] = [];
  const rules = listOf(spec['rules']);
  if (rules.length === 0 && !isObject(spec['defaultBackend'])) {
    issues.push(invalidValue('spec', [], 'either `defaultBackend` or `rules` must be specified'));
  }
  rules.forEach((rule, i) => {
    listOf(objectIn(rule, 'http')['paths']).forEach((each, j) => {
      const path = `spec.rules[${String(i)}].http.paths[${String(j)}]`;
      if (each['pathType'] === undefined)
        issues.push(required(`${path}.pathType`, 'pathType must be specified'));
      else if (
        typeof each['path'] === 'string' &&
        !each['path'].startsWith('/') &&
        each['pathType'] !== 'ImplementationSpecific'
      ) {
        issues.push(invalidValue(`${path}.path`, each['path'], 'must be an absolute path'));
      }
    });
  });
  return issues;
}

function checkAutoscaler(_: KubeObject, spec: JsonObject): Issue[] {
  const issues: Issue[] = [];
  const { minReplicas, maxReplicas } = spec;
  if (typeof minReplicas === 'number' && minReplicas < 1) {
    issues.push(
      invalidValue('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'),
    );
  }
  if (typeof maxReplicas !== 'number' || maxReplicas < 1) {
    issues.push(invalidValue('spec.maxReplicas', maxReplicas ?? 0, 'must be greater than 0'));
  } else if (typeof minReplicas === 'number' && maxReplicas < minReplicas) {
    issues.push(
      invalidValue(
        'spec.maxReplicas',
        maxReplicas,
        'must be greater than or equal to `minReplicas`',
      ),
    );
  }
  const target = objectIn(spec, 'scaleTargetRef');
  for (const field of ['kind', 'name']) {
    if (typeof target[field] !== 'string') issues.push(required(`spec.scaleTargetRef.${field}`));
  }
  return issues;
}

function checkBinding(
  object: KubeObject,
  _spec: JsonObject,
  live: KubeObject | undefined,
): Issue[] {
  if (live === undefined || sameJson(live['roleRef'], object['roleRef'])) return [];
  return [invalidValue('roleRef', object['roleRef'], 'cannot change roleRef')];
}
