/** Which HelmReleases are this replica's: all, or those of the shards whose Leases it holds. */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createLeaderElection } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import type { Clock } from '../lib/runtime/mod.ts';
import { isAbort } from '../lib/runtime/mod.ts';
import { createMembers } from './members.ts';

export interface Shards {
  /** Whether a HelmRelease (`namespace/name`) is ours now. */
  owns(key: string): boolean;
  /** Fires when a HelmRelease that is ours ceases to be; fired already for one that is not. */
  lost(key: string): AbortSignal;
  /** Stands for election until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

/** One replica does everything; what runs is brought to its end when the operator stops, so that nothing is ever lost. */
export function allShards(): Shards {
  const never = heardByAll();
  return { owns: () => true, lost: () => never.signal, run: () => Promise.resolve() };
}

/** Every request under way listens to it. */
function heardByAll(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

export interface ShardsOptions {
  client: KubeClient;
  clock: Clock;
  /** Of the Leases. */
  namespace: string;
  /** Of the Leases: `name` for one shard, `name-0`, `name-1`, … for more. */
  name: string;
  /** Unique among the replicas. */
  identity: string;
  count: number;
  /** Given the shard's predicate over keys when it becomes ours. */
  onGained: (isOfShard: (key: string) => boolean, shard: number) => void;
  onLost: (shard: number) => void;
  onError: (error: Error) => void;
  /** Until all work on a shard's HelmReleases has ended. */
  drained: (isOfShard: (key: string) => boolean) => Promise<void>;
  /** Between looks at how the shards are spread, in milliseconds; default 5 000. */
  balanceMs?: number;
}

export function createShards(options: ShardsOptions): Shards {
  const { client, clock, namespace, name, identity, count } = options;
  const held = new Map<number, AbortController>();
  const shardOf = (key: string) =>
    count === 1 ? 0 : createHash('sha256').update(key).digest().readUInt32BE(0) % count;
  const isOf = (shard: number) => (key: string) => shardOf(key) === shard;
  const none = AbortSignal.abort();
  const members =
    count === 1
      ? undefined
      : createMembers({
          client,
          clock,
          namespace,
          group: name,
          identity,
          onError: options.onError,
        });
  const share = () => Math.ceil(count / (members?.count() ?? 1));
  /** Shards held beyond the fair share, told to end. */
  const surplus = new Map<number, () => void>();

  const holdShard = async (shard: number, signal: AbortSignal): Promise<void> => {
    const election = createLeaderElection({
      client,
      clock,
      namespace,
      name: count === 1 ? name : `${name}-${shard}`,
      identity,
      onError: options.onError,
    });
    await election.run(signal, async (holding) => {
      const lost = heardByAll();
      held.set(shard, lost);
      options.onGained(isOf(shard), shard);
      try {
        await new Promise<void>((resolve) => {
          surplus.set(shard, resolve);
          holding.addEventListener('abort', () => resolve(), { once: true });
          if (holding.aborted) resolve();
        });
        held.delete(shard);
        // Whoever has lost the Lease must stop at once; whoever gives it back may end what runs.
        if (holding.aborted && !signal.aborted) lost.abort();
        await options.drained(isOf(shard));
      } finally {
        surplus.delete(shard);
        held.delete(shard);
        lost.abort();
        options.onLost(shard);
      }
    });
  };

  const pause = async (signal: AbortSignal) => {
    try {
      await clock.sleep(options.balanceMs ?? 5000, signal);
    } catch (thrown) {
      if (!isAbort(thrown)) throw thrown;
    }
  };

  /** Stands for a shard whenever the share allows another one. */
  const contend = async (shard: number, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      if (held.size < share()) {
        const enough = new AbortController();
        const standing = holdShard(shard, AbortSignal.any([signal, enough.signal]));
        const watching = (async () => {
          while (!signal.aborted && !enough.signal.aborted) {
            await pause(AbortSignal.any([signal, enough.signal]));
            // Stop standing for what could not be kept.
            if (!held.has(shard) && held.size >= share()) enough.abort();
          }
        })();
        await standing;
        enough.abort();
        await watching;
      }
      await pause(signal);
    }
  };

  const balance = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await pause(signal);
      for (const shard of [...held.keys()].sort((a, b) => b - a)) {
        if (held.size <= share()) break;
        held.delete(shard);
        surplus.get(shard)?.();
      }
    }
  };

  return {
    owns: (key) => held.has(shardOf(key)),
    lost: (key) => held.get(shardOf(key))?.signal ?? none,
    run: async (signal) => {
      if (members === undefined) {
        while (!signal.aborted) await holdShard(0, signal);
        return;
      }
      await members.join(signal);
      await Promise.all([
        members.run(signal),
        balance(signal),
        ...Array.from({ length: count }, (_, shard) => contend(shard, signal)),
      ]);
    },
  };
}
