/** Where an object came from, and what changed it: the annotations that `buildMetadata` asks for. */
import { decodeStruct, list, optional, struct, text } from './go-json.ts';
import type { Decoded } from './go-json.ts';
import { yamlValue } from './kustomization.ts';
import { cleanPath } from './loader.ts';
import { scalar, Tag, YNode } from './node.ts';
import { printed } from './print.ts';
import { readRepositorySpec } from './repository-spec.ts';
import { originKey, transformationsKey } from './resource.ts';
import type { Resource } from './resource.ts';
import { styleOfString } from './scalar.ts';

const origin = struct('resource.Origin', {
  path: text,
  repo: text,
  ref: text,
  configuredIn: text,
  configuredBy: optional(
    struct('yaml.ResourceIdentifier', {
      apiVersion: text,
      kind: text,
      name: text,
      namespace: text,
    }),
  ),
});

export type Origin = Decoded<typeof origin>;

export const noOrigin: Origin = {
  path: '',
  repo: '',
  ref: '',
  configuredIn: '',
  configuredBy: undefined,
};

/** `path.Join` of relative paths. */
export function joinPath(...parts: string[]): string {
  const joined = parts.filter((part) => part !== '').join('/');
  if (joined === '') return '';
  const up: string[] = [];
  const down: string[] = [];
  for (const part of joined.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') down.push(part);
    else if (down.length > 0) down.pop();
    else up.push('..');
  }
  return joined.startsWith('/') ? cleanPath(joined) : [...up, ...down].join('/') || '.';
}

export function originAt(from: Origin, path: string): Origin {
  const spec = readRepositorySpec(path);
  if (spec === undefined) return { ...from, path: joinPath(from.path, path) };
  // The top of a repository has the name that the original's folder has before it is cloned.
  const within = spec.path === '' ? 'notCloned' : joinPath(spec.path);
  return { ...from, repo: spec.cloneUrl, ref: spec.ref, path: within };
}

/** A generator or transformer that a kustomization file configures. */
export function configuredBy(
  from: Origin,
  file: string,
  type: { apiVersion: string; kind: string; name: string; namespace: string },
): Origin {
  const { repo, ref } = from;
  return { ...noOrigin, repo, ref, configuredIn: joinPath(from.path, file), configuredBy: type };
}

function nodeOfOrigin(value: Origin): YNode {
  const node = new YNode('map', Tag.map);
  const put = (parent: YNode, key: string, item: string): void => {
    if (item === '') return;
    parent.content.push(scalar(key, Tag.string), scalar(item, Tag.string, styleOfString(item)));
  };
  put(node, 'path', value.path);
  put(node, 'repo', value.repo);
  put(node, 'ref', value.ref);
  put(node, 'configuredIn', value.configuredIn);
  const by = value.configuredBy;
  if (by !== undefined && [by.apiVersion, by.kind, by.name, by.namespace].some((x) => x !== '')) {
    const inner = new YNode('map', Tag.map);
    for (const key of ['apiVersion', 'kind', 'name', 'namespace'] as const)
      put(inner, key, by[key]);
    node.content.push(scalar('configuredBy', Tag.string), inner);
  }
  return node;
}

export function printOrigin(value: Origin): string {
  return printed(nodeOfOrigin(value));
}

export function readOrigin(resource: Resource): Origin | undefined {
  const written = resource.annotation(originKey);
  return written === undefined ? undefined : decodeStruct(yamlValue(written), origin, false);
}

export function writeOrigin(resource: Resource, value: Origin | undefined): void {
  const annotations = resource.annotations();
  if (value === undefined) annotations.delete(originKey);
  else annotations.set(originKey, printOrigin(value));
  resource.setAnnotations(annotations);
}

/** Notes a transformer; on an object without origin it is the origin. */
export function addTransformation(resource: Resource, by: Origin): void {
  if (readOrigin(resource) === undefined) {
    writeOrigin(resource, by);
    return;
  }
  const annotations = resource.annotations();
  const written = annotations.get(transformationsKey);
  const before =
    written === undefined ? [] : (decodeStruct(yamlValue(written), list(origin), false) ?? []);
  const all = new YNode('seq', Tag.seq);
  all.content = [...before, by].map(nodeOfOrigin);
  annotations.set(transformationsKey, printed(all));
  resource.setAnnotations(annotations);
}

export function clearTransformations(resource: Resource): void {
  const annotations = resource.annotations();
  annotations.delete(transformationsKey);
  resource.setAnnotations(annotations);
}

/** The origin of what a configuration file (a plugin) makes. */
export function originOfPlugin(resource: Resource): Origin | undefined {
  const from = readOrigin(resource);
  if (from === undefined) return undefined;
  const { apiVersion, kind, name, namespace } = resource;
  return {
    ...noOrigin,
    repo: from.repo,
    ref: from.ref,
    configuredIn: from.path,
    configuredBy: { apiVersion, kind, name, namespace },
  };
}
