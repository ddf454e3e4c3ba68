/** Reading and writing `metadata.managedFields`. */
import type { KubeObject, ManagedFieldsEntry } from '../../../lib/objects/mod.ts';
import { fromFieldsV1, isEmpty, toFieldsV1 } from './field-set.ts';
import type { FieldSet } from './field-set.ts';

export interface ManagerId {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource: string;
}

export interface Managed extends ManagerId {
  set: FieldSet;
  time: string | undefined;
}

/** Appliers are one manager whatever version they write; updaters one per version. */
export function managerKey(id: ManagerId): string {
  const version = id.operation === 'Apply' ? '' : id.apiVersion;
  return JSON.stringify([id.manager, id.operation, version, id.subresource]);
}

export function readManaged(object: KubeObject): Map<string, Managed> {
  const found = new Map<string, Managed>();
  for (const entry of object.metadata.managedFields ?? []) {
    const id: ManagerId = {
      manager: entry.manager ?? 'unknown',
      operation: entry.operation ?? 'Update',
      apiVersion: entry.apiVersion ?? object.apiVersion,
      subresource: entry.subresource ?? '',
    };
    found.set(managerKey(id), { ...id, set: fromFieldsV1(entry.fieldsV1), time: entry.time });
  }
  return found;
}

/** Appliers first, then by time, then by name: the order in which the API server lists managers. */
export function writeManaged(managed: ReadonlyMap<string, Managed>): ManagedFieldsEntry[] {
  return [...managed.values()]
    .filter((each) => !isEmpty(each.set))
    .sort(
      (a, b) =>
        order(a.operation, b.operation) ||
        order(a.time ?? '', b.time ?? '') ||
        order(a.manager, b.manager) ||
        order(a.apiVersion, b.apiVersion) ||
        order(a.subresource, b.subresource),
    )
    .map((each) => ({
      manager: each.manager,
      operation: each.operation,
      apiVersion: each.apiVersion,
      ...(each.time === undefined ? {} : { time: each.time }),
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(each.set),
      ...(each.subresource === '' ? {} : { subresource: each.subresource }),
    }));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `"kubectl" with subresource "status" using apps/v1`, as conflict messages write it. */
export function describeManager(id: ManagerId): string {
  const subresource =
    id.subresource === '' ? '' : ` with subresource ${JSON.stringify(id.subresource)}`;
  const version = id.operation === 'Update' ? ` using ${id.apiVersion}` : '';
  return `${JSON.stringify(id.manager)}${subresource}${version}`;
}
