/** Names of objects in fields of other objects, brought up to date when prefixes, suffixes and hashes have changed them. */
import type { NameReference } from './builtin-fields.ts';
import { toYaml } from '../helm/yaml/mod.ts';
import { decode } from './decode.ts';
import { failure, within } from './errors.ts';
import { applySpec } from './field-spec.ts';
import type { FieldSpec } from './field-spec.ts';
import { getField, lookup, setField, setScalar } from './fields.ts';
import { isMissingOrNull, scalar } from './node.ts';
import type { YNode } from './node.ts';
import {
  effectiveNamespace,
  isNamespaceless,
  isSelected,
  printId,
  sameNamespace,
} from './resource-id.ts';
import type { Gvk, ResId } from './resource-id.ts';
import type { Resource } from './resource.ts';
import type { ResourceList } from './resource-list.ts';

/** What does not change while references are repaired. */
interface Known {
  resource: Resource;
  id: ResId;
  originalId: ResId;
  previousIds: readonly ResId[];
  prefixes: readonly string[];
  suffixes: readonly string[];
}

/** @throws KustomizeError when a name may mean several objects whose names are different now */
export function updateNameReferences(
  resources: ResourceList,
  references: readonly NameReference[],
): void {
  const known = resources.resources.map((resource): Known => ({
    resource,
    id: resource.id,
    originalId: resource.originalId,
    previousIds: resource.previousIds,
    prefixes: resource.prefixes,
    suffixes: resource.suffixes,
  }));
  for (const referrer of known) {
    let candidates: readonly Known[] | undefined;
    for (const { fields, ...target } of references) {
      for (const spec of fields) {
        if (!isSelected(referrer.originalId, spec)) continue;
        candidates ??= candidatesOf(referrer, known);
        new ReferenceUpdate(referrer, spec, target, candidates).run();
      }
    }
  }
}

/** Objects that another one can refer to: of the same namespace, of none, and accounts that a RoleBinding names. */
function candidatesOf(referrer: Known, known: readonly Known[]): readonly Known[] {
  if (referrer.id.clusterScoped) return known;
  const accountNamespaces = namespacesOfAccounts(referrer.resource);
  return known.filter(
    ({ id, resource }) =>
      id.clusterScoped ||
      sameNamespace(id, referrer.id) ||
      accountNamespaces.has(resource.namespace),
  );
}

function namespacesOfAccounts(resource: Resource): ReadonlySet<string> {
  const found = new Set<string>();
  if (resource.kind !== 'RoleBinding') return found;
  const subjects = lookup(resource.root, ['subjects']);
  if (subjects?.kind !== 'seq') return found;
  const list = decode(subjects);
  for (const subject of Array.isArray(list) ? list : []) {
    if (!(subject instanceof Map) || !subject.has('namespace')) continue;
    if (subject.get('kind') !== 'ServiceAccount') continue;
    const namespace = subject.get('namespace');
    if (typeof namespace !== 'string') {
      throw failure(
        `Invalid Input: namespace is blank for resource ${JSON.stringify(printId(resource.id))}\n`,
      );
    }
    found.add(namespace);
  }
  return found;
}

class ReferenceUpdate {
  private readonly referrer: Known;
  private readonly spec: FieldSpec;
  private readonly target: Gvk;
  private readonly candidates: readonly Known[];

  constructor(referrer: Known, spec: FieldSpec, target: Gvk, candidates: readonly Known[]) {
    this.referrer = referrer;
    this.spec = spec;
    this.target = target;
    this.candidates = candidates;
  }

  run(): void {
    const { resource, id } = this.referrer;
    within(
      () => `updating name reference in '${this.spec.path}' field of '${printId(id)}'`,
      () => {
        applySpec(
          resource.root,
          { ...this.spec, ...resource.gvk },
          {
            set: (node) => {
              this.update(node);
            },
          },
        );
      },
    );
  }

  private update(node: YNode): void {
    if (isMissingOrNull(node)) return;
    if (node.kind === 'scalar') this.updateName(node);
    else if (node.kind === 'map') this.updateObject(node);
    else if (node.kind === 'seq') {
      for (const item of node.content) {
        if (isMissingOrNull(item)) continue;
        if (item.kind === 'scalar') this.updateName(item);
        else if (item.kind === 'map') this.updateObject(item);
        else throw failure('node is expected to be either a string or a map of string');
      }
    } else throw failure('node must be a scalar, sequence or map');
  }

