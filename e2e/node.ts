/**
 * Stands in for nodes: pods get the status that a kubelet would give them, nothing runs.
 *
 * A pod runs when its images exist and waits in ImagePullBackOff until they do; one that is not restarted ends well at
 * once. Pods stay unscheduled, so that the API server removes them without a kubelet's word.
 */
import { createInformer } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import type { Clock } from '../lib/runtime/mod.ts';

export interface Pod extends KubeObject {
  spec: { restartPolicy?: string; containers: { name: string; image: string }[] };
  status?: { phase?: string; containerStatuses?: { state?: { waiting?: unknown } }[] };
}

export interface NodeStandIn {
  /** Call after a push to the registry: pods that wait look again. */
  imagesChanged(): void;
  close(): Promise<void>;
}

export function startNode(options: {
  kube: KubeClient;
  clock: Clock;
  imageExists: (image: string) => boolean;
  onError: (error: Error) => void;
}): NodeStandIn {
  const { kube, clock } = options;
  const stop = new AbortController();
  const settle = async (pod: Pod) => {
    if (pod.metadata.deletionTimestamp !== undefined) return;
    const status = statusOf(pod, options.imageExists, clock.now());
    if (status === undefined) return;
    const { namespace, name = '' } = pod.metadata;
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name };
    await kube.patch(
      ref,
      'merge',
      { metadata: { uid: pod.metadata.uid }, status },
      { subresource: 'status' },
    );
  };
  const look = (pod: Pod) => {
    settle(pod).catch((thrown: unknown) => {
      // A pod may go at any time.
      if (thrown instanceof Error && !/not found|UID in precondition/.test(thrown.message))
        options.onError(thrown);
    });
  };
  const pods = createInformer<Pod>({
    client: kube,
    collection: { apiVersion: 'v1', kind: 'Pod' },
    clock,
    onChange: (_key, pod) => {
      if (pod !== undefined) look(pod);
    },
    onError: options.onError,
  });
  const ended = pods.run(stop.signal);
  return {
    imagesChanged: () => {
      for (const pod of pods.list()) look(pod);
    },
    close: async () => {
      stop.abort();
      await ended;
    },
  };
}

/** The status that a pod should have now; `undefined` when it has it. */
export function statusOf(
  { spec, status = {} }: Pod,
  imageExists: (image: string) => boolean,
  now: Date,
): Record<string, unknown> | undefined {
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return undefined;
  const at = `${now.toISOString().slice(0, 19)}Z`;
  const missing = spec.containers.filter(({ image }) => !imageExists(image));
  if (missing.length > 0) {
    const waits = status.containerStatuses?.some(({ state }) => state?.waiting !== undefined);
    if (waits === true) return undefined;
    return {
      phase: 'Pending',
      conditions: conditionsOf(false, at),
      containerStatuses: spec.containers.map(({ name, image }) => ({
        ...container(name, image),
        state: {
          waiting: imageExists(image)
            ? { reason: 'ContainerCreating' }
            : { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` },
        },
      })),
    };
  }
  const ends = spec.restartPolicy === 'Never' || spec.restartPolicy === 'OnFailure';
  if (status.phase === 'Running' && !ends) return undefined;
  return {
    phase: ends ? 'Succeeded' : 'Running',
    podIP: '192.0.2.20',
    podIPs: [{ ip: '192.0.2.20' }],
    startTime: at,
    conditions: conditionsOf(!ends, at),
    containerStatuses: spec.containers.map(({ name, image }) => ({
      ...container(name, image),
      ready: !ends,
      started: !ends,
      state: ends
        ? { terminated: { exitCode: 0, reason: 'Completed', startedAt: at, finishedAt: at } }
        : { running: { startedAt: at } },
    })),
  };
}

const container = (name: string, image: string) => ({
  name,
  image,
  imageID: '',
  ready: false,
  restartCount: 0,
});

function conditionsOf(ready: boolean, at: string) {
  const condition = (type: string, holds: boolean) => ({
    type,
    status: holds ? 'True' : 'False',
    lastTransitionTime: at,
  });
  return [
    condition('PodScheduled', true),
    condition('Initialized', true),
    condition('ContainersReady', ready),
    condition('Ready', ready),
  ];
}
