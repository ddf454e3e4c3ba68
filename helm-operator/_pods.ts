/** Stands in for nodes on a real API server: gives pods the status that a kubelet would. See _harness.ts for the rules. */
import { createInformer } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import type { Clock } from '../lib/runtime/mod.ts';

interface Pod extends KubeObject {
  spec: {
    restartPolicy?: string;
    containers: {
      name: string;
      image: string;
      command?: string[];
      readinessProbe?: { exec?: { command?: string[] } };
    }[];
  };
  status?: { phase?: string };
}

export function startPods(options: {
  kube: KubeClient;
  clock: Clock;
  isMissing: (image: string) => boolean;
}): { close(): Promise<void> } {
  const { kube, clock } = options;
  const stop = new AbortController();
  const pods = createInformer<Pod>({
    client: kube,
    collection: { apiVersion: 'v1', kind: 'Pod' },
    clock,
    onChange: (_key, pod) => {
      const status = pod === undefined ? undefined : statusOf(pod, options.isMissing);
      if (pod === undefined || status === undefined) return;
      const { namespace, name = '' } = pod.metadata;
      const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name };
      // A pod may go at any time.
      kube.patch(ref, 'merge', { status }, { subresource: 'status' }).catch(() => undefined);
    },
    onError: () => undefined,
  });
  const ended = pods.run(stop.signal);
  return {
    close: () => {
      stop.abort();
      return ended;
    },
  };
}

/** `undefined` when the pod has its status already. */
function statusOf(
  { metadata, spec, status }: Pod,
  isMissing: (image: string) => boolean,
): Record<string, unknown> | undefined {
  if (metadata.deletionTimestamp !== undefined || (status?.phase ?? 'Pending') !== 'Pending')
    return undefined;
  if (spec.containers.some(({ image }) => isMissing(image))) return undefined;
  const fails = spec.containers.some(({ command }) => command?.[0] === 'false');
  if (spec.restartPolicy === 'Never') return { phase: fails ? 'Failed' : 'Succeeded' };
  const held = spec.containers.some(
    ({ readinessProbe }) => readinessProbe?.exec?.command?.[0] === 'false',
  );
  return {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: held ? 'False' : 'True' }],
  };
}
