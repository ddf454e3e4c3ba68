/** Services: the addresses of the pods that they select. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { ControllerContext } from './context.ts';
import {
  isDeleting,
  isObject,
  labelsAt,
  nameOf,
  numberAt,
  objectsAt,
  ownerReference,
  sameJson,
  textAt,
  valueAt,
} from './fields.ts';
import { hexHash } from './names.ts';
import { isActive, isReady } from './pods.ts';
import { matchesLabels } from './selector.ts';

export function reconcileService(service: KubeObject, context: ControllerContext): undefined {
  const selector = labelsAt(service, 'spec', 'selector');
  if (isDeleting(service) || Object.keys(selector).length === 0) return undefined;
  const pods = context.cluster
    .list('v1', 'Pod', service.metadata.namespace)
    .filter((pod) => isActive(pod) && textAt(pod, 'status', 'podIP') !== undefined)
    .filter((pod) => matchesLabels(pod.metadata.labels ?? {}, selector))
    .sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  const ports = objectsAt(service, 'spec', 'ports').map((port) => ({
    ...(typeof port['name'] === 'string' ? { name: port['name'] } : {}),
    port: targetOf(port['targetPort'] ?? port['port'], pods[0]),
    protocol: textAt(port, 'protocol') ?? 'TCP',
  }));
  putEndpoints(service, pods, ports, context);
  putSlice(service, pods, ports, context);
  return undefined;
}

function putEndpoints(
  service: KubeObject,
  pods: KubeObject[],
  ports: object[],
  { cluster }: ControllerContext,
): void {
  const address = (pod: KubeObject) => ({
    ip: textAt(pod, 'status', 'podIP'),
    nodeName: textAt(pod, 'spec', 'nodeName'),
    targetRef: targetRef(pod),
  });
  const ready = pods.filter(isReady).map(address);
  const unready = pods.filter((pod) => !isReady(pod)).map(address);
  const subset = {
    ...(ready.length === 0 ? {} : { addresses: ready }),
    ...(unready.length === 0 ? {} : { notReadyAddresses: unready }),
    ports,
  };
  put(
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        ...identity(service),
        labels: {
          ...service.metadata.labels,
          'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
        },
      },
      ...(pods.length === 0 ? {} : { subsets: [subset] }),
    },
    'subsets',
    cluster,
  );
}

function putSlice(
  service: KubeObject,
  pods: KubeObject[],
  ports: object[],
  { cluster }: ControllerContext,
): void {
  const name = `${nameOf(service)}-${hexHash(service.metadata.uid ?? '').slice(0, 5)}`;
  put(
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        ...identity(service),
        name,
        labels: {
          ...service.metadata.labels,
          'kubernetes.io/service-name': nameOf(service),
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [ownerReference(service)],
      },
      addressType: 'IPv4',
      endpoints: pods.map((pod) => ({
        addresses: [textAt(pod, 'status', 'podIP') ?? ''],
        conditions: { ready: isReady(pod), serving: isReady(pod), terminating: false },
        nodeName: textAt(pod, 'spec', 'nodeName'),
        targetRef: targetRef(pod),
      })),
      ports,
    },
    'endpoints',
    cluster,
  );
}

function put(object: KubeObject, field: string, cluster: ControllerContext['cluster']): void {
  const { apiVersion, kind, metadata } = object;
  const live = cluster.get({
    apiVersion,
    kind,
    namespace: metadata.namespace,
    name: nameOf(object),
  });
  if (live === undefined) cluster.create(object);
  else if (!sameJson(live[field], object[field]) || !sameJson(live['ports'], object['ports'])) {
    cluster.update({ ...object, metadata: { ...live.metadata, labels: metadata.labels ?? {} } });
  }
}

function identity(service: KubeObject) {
  const { namespace } = service.metadata;
  return { name: nameOf(service), ...(namespace === undefined ? {} : { namespace }) };
}

function targetRef(pod: KubeObject) {
  return {
    kind: 'Pod',
    namespace: pod.metadata.namespace,
    name: nameOf(pod),
    uid: pod.metadata.uid,
  };
}

/** A port's number; a name is looked up among the container ports of a pod. */
function targetOf(target: unknown, pod: KubeObject | undefined): number {
  if (typeof target === 'number') return target;
  for (const container of objectsAt(pod, 'spec', 'containers')) {
    const found = objectsAt(container, 'ports').find(
      (port) => isObject(port) && port['name'] === target,
    );
    const number = numberAt(found, 'containerPort');
    if (number !== undefined) return number;
  }
  const fallback = Number(valueAt(target));
  return Number.isInteger(fallback) && fallback > 0 ? fallback : 80;
}
