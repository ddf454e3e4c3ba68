/** DaemonSets: one pod on the sandbox's only node. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { writeStatus } from './context.ts';
import type { ControllerContext } from './context.ts';
import { isDeleting, labelsAt, nameOf, textAt, valueAt } from './fields.ts';
import { nodeName } from './kubelet.ts';
import { randomSuffix } from './names.ts';
import { createPod, deletePod, isActive, isReady, podsOf } from './pods.ts';
import { positive } from './replicaset.ts';
import { currentRevision, revisionLabel } from './revisions.ts';
import { matchesLabels } from './selector.ts';

const component = 'daemonset-controller';

export function reconcileDaemonSet(set: KubeObject, context: ControllerContext): undefined {
  if (isDeleting(set)) return undefined;
  const revision = currentRevision(set, context);
  const node = context.cluster.get({ apiVersion: 'v1', kind: 'Node', name: nodeName });
  const wanted = matchesLabels(
    node?.metadata.labels ?? {},
    labelsAt(set, 'spec', 'template', 'spec', 'nodeSelector'),
  );
  const active = podsOf(set, context).filter(isActive);
  const isNew = (pod: KubeObject) => pod.metadata.labels?.[revisionLabel] === revision.hash;
  const rolls = textAt(set, 'spec', 'updateStrategy', 'type') !== 'OnDelete';
  const [keep, ...rest] = wanted
    ? [...active].sort((a, b) => Number(isNew(b)) - Number(isNew(a)))
    : [];
  const surplus = wanted ? rest : active;
  for (const pod of surplus) deletePod(set, pod, component, context);
  if (keep !== undefined && rolls && !isNew(keep)) {
    deletePod(set, keep, component, context);
  }
  const left = podsOf(set, context).filter(isActive);
  if (wanted && left.length === 0) {
    createPod(
      set,
      {
        name: `${nameOf(set)}-${randomSuffix()}`,
        template: valueAt(set, 'spec', 'template'),
        labels: { [revisionLabel]: revision.hash, 'pod-template-generation': '1' },
        component,
      },
      context,
    );
  }
  const pods = podsOf(set, context).filter(isActive);
  const ready = pods.filter(isReady).length;
  const desired = wanted ? 1 : 0;
  writeStatus(context.cluster, set, {
    currentNumberScheduled: pods.length,
    numberMisscheduled: 0,
    desiredNumberScheduled: desired,
    numberReady: ready,
    observedGeneration: set.metadata.generation ?? 1,
    ...positive('updatedNumberScheduled', pods.filter(isNew).length),
    ...positive('numberAvailable', ready),
    ...positive('numberUnavailable', desired - ready),
  });
  return undefined;
}
