/** What a Kustomization would apply with other files; what is there already is not looked at, and what is encrypted stays so. */
import type { KubeReader } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { readOnlyDraft } from '../runtime/mod.ts';
import { buildObjects } from './build.ts';
import { existingFolder, sourceFiles } from './files.ts';
import { withMetadata } from './metadata.ts';
import { readSpec } from './spec.ts';
import { loadVariables } from './variables.ts';

export interface RenderOptions {
  object: KubeObject;
  /** Files by path, as an artifact of the source would have them. */
  files: ReadonlyMap<string, Uint8Array>;
  /** The folder within them, in place of `spec.path`. */
  path: string;
  /** Variables that are not set are refused. */
  strict: boolean;
  /** Has the ConfigMaps and Secrets of `substituteFrom`; without it these variables are not set. */
  kube: KubeReader | undefined;
  now: () => Date;
}

/**
 * @returns the objects in the order of the build, with the labels of their Kustomization
 * @throws KustomizationError when it cannot be built
 */
export async function renderKustomization(options: RenderOptions): Promise<KubeObject[]> {
  const { kube, strict } = options;
  const spec = readSpec(readOnlyDraft(options.object, options.now));
  const files = sourceFiles(options.files);
  const { postBuild, namespace } = spec;
  let variables: Promise<ReadonlyMap<string, string>> | undefined;
  const { objects } = await buildObjects({
    files,
    folder: existingFolder(files, options.path),
    spec,
    decryption: undefined,
    variables: () =>
      (variables ??=
        postBuild === undefined
          ? Promise.resolve(new Map())
          : kube === undefined
            ? Promise.resolve(new Map(Object.entries(postBuild.values)))
            : loadVariables(kube, namespace, postBuild)),
    strict,
  });
  return objects.map((each) => withMetadata(each, spec));
}
