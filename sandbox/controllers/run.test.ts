import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryLogger, systemClock } from '../../lib/runtime/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { memoryCluster } from './_memory-cluster.ts';
import type { Cluster } from './cluster.ts';
import { objectAt, objectsAt, textAt, valueAt } from './fields.ts';
import { startControllers } from './run.ts';
import type { Controllers } from './run.ts';

let cluster: Cluster;
let controllers: Controllers;
let images: Set<string>;
let log: ReturnType<typeof memoryLogger>;

beforeEach(() => {
  log = memoryLogger();
  images = new Set(['app:1', 'app:2']);
  cluster = memoryCluster(() => new Date());
  controllers = startControllers({
    cluster,
    clock: systemClock,
    log,
    imageExists: (image) => Promise.resolve(images.has(image)),
  });
});

afterEach(async () => {
  await controllers.stop();
  expect(log.records).toEqual([]);
});

const container = (image: string, more: object = {}) => ({ name: 'app', image, ...more });
const labels = { app: 'a' };

function workload(kind: string, spec: object, image = 'app:1', more: object = {}): KubeObject {
  return {
    apiVersion: kind === 'Job' || kind === 'CronJob' ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name: 'a', namespace: 'default' },
    spec: {
      ...(kind === 'Job' ? {} : { selector: { matchLabels: labels } }),
      template: {
        metadata: { labels },
        spec: {
          containers: [container(image, more)],
          ...(kind === 'Job' ? { restartPolicy: 'Never' } : {}),
        },
      },
      ...spec,
    },
  };
}

function live(kind: string, name = 'a'): KubeObject | undefined {
  const apiVersion =
    kind === 'Job'
      ? 'batch/v1'
      : kind === 'Pod' || kind === 'Endpoints' || kind.startsWith('Persistent')
        ? 'v1'
        : 'apps/v1';
  return cluster.get({
    apiVersion,
    kind,
    namespace: kind === 'PersistentVolume' ? undefined : 'default',
    name,
  });
}

function setImage(object: KubeObject | undefined, image: string): void {
  if (object === undefined) throw new Error('nothing to change');
  const changed = structuredClone(object);
  objectAt(changed, 'spec', 'template', 'spec')['containers'] = [container(image)];
  cluster.update(changed);
}

function conditionOf(object: KubeObject | undefined, type: string): unknown {
  return objectsAt(object, 'status', 'conditions').find((each) => each['type'] === type);
}

function reasons(kind: string): string[] {
  return cluster
    .list('v1', 'Event', 'default')
    .filter((event) => textAt(event, 'involvedObject', 'kind') === kind)
    .map((event) => textAt(event, 'reason') ?? '');
}

describe('Deployment', () => {
  test('becomes available with one ReplicaSet of ready pods', async () => {
    cluster.create(workload('Deployment', { replicas: 3 }));
    await controllers.idle();
    expect(live('Deployment')).toMatchObject({
      metadata: { annotations: { 'deployment.kubernetes.io/revision': '1' } },
      status: {
        observedGeneration: 1,
        replicas: 3,
        updatedReplicas: 3,
        readyReplicas: 3,
        availableReplicas: 3,
      },
    });
    expect(conditionOf(live('Deployment'), 'Available')).toMatchObject({
      status: 'True',
      reason: 'MinimumReplicasAvailable',
    });
    expect(conditionOf(live('Deployment'), 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
    });
    expect(cluster.list('apps/v1', 'ReplicaSet')).toHaveLength(1);
    expect(reasons('Deployment')).toEqual(['ScalingReplicaSet']);
    expect(reasons('ReplicaSet')).toHaveLength(3);
    expect(new Set(reasons('Pod'))).toEqual(new Set(['Scheduled', 'Pulled', 'Created', 'Started']));
  });

  test('rolls over to a new template and back, keeping both revisions', async () => {
    cluster.create(workload('Deployment', { replicas: 4 }));
    await controllers.idle();
    setImage(live('Deployment'), 'app:2');
    await controllers.idle();
    const sizes = () =>
      cluster.list('apps/v1', 'ReplicaSet').map((set) => valueAt(set, 'spec', 'replicas'));
    expect(sizes()).toEqual([0, 4]);
    expect(live('Deployment')).toMatchObject({
      metadata: { annotations: { 'deployment.kubernetes.io/revision': '2' } },
      status: { updatedReplicas: 4, availableReplicas: 4, replicas: 4 },
    });
    setImage(live('Deployment'), 'app:1');
    await controllers.idle();
    expect(sizes()).toEqual([4, 0]);
    expect(live('Deployment')?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
    });
  });

  test('keeps the old pods while the new image is missing, and goes on after a push', async () => {
    cluster.create(workload('Deployment', { replicas: 4 }));
    await controllers.idle();
    setImage(live('Deployment'), 'app:3');
    await controllers.idle();
    const waiting = cluster
      .list('v1', 'Pod')
      .filter((pod) => textAt(pod, 'status', 'phase') === 'Pending');
    expect(waiting.length).toBeGreaterThan(0);
    expect(objectsAt(waiting[0], 'status', 'containerStatuses')[0]).toMatchObject({
      state: { waiting: { reason: 'ImagePullBackOff' } },
    });
    expect(valueAt(live('Deployment'), 'status', 'availableReplicas')).toBe(3);
    expect(reasons('Pod')).toEqual(expect.arrayContaining(['Failed', 'BackOff']));
    images.add('app:3');
    controllers.imagesChanged();
    await controllers.idle();
    expect(live('Deployment')).toMatchObject({
      status: { updatedReplicas: 4, availableReplicas: 4, replicas: 4 },
    });
  });

  test('is not available while its probe fails', async () => {
    cluster.create(
      workload('Deployment', {}, 'app:1', { readinessProbe: { exec: { command: ['false'] } } }),
    );
    await controllers.idle();
    expect(conditionOf(live('Deployment'), 'Available')).toMatchObject({ status: 'False' });
    expect(valueAt(live('Deployment'), 'status', 'unavailableReplicas')).toBe(1);
  });

  test('Recreate removes the old pods first', async () => {
    cluster.create(workload('Deployment', { replicas: 2, strategy: { type: 'Recreate' } }));
    await controllers.idle();
    setImage(live('Deployment'), 'app:2');
    await controllers.idle();
    expect(live('Deployment')).toMatchObject({ status: { updatedReplicas: 2, replicas: 2 } });
    expect(cluster.list('v1', 'Pod')).toHaveLength(2);
  });
});

