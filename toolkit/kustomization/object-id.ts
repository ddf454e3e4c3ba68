/** What an object is called: in inventories, in messages, in the order of applying (fluxcd/pkg ssa). Pure. */
import { compareText } from '../../lib/helm/values/mod.ts';
import type { ObjectId } from '../health/mod.ts';

export { idOf, refOf, shownId } from '../health/mod.ts';
export type { ObjectId } from '../health/mod.ts';

/** In `status.inventory`: `<namespace>_<name>_<group>_<kind>`, and the version. */
export interface InventoryEntry {
  id: string;
  v: string;
}

const rbacKinds = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'];

/** Names of roles may hold colons, which are written as two underscores. */
export function inventoryId({ namespace, name, group, kind }: ObjectId): string {
  const isRbac = group === 'rbac.authorization.k8s.io' && rbacKinds.includes(kind);
  return [namespace, isRbac ? name.replaceAll(':', '__') : name, group, kind].join('_');
}

/** @returns `undefined` for what is no entry of an inventory */
export function parseInventoryId(id: string): ObjectId | undefined {
  const match = /^([^_]*)_(.*)_([^_]*)_([^_]+)$/s.exec(id);
  if (match === null) return undefined;
  const [, namespace = '', name = '', group = '', kind = ''] = match;
  return { namespace, name: name.replaceAll('__', ':'), group, kind };
}

const firstKinds = [
  'CustomResourceDefinition',
  'Namespace',
  'ClusterRole',
  'ClusterClass',
  'RuntimeClass',
  'PriorityClass',
  'StorageClass',
  'VolumeSnapshotClass',
  'IngressClass',
  'GatewayClass',
  'ClusterRoleBinding',
  'ResourceQuota',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
  'LimitRange',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
const lastKinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

/** Negative for kinds that go first, positive for those that go last. */
export function rankOf(kind: string): number {
  const first = firstKinds.indexOf(kind);
  if (first >= 0) return first - firstKinds.length;
  return lastKinds.indexOf(kind) + 1;
}

/** In the order of applying; deleting goes the other way. */
export function compareIds(a: ObjectId, b: ObjectId): number {
  if (a.group !== b.group || a.kind !== b.kind) {
    const ranks = rankOf(a.kind) - rankOf(b.kind);
    if (ranks !== 0) return ranks;
    return compareText(a.group, b.group) || compareText(a.kind, b.kind);
  }
  return compareText(a.namespace, b.namespace) || compareText(a.name, b.name);
}

export type Stage = 'definitions' | 'classes' | 'chosen' | 'rest';

/**
 * What has to be there before the rest.
 *
 * @param chosen kinds of a stage of their own, each as `Kind` or `group/Kind`
 */
export function stageOf({ kind, group }: ObjectId, chosen: ReadonlySet<string>): Stage {
  if (
    (kind === 'CustomResourceDefinition' && group === 'apiextensions.k8s.io') ||
    (kind === 'Namespace' && group === '') ||
    (kind === 'ClusterRole' && group === 'rbac.authorization.k8s.io')
  )
    return 'definitions';
  if (kind.endsWith('Class')) return 'classes';
  return chosen.has(group === '' ? kind : `${group}/${kind}`) ? 'chosen' : 'rest';
}
