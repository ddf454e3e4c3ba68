/** Which images a workload declares, and where in its manifest each part of the reference stands (spec flux-v1 §5.1–5.3). */
import type { KubeObject } from '../objects/mod.ts';
import { formatImageRef, parseImageRef } from '../policy/mod.ts';
import type { ImageRef } from '../policy/mod.ts';
import { isRecord } from '../runtime/mod.ts';

export type ObjectPath = readonly (string | number)[];

/** One scalar to write. */
export interface ScalarEdit {
  path: ObjectPath;
  value: string;
}

export interface Container {
  name: string;
  /** `undefined` when the manifest's text is no image reference. */
  image: ImageRef | undefined;
  /** The scalars to write so that the container uses another image. */
  edits(image: ImageRef): ScalarEdit[];
}

/** Where a pod template lies, by lower-case kind. */
const podSpecPath: Readonly<Record<string, ObjectPath>> = {
  deployment: ['spec', 'template', 'spec'],
  daemonset: ['spec', 'template', 'spec'],
  statefulset: ['spec', 'template', 'spec'],
  cronjob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** Kinds whose images are scanned and updated. */
export function isWorkload(object: Pick<KubeObject, 'apiVersion' | 'kind'>): boolean {
  const kind = object.kind.toLowerCase();
  if (kind === 'helmrelease')
    return /^(helm\.fluxcd\.io|flux\.weave\.works|helm\.integrations\.flux\.weave\.works)\//.test(
      object.apiVersion,
    );
  return kind in podSpecPath;
}

/** Containers, then init containers; for a HelmRelease `chart-image` first, the others by name. */
export function containersOf(object: KubeObject): Container[] {
  if (!isWorkload(object)) return [];
  const path = podSpecPath[object.kind.toLowerCase()];
  return path === undefined ? helmReleaseContainers(object) : podContainers(object, path);
}

function podContainers(object: KubeObject, path: ObjectPath): Container[] {
  return ['containers', 'initContainers'].flatMap((list) => {
    const containers = valueAt(object, [...path, list]);
    if (!Array.isArray(containers)) return [];
    return containers.flatMap((container: unknown, index): Container[] => {
      if (!isRecord(container) || typeof container.name !== 'string') return [];
      return [
        {
          name: container.name,
          image:
            typeof container.image === 'string' ? imageOrUndefined(container.image) : undefined,
          edits: (image) => [
            { path: [...path, list, index, 'image'], value: formatImageRef(image) },
          ],
        },
      ];
    });
  });
}

function helmReleaseContainers(object: KubeObject): Container[] {
  const values = valueAt(object, ['spec', 'values']);
  if (!isRecord(values)) return [];
  const found = new Map<string, Container>();
  const base = ['spec', 'values'];
  const top = imageHolder('chart-image', values, base);
  if (top !== undefined) found.set('chart-image', top);
  for (const [key, value] of Object.entries(values)) {
    const container = isRecord(value) ? imageHolder(key, value, [...base, key]) : undefined;
    if (container !== undefined) found.set(key, container);
  }
  for (const mapped of mappedContainers(object, base)) found.set(mapped.name, mapped);
  return [...found.values()].sort(
    (a, b) => rank(a).localeCompare(rank(b)) || (a.name < b.name ? -1 : 1),
  );
}

const rank = (container: Container) => (container.name === 'chart-image' ? '0' : '1');

/** A map with an image in one of the eight shapes of spec flux-v1 §5.2. */
function imageHolder(
  name: string,
  map: Record<string, unknown>,
  path: ObjectPath,
): Container | undefined {
  if (typeof map.image === 'string') {
    return partsContainer(
      name,
      {
        repository: [...path, 'image'],
        ...(typeof map.registry === 'string' ? { registry: [...path, 'registry'] } : {}),
        ...(typeof map.tag === 'string' ? { tag: [...path, 'tag'] } : {}),
      },
      { repository: map.image, registry: map.registry, tag: map.tag },
    );
  }
  const image = map.image;
  if (!isRecord(image) || typeof image.repository !== 'string') return undefined;
  const inner = [...path, 'image'];
  return partsContainer(
    name,
    {
      repository: [...inner, 'repository'],
      ...(typeof image.registry === 'string' ? { registry: [...inner, 'registry'] } : {}),
      ...(typeof image.tag === 'string' ? { tag: [...inner, 'tag'] } : {}),
    },
    { repository: image.repository, registry: image.registry, tag: image.tag },
  );
}

/** `repository.fluxcd.io/<alias>`, `registry.fluxcd.io/<alias>`, `tag.fluxcd.io/<alias>`: dot paths below `spec.values`. */
function mappedContainers(object: KubeObject, base: ObjectPath): Container[] {
  const annotations = object.metadata.annotations ?? {};
  const prefix = 'repository.fluxcd.io/';
  return Object.keys(annotations)
    .filter((key) => key.startsWith(prefix))
    .flatMap((key) => {
      const alias = key.slice(prefix.length);
      const pathOf = (part: string) => {
        const text = annotations[`${part}.fluxcd.io/${alias}`];
        return text === undefined ? undefined : [...base, ...text.split('.')];
      };
      const paths = {
        repository: pathOf('repository'),
        registry: pathOf('registry'),
        tag: pathOf('tag'),
      };
      const texts = Object.fromEntries(
        Object.entries(paths).map(([part, path]) => [part, path && valueAt(object, path)]),
      );
      const resolved = Object.entries(paths).every(
        ([part, path]) => path === undefined || typeof texts[part] === 'string',
      );
      if (paths.repository === undefined || !resolved) return [];
      const container = partsContainer(
        alias,
        {
          repository: paths.repository,
          ...(paths.registry === undefined ? {} : { registry: paths.registry }),
          ...(paths.tag === undefined ? {} : { tag: paths.tag }),
        },
        texts,
      );
      return container === undefined ? [] : [container];
    });
}

interface PartPaths {
  repository: ObjectPath;
  registry?: ObjectPath;
  tag?: ObjectPath;
}

/** A reference that is spread over up to three scalars. */
function partsContainer(
  name: string,
  paths: PartPaths,
  texts: { repository?: unknown; registry?: unknown; tag?: unknown },
): Container | undefined {
  const registry = paths.registry === undefined ? '' : `${String(texts.registry)}/`;
  const tag = paths.tag === undefined ? '' : `:${String(texts.tag)}`;
  const image = imageOrUndefined(`${registry}${String(texts.repository)}${tag}`);
  if (image === undefined) return undefined;
  return {
    name,
    image,
    edits: (next) => {
      const untagged = { ...next, tag: '', digest: '' };
      const kept = paths.tag === undefined ? next : untagged;
      const path =
        paths.registry === undefined
          ? formatImageRef(kept)
          : formatImageRef({ ...kept, domain: '' });
      return [
        ...(paths.registry === undefined ? [] : [{ path: paths.registry, value: next.domain }]),
        { path: paths.repository, value: path },
        ...(paths.tag === undefined ? [] : [{ path: paths.tag, value: next.tag }]),
      ];
    },
  };
}

function imageOrUndefined(text: string): ImageRef | undefined {
  try {
    return parseImageRef(text);
  } catch {
    // A text that is no reference is "no image", as in the original; fluxctl shows it empty.
    return undefined;
  }
}

export function valueAt(value: unknown, path: ObjectPath): unknown {
  let at = value;
  for (const key of path) {
    if (Array.isArray(at) && typeof key === 'number') at = at[key] as unknown;
    else if (isRecord(at) && typeof key === 'string' && Object.hasOwn(at, key)) at = at[key];
    else return undefined;
  }
  return at;
}
