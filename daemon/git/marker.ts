/** Which revision was synced last: an annotated tag, or an annotation of the deploy Secret (spec flux-v1 §2.3). */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import type { ConfigRepository } from './repository.ts';

export interface SyncMarker {
  /** `undefined` when nothing was synced yet, or somebody deleted the mark. */
  get(): Promise<string | undefined>;
  set(revision: string): Promise<void>;
}

export function tagMarker(repository: ConfigRepository, tag: string): SyncMarker {
  return {
    get: async () => repository.mirror().resolve(`refs/tags/${tag}`),
    set: (revision) => repository.moveTag(tag, revision),
  };
}

const annotation = 'flux.weave.works/sync-hwm';

export function secretMarker(kube: KubeClient, namespace: string, name: string): SyncMarker {
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name };
  return {
    get: async () => {
      const secret = await kube.get(ref);
      if (secret === undefined)
        throw new Fault(
          'SecretMissing',
          'retry',
          `${namespace}/${name}`,
          `Secret ${namespace}/${name} does not exist; it keeps the synced revision`,
        );
      return secret.metadata.annotations?.[annotation] || undefined;
    },
    set: async (revision) => {
      await kube.patch(ref, 'strategic', { metadata: { annotations: { [annotation]: revision } } });
    },
  };
}
