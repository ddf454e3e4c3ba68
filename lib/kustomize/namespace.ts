/** The namespace of all objects of a kustomization. */
import { Fault } from '../runtime/mod.ts';
import { toJson } from './decode.ts';
import { failure, prefixed, within } from './errors.ts';
import { applySpecs } from './field-spec.ts';
import type { FieldSpec } from './field-spec.ts';
import { demandKind, itemsOf, lookup, lookupCreate, setScalar } from './fields.ts';
import { isMissingOrNull, isString, scalar, Tag, textOf } from './node.ts';
import type { YNode } from './node.ts';
import { keyOfId } from './resource-id.ts';
import type { Resource } from './resource.ts';
import type { ResourceList } from './resource-list.ts';

export interface NamespaceOptions {
  namespace: string;
  specs: readonly FieldSpec[];
  /** Namespaces that are there stay. */
  unsetOnly: boolean;
  /** Which accounts of role bindings get the namespace. */
  subjects: 'defaultOnly' | 'allServiceAccounts' | 'none';
}

export function isSubjectMode(mode: string): mode is NamespaceOptions['subjects'] {
  return mode === 'defaultOnly' || mode === 'allServiceAccounts' || mode === 'none';
}

/** @throws KustomizeError when two objects become one */
export function applyNamespace(resources: ResourceList, options: NamespaceOptions): void {
  if (options.namespace === '') return;
  const counts = new Map<string, number>();
  const count = (key: string, by: number): number => {
    const sum = (counts.get(key) ?? 0) + by;
    counts.set(key, sum);
    return sum;
  };
  const all = resources.resources;
  for (const { id } of all) count(keyOfId(id), 1);
  for (const resource of all) {
    if (resource.isGone) continue;
    count(keyOfId(resource.id), -1);
    resource.rememberId();
    setNamespace(resource, options);
    if (count(keyOfId(resource.id), 1) === 1) continue;
    const same = resources.withCurrentId(resource.id).map((each) => toJson(each.root));
    throw failure(`namespace transformation produces ID conflict: [${same.join(' ')}]`);
  }
}

export function setNamespace(resource: Resource, options: NamespaceOptions): void {
  const { root, apiVersion, kind } = resource;
  const isBinding = kind === 'RoleBinding' || kind === 'ClusterRoleBinding';
  const set = (node: YNode): void => {
    if (options.unsetOnly && hasText(node)) return;
    setScalar(node, scalar(options.namespace, Tag.string));
  };
  const specs = options.specs.filter(
    (spec) =>
      spec.path !== 'metadata/namespace' &&
      (apiVersion === 'v1' || spec.path !== 'metadata/name') &&
      !(
        isBinding &&
        (spec.kind === 'RoleBinding' || spec.kind === 'ClusterRoleBinding') &&
        spec.path === 'subjects/namespace'
      ),
  );
  if (!resource.id.clusterScoped) {
    const spec = { group: '', version: '', kind: '', path: 'metadata/namespace', create: true };
    applySpecs(root, [spec], { set, createKind: 'scalar' });
  }
  if (isBinding) setSubjects(root, options, set);
  try {
    applySpecs(root, specs, { set, createKind: 'scalar', createTag: Tag.string });
  } catch (thrown) {
    const isWrongKind = thrown instanceof Fault && thrown.message.includes('wrong node kind:');
    throw prefixed(
      isWrongKind
        ? 'namespace field specs must target scalar nodes'
        : 'namespace transformation failed',
      thrown,
    );
  }
}

function hasText(node: YNode): boolean {
  return isString(node) && textOf(node) !== '';
}

function setSubjects(root: YNode, options: NamespaceOptions, set: (node: YNode) => void): void {
  if (options.subjects === 'none') return;
  const subjects = lookup(root, ['subjects']);
  if (isMissingOrNull(subjects)) return;
  const [field, wanted] =
    options.subjects === 'defaultOnly' ? ['name', 'default'] : ['kind', 'ServiceAccount'];
  within('setting namespace on (cluster)role binding subjects', () => {
    for (const subject of itemsOf(subjects as YNode)) {
      const node = within(`looking up ${field} on (cluster)role binding subject`, () => {
        const found = lookup(subject, [field]);
        demandKind(found, 'scalar');
        return found;
      });
      if (isMissingOrNull(node) || textOf(node) !== wanted) continue;
      const namespace = lookupCreate(subject, 'scalar', ['namespace']);
      if (namespace !== undefined) set(namespace);
    }
  });
}