describe('other workloads', () => {
  test('a StatefulSet makes its pods and claims, and replaces them', async () => {
    const volumeClaimTemplates = [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ];
    cluster.create(
      workload('StatefulSet', { replicas: 2, serviceName: 'a', volumeClaimTemplates }),
    );
    await controllers.idle();
    expect(live('StatefulSet')).toMatchObject({
      status: { replicas: 2, readyReplicas: 2, currentReplicas: 2, updatedReplicas: 2 },
    });
    expect(live('PersistentVolumeClaim', 'data-a-1')).toMatchObject({
      status: { phase: 'Bound', capacity: { storage: '1Gi' } },
    });
    setImage(live('StatefulSet'), 'app:2');
    await controllers.idle();
    const status = objectAt(live('StatefulSet'), 'status');
    expect(status).toMatchObject({ readyReplicas: 2, updatedReplicas: 2 });
    expect(status['currentRevision']).toBe(status['updateRevision']);
  });

  test('a DaemonSet runs one pod on the node', async () => {
    cluster.create(workload('DaemonSet', {}));
    await controllers.idle();
    setImage(live('DaemonSet'), 'app:2');
    await controllers.idle();
    expect(live('DaemonSet')).toMatchObject({
      status: { desiredNumberScheduled: 1, numberReady: 1, updatedNumberScheduled: 1 },
    });
  });

  test.each([
    {
      why: 'completes',
      command: ['true'],
      backoffLimit: 0,
      type: 'Complete',
      counts: { succeeded: 1 },
    },
    {
      why: 'fails at once',
      command: ['sh', '-c', 'exit 1'],
      backoffLimit: 0,
      type: 'Failed',
      counts: { failed: 1 },
    },
    {
      why: 'fails after retries',
      command: ['false'],
      backoffLimit: 2,
      type: 'Failed',
      counts: { failed: 3 },
    },
  ])('a Job $why', async ({ command, backoffLimit, type, counts }) => {
    cluster.create(workload('Job', { backoffLimit }, 'app:1', { command }));
    await controllers.idle();
    expect(conditionOf(live('Job'), type)).toMatchObject({ status: 'True' });
    expect(live('Job')).toMatchObject({ status: counts });
  });

  test('a Service has the addresses of its ready pods', async () => {
    cluster.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a', namespace: 'default' },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    });
    cluster.create(workload('Deployment', { replicas: 2 }));
    await controllers.idle();
    const [subset] = objectsAt(live('Endpoints'), 'subsets');
    expect(objectsAt(subset, 'addresses')).toHaveLength(2);
    expect(objectsAt(subset, 'ports')).toEqual([{ port: 8080, protocol: 'TCP' }]);
    expect(
      objectsAt(cluster.list('discovery.k8s.io/v1', 'EndpointSlice')[0], 'endpoints'),
    ).toHaveLength(2);
  });
});
