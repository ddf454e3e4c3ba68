/** What the objects of a release become before Helm sees them: kustomized, then with common metadata and where they come from (helm-controller internal/postrender). */
import { createHash } from 'node:crypto';
import type { ObjectPostRenderer } from '../../lib/helm/chart/mod.ts';
import type { GoMap, GoValue } from '../../lib/helm/values/mod.ts';
import { toYaml } from '../../lib/helm/yaml/mod.ts';
import { build, filesOfMap } from '../../lib/kustomize/mod.ts';
import { patchesOf } from '../runtime/mod.ts';
import type { Fields } from '../runtime/mod.ts';
import { releaseGroup } from './request.ts';
import type { HelmReleaseSpec } from './spec.ts';

type Renderable = Pick<
  HelmReleaseSpec,
  'namespace' | 'name' | 'commonMetadata' | 'postRenderers' | 'postRenderStrategy'
>;

/** Its `run` throws KustomizeError. */
export function postRendererOf(spec: Renderable): ObjectPostRenderer {
  const { labels = {}, annotations = {} } = spec.commonMetadata ?? {};
  const allLabels = { ...labels, ...originLabels(spec) };
  return {
    strategy: spec.postRenderStrategy,
    run: (objects) =>
      spec.postRenderers
        .reduce(kustomized, objects)
        .map((object) => labelled(object, allLabels, annotations)),
  };
}

export function originLabels({
  namespace,
  name,
}: Pick<HelmReleaseSpec, 'namespace' | 'name'>): Record<string, string> {
  return { [`${releaseGroup}/name`]: name, [`${releaseGroup}/namespace`]: namespace };
}

const sha256 = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex');

/** Objects as the resources of a kustomization with patches and images; no other file can be named. */
function kustomized(objects: GoMap[], kustomize: Fields): GoMap[] {
  const input = 'helm-output.yaml';
  const images = kustomize.each('images').map(
    (image): GoMap =>
      new Map(
        ['name', 'newName', 'newTag', 'digest'].flatMap((key) => {
          const text = image.text(key);
          return text === undefined ? [] : [[key, text] as const];
        }),
      ),
  );
  const file: GoMap = new Map<string, GoValue>([
    ['apiVersion', 'kustomize.config.k8s.io/v1beta1'],
    ['kind', 'Kustomization'],
    ['resources', [input]],
    ['images', images],
    ...Object.entries(patchesOf(kustomize)),
  ]);
  const files = new Map([
    ['/kustomization.yaml', toYaml(file)],
    [`/${input}`, objects.map((object) => toYaml(object)).join('---\n')],
  ]);
  return build({
    files: filesOfMap(files),
    path: '/',
    sha256,
    loadRestriction: 'none',
    order: 'none',
  });
}

function labelled(
  object: GoMap,
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): GoMap {
  const items = object.get('items');
  const kind = object.get('kind');
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    const each = items.map((item) =>
      item instanceof Map ? labelled(item, labels, annotations) : item,
    );
    return new Map([...object, ['items', each]]);
  }
  const given = object.get('metadata');
  const metadata: GoMap = new Map(given instanceof Map ? given : []);
  for (const [key, added] of [
    ['labels', labels],
    ['annotations', annotations],
  ] as const) {
    if (Object.keys(added).length === 0) continue;
    const before = metadata.get(key);
    metadata.set(
      key,
      new Map([...(before instanceof Map ? before : []), ...Object.entries(added)]),
    );
  }
  return new Map([...object, ['metadata', metadata]]);
}
