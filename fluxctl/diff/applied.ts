/** The configuration that one manager has applied, out of the fields that the server says are its own. Pure. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { checksumAnnotation, markLabel } from '../../lib/wire/mod.ts';

/** @returns the object as it was applied, without fluxd's marks; whole when the server names no such manager */
export function appliedBy(object: KubeObject, manager: string): KubeObject {
  const entry = object.metadata.managedFields?.find(
    (one) => one.manager === manager && one.operation === 'Apply' && !one.subresource,
  );
  if (entry === undefined) return withoutMarks(cleaned(object));
  const { apiVersion, kind, metadata } = object;
  const own = pick(object, entry.fieldsV1 ?? {});
  const fields = isRecord(own) ? own : {};
  const { name, namespace } = metadata;
  return withoutMarks({
    ...fields,
    // What `stringData` writes counts as nobody's.
    ...(kind === 'Secret' && 'data' in object ? { data: object.data } : {}),
    apiVersion,
    kind,
    metadata: {
      ...(isRecord(fields.metadata) ? fields.metadata : {}),
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
    },
  });
}

/** What only the server writes. */
export function cleaned(object: KubeObject): KubeObject {
  const { managedFields, resourceVersion, generation, creationTimestamp, uid, ...metadata } =
    object.metadata;
  const { status, ...rest } = object as KubeObject & { status?: unknown };
  void [managedFields, resourceVersion, generation, creationTimestamp, uid, status];
  return { ...rest, metadata };
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

export function withoutMarks(object: KubeObject): KubeObject {
  const { labels = {}, annotations = {}, ...metadata } = object.metadata;
  const without = (map: Readonly<Record<string, string>>, ...names: string[]) =>
    Object.fromEntries(Object.entries(map).filter(([name]) => !names.includes(name)));
  const [ownLabels, ownAnnotations] = [
    without(labels, markLabel),
    without(annotations, checksumAnnotation, lastApplied),
  ];
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(Object.keys(ownLabels).length === 0 ? {} : { labels: ownLabels }),
      ...(Object.keys(ownAnnotations).length === 0 ? {} : { annotations: ownAnnotations }),
    },
  };
}

/** A field set of the server: `f:` names a field, `k:` an item by its keys, `v:` an item by its value, `.` the thing itself. */
function pick(value: unknown, fields: Readonly<Record<string, unknown>>): unknown {
  const names = Object.keys(fields).filter((name) => name !== '.');
  if (names.length === 0) return value;
  if (Array.isArray(value))
    return value.flatMap((item: unknown) => {
      const name = names.find((one) => isItem(item, one));
      const inner = name === undefined ? undefined : fields[name];
      return isRecord(inner) ? [pick(item, inner)] : [];
    });
  if (!isRecord(value)) return value;
  const found: Record<string, unknown> = {};
  for (const name of names) {
    const [key, inner] = [name.slice(2), fields[name]];
    if (name.startsWith('f:') && key in value && isRecord(inner))
      found[key] = pick(value[key], inner);
  }
  return found;
}

function isItem(item: unknown, name: string): boolean {
  const wanted: unknown = JSON.parse(name.slice(2));
  if (name.startsWith('v:')) return JSON.stringify(item) === JSON.stringify(wanted);
  return (
    name.startsWith('k:') &&
    isRecord(item) &&
    isRecord(wanted) &&
    // A key that the manifest leaves out counts with its default.
    Object.entries(wanted).every(([key, value]) => (item[key] ?? value) === value)
  );
}
