/**
 * Takes over fields from kubectl's client-side apply, by which the original applied, as `kubectl apply --server-side`
 * does: else a field that leaves the manifest would stay, owned by a manager that never comes back. Pure.
 */
import type { ManagedFieldsEntry, ObjectMeta } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';

export const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

type FieldSet = Readonly<Record<string, unknown>>;

/**
 * @param manager of our applies
 * @returns the list in which `manager` owns what client-side apply did; `undefined` when there is nothing to take over
 */
export function takeOverFields(
  { managedFields = [] }: ObjectMeta,
  manager: string,
): ManagedFieldsEntry[] | undefined {
  const theirs = managedFields.filter(isClientSide);
  const [first] = theirs;
  if (first === undefined) return undefined;
  const ours = managedFields.find((entry) => isOurs(entry, manager));
  const fieldsV1 = [...theirs, ...(ours === undefined ? [] : [ours])]
    .map((entry) => entry.fieldsV1 ?? {})
    .reduce(union);
  return [
    ...managedFields.filter((entry) => !isClientSide(entry) && entry !== ours),
    { ...(ours ?? first), manager, operation: 'Apply', fieldsV1 },
  ];
}

/** Whoever owns the annotation in which client-side apply remembers, whatever kubectl was called then. */
function isClientSide({ operation, subresource = '', fieldsV1 }: ManagedFieldsEntry): boolean {
  return operation === 'Update' && subresource === '' && owns(fieldsV1, annotationPath);
}

const annotationPath = ['f:metadata', 'f:annotations', `f:${lastApplied}`];

function owns(fields: unknown, path: readonly string[]): boolean {
  let at = fields;
  for (const key of path) {
    if (!isRecord(at) || !(key in at)) return false;
    at = at[key];
  }
  return true;
}

const isOurs = (entry: ManagedFieldsEntry, manager: string) =>
  entry.manager === manager && entry.operation === 'Apply' && (entry.subresource ?? '') === '';

function union(a: FieldSet, b: FieldSet): Record<string, unknown> {
  const all: Record<string, unknown> = { ...a };
  for (const [key, inner] of Object.entries(b)) {
    const known = all[key];
    all[key] = isRecord(known) && isRecord(inner) ? union(known, inner) : inner;
  }
  return all;
}
