/** Releases that Helm 2 still keeps: they are converted by their owner, never taken over (spec helm-operator §1.6). */
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeReader } from '../../lib/kube/mod.ts';
import type { HelmRelease } from '../../lib/objects/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { OperatorError } from '../errors.ts';
import { explained } from './sync.ts';
import type { Sync } from './sync.ts';

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
function mayBeHelm2(hr: HelmRelease): boolean {
  return (
    hr.spec.helmVersion === undefined || hr.metadata.annotations?.[migrateAnnotation] !== undefined
  );
}

/** Installing beside a release of Helm 2 would fight it for its objects. */
export async function refuseHelm2(sync: Sync): Promise<void> {
  if (!mayBeHelm2(sync.hr)) return;
  const { releaseName } = sync;
  await explained(sync, 'failed to determine sync action for release', async () => {
    if (!(await sync.helm2.has(releaseName))) return;
    throw new OperatorError(
      'HelmVersionUnsupported',
      releaseName,
      `release '${releaseName}' is one of Helm v2, which is not supported by this operator; convert it with the helm 2to3 plugin (helm 2to3 convert ${releaseName}) and set helmVersion: v3`,
    );
  });
}
