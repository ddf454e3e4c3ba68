/** Whose fields are taken over before an object is applied (fluxcd/pkg ssa/patch.go). Pure. */
import type { KubeObject, ManagedFieldsEntry } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';

/** A JSON patch (RFC 6902). */
export type JsonPatch = readonly { op: 'remove' | 'replace'; path: string; value?: unknown }[];

/** What kubectl and Flux v1 leave on objects. */
const annotations = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'kustomize.toolkit.fluxcd.io/checksum',
  'fluxcd.io/sync-checksum',
];
const labels = ['fluxcd.io/sync-gc-mark'];

/** Beginnings of names of managers, with the way they have written. */
const takenOver = (manager: string): readonly (readonly [string, 'Apply' | 'Update'])[] => [
  ['kubectl', 'Apply'],
  ['kubectl', 'Update'],
  ['before-first-apply', 'Update'],
  [manager, 'Update'],
];

/** @returns `undefined` when there is nothing to clean up */
export function cleanupPatch({ metadata }: KubeObject, manager: string): JsonPatch | undefined {
  const removals = (field: string, keys: readonly string[], present: object | undefined) =>
    keys
      .filter((key) => present !== undefined && key in present)
      .map((key) => ({
        op: 'remove' as const,
        path: `/metadata/${field}/${key.replaceAll('/', '~1')}`,
      }));
  const managed = unitedManagers(metadata.managedFields ?? [], manager);
  const patch: JsonPatch = [
    ...removals('annotations', annotations, metadata.annotations),
    ...removals('labels', labels, metadata.labels),
    ...(managed === undefined
      ? []
      : [{ op: 'replace' as const, path: '/metadata/managedFields', value: managed }]),
  ];
  return patch.length === 0 ? undefined : patch;
}

function unitedManagers(
  entries: readonly ManagedFieldsEntry[],
  manager: string,
): ManagedFieldsEntry[] | undefined {
  const isOthers = (entry: ManagedFieldsEntry) =>
    (entry.subresource ?? '') === '' &&
    takenOver(manager).some(
      ([name, operation]) => entry.operation === operation && entry.manager?.startsWith(name),
    );
  const taken = entries.filter(isOthers);
  const [first] = taken;
  if (first === undefined) return undefined;
  const own = entries.find((each) => each.manager === manager && each.operation === 'Apply');
  const start: ManagedFieldsEntry = own ?? { ...first, manager, operation: 'Apply' };
  const fieldsV1 = taken.reduce(
    (united, { fieldsV1: more }) => union(united, more ?? {}),
    start.fieldsV1 ?? {},
  );
  return [
    ...entries.filter((each) => each !== own && !taken.includes(each)),
    { ...start, fieldsV1 },
  ];
}

function union(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = result[key];
    result[key] = isRecord(before) && isRecord(value) ? union(before, value) : value;
  }
  return result;
}
