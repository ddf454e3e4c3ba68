/** What a kustomization does to its objects, each as a function on the list. */
import { failure, within } from './errors.ts';
import { applySpec, applySpecs } from './field-spec.ts';
import type { FieldSpec } from './field-spec.ts';
import { setField, setScalar } from './fields.ts';
import { contentHash } from './hash.ts';
import type { Sha256 } from './hash.ts';
import { applyImage } from './images.ts';
import type { Image, Replica } from './kustomization.ts';
import { scalar, Tag } from './node.ts';
import { isSelected, printGvk } from './resource-id.ts';
import type { ResId } from './resource-id.ts';
import type { Resource } from './resource.ts';
import type { ResourceList } from './resource-list.ts';

export type Transform = (resources: ResourceList) => void;

/** Labels or annotations; a key's value is one node in all places of an object, as in the original. */
export function metadataTransform(
  pairs: ReadonlyMap<string, string> | undefined,
  specs: readonly FieldSpec[],
): Transform {
  return (resources) => {
    if (pairs === undefined || pairs.size === 0) return;
    const keys = [...pairs.keys()].sort();
    for (const { root } of resources.resources) {
      for (const key of keys) {
        const value = scalar(pairs.get(key) ?? '', Tag.string);
        applySpecs(root, specs, {
          set: (node) => {
            setField(node, key, value);
          },
          createKind: 'map',
          createTag: Tag.map,
        });
      }
    }
    resources.dropEmpty();
  };
}

/** Kinds whose names are part of something else, or shared. */
function isNeverRenamed(id: ResId): boolean {
  return (
    id.kind === 'CustomResourceDefinition' ||
    id.kind === 'Namespace' ||
    (id.kind === 'APIService' && id.group === 'apiregistration.k8s.io')
  );
}

export function affixTransform(
  affix: string,
  side: 'prefix' | 'suffix',
  specs: readonly FieldSpec[],
): Transform {
  const rename = (resource: Resource, spec: FieldSpec): void => {
    if (spec.path === 'metadata/name') {
      if (side === 'prefix') resource.addPrefix(affix);
      else resource.addSuffix(affix);
      if (affix !== '') resource.rememberId();
    }
    applySpec(resource.root, spec, {
      set: (node) => {
        setScalar(node, scalar(side === 'prefix' ? affix + node.value : node.value + affix));
      },
      createKind: 'scalar',
      createTag: Tag.string,
    });
  };
  return (resources) => {
    for (const resource of resources.resources) {
      const id = resource.originalId;
      if (isNeverRenamed(id)) continue;
      for (const spec of specs) if (isSelected(id, spec)) rename(resource, spec);
    }
  };
}

export function imageTransform(image: Image, specs: readonly FieldSpec[]): Transform {
  return (resources) => {
    for (const { root } of resources.resources) applyImage(root, image, specs);
    resources.dropEmpty();
  };
}

/** @throws KustomizeError when there is nothing of that name to scale */
export function replicaTransform(replica: Replica, specs: readonly FieldSpec[]): Transform {
  return (resources) => {
    let found = false;
    for (const spec of specs) {
      const matches = (id: ResId): boolean => id.name === replica.name && isSelected(id, spec);
      for (const { root } of resources.withAnyId(matches)) {
        found = true;
        applySpec(root, spec, {
          set: (node) => {
            setScalar(node, scalar(String(replica.count), Tag.int));
          },
          createKind: 'scalar',
          createTag: Tag.int,
        });
      }
    }
    if (found) return;
    throw failure(
      `resource with name ${replica.name} does not match a config with the following GVK [${specs.map(printGvk).join(' ')}]`,
    );
  };
}

/** Appends the hash of its content to the name of each generated object. */
export function hashTransform(sha256: Sha256): Transform {
  return (resources) => {
    for (const resource of resources.resources) {
      if (!resource.wantsHash) continue;
      const hash = within('content hash', () => contentHash(resource, sha256));
      resource.rememberId();
      resource.name = `${resource.name}-${hash}`;
    }
  };
}
