/** What of a kustomization file objects of Flux carry. Pure. */
import { anything, list, object, text } from './schema.ts';
import type { Schema } from './schema.ts';

const target = object('Which objects; all when nothing is said.', {
  group: text('API group.'),
  version: text('API version.'),
  kind: text('Kind.'),
  name: text('Pattern of the name.'),
  namespace: text('Pattern of the namespace.'),
  labelSelector: text('Selector of labels.'),
  annotationSelector: text('Selector of annotations.'),
});

export { target as selectorSchema };

export const kustomizeFields: Readonly<Record<string, Schema>> = {
  patches: list(
    'Changes of objects.',
    object(
      'A strategic merge patch or a JSON patch, as YAML.',
      { patch: text('The patch.'), target },
      ['patch'],
    ),
  ),
  patchesStrategicMerge: list('Strategic merge patches; use `patches`.', anything('A patch.')),
  patchesJson6902: list(
    'JSON patches; use `patches`.',
    object('A patch.', { patch: list('Its operations.', anything('An operation.')), target }, [
      'patch',
      'target',
    ]),
  ),
  images: list(
    'Images by other names, tags and digests.',
    object(
      'An image.',
      {
        name: text('As in the manifests, without tag.'),
        newName: text('Instead of the name.'),
        newTag: text('Instead of the tag.'),
        digest: text('Instead of the tag; goes before `newTag`.'),
      },
      ['name'],
    ),
  ),
};
