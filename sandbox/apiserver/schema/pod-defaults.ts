/** Defaults of pods and pod templates, as kube-apiserver 1.34 fills them in. */
import { isObject } from './type-node.ts';
import type { JsonObject } from './type-node.ts';
import { canonicalQuantities } from './quantity.ts';

export function setDefault(object: JsonObject, field: string, value: unknown): void {
  const known = object[field];
  // An empty text is an unset one in Go.
  if (known === undefined || known === null || known === '') object[field] = value;
}

/** `template` of a workload's spec. */
export function defaultPodTemplate(spec: JsonObject): void {
  const template = spec['template'];
  if (!isObject(template)) return;
  setDefault(template, 'metadata', {});
  if (isObject(template['spec'])) defaultPodSpec(template['spec']);
}

export function defaultPodSpec(spec: JsonObject): void {
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'securityContext', {});
  setDefault(spec, 'schedulerName', 'default-scheduler');
  if (spec['serviceAccountName'] !== undefined)
    setDefault(spec, 'serviceAccount', spec['serviceAccountName']);
  else if (spec['serviceAccount'] !== undefined)
    spec['serviceAccountName'] = spec['serviceAccount'];
  const host = spec['hostNetwork'] === true;
  for (const container of [...list(spec['initContainers']), ...list(spec['containers'])]) {
    defaultContainer(container, host);
  }
  for (const volume of list(spec['volumes'])) defaultVolume(volume);
}

function defaultContainer(container: JsonObject, hostNetwork: boolean): void {
  setDefault(container, 'resources', {});
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  setDefault(container, 'imagePullPolicy', pullPolicyOf(container['image']));
  if (isObject(container['resources'])) {
    canonicalQuantities(container['resources']);
  }
  for (const port of list(container['ports'])) {
    setDefault(port, 'protocol', 'TCP');
    if (hostNetwork) setDefault(port, 'hostPort', port['containerPort']);
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (isObject(probe)) defaultProbe(probe);
  }
  const lifecycle = container['lifecycle'];
  if (isObject(lifecycle)) {
    for (const hook of [lifecycle['postStart'], lifecycle['preStop']]) {
      if (isObject(hook)) defaultHttpGet(hook);
    }
  }
  for (const each of list(container['env'])) {
    const from = each['valueFrom'];
    if (isObject(from) && isObject(from['fieldRef']))
      setDefault(from['fieldRef'], 'apiVersion', 'v1');
    if (isObject(from) && isObject(from['resourceFieldRef']))
      setDefault(from['resourceFieldRef'], 'divisor', '0');
  }
}

/** `:latest` and untagged images are pulled always; a digest or another tag only when absent. */
function pullPolicyOf(image: unknown): string {
  if (typeof image !== 'string') return 'Always';
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

/** In a pod, unlike in a template, a limit without a request is the request too. */
export function requestsFromLimits(spec: JsonObject): void {
  for (const container of [...list(spec['initContainers']), ...list(spec['containers'])])
    if (isObject(container['resources'])) takeLimits(container['resources']);
}

function takeLimits(resources: JsonObject): void {
  const limits = resources['limits'];
  if (!isObject(limits) || Object.keys(limits).length === 0) return;
  const requests = isObject(resources['requests']) ? resources['requests'] : {};
  for (const [name, amount] of Object.entries(limits)) setDefault(requests, name, amount);
  resources['requests'] = requests;
}

function defaultProbe(probe: JsonObject): void {
  setDefault(probe, 'timeoutSeconds', 1);
  setDefault(probe, 'periodSeconds', 10);
  setDefault(probe, 'successThreshold', 1);
  setDefault(probe, 'failureThreshold', 3);
  defaultHttpGet(probe);
  if (isObject(probe['grpc'])) setDefault(probe['grpc'], 'service', '');
}

function defaultHttpGet(handler: JsonObject): void {
  const get = handler['httpGet'];
  if (!isObject(get)) return;
  setDefault(get, 'path', '/');
  setDefault(get, 'scheme', 'HTTP');
}

const volumeSources = ['secret', 'configMap', 'downwardAPI', 'projected'];

function defaultVolume(volume: JsonObject): void {
  if (Object.keys(volume).every((key) => key === 'name')) volume['emptyDir'] = {};
  for (const source of volumeSources) {
    const found = volume[source];
    if (!isObject(found)) continue;
    setDefault(found, 'defaultMode', 0o644);
    for (const item of list(found['items'])) {
      if (isObject(item['fieldRef'])) setDefault(item['fieldRef'], 'apiVersion', 'v1');
    }
    for (const each of list(found['sources'])) {
      const token = each['serviceAccountToken'];
      if (isObject(token)) setDefault(token, 'expirationSeconds', 3600);
    }
  }
  const host = volume['hostPath'];
  if (isObject(host)) setDefault(host, 'type', '');
}

function list(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
