/** `kustomize build`: a folder with a kustomization file into objects. */
import { toYaml } from '../helm/yaml/mod.ts';
import type { GoMap } from '../helm/values/mod.ts';
import { specsAt } from './builtin-steps.ts';
import { decodeMap } from './decode.ts';
import { prefixed } from './errors.ts';
import { Loader } from './loader.ts';
import { clearTransformations, writeOrigin } from './origin.ts';
import { withRemotes } from './remotes.ts';
import type { RemoteFetch, Remotes } from './remotes.ts';
import type { Resource } from './resource.ts';
import type { ResourceList } from './resource-list.ts';
import { builtInSchemas } from './schema.ts';
import { sortResources } from './sort-order.ts';
import { setSchema, Target } from './target.ts';
import type { BuildOptions, Session } from './target.ts';
import { metadataTransform } from './transformers.ts';

/**
 * Builds a folder.
 *
 * @returns the objects in order; keys as they are in the files, not sorted
 * @throws KustomizeError `BuildFailed` in the original's words, `RemoteRefused` for addresses, `PluginRefused` for programs
 */
export function build(options: BuildOptions, remotes?: Remotes): GoMap[] {
  return run(options, remotes).map(({ root }) => {
    try {
      return decodeMap(root);
    } catch (thrown) {
      throw prefixed('map[string]interface {}(nil)', thrown);
    }
  });
}

/**
 * Builds a folder, and what its files name by address.
 *
 * @throws KustomizeError as `build`, and for what cannot be fetched
 */
export function buildWithRemotes(options: BuildOptions, fetch: RemoteFetch): Promise<GoMap[]> {
  return withRemotes(fetch, (remotes) => build(options, remotes));
}

/** Builds a folder to YAML, byte for byte what `kustomize build` prints. */
export function buildYaml(options: BuildOptions): string {
  return yamlOf(build(options));
}

/** Objects as `kustomize build` prints them. */
export const yamlOf = (objects: readonly GoMap[]): string =>
  objects.map((object) => toYaml(object)).join('---\n');

function run(options: BuildOptions, remotes: Remotes | undefined): readonly Resource[] {
  const session: Session = {
    options,
    schemas: builtInSchemas,
    schemaIsSet: false,
    warn: options.warn ?? (() => undefined),
  };
  const { files, path, loadRestriction = 'rootOnly' } = options;
  const loader = Loader.at(files, path, loadRestriction, remotes);
  const target = Target.load(session, loader);
  const { kustomization } = target;
  setSchema(session, kustomization, loader, true);
  let resources = target.finish();
  if (kustomization.sortOptions !== undefined) {
    resources = sortResources(resources, kustomization.sortOptions);
  } else if (options.order !== 'none') {
    resources = sortResources(resources, { order: 'legacy', legacySortOptions: undefined });
  }
  finishMetadata(resources, kustomization.buildMetadata ?? [], options.managedBy);
  return resources.resources;
}

function finishMetadata(
  resources: ResourceList,
  wanted: readonly string[],
  managedBy = 'kustomize-v5.7.1',
): void {
  if (wanted.includes('managedByLabel')) {
    const specs = specsAt('metadata/labels');
    metadataTransform(new Map([['app.kubernetes.io/managed-by', managedBy]]), specs)(resources);
  }
  for (const resource of resources.resources) {
    resource.removeBuildAnnotations();
    if (!wanted.includes('originAnnotations')) writeOrigin(resource, undefined);
    if (!wanted.includes('transformerAnnotations')) clearTransformations(resource);
  }
}
