/** Releases that Helm 2 still keeps: they are converted by their owner, never taken over (spec helm-operator §1.6). */
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeReader } from '../../lib/kube/mod.ts';
import type { HelmRelease } from '../../lib/objects/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';

const migrateAnnotation = 'helm.fluxcd.io/migrate';
/** A look serves all installs of this time. */
const rememberedMs = 30_000;

export interface Helm2Releases {
  /** @throws KubeError when the records cannot be listed; not being allowed to see them counts as none */
  has(releaseName: string): Promise<boolean>;
}

export function createHelm2Releases(options: {
  kube: KubeReader;
  clock: Clock;
  /** Where Tiller keeps its records. */
  namespace: string;
}): Helm2Releases {
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
  return {
    has: async (releaseName) => {
      const now = clock.now().getTime();
      if (last === undefined || now - last.at > rememberedMs) {
        const names = Promise.all([namesIn('ConfigMap'), namesIn('Secret')]).then(
          (found) => new Set(found.flat()),
        );
        const made = { at: now, names };
        last = made;
        names.catch(() => {
          if (last === made) last = undefined;
        });
      }
      return (await last.names).has(releaseName);
    },
  };
}

/** A HelmRelease of version 3 by its own word is installed beside what Helm 2 has, as the original did. */
export function mayBeHelm2(hr: HelmRelease): boolean {
  return (
    hr.spec.helmVersion === undefined || hr.metadata.annotations?.[migrateAnnotation] !== undefined
  );
}
