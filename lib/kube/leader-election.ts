/** One of several replicas works, the others stand by: a Lease that its holder renews (coordination.k8s.io/v1). */
import type { KubeObject } from '../objects/mod.ts';
import { asError } from '../runtime/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import type { KubeClient, ObjectRef } from './client.ts';
import { KubeError } from './errors.ts';

export interface LeaderElectionOptions {
  client: KubeClient;
  clock: Clock;
  /** Of the Lease. */
  namespace: string;
  name: string;
  /** Unique among the replicas, for example the pod's name and a random part. */
  identity: string;
  /** A holder that has not renewed for so long is given up, default 15 000. */
  leaseMs?: number;
  /** Without a renewal for so long the holder stops working; less than `leaseMs`, default 10 000. */
  renewWithinMs?: number;
  /** Between tries, default 2 000. */
  retryMs?: number;
  /** Told of each try that failed; the election goes on. */
  onError: (error: Error) => void;
}

export interface LeaderElection {
  /**
   * Stands for election until the signal fires. Whoever is elected works with a signal that fires when the Lease is
   * lost; when `work` ends the Lease is given back, and it is over.
   */
  run(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void>;
}

interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

export function createLeaderElection(options: LeaderElectionOptions): LeaderElection {
  const { client, clock, namespace, name, identity } = options;
  const { leaseMs = 15_000, renewWithinMs = 10_000, retryMs = 2000 } = options;
  const ref: ObjectRef = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name };
  /** The Lease's state and when we first saw it: clocks of different nodes are not compared. */
  let seen: { version: string; at: number } | undefined;
  const now = () => clock.now().getTime();

  /** Takes or renews the Lease, unless somebody else holds it. */
  const hold = async (signal: AbortSignal): Promise<'ours' | 'theirs'> => {
    const stamp = clock.now().toISOString().replace('Z', '000Z');
    const lease = await client.get<Lease>(ref, { signal });
    const mine = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseMs / 1000),
      renewTime: stamp,
    };
    if (lease === undefined) {
      const { apiVersion, kind } = ref;
      const spec = { ...mine, acquireTime: stamp, leaseTransitions: 0 };
      await client.create({ apiVersion, kind, metadata: { namespace, name }, spec }, { signal });
      return 'ours';
    }
    const holder = lease.spec?.holderIdentity ?? '';
    if (holder === identity) {
      await client.update({ ...lease, spec: { ...lease.spec, ...mine } }, { signal });
      return 'ours';
    }
    const version = lease.metadata.resourceVersion ?? '';
    if (seen?.version !== version) seen = { version, at: now() };
    const givenMs = (lease.spec?.leaseDurationSeconds ?? leaseMs / 1000) * 1000;
    if (holder !== '' && now() - seen.at < givenMs) return 'theirs';
    const leaseTransitions = (lease.spec?.leaseTransitions ?? 0) + 1;
    await client.update(
      { ...lease, spec: { ...mine, acquireTime: stamp, leaseTransitions } },
      { signal },
    );
    return 'ours';
  };

  /** One try; a server that does not answer within `limitMs` counts as a failure. */
  const attempt = async (limitMs: number): Promise<'ours' | 'theirs' | 'unknown'> => {
    const [tooLong, done] = [new AbortController(), new AbortController()];
    const limit = clock.sleep(limitMs, done.signal).then(
      () => tooLong.abort(),
      // It was done in time.
      () => undefined,
    );
    try {
      return await hold(tooLong.signal);
    } catch (thrown) {
      // Another replica was faster.
      if (
        thrown instanceof KubeError &&
        (thrown.reason === 'Conflict' || thrown.reason === 'AlreadyExists')
      )
        return 'unknown';
      options.onError(asError(thrown));
      return 'unknown';
    } finally {
      done.abort();
      await limit;
    }
  };

  const pause = async (signal: AbortSignal): Promise<void> => {
    try {
      await clock.sleep(retryMs, signal);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  };

  /** Renews until the signal fires; true when the Lease was lost. */
  const keep = async (signal: AbortSignal): Promise<boolean> => {
    let renewed = now();
    while (!signal.aborted) {
      await pause(signal);
      if (signal.aborted) return false;
      const begun = now();
      const left = renewed + renewWithinMs - begun;
      if (left <= 0) return true;
      const held = await attempt(left);
      if (held === 'theirs') return true;
      if (held === 'ours') renewed = begun;
    }
    return false;
  };

  const giveBack = async (): Promise<void> => {
    try {
      const lease = await client.get<Lease>(ref);
      if (lease?.spec?.holderIdentity !== identity) return;
      await client.update({ ...lease, spec: { ...lease.spec, holderIdentity: '' } });
    } catch (thrown) {
      // It runs out by itself.
      options.onError(asError(thrown));
    }
  };

  return {
    run: async (signal, work) => {
      while (!signal.aborted) {
        if ((await attempt(renewWithinMs)) !== 'ours') {
          await pause(signal);
          continue;
        }
        const [lost, done] = [new AbortController(), new AbortController()];
        const keeping = keep(done.signal).then((isLost) => {
          if (isLost) lost.abort();
        });
        try {
          await work(AbortSignal.any([signal, lost.signal]));
        } finally {
          done.abort();
          await keeping;
        }
        if (lost.signal.aborted) continue;
        await giveBack();
        return;
      }
    },
  };
}
