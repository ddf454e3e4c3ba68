/** Manifests as objects that the cluster knows (helm 3.19 pkg/kube, Client.Build). */
import type { KubeClient, ObjectRef } from '../../kube/mod.ts';
import type { KubeObject } from '../../objects/mod.ts';
import { messageOf } from '../../runtime/mod.ts';
import { HelmError, splitManifests } from '../chart/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { GoInt } from '../values/mod.ts';
import { parseYaml } from '../yaml/mod.ts';

/** One object of a release, its namespace filled in. */
export interface ReleaseObject {
  object: KubeObject;
  ref: ObjectRef;
  /** A kind of an API group that Kubernetes itself defines merges strategically. */
  kind: string;
  /** Namespace and name, as Helm's messages print them. */
  name: string;
  namespace: string;
}

/**
 * Parses a manifest stream: lists are flattened, namespaced objects get the release's namespace unless they name one.
 *
 * @param served the API version to take for an object whose own is not served; `gone` leaves it out
 * @throws HelmError `InvalidManifest` when a document is no object or its kind is not served
 */
export async function buildObjects(
  kube: KubeClient,
  manifest: string,
  namespace: string,
  served?: (object: KubeObject) => Promise<string | undefined>,
): Promise<ReleaseObject[]> {
  const objects = splitManifests(manifest).flatMap((document) => parseDocument(document));
  const kinds = new Map<string, Promise<boolean | undefined>>();
  const isNamespaced = (object: KubeObject) => {
    const key = `${object.apiVersion} ${object.kind}`;
    const known = kinds.get(key) ?? kube.resourceType(object).then((type) => type?.namespaced);
    kinds.set(key, known);
    return known;
  };
  const problems: string[] = [];
  const built: ReleaseObject[] = [];
  for (const parsed of objects) {
    let object = parsed;
    let namespaced = await isNamespaced(object);
    if (namespaced === undefined && served !== undefined) {
      const apiVersion = await served(object);
      if (apiVersion === 'gone') continue;
      if (apiVersion !== undefined) object = { ...object, apiVersion };
      namespaced = await isNamespaced(object);
    }
    const name = object.metadata.name ?? '';
    if (namespaced === undefined) {
      problems.push(
        `resource mapping not found for name: "${name}" namespace: "${object.metadata.namespace ?? ''}" from "": no matches for kind "${object.kind}" in version "${object.apiVersion}"\nensure CRDs are installed first`,
      );
      continue;
    }
    const own = namespaced ? (object.metadata.namespace ?? '') || namespace : '';
    const metadata = { ...object.metadata };
    delete metadata.namespace;
    const placed: KubeObject = {
      ...object,
      metadata: own === '' ? metadata : { ...metadata, namespace: own },
    };
    built.push({
      object: placed,
      ref: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name,
        ...(own === '' ? {} : { namespace: own }),
      },
      kind: object.kind,
      name,
      namespace: own,
    });
  }
  if (problems.length > 0)
    throw new HelmError('InvalidManifest', problems[0] ?? '', aggregate(problems));
  return built;
}

/** @throws HelmError `InvalidManifest` for an object without a name, which the server would take for a list of all */
export async function liveObject(
  kube: KubeClient,
  { ref }: ReleaseObject,
  options: { signal?: AbortSignal },
): Promise<KubeObject | undefined> {
  if (ref.name === '') throw invalid('resource name may not be empty');
  return kube.get(ref, options);
}

/** Objects of the same kind, name and namespace, whatever the API version. */
export function sameObject(a: ReleaseObject, b: ReleaseObject): boolean {
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    a.namespace === b.namespace &&
    groupOf(a.object.apiVersion) === groupOf(b.object.apiVersion)
  );
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** Go's errors of several objects: one as it is, more in brackets. */
function aggregate(problems: readonly string[]): string {
  return problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`;
}

function parseDocument(document: string): KubeObject[] {
  let value: GoValue;
  try {
    value = parseYaml(document);
  } catch (cause) {
    throw new HelmError('InvalidManifest', 'manifest', `error parsing : ${messageOf(cause)}`, {
      cause,
    });
  }
  if (value === null || (value instanceof Map && value.size === 0)) return [];
  if (!(value instanceof Map)) {
    throw new HelmError(
      'InvalidManifest',
      'manifest',
      'error validating "": error validating data: invalid object to validate',
    );
  }
  return flatten(value);
}

function flatten(map: GoMap): KubeObject[] {
  const kind = map.get('kind');
  const items = map.get('items');
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item) => (item instanceof Map ? flatten(item) : []));
  }
  return [toObject(map)];
}

/** What kubectl's validation and its decoder refuse before the server is asked. */
function toObject(map: GoMap): KubeObject {
  const unset = ['apiVersion', 'kind'].filter((key) => {
    const value = map.get(key);
    return typeof value !== 'string' || value === '';
  });
  if (unset.length > 0) {
    throw invalid(
      `error validating "": error validating data: ${aggregate(unset.map((key) => `${key} not set`))}`,
    );
  }
  const problem = metadataProblem(map.get('metadata'));
  if (problem !== undefined) throw invalid(`unable to decode "": json: ${problem}`);
  const json = toJson(map);
  if (!isObject(json)) throw invalid(`Object 'Kind' is missing in '${JSON.stringify(json)}'`);
  return json;
}

/** Names are text, and so is everything in labels and annotations. */
function metadataProblem(metadata: GoValue | undefined): string | undefined {
  if (!(metadata instanceof Map)) return undefined;
  const into = (value: GoValue, field: string) =>
    `cannot unmarshal ${jsonKind(value)} into Go struct field ObjectMeta.metadata.${field} of type string`;
  for (const field of ['annotations', 'labels', 'name', 'namespace']) {
    const value = metadata.get(field);
    const texts = value instanceof Map ? [...value.values()] : [value];
    const wrong = texts.find(
      (text) => text !== undefined && text !== null && typeof text !== 'string',
    );
    if (wrong !== undefined) return into(wrong, field);
  }
  return undefined;
}

function jsonKind(value: GoValue): string {
  if (value instanceof Map) return 'object';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : 'number';
}

const invalid = (message: string) => new HelmError('InvalidManifest', 'manifest', message);

function isObject(json: unknown): json is KubeObject {
  if (typeof json !== 'object' || json === null) return false;
  if (!('kind' in json && typeof json.kind === 'string' && json.kind !== '')) return false;
  if (!('apiVersion' in json && typeof json.apiVersion === 'string')) return false;
  return 'metadata' in json && typeof json.metadata === 'object' && json.metadata !== null;
}

/** A value as JSON.stringify takes it. */
export function toJson(value: GoValue): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [key, toJson(item)]));
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof GoInt) return Number(value.value);
  return value;
}
