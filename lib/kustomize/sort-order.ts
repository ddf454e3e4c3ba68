/** The order in which objects are printed. */
import { compareText } from '../helm/values/mod.ts';
import { failure } from './errors.ts';
import type { SortOptions } from './kustomization.ts';
import { legacyOrder, printGvk, rankOfKind, sameGvk, sortTextOf } from './resource-id.ts';
import type { ResId } from './resource-id.ts';
import { ResourceList } from './resource-list.ts';

/** @throws KustomizeError for an unknown order, and for kinds that are listed for `fifo` */
export function sortResources(resources: ResourceList, options: SortOptions): ResourceList {
  const { order, legacySortOptions } = options;
  if (order !== 'fifo' && order !== 'legacy') {
    throw failure("the field 'sortOptions.order' must be one of [fifo, legacy]");
  }
  if (order === 'fifo') {
    if (legacySortOptions === undefined) return resources;
    throw failure(
      "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
    );
  }
  const kinds =
    legacySortOptions === undefined
      ? legacyOrder
      : { first: legacySortOptions.orderFirst ?? [], last: legacySortOptions.orderLast ?? [] };
  const listed = resources.resources.map((resource) => ({ resource, id: resource.id }));
  listed.sort((a, b) => compareIds(a.id, b.id, kinds));
  return new ResourceList(listed.map(({ resource }) => resource));
}

function compareIds(a: ResId, b: ResId, kinds: typeof legacyOrder): number {
  if (sameGvk(a, b)) return compareText(nameTextOf(a), nameTextOf(b));
  const byRank = rankOfKind(a.kind, kinds) - rankOfKind(b.kind, kinds);
  if (byRank !== 0) return byRank;
  const byType = compareText(sortTextOf(a), sortTextOf(b));
  // The namespaces of other groups come after those of Kubernetes.
  const areNamespaces = a.kind === 'Namespace' && b.kind === 'Namespace';
  return areNamespaces && (a.group === '' || b.group === '') ? -byType : byType;
}

function nameTextOf(id: ResId): string {
  return [printGvk(id), id.namespace || '~X', id.name || '~N'].join('|');
}
