/** `status.inventory`: what a release has put into the cluster. */
import { releaseObjects } from '../../lib/helm/action/mod.ts';
import { crdFiles, HelmError, splitManifests } from '../../lib/helm/chart/mod.ts';
import type { Chart } from '../../lib/helm/chart/mod.ts';
import type { Release } from '../../lib/helm/storage/mod.ts';
import { parseYaml } from '../../lib/helm/yaml/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';

interface Inventory {
  /** `<namespace>_<name>_<group>_<kind>` and the version. */
  entries: { id: string; v: string }[];
}

/** @returns `undefined` when the manifest cannot be read: then there is no release either */
export async function inventoryOf(
  kube: KubeClient,
  release: Release,
  chart: Chart,
): Promise<Inventory | undefined> {
  try {
    const objects = await releaseObjects(kube, release);
    const entries = objects.map(({ object, namespace, name, kind }) => {
      const slash = object.apiVersion.indexOf('/');
      const group = slash < 0 ? '' : object.apiVersion.slice(0, slash);
      return {
        id: [namespace, name.replaceAll(':', '__'), group, kind].join('_'),
        v: object.apiVersion.slice(slash + 1),
      };
    });
    return { entries: [...entries, ...definitions(chart)] };
  } catch (thrown) {
    if (thrown instanceof HelmError) return undefined;
    throw thrown;
  }
}

function definitions(chart: Chart): Inventory['entries'] {
  return crdFiles(chart).flatMap(({ file }) =>
    splitManifests(Buffer.from(file.data).toString('utf8')).flatMap((document) => {
      const object = parseYaml(document);
      if (!(object instanceof Map) || object.get('kind') !== 'CustomResourceDefinition') return [];
      const metadata = object.get('metadata');
      const name = metadata instanceof Map ? metadata.get('name') : undefined;
      const version = object.get('apiVersion');
      if (typeof name !== 'string' || typeof version !== 'string') return [];
      const id = `_${name}_apiextensions.k8s.io_CustomResourceDefinition`;
      return [{ id, v: version.split('/').at(-1) ?? '' }];
    }),
  );
}
