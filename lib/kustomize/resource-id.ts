/** Group, version, kind and names of objects, as kustomize compares and prints them (kyaml `resid`). */
import { isClusterScoped } from './schema.ts';

/** Empty texts match anything where a type selects. */
export interface Gvk {
  group: string;
  version: string;
  kind: string;
}

export interface ResId extends Gvk {
  name: string;
  namespace: string;
  /** Certainly without a namespace. */
  clusterScoped: boolean;
}

const noNamespace = '_non_namespaceable_';

export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export function apiVersionOf({ group, version }: Gvk): string {
  return group === '' ? version : `${group}/${version}`;
}

export function resIdOf(
  gvk: Gvk,
  name: string,
  namespace: string,
  clusterScoped = isClusterScoped(apiVersionOf(gvk), gvk.kind),
): ResId {
  const { group, version, kind } = gvk;
  return { group, version, kind, name, namespace, clusterScoped };
}

/** Whether a selector's filled fields are those of a type. */
export function isSelected(gvk: Gvk, selector: Gvk): boolean {
  return (
    (selector.group === '' || gvk.group === selector.group) &&
    (selector.version === '' || gvk.version === selector.version) &&
    (selector.kind === '' || gvk.kind === selector.kind)
  );
}

export function sameGvk(a: Gvk, b: Gvk): boolean {
  return a.group === b.group && a.version === b.version && a.kind === b.kind;
}

/** The namespace that counts: none and `default` are the same. */
export function effectiveNamespace(id: ResId): string {
  if (id.clusterScoped) return noNamespace;
  return id.namespace === '' ? 'default' : id.namespace;
}

export function isNamespaceless(namespace: string): boolean {
  return namespace === noNamespace;
}

export function sameNamespace(a: ResId, b: ResId): boolean {
  return effectiveNamespace(a) === effectiveNamespace(b);
}

export function sameId(a: ResId, b: ResId): boolean {
  return a.name === b.name && sameGvk(a, b) && sameNamespace(a, b);
}

/** Whether a selector of names and types (no patterns) takes an object. */
export function isSelectedBy(id: ResId, selector: ResId): boolean {
  return (
    (selector.name === '' || selector.name === id.name) &&
    (selector.namespace === '' || sameNamespace(selector, id)) &&
    isSelected(id, selector)
  );
}

/** Objects with equal keys are one and the same for a list of resources. */
export function keyOfId(id: ResId): string {
  return [id.group, id.version, id.kind, effectiveNamespace(id), id.name].join('\u0000');
}

/** `Deployment.v1.apps`. */
export function printGvk(gvk: Gvk): string {
  return [gvk.kind || '[noKind]', gvk.version || '[noVer]', gvk.group || '[noGrp]'].join('.');
}

/** `Deployment.v1.apps/name.namespace`. */
export function printId(id: Gvk & { name: string; namespace: string }): string {
  return `${printGvk(id)}/${id.name || '[noName]'}.${id.namespace || '[noNs]'}`;
}

/** Go's `%#v` of an id, which some messages print. */
export function printIdSyntax(id: ResId): string {
  const text = JSON.stringify;
  const gvk = `resid.Gvk{Group:${text(id.group)}, Version:${text(id.version)}, Kind:${text(id.kind)}, isClusterScoped:${id.clusterScoped}}`;
  return `resid.ResId{Gvk:${gvk}, Name:${text(id.name)}, Namespace:${text(id.namespace)}}`;
}

const orderFirst = [
  'Namespace',
  'ResourceQuota',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'PodSecurityPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
const orderLast = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

/** Kinds that the original's `legacy` order puts first and last. */
export const legacyOrder: { first: readonly string[]; last: readonly string[] } = {
  first: orderFirst,
  last: orderLast,
};

/** Rank of a kind: below zero for the first ones, above for the last ones. */
export function rankOfKind(kind: string, order = legacyOrder): number {
  const last = order.last.lastIndexOf(kind);
  if (last >= 0) return last + 1;
  const first = order.first.lastIndexOf(kind);
  return first < 0 ? 0 : first - order.first.length;
}

/** What types are sorted by: `~G`, `~V` and `~K` stand for what is not said. */
export function sortTextOf(gvk: Gvk): string {
  return [gvk.group || '~G', gvk.version || '~V', gvk.kind || '~K'].join('_');
}
