/** The objects of a build in the order in which they were read; no two with the same type and names. */
import { failure } from './errors.ts';
import { matchesLabels } from './label-selector.ts';
import { wholeMatcher } from './pattern.ts';
import type { Matcher } from './pattern.ts';
import { effectiveNamespace, keyOfId, printId, printIdSyntax, sameId } from './resource-id.ts';
import type { ResId } from './resource-id.ts';
import type { Resource } from './resource.ts';
import type { Schemas } from './schema.ts';

/** Patterns for type and names, selectors for labels and annotations; empty ones take everything. */
export interface Selector {
  group: string;
  version: string;
  kind: string;
  name: string;
  namespace: string;
  annotationSelector: string;
  labelSelector: string;
}

export class ResourceList {
  private items: Resource[] = [];

  constructor(items: readonly Resource[] = []) {
    this.appendAll(items);
  }

  get resources(): readonly Resource[] {
    return [...this.items];
  }

  copy(): ResourceList {
    const copy = new ResourceList();
    copy.items = [...this.items];
    return copy;
  }

  append(resource: Resource): void {
    this.appendAll([resource]);
  }

  /** @throws KustomizeError when an object with the same id is there */
  appendAll(resources: readonly Resource[]): void {
    const known = new Set(this.items.map((item) => keyOfId(item.id)));
    for (const resource of resources) {
      const { id } = resource;
      const key = keyOfId(id);
      if (known.has(key)) {
        throw failure(`may not add resource with an already registered id: ${printId(id)}`);
      }
      known.add(key);
      this.items.push(resource);
    }
  }

  /** Replaces all objects, without looking for equal ones. */
  reset(items: readonly Resource[]): void {
    this.items = [...items];
  }

  dropEmpty(): void {
    this.items = this.items.filter((item) => !item.isGone);
  }

  withCurrentId(id: ResId): Resource[] {
    return this.items.filter((item) => sameId(id, item.id));
  }

  /** Objects that have or had an id that passes. */
  withAnyId(passes: (id: ResId) => boolean): Resource[] {
    return this.items.filter(
      (item) => !item.isGone && (item.previousIds.some(passes) || passes(item.id)),
    );
  }

  /** The only object that has or had an id. */
  byId(id: ResId): Resource {
    const found = this.withAnyId((each) => sameId(id, each));
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    const problem = only === undefined ? 'no matches for' : 'multiple matches for';
    throw failure(
      `${problem} Id ${printId(id)}; failed to find unique target for patch ${printId(id)}`,
    );
  }

  select(selector: Selector): Resource[] {
    const match = {
      group: matcherOf(selector.group),
      version: matcherOf(selector.version),
      kind: matcherOf(selector.kind),
      name: matcherOf(selector.name),
      namespace: matcherOf(selector.namespace),
    };
    return this.items.filter((item) => {
      const { id, originalId } = item;
      return (
        (match.namespace(effectiveNamespace(originalId)) ||
          match.namespace(effectiveNamespace(id))) &&
        (match.name(originalId.name) || match.name(id.name)) &&
        match.group(id.group) &&
        match.version(id.version) &&
        match.kind(id.kind) &&
        matchesLabels(selector.labelSelector, item.labels()) &&
        matchesLabels(selector.annotationSelector, item.annotations())
      );
    });
  }

  /** Merges a patch into the selected objects; deleted ones leave the list. */
  applyStrategicMerge(selected: readonly Resource[], patch: Resource, schemas: Schemas): void {
    const keys = new Set(selected.map((item) => keyOfId(item.id)));
    const kept: Resource[] = [];
    for (const item of this.items) {
      if (keys.has(keyOfId(item.id))) {
        const copy = patch.copy();
        copy.takeMetadataOf(patch);
        copy.apiVersion = item.apiVersion;
        copy.kind = patch.kind;
        item.applyStrategicMerge(copy, schemas);
      }
      if (!item.isGone) kept.push(item);
    }
    this.items = [];
    this.appendAll(kept);
  }

  /** Takes generated objects in, by what each says about one that is there already. */
  absorb(resources: readonly Resource[]): void {
    for (const resource of resources) this.absorbOne(resource);
  }

  private absorbOne(resource: Resource): void {
    const { id, behavior } = resource;
    const [old, ...more] = this.withAnyId((each) => sameId(id, each));
    if (old === undefined) {
      if (behavior === 'merge' || behavior === 'replace') {
        throw failure(`id ${printIdSyntax(id)} does not exist; cannot merge or replace`);
      }
      this.append(resource);
      return;
    }
    if (more.length > 0) {
      throw failure(
        `found multiple objects ${[old, ...more].map((each) => printId(each.id)).join(' ')} that could accept merge of ${printId(id)}`,
      );
    }
    if (behavior !== 'merge' && behavior !== 'replace') {
      throw failure(`id ${printIdSyntax(id)} exists; behavior must be merge or replace`);
    }
    const origin = old.annotation('config.kubernetes.io/origin');
    resource.takeMetadataOf(old);
    if (behavior === 'merge') {
      for (const field of ['data', 'binaryData'] as const) {
        resource.setDataMap(field, new Map([...old.dataMap(field), ...resource.dataMap(field)]));
      }
      if (origin !== undefined) {
        resource.setAnnotations(resource.annotations().set('config.kubernetes.io/origin', origin));
      }
    }
    this.items[this.items.indexOf(old)] = resource;
  }
}

const anything: Matcher = () => true;

function matcherOf(pattern: string): Matcher {
  return pattern === '' ? anything : wholeMatcher(pattern);
}
