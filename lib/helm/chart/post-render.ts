/** Post-renderers that see objects, and which of them hooks reach (helm 4.2 pkg/action/action.go, renderResources). Pure. */
import { messageOf } from '../../runtime/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { compareText, parseYaml, toYaml } from '../yaml/mod.ts';
import { HelmError } from './errors.ts';
import { installOrder } from './kind-order.ts';
import { sortManifests, splitManifests } from './manifest.ts';
import type { Warn } from './tables.ts';

/**
 * What of a release a post-renderer gets: hooks and the rest at once, one after the other, or only the rest, as in Helm 3.
 */
export type PostRenderStrategy = 'combined' | 'separate' | 'nohooks';

export interface ObjectPostRenderer {
  strategy: PostRenderStrategy;
  /** The objects as they shall be; annotations that it does not know stay with their objects. */
  run: (objects: GoMap[]) => GoMap[];
}

/** Says during the run from which file an object is. */
const fileKey = 'postrenderer.helm.sh/postrender-filename';

type Files = ReadonlyMap<string, string>;

/**
 * Rendered files by their path, as a post-renderer leaves them. What it adds is in files `generated-by-postrender-…`.
 *
 * @throws HelmError `InvalidManifest`, `RenderFailed` (`error while running post render on files: …`)
 */
export function postRenderFiles(
  files: Files,
  { strategy, run }: ObjectPostRenderer,
  warn: Warn,
): Map<string, string> {
  if (strategy === 'combined') return runOn(files, run, 'manifests', 'files', '');
  const { hooks, manifests } = sortManifests(files, installOrder, warn);
  const hookFiles = byPath(hooks.map(({ path, manifest }) => [path, manifest]));
  const others = byPath(manifests.map(({ path, content }) => [path, content]));
  const ran = (group: Files, name: 'hooks' | 'manifests') =>
    group.size === 0 ? group : runOn(group, run, name, name, `-${name}`);
  return byPath([
    ...(strategy === 'separate' ? ran(hookFiles, 'hooks') : hookFiles),
    ...ran(others, 'manifests'),
  ]);
}

function runOn(
  files: Files,
  run: ObjectPostRenderer['run'],
  merged: string,
  on: string,
  suffix: string,
): Map<string, string> {
  const objects = [...files.keys()]
    .sort(compareText)
    .flatMap((path) => objectsOf(path, files.get(path) ?? '', merged));
  let changed: GoMap[];
  try {
    changed = run(objects);
  } catch (cause) {
    const message = `error while running post render on ${on}: ${messageOf(cause)}`;
    throw new HelmError('RenderFailed', 'post-renderer', message, { cause });
  }
  return byPath(
    changed.map((object, at) => {
      const path = fileOf(object);
      return [
        path === '' ? `generated-by-postrender${suffix}-${at}.yaml` : path,
        toYaml(withFile(object, undefined)),
      ];
    }),
  );
}

function objectsOf(path: string, text: string, merged: string): GoMap[] {
  if (path.slice(path.lastIndexOf('/') + 1).startsWith('_')) return [];
  return splitManifests(text).flatMap((document) => {
    let object: GoValue;
    try {
      object = parseYaml(document, { integers: true });
    } catch (cause) {
      const message = `error merging ${merged}: parsing ${path}: ${messageOf(cause)}`;
      throw new HelmError('InvalidManifest', path, message, { cause });
    }
    if (object === null) return [];
    if (!(object instanceof Map)) {
      const message = `error merging ${merged}: annotating ${path}: it is no map`;
      throw new HelmError('InvalidManifest', path, message);
    }
    return [withFile(object, path)];
  });
}

function byPath(entries: readonly (readonly [string, string])[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const [path, text] of entries) {
    const before = files.get(path);
    files.set(path, before === undefined ? text : `${before}\n---\n${text}`);
  }
  return files;
}

const mapAt = (object: GoMap, key: string): GoMap => {
  const value = object.get(key);
  return value instanceof Map ? value : new Map();
};

function fileOf(object: GoMap): string {
  const path = mapAt(mapAt(object, 'metadata'), 'annotations').get(fileKey);
  return typeof path === 'string' ? path : '';
}

/** A copy that says where it is from, or no longer does. */
function withFile(object: GoMap, path: string | undefined): GoMap {
  const metadata: GoMap = new Map(mapAt(object, 'metadata'));
  const annotations: GoMap = new Map(mapAt(metadata, 'annotations'));
  if (path !== undefined) annotations.set(fileKey, path);
  else if (!annotations.delete(fileKey)) return object;
  if (annotations.size > 0) metadata.set('annotations', annotations);
  else metadata.delete('annotations');
  return new Map(object).set('metadata', metadata);
}
