/** Restarting the Pods of workloads that were updated (`--recreate-pods`). */
import { messageOf } from '../../runtime/mod.ts';
import type { ActionContext } from './context.ts';
import type { ReleaseObject } from './objects.ts';
import { signalOf } from './ownership.ts';
import { selectorOf } from './ready.ts';

const workloads = new Set([
  'Deployment',
  'DaemonSet',
  'StatefulSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
]);

/** Deletes the Pods selected by the workloads; a failure is reported and does not fail the release. */
export async function recreatePods(
  context: ActionContext,
  updated: readonly ReleaseObject[],
): Promise<void> {
  for (const each of updated) {
    const labelSelector = workloads.has(each.kind) ? selectorOf(each.object) : '';
    if (labelSelector === '') continue;
    try {
      const { items } = await context.kube.listMetadata(
        { apiVersion: 'v1', kind: 'Pod', namespace: each.namespace },
        { labelSelector, ...signalOf(context) },
      );
      for (const { metadata } of items) {
        const { name = '', uid } = metadata;
        await context.kube.delete(
          { apiVersion: 'v1', kind: 'Pod', namespace: each.namespace, name },
          uid === undefined ? {} : { uid },
        );
      }
    } catch (cause) {
      context.log(
        `unable to recreate pods for object ${each.namespace}/${each.name} because an error occurred: ${messageOf(cause)}`,
      );
    }
  }
}
