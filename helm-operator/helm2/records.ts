/** What Helm 2 keeps of its releases: ConfigMaps or Secrets in Tiller's namespace (spec helm-operator §1.6). */
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { Release } from '../../lib/helm/storage/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { readHelm2Release } from './release.ts';

/** A look serves all installs of this time. */
const rememberedMs = 30_000;
const kinds = ['ConfigMap', 'Secret'] as const;

export interface Helm2Records {
  /** @throws KubeError when the records cannot be listed; not being allowed to see them counts as none */
  has(releaseName: string): Promise<boolean>;
  /**
   * Every revision of a release, oldest first.
   *
   * @throws KubeError
   * @throws OperatorError `CorruptHelm2Release`
   */
  read(releaseName: string): Promise<Helm2Record[]>;
  remove(record: Helm2Record): Promise<void>;
}

export interface Helm2Record {
  kind: (typeof kinds)[number];
  name: string;
  release: Release;
}

export function createHelm2Records(options: {
  kube: KubeClient;
  clock: Clock;
  /** Where Tiller keeps its records. */
  namespace: string;
}): Helm2Records {
  const { kube, clock, namespace } = options;
  let last: { at: number; names: Promise<ReadonlySet<string>> } | undefined;
  const namesIn = async (kind: string): Promise<string[]> => {
    try {
      const labelSelector = 'OWNER=TILLER';
      const { items } = await kube.listMetadata(
        { apiVersion: 'v1', kind, namespace },
        { labelSelector },
      );
      return items.flatMap(({ metadata }) => metadata.labels?.NAME ?? []);
    } catch (thrown) {
      // An operator confined to a namespace has never managed releases through Tiller's.
      if (thrown instanceof KubeError && thrown.reason === 'Forbidden') return [];
      throw thrown;
    }
  };
  const readKind = async (kind: Helm2Record['kind'], releaseName: string) => {
    const labelSelector = `OWNER=TILLER,NAME=${releaseName}`;
    const { items } = await kube.list({ apiVersion: 'v1', kind, namespace }, { labelSelector });
    return items.map(({ metadata: { name = '' }, data }): Helm2Record => {
      const held = isRecord(data) && typeof data.release === 'string' ? data.release : '';
      const text = kind === 'Secret' ? Buffer.from(held, 'base64').toString() : held;
      return { kind, name, release: readHelm2Release(text, name) };
    });
  };
  return {
    has: async (releaseName) => {
      const now = clock.now().getTime();
      if (last === undefined || now - last.at > rememberedMs) {
        const names = Promise.all(kinds.map(namesIn)).then((found) => new Set(found.flat()));
        const made = { at: now, names };
        last = made;
        names.catch(() => {
          if (last === made) last = undefined;
        });
      }
      return (await last.names).has(releaseName);
    },
    read: async (releaseName) => {
      const found = await Promise.all(kinds.map((kind) => readKind(kind, releaseName)));
      return found.flat().sort((a, b) => a.release.version - b.release.version);
    },
    remove: async ({ kind, name }) => {
      await kube.delete({ apiVersion: 'v1', kind, namespace, name });
      last = undefined;
    },
  };
}
