/** `fluxctl build kustomization`: the manifests that a Kustomization would apply if its source had the files of a folder. */
import { parseYaml, toYaml } from '../../lib/helm/yaml/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { renderKustomization } from '../../toolkit/kustomization/mod.ts';
import { VerbFailed } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import type { LocalFilesOptions } from './kustomization-flags.ts';
import { localFiles } from './local-files.ts';
import {
  folderOf,
  isKustomization,
  keyOf,
  kustomizationIn,
  wantedKustomization,
} from './local-kustomization.ts';
import { textAt } from './read.ts';
import { masked } from './sops-mask.ts';

export interface BuildKustomizationOptions extends LocalFilesOptions {
  name: string;
  namespace: string;
  now: () => Date;
}

/**
 * @param cluster absent for a build without one: the Kustomization is that of the file, and variables of ConfigMaps and Secrets are not set
 * @returns the objects as YAML, a line `---` after each
 * @throws VerbFailed
 */
export async function buildKustomization(
  cluster: Cluster | undefined,
  options: BuildKustomizationOptions,
): Promise<string> {
  const { name, namespace, kustomizationFile, strict, now } = options;
  const seen = new Set<string>();
  const build = async (object: KubeObject, folder: string): Promise<KubeObject[]> => {
    seen.add(keyOf(object));
    const local = await localFiles(folder, textAt(object, 'spec', 'path'), options.ignorePaths);
    const kube = cluster?.kube;
    const built = await renderKustomization({ object, ...local, strict, kube, now });
    const found = built.map(masked);
    if (!options.recursive) return found;
    for (const inner of built)
      if (isKustomization(inner) && !seen.has(keyOf(inner)))
        found.push(...(await build(inner, folderOf(inner, options.localSources))));
    return found;
  };
  try {
    const wanted = { name, kustomizationFile, ignoreNotFound: false };
    const object =
      cluster === undefined
        ? await kustomizationIn(kustomizationFile, namespace, name)
        : await wantedKustomization(cluster, wanted);
    return (await build(object, options.folder)).map(documentOf).join('');
  } catch (thrown) {
    throw new VerbFailed(messageOf(thrown));
  }
}

const documentOf = (object: KubeObject) => `${toYaml(parseYaml(JSON.stringify(object)))}---\n`;
