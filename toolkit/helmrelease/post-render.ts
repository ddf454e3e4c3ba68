/** What is put on every object of a release: common metadata, then where it comes from (helm-controller internal/postrender). Pure. */
import { splitManifests } from '../../lib/helm/chart/mod.ts';
import type { GoMap } from '../../lib/helm/values/mod.ts';
import { parseYaml, toYaml } from '../../lib/helm/yaml/mod.ts';
import { releaseGroup } from './request.ts';
import type { HelmReleaseSpec } from './spec.ts';

export function originLabels({
  namespace,
  name,
}: Pick<HelmReleaseSpec, 'namespace' | 'name'>): Record<string, string> {
  return { [`${releaseGroup}/name`]: name, [`${releaseGroup}/namespace`]: namespace };
}

/** @returns the manifest with the labels and annotations on each of its objects */
export function postRender(spec: HelmReleaseSpec, manifest: string): string {
  const { labels = {}, annotations = {} } = spec.commonMetadata ?? {};
  const allLabels = { ...labels, ...originLabels(spec) };
  return splitManifests(manifest)
    .flatMap((document) => {
      const object = parseYaml(document);
      if (!(object instanceof Map) || object.size === 0) return [];
      return [toYaml(labelled(object, allLabels, annotations))];
    })
    .join('---\n');
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
