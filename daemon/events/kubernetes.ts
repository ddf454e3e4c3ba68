/** Events of Kubernetes: about the daemon's own pod, and about the workloads that a release concerns. */
import type { EventRecorder, KubeClient } from '../../lib/kube/mod.ts';
import { parseResourceId } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { liveWorkloads } from '../api/services.ts';
import type { FluxEvent } from './event.ts';
import type { EventSink } from './teller.ts';

const reasons: Readonly<Record<FluxEvent['type'], string>> = {
  commit: 'Commit',
  sync: 'Sync',
  release: 'Release',
  autorelease: 'AutoRelease',
};

/** Of one release; what concerns more is told of the pod alone. */
const mostWorkloads = 50;

export function kubernetesEvents({
  kube,
  recorder,
  daemon,
}: {
  kube: KubeClient;
  recorder: EventRecorder;
  /** The pod that the daemon runs in, as far as it knows. */
  daemon: KubeObject;
}): EventSink {
  return {
    name: 'Kubernetes Events',
    post: async ({ event, text, problems }) => {
      const { apiVersion, kind, metadata } = daemon;
      const { namespace, name = '' } = metadata;
      const pod = (await kube.get({ apiVersion, kind, namespace, name })) ?? daemon;
      const self = { ...pod, apiVersion, kind };
      const reason = reasons[event.type];
      await recorder.record(self, 'Normal', reason, text);
      for (const problem of problems) await recorder.record(self, 'Warning', 'SyncError', problem);
      if (event.type !== 'release' && event.type !== 'autorelease') return;
      if (event.serviceIDs.length > mostWorkloads) return;
      for (const workload of await workloadsOf(kube, event.serviceIDs))
        await recorder.record(workload, 'Normal', reason, text);
    },
  };
}

async function workloadsOf(kube: KubeClient, ids: readonly string[]): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  for (const namespace of new Set(ids.map((id) => parseResourceId(id).namespace))) {
    const live = await liveWorkloads(kube, namespace);
    for (const id of ids) {
      const object = live.get(id);
      if (object !== undefined) found.push(object);
    }
  }
  return found;
}