  private updateName(node: YNode): void {
    const referral = this.choose(node.value, this.candidates, sameNames);
    if (referral === undefined) return;
    referral.resource.addReferrer(this.referrer.id);
    if (referral.id.name !== node.value) setScalar(node, scalar(referral.id.name));
  }

  /** A mapping with a name and, it may be, a namespace. */
  private updateObject(node: YNode): void {
    const nameNode = getField(node, 'name');
    if (nameNode === undefined) throw failure("path config error; no 'name' field in node");
    const name = nameNode.value;
    const candidates = this.inNamespaceOf(node);
    const referral = this.choose(name, candidates, sameNamesAndNamespaces);
    if (referral === undefined) return;
    referral.resource.addReferrer(this.referrer.id);
    const { id } = referral;
    if (id.name === name && id.namespace === '') return;
    setField(node, 'name', scalar(id.name));
    // No namespace means any here, not `default`.
    if (id.namespace !== '') setField(node, 'namespace', scalar(id.namespace));
  }

  private inNamespaceOf(node: YNode): readonly Known[] {
    const namespace = getField(node, 'namespace')?.value;
    if (namespace === undefined) return this.candidates;
    if (isNamespaceless(namespace)) return [];
    const byOriginal = this.candidates.filter(
      (each) => effectiveNamespace(each.originalId) === namespace,
    );
    if (byOriginal.length > 0) return byOriginal;
    return this.candidates.filter((each) => effectiveNamespace(each.id) === namespace);
  }

  private choose(
    name: string,
    candidates: readonly Known[],
    areSame: (list: readonly Known[]) => boolean,
  ): Known | undefined {
    const role = this.roleType();
    let left = candidates.filter(
      (each) =>
        each.previousIds.some((id) => id.name === name) &&
        each.previousIds.some((id) => isSelected(id, this.target)) &&
        (role === undefined || each.previousIds.some((id) => isSelected(id, role))) &&
        this.isInReach(each),
    );
    if (left.length === 1) return left[0];
    left = left.filter((each) => sameAffixes(each, this.referrer, true));
    if (left.length > 1) left = left.filter((each) => sameAffixes(each, this.referrer, false));
    if (left.length <= 1 || areSame(left)) return left[0];
    const ids = left.map((each) => printId(each.id)).join(', ');
    throw failure(`found multiple possible referrals: ${ids}\n${this.details(left)}`);
  }

  private isInReach({ id, resource }: Known): boolean {
    const { id: own } = this.referrer;
    return (
      own.clusterScoped ||
      id.clusterScoped ||
      resource.kind === 'ServiceAccount' ||
      sameNamespace(own, id)
    );
  }

  /** The type that a role binding's reference names beside the name. */
  private roleType(): Gvk | undefined {
    if (!this.spec.path.endsWith('roleRef/name')) return undefined;
    const roleRef = getField(this.referrer.resource.root, 'roleRef');
    const group = getField(roleRef, 'apiGroup');
    const kind = getField(roleRef, 'kind');
    if (group === undefined || kind === undefined) return undefined;
    return { group: group.value, version: '', kind: kind.value };
  }

  private details(left: readonly Known[]): string {
    const yaml = ({ resource }: Known): string => toYaml(decode(resource.root));
    const listed = left.map((each, at) => `--- possible referral ${at}:\n${yaml(each)}\n`);
    return `\n**** Too many possible referral targets to referrer:\n${yaml(this.referrer)}\n${listed.join('')}`;
  }
}

function sameNames(list: readonly Known[]): boolean {
  return list.every((each) => each.id.name === list[0]?.id.name);
}

function sameNamesAndNamespaces(list: readonly Known[]): boolean {
  return sameNames(list) && list.every((each) => each.id.namespace === list[0]?.id.namespace);
}

function sameAffixes(a: Known, b: Known, allowNone: boolean): boolean {
  return (['prefixes', 'suffixes'] as const).every(
    (field) =>
      (allowNone && (a[field].length === 0 || b[field].length === 0)) ||
      sameEnding(a[field], b[field]),
  );
}

function sameEnding(a: readonly string[], b: readonly string[]): boolean {
  const [short, long] = a.length > b.length ? [b, a] : [a, b];
  const by = long.length - short.length;
  if (short.length === 0) return by === 0;
  return short.every((each, at) => long[at + by] === each);
}
