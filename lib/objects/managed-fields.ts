/** Fields that managers have written, as one manager's that applies. Pure. */
import { isRecord } from '../runtime/mod.ts';
import type { ManagedFieldsEntry } from './object.ts';

/**
 * Makes what several managers have written a manager's own applied fields, so that a field which it does no longer apply
 * goes.
 *
 * @param isTaken whose entries these are; those of subresources never
 * @returns all entries anew; `undefined` when there is nothing to take
 */
export function unitedManagers(
  entries: readonly ManagedFieldsEntry[],
  manager: string,
  isTaken: (entry: ManagedFieldsEntry) => boolean,
): ManagedFieldsEntry[] | undefined {
  const taken = entries.filter((entry) => (entry.subresource ?? '') === '' && isTaken(entry));
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
