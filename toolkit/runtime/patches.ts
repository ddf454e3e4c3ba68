/** Patches as objects of Flux carry them, as a kustomization file has them. Pure. */
import type { GoMap, GoValue } from '../../lib/helm/values/mod.ts';
import type { Fields } from './fields.ts';

/** @param spec with `patches`, and the older `patchesStrategicMerge` and `patchesJson6902` */
export const patchesOf = (spec: Fields): Readonly<Record<string, GoValue[]>> => ({
  patches: spec.each('patches').map((each) => patchOf(each.text('patch') ?? '', each.at('target'))),
  patchesStrategicMerge: spec.list('patchesStrategicMerge').map((each) => JSON.stringify(each)),
  patchesJson6902: spec
    .each('patchesJson6902')
    .map((each) => patchOf(JSON.stringify(each.list('patch')), each.at('target'))),
});

function patchOf(patch: string, target: Fields): GoMap {
  const result: GoMap = new Map([['patch', patch]]);
  const keys = ['group', 'version', 'kind', 'name', 'namespace', 'labelSelector'] as const;
  const wanted = [...keys, 'annotationSelector'].flatMap((key) => {
    const text = target.text(key);
    return text === undefined ? [] : [[key, text] as const];
  });
  if (wanted.length > 0) result.set('target', new Map(wanted));
  return result;
}
