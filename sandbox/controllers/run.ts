/** Runs every controller on the changes of a cluster. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { reconcileAutoscaler } from './autoscaler.ts';
import type { Change } from './cluster.ts';
import type { ControllerContext, Reconcile } from './context.ts';
import { reconcileCronJob } from './cronjob.ts';
import { reconcileDaemonSet } from './daemonset.ts';
import { reconcileDeployment } from './deployment.ts';
import { reconcileService } from './endpoints.ts';
import { controllerOf, labelsAt, nameOf, textAt } from './fields.ts';
import { reconcileJob } from './job.ts';
import { reconcilePod } from './kubelet.ts';
import { ensureNode } from './node.ts';
import { phaseOf } from './pods.ts';
import { reconcileReplicaSet } from './replicaset.ts';
import { matchesLabels } from './selector.ts';
import { reconcileStatefulSet } from './statefulset.ts';
import { reconcileClaim } from './storage.ts';
import { createWorkQueue } from './work-queue.ts';

export interface Controllers {
  /** Call after a push to the registry: pods that wait for images look again. */
  imagesChanged(): void;
  /** Resolves when every change so far was acted on (pods that wait for images do not count). */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

const reconcilers: Readonly<Record<string, Reconcile>> = {
  'apps/v1 Deployment': reconcileDeployment,
  'apps/v1 ReplicaSet': reconcileReplicaSet,
  'apps/v1 StatefulSet': reconcileStatefulSet,
  'apps/v1 DaemonSet': reconcileDaemonSet,
  'batch/v1 Job': reconcileJob,
  'batch/v1 CronJob': reconcileCronJob,
  'v1 Pod': reconcilePod,
  'v1 Service': reconcileService,
  'v1 PersistentVolumeClaim': reconcileClaim,
  'autoscaling/v2 HorizontalPodAutoscaler': reconcileAutoscaler,
};

export function startControllers(context: ControllerContext): Controllers {
  const { cluster, log } = context;
  const queue = createWorkQueue(
    (key) => {
      const [apiVersion = '', kind = '', namespace = '', name = ''] = key.split(' ');
      const object = cluster.get({ apiVersion, kind, namespace: namespace || undefined, name });
      const reconcile = reconcilers[`${apiVersion} ${kind}`];
      return object === undefined ? undefined : reconcile?.(object, context);
    },
    (key, thrown) =>
      log.log({ info: 'controller will try again', object: key, err: messageOf(thrown) }),
  );
  ensureNode(context);

  const notice = ({ type, object }: Change): void => {
    const key = `${object.apiVersion} ${object.kind}`;
    if (reconcilers[key] !== undefined && type !== 'DELETED') queue.add(keyOf(object));
    const owner = controllerOf(object);
    if (owner !== undefined && reconcilers[`${owner.apiVersion} ${owner.kind}`] !== undefined) {
      queue.add(
        `${owner.apiVersion} ${owner.kind} ${object.metadata.namespace ?? ''} ${owner.name}`,
      );
    }
    if (key === 'v1 Pod')
      for (const service of servicesOf(object, context)) queue.add(keyOf(service));
    for (const scaler of scalersOf(object, context)) queue.add(keyOf(scaler));
  };
  const stopWatching = cluster.watch(notice);

  return {
    imagesChanged: () => {
      for (const pod of cluster.list('v1', 'Pod'))
        if (phaseOf(pod) === 'Pending') queue.add(keyOf(pod));
    },
    idle: () => queue.idle(),
    stop: () => {
      stopWatching();
      return queue.stop();
    },
  };
}

function keyOf(object: KubeObject): string {
  return `${object.apiVersion} ${object.kind} ${object.metadata.namespace ?? ''} ${nameOf(object)}`;
}

function servicesOf(pod: KubeObject, { cluster }: ControllerContext): KubeObject[] {
  return cluster.list('v1', 'Service', pod.metadata.namespace).filter((service) => {
    const selector = labelsAt(service, 'spec', 'selector');
    return Object.keys(selector).length > 0 && matchesLabels(pod.metadata.labels ?? {}, selector);
  });
}

function scalersOf(object: KubeObject, { cluster }: ControllerContext): KubeObject[] {
  if (object.kind !== 'Deployment' && object.kind !== 'StatefulSet') return [];
  return cluster
    .list('autoscaling/v2', 'HorizontalPodAutoscaler', object.metadata.namespace)
    .filter((scaler) => textAt(scaler, 'spec', 'scaleTargetRef', 'name') === object.metadata.name);
}
