/** How many replicas there are: each renews a Lease of its own, and counts those that are renewed. */
import type { KubeClient } from '../lib/kube/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { asError, isAbort } from '../lib/runtime/mod.ts';
import type { Clock } from '../lib/runtime/mod.ts';

export interface Members {
  /** Replicas seen alive, this one included. */
  count(): number;
  /** Makes this replica known. */
  join(signal: AbortSignal): Promise<void>;
  /** Renews and counts until the signal fires, then leaves. */
  run(signal: AbortSignal): Promise<void>;
}

export interface MembersOptions {
  client: KubeClient;
  clock: Clock;
  namespace: string;
  group: string;
  identity: string;
  onError: (error: Error) => void;
}

const renewMs = 5000;
/** A Lease that has not been renewed for so long is a replica that is gone. */
const aliveMs = 20_000;
const label = 'helm.fluxcd.io/replica-of';

export function createMembers(options: MembersOptions): Members {
  const { client, clock, namespace, group, identity } = options;
  const apiVersion = 'coordination.k8s.io/v1';
  const ref = { apiVersion, kind: 'Lease', namespace, name: `${group}-replica-${identity}` };
  /** By name: the version seen last and when it was new to us, for clocks are not compared. */
  let seen = new Map<string, { version: string; at: number }>();
  let alive = 1;

  const renew = async (signal: AbortSignal) => {
    const metadata = { namespace, name: ref.name, labels: { [label]: group } };
    const renewTime = clock.now().toISOString().replace('Z', '000Z');
    const leaseDurationSeconds = aliveMs / 1000;
    const spec = { holderIdentity: identity, leaseDurationSeconds, renewTime };
    await client.apply(
      { apiVersion, kind: 'Lease', metadata, spec },
      { fieldManager: 'helm-operator', force: true, signal },
    );
  };
  const look = async (signal: AbortSignal) => {
    const { items } = await client.list<KubeObject>(
      { apiVersion, kind: 'Lease', namespace },
      { labelSelector: `${label}=${group}`, signal },
    );
    const now = clock.now().getTime();
    const next: typeof seen = new Map();
    for (const { metadata } of items) {
      const [name = '', version = ''] = [metadata.name, metadata.resourceVersion];
      const before = seen.get(name);
      next.set(name, before?.version === version ? before : { version, at: now });
    }
    seen = next;
    alive = Math.max(1, [...seen.values()].filter(({ at }) => now - at < aliveMs).length);
    for (const [name, { at }] of seen)
      if (now - at > 10 * aliveMs) await client.delete({ ...ref, name }, { signal });
  };

  return {
    count: () => alive,
    join: async (signal) => {
      try {
        await renew(signal);
        await look(signal);
      } catch (thrown) {
        // The loop tries again; until then this replica counts itself only.
        if (!signal.aborted) options.onError(asError(thrown));
      }
    },
    run: async (signal) => {
      while (!signal.aborted) {
        try {
          await clock.sleep(renewMs, signal);
          await renew(signal);
          await look(signal);
        } catch (thrown) {
          if (signal.aborted || isAbort(thrown)) break;
          options.onError(asError(thrown));
        }
      }
      try {
        await client.delete(ref);
      } catch (thrown) {
        // It runs out by itself.
        options.onError(asError(thrown));
      }
    },
  };
}
