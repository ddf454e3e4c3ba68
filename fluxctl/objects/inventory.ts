/** Which objects a Kustomization or a release has brought about. */
import { createHelmEngine } from '../../lib/helm/action/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import { readDocuments } from '../../lib/manifest/mod.ts';
import { helmReleaseApiVersion, parseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { groups } from './kind.ts';
import { at, countAt, eachAt, textAt } from './read.ts';

/** An object without its version; '' for no namespace. */
export interface ObjectId {
  namespace: string;
  name: string;
  group: string;
  kind: string;
}

export const shownId = ({ kind, namespace, name }: ObjectId): string =>
  [kind, namespace, name].filter((part) => part !== '').join('/');

/** Entries of `status.inventory`: `<namespace>_<name>_<group>_<kind>`, colons of roles as two underscores. */
export function inventoryOf(kustomization: KubeObject): (ObjectId & { version: string })[] {
  return eachAt(kustomization, 'status', 'inventory', 'entries').flatMap((entry) => {
    const match = /^([^_]*)_(.*)_([^_]*)_([^_]+)$/s.exec(textAt(entry, 'id'));
    if (match === null) return [];
    const [, namespace = '', name = '', group = '', kind = ''] = match;
    const version = textAt(entry, 'v');
    return [{ namespace, name: name.replaceAll('__', ':'), group, kind, version }];
  });
}

export interface Reading {
  kube: KubeClient;
  clock: Clock;
}

/** What the latest revision of a HelmRelease's release consists of, of either generation. */
export async function releaseInventory(
  { kube, clock }: Reading,
  release: KubeObject,
): Promise<ObjectId[]> {
  const stored = storedRelease(release);
  if (stored === undefined) return [];
  const engine = createHelmEngine({ kube, clock, log: () => undefined });
  const { revision, ...target } = stored;
  const found =
    revision === undefined
      ? await engine.latest(target)
      : await engine.get({ ...target, revision });
  if (found === undefined) return [];
  const objects: ObjectId[] = [];
  for (const object of documentsOf(found.manifest)) {
    const type = await kube.resourceType(object);
    const own = object.metadata.namespace ?? '';
    const namespace = type?.namespaced === false ? '' : own || found.namespace;
    const { group } = parseApiVersion(object.apiVersion);
    objects.push({ namespace, name: object.metadata.name ?? '', group, kind: object.kind });
  }
  return [...objects, ...(await definitions(kube, release, objects))];
}

/** The objects of a manifest; items of a List count each. */
export function documentsOf(manifest: string): KubeObject[] {
  const flat = (value: unknown): KubeObject[] => {
    if (!isRecord(value)) return [];
    const { items, kind } = value;
    if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items))
      return items.flatMap(flat);
    return typeof kind === 'string' &&
      typeof value['apiVersion'] === 'string' &&
      isRecord(value['metadata'])
      ? [value as KubeObject]
      : [];
  };
  return readDocuments(manifest).flatMap(flat);
}

interface StoredRelease {
  releaseName: string;
  namespace: string;
  storageNamespace?: string;
  revision?: number;
}

/** @returns `undefined` when nothing is released yet, or in another cluster */
export function storedRelease(release: KubeObject): StoredRelease | undefined {
  const { name = '', namespace = '' } = release.metadata;
  if (release.apiVersion === helmReleaseApiVersion) {
    const target = textAt(release, 'spec', 'targetNamespace');
    const generated = [namespace, ...(target === '' || target === namespace ? [] : [target]), name];
    return {
      releaseName: textAt(release, 'spec', 'releaseName') || generated.join('-'),
      namespace: target || namespace,
    };
  }
  const [latest] = eachAt(release, 'status', 'history').sort(
    (a, b) => (countAt(b, 'version') ?? 0) - (countAt(a, 'version') ?? 0),
  );
  const storageNamespace = textAt(release, 'status', 'storageNamespace');
  const isRemote = at(release, 'spec', 'kubeConfig') !== undefined;
  if (latest === undefined || storageNamespace === '' || isRemote) return undefined;
  return {
    releaseName: textAt(latest, 'name'),
    namespace: textAt(latest, 'namespace'),
    storageNamespace,
    revision: countAt(latest, 'version') ?? 0,
  };
}

/** Definitions that the chart brought apart from its manifest; they say whose they are by labels. */
async function definitions(
  kube: KubeClient,
  release: KubeObject,
  known: readonly ObjectId[],
): Promise<ObjectId[]> {
  const policies = ['install', 'upgrade'].map((action) => textAt(release, 'spec', action, 'crds'));
  if (!policies.some((policy) => policy !== '' && policy !== 'Skip')) return [];
  const { name = '', namespace = '' } = release.metadata;
  const { items } = await kube.listMetadata(
    { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
    { labelSelector: `${groups.helm}/name=${name},${groups.helm}/namespace=${namespace}` },
  );
  const kind = 'CustomResourceDefinition';
  return items
    .map(({ metadata }) => metadata.name ?? '')
    .filter((each) => !known.some((one) => one.kind === kind && one.name === each))
    .map((each) => ({ namespace: '', name: each, group: 'apiextensions.k8s.io', kind }));
}
