/** Gives each manifest its namespace and its ID, by what the server serves (spec flux-v1 §3.3). */
import type { KubeClient } from '../../lib/kube/mod.ts';
import {
  clusterScope,
  formatApiVersion,
  formatResourceId,
  resourceId,
} from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { LoadedTree, LoadFailure } from './load.ts';
import { isRecord } from '../../lib/runtime/mod.ts';

export interface SyncObject {
  id: string;
  object: KubeObject;
  /** The manifest as it stands in the file, without a namespace given by us. */
  written: KubeObject;
  source: string;
}

/** An object that is neither applied nor pruned. */
export interface KeptObject {
  /** What is wrong, with file and line where known. */
  why: string;
  /** As it was in the last sound version of its file, when there is one. */
  object?: KubeObject;
}

export interface ScopedSet {
  objects: ReadonlyMap<string, SyncObject>;
  /** What is in the repository but must be left alone, by ID: failing files, duplicates, unknown kinds. */
  kept: ReadonlyMap<string, KeptObject>;
  /** Failing files that nobody can say what objects they stand for. */
  lost: readonly string[];
  failures: readonly LoadFailure[];
  /** `Kind/name` of objects whose kind the server does not know (yet). */
  unknown: readonly { kind: string; apiVersion: string; name: string }[];
}

export interface ScopeOptions {
  kube: KubeClient;
  defaultNamespace: string;
}

export async function scopeTree(tree: LoadedTree, options: ScopeOptions): Promise<ScopedSet> {
  const defined = definedKinds(tree.objects.map(({ object }) => object));
  const namespacedBy = async (object: KubeObject) => {
    const type = await options.kube.resourceType(object);
    return type?.namespaced ?? defined.get(`${object.apiVersion}/${object.kind}`);
  };
  const place = (object: KubeObject, namespaced: boolean) => {
    const namespace = object.metadata.namespace ?? options.defaultNamespace;
    const metadata = { ...object.metadata };
    if (namespaced) metadata.namespace = namespace;
    else delete metadata.namespace;
    const name = object.metadata.name ?? '';
    const id = formatResourceId(
      resourceId(namespaced ? namespace : clusterScope, object.kind, name),
    );
    return { id, object: { ...object, metadata } };
  };

  const objects = new Map<string, SyncObject>();
  const sources = new Map<string, Set<string>>();
  const twice = new Set<string>();
  const kept = new Map<string, KeptObject>();
  const unknown: ScopedSet['unknown'][number][] = [];
  for (const { object, source } of tree.objects) {
    const namespaced = await namespacedBy(object);
    if (namespaced === undefined) {
      const { kind, apiVersion } = object;
      unknown.push({ kind, apiVersion, name: object.metadata.name ?? '' });
      // The server may serve the kind in another version: the live object is still this one, so both IDs are kept.
      const why = `${source}: resource ${apiVersion}/${kind} not found`;
      for (const scope of [true, false]) kept.set(place(object, scope).id, { why, object });
      continue;
    }
    const placed = place(object, namespaced);
    const known = sources.get(placed.id);
    if (known === undefined) sources.set(placed.id, new Set([source]));
    else {
      known.add(source);
      twice.add(placed.id);
    }
    objects.set(placed.id, { ...placed, written: object, source });
  }
  const failures = [...tree.failures];
  for (const id of twice) {
    const files = [...(sources.get(id) ?? [])];
    const message = `duplicate definition of '${id}' (in ${files.join(' and ')})`;
    const object = objects.get(id)?.object;
    kept.set(id, { why: message, ...(object === undefined ? {} : { object }) });
    objects.delete(id);
    failures.push({ file: files[0] ?? '', message });
  }
  for (const { object, why } of tree.kept) {
    const namespaced = await namespacedBy(object);
    if (namespaced === undefined) continue;
    const placed = place(object, namespaced);
    kept.set(placed.id, { why, object: placed.object });
  }
  for (const id of objects.keys()) kept.delete(id);
  return { objects, kept, lost: tree.lost, failures, unknown };
}

/** Kinds that CustomResourceDefinitions of the set define: is an object of it namespaced? */
function definedKinds(objects: readonly KubeObject[]): Map<string, boolean> {
  const found = new Map<string, boolean>();
  for (const { kind, spec } of objects) {
    if (kind !== 'CustomResourceDefinition' || !isRecord(spec) || !isRecord(spec.names)) continue;
    const versions = Array.isArray(spec.versions)
      ? spec.versions.filter(isRecord).map((version) => version.name)
      : [spec.version];
    for (const version of versions) {
      if (typeof version !== 'string' || typeof spec.group !== 'string') continue;
      const apiVersion = formatApiVersion(spec.group, version);
      found.set(`${apiVersion}/${String(spec.names.kind)}`, spec.scope !== 'Cluster');
    }
  }
  return found;
}
