/** Fields that managers have written, as one manager's that applies. Pure. */
import { isRecord } from '../runtime/mod.ts';
import type { KubeObject, ManagedFieldsEntry } from './object.ts';

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

/**
 * The part of an object that managers have written, without its status; of its metadata labels and annotations.
 *
 * @param isTaken whose entries these are; those of subresources never
 */
export function writtenBy(
  object: KubeObject,
  isTaken: (entry: ManagedFieldsEntry) => boolean,
): KubeObject {
  const { apiVersion, kind, metadata, status: _status, ...rest } = object;
  const fields = (metadata.managedFields ?? [])
    .filter((entry) => (entry.subresource ?? '') === '' && isTaken(entry))
    .reduce<Record<string, unknown>>((united, { fieldsV1 = {} }) => union(united, fieldsV1), {});
  const { labels, annotations } = metadata;
  const shown = { ...rest, metadata: { labels, annotations } };
  const part = Object.keys(fields).length === 0 ? {} : partOf(shown, fields);
  return { metadata: {}, ...(isRecord(part) ? part : {}), apiVersion, kind };
}

/** `f:NAME` is a field of a map, `k:{…}` the item of a list with these keys, `v:…` the item that is this value. */
function partOf(value: unknown, fields: Readonly<Record<string, unknown>>): unknown {
  const names = Object.entries(fields);
  // Nothing is told of what is in it: it was written as a whole.
  if (names.length === 0) return value;
  const inner = (at: unknown) => (isRecord(at) ? at : {});
  if (isRecord(value)) {
    return Object.fromEntries(
      names.flatMap(([name, more]) => {
        const key = name.slice(2);
        return name.startsWith('f:') && value[key] !== undefined
          ? [[key, partOf(value[key], inner(more))]]
          : [];
      }),
    );
  }
  if (!Array.isArray(value)) return value;
  const items: readonly unknown[] = value;
  return names.flatMap(([name, more]) => {
    const named: unknown = /^[kv]:/.test(name) ? JSON.parse(name.slice(2)) : undefined;
    if (name.startsWith('v:')) return items.filter((item) => item === named);
    if (!isRecord(named)) return [];
    const keys = Object.entries(named);
    const item = items.find(
      (each) => isRecord(each) && keys.every(([key, is]) => each[key] === is),
    );
    return item === undefined ? [] : [{ ...inner(partOf(item, inner(more))), ...named }];
  });
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
