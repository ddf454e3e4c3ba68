/** Stands in for the kubelet: Pods end, or get ready, as their label `ends` says. */
import type { KubeClient } from '../../lib/kube/mod.ts';

export interface Finisher {
  stop(): Promise<void>;
}

const pauseMs = 150;

export function startFinisher(kube: KubeClient, namespace: string): Finisher {
  let running = true;
  const loop = async () => {
    while (running) {
      const { items } = await kube.list(
        { apiVersion: 'v1', kind: 'Pod', namespace },
        { labelSelector: 'ends in (ok,fail,ready)' },
      );
      for (const pod of items) {
        const ends = pod.metadata.labels?.['ends'] ?? '';
        const status = statusFor(ends);
        const now: unknown = pod['status'];
        const phase =
          typeof now === 'object' && now !== null && 'phase' in now ? now.phase : undefined;
        if (phase === status.phase || pod.metadata.deletionTimestamp !== undefined) continue;
        const name = pod.metadata.name ?? '';
        await kube
          .patch(
            { apiVersion: 'v1', kind: 'Pod', namespace, name },
            'merge',
            { status },
            {
              subresource: 'status',
            },
          )
          .catch(() => undefined);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  const done = loop();
  return {
    stop: () => {
      running = false;
      return done;
    },
  };
}

function statusFor(ends: string): { phase: string; conditions?: object[] } {
  if (ends === 'ok') return { phase: 'Succeeded' };
  if (ends === 'fail') return { phase: 'Failed' };
  return { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
}
