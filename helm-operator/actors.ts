/** With whose rights a HelmRelease's work is done: the operator's, or a service account's of its namespace. */
import { serviceAccountUser } from '../lib/kube/mod.ts';
import type { HelmRelease } from '../lib/objects/mod.ts';
import { serviceAccountOf } from './annotations.ts';
import type { ActingCluster } from './reconcile/sync.ts';

export interface Actors {
  actFor(hr: HelmRelease): ActingCluster;
  close(): Promise<void>;
}

/** Clients kept; the least recently used goes first. */
const kept = 64;

/**
 * @param options.defaultServiceAccount for HelmReleases whose annotation names none; '' means the operator's own rights
 */
export function createActors(options: {
  own: ActingCluster;
  actAs: (user: string) => ActingCluster;
  defaultServiceAccount: string;
}): Actors {
  const actors = new Map<string, ActingCluster>();
  return {
    actFor: (hr) => {
      const account = serviceAccountOf(hr) || options.defaultServiceAccount;
      if (account === '') return options.own;
      const user = serviceAccountUser(hr.metadata.namespace, account);
      const actor = actors.get(user) ?? options.actAs(user);
      actors.delete(user);
      actors.set(user, actor);
      // One that is still at work keeps its connections until they are idle.
      for (const old of actors.keys()) {
        if (actors.size <= kept) break;
        actors.delete(old);
      }
      return actor;
    },
    close: async () => {
      await Promise.all([...actors.values()].map(({ kube }) => kube.close()));
    },
  };
}
