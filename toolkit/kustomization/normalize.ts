/** Objects in the form in which they are applied (fluxcd/pkg ssa/normalize). Pure. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';

type Json = Record<string, unknown>;

/** Without status, Secrets without `stringData`, ports with their protocol, which is part of what they are merged by. */
export function normalized(given: KubeObject): KubeObject {
  const object: KubeObject = { ...given, metadata: { ...given.metadata } };
  delete object.metadata.creationTimestamp;
  if (object.kind !== 'CustomResourceDefinition') delete object['status'];
  const type = `${object.apiVersion} ${object.kind}`;
  if (type === 'v1 Secret') return plainSecret(object);
  if (type === 'v1 Service') return { ...object, ...changed(object, ['spec'], withProtocols) };
  const path = podPaths[type];
  return path === undefined ? object : { ...object, ...changed(object, path, withPodProtocols) };
}

const template = ['spec', 'template', 'spec'];
const podPaths: Readonly<Record<string, readonly string[]>> = {
  'v1 Pod': ['spec'],
  'apps/v1 Deployment': template,
  'apps/v1 StatefulSet': template,
  'apps/v1 DaemonSet': template,
  'apps/v1 ReplicaSet': template,
  'batch/v1 Job': template,
  'batch/v1 CronJob': ['spec', 'jobTemplate', ...template],
};

function changed(value: Json, path: readonly string[], change: (at: Json) => Json): Json {
  const [first, ...rest] = path;
  if (first === undefined) return change(value);
  const below = value[first];
  return isRecord(below) ? { ...value, [first]: changed(below, rest, change) } : value;
}

function withProtocols(owner: Json): Json {
  const { ports } = owner;
  if (!Array.isArray(ports)) return owner;
  return {
    ...owner,
    ports: ports.map((port: unknown) =>
      isRecord(port) && (port['protocol'] === undefined || port['protocol'] === '')
        ? { ...port, protocol: 'TCP' }
        : port,
    ),
  };
}

function withPodProtocols(pod: Json): Json {
  const { containers } = pod;
  if (!Array.isArray(containers)) return pod;
  return {
    ...pod,
    containers: containers.map((each: unknown) => (isRecord(each) ? withProtocols(each) : each)),
  };
}

function plainSecret(secret: KubeObject): KubeObject {
  const { stringData, ...rest } = secret;
  if (!isRecord(stringData)) return secret;
  const data: Json = isRecord(secret['data']) ? { ...secret['data'] } : {};
  for (const [key, value] of Object.entries(stringData)) {
    // The server says what is wrong with a number.
    if (typeof value !== 'string') return secret;
    data[key] = Buffer.from(value).toString('base64');
  }
  return {
    ...rest,
    apiVersion: secret.apiVersion,
    kind: secret.kind,
    metadata: secret.metadata,
    data,
  };
}
