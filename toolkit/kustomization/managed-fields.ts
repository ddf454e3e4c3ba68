/** Whose fields are taken over before an object is applied (fluxcd/pkg ssa/patch.go). Pure. */
import { unitedManagers } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';

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
const takenOver = (
  manager: string,
  more: readonly string[],
): readonly (readonly [string, 'Apply' | 'Update'])[] => [
  ['kubectl', 'Apply'],
  ['kubectl', 'Update'],
  ['before-first-apply', 'Update'],
  [manager, 'Update'],
  ...more.flatMap((name) => [[name, 'Apply'] as const, [name, 'Update'] as const]),
];

/**
 * @param overridden beginnings of names of managers that must not have fields, either
 * @returns `undefined` when there is nothing to clean up
 */
export function cleanupPatch(
  { metadata }: KubeObject,
  manager: string,
  overridden: readonly string[],
): JsonPatch | undefined {
  const removals = (field: string, keys: readonly string[], present: object | undefined) =>
    keys
      .filter((key) => present !== undefined && key in present)
      .map((key) => ({
        op: 'remove' as const,
        path: `/metadata/${field}/${key.replaceAll('/', '~1')}`,
      }));
  const taken = takenOver(manager, overridden);
  const managed = unitedManagers(metadata.managedFields ?? [], manager, (entry) =>
    taken.some(
      ([name, operation]) => entry.operation === operation && entry.manager?.startsWith(name),
    ),
  );
  const patch: JsonPatch = [
    ...removals('annotations', annotations, metadata.annotations),
    ...removals('labels', labels, metadata.labels),
    ...(managed === undefined
      ? []
      : [{ op: 'replace' as const, path: '/metadata/managedFields', value: managed }]),
  ];
  return patch.length === 0 ? undefined : patch;
}
