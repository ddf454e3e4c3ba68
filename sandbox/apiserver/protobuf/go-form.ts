/** Built-in objects as Go writes them: what a round trip through its structs drops and adds. */
import type { KubeObject } from '../../../lib/objects/mod.ts';
import { isObject } from '../schema/type-node.ts';
import type { JsonObject, TypeNode } from '../schema/type-node.ts';
import { protobufFields } from './fields.ts';
import type { ProtobufField } from './fields.ts';
import { emptyOf } from './zero-value.ts';

/** Empty fields that JSON leaves out are dropped, those that it always has are added (`status: {}`, `rules: null`). */
export function inGoForm(object: KubeObject, type: TypeNode): KubeObject {
  const { apiVersion, kind } = object;
  const written = struct(object, type);
  const metadata = isObject(written['metadata']) ? written['metadata'] : {};
  return { ...written, apiVersion, kind, metadata };
}

function struct(object: JsonObject, type: TypeNode): JsonObject {
  const fields = fieldsByName(type.path ?? '');
  if (fields === undefined) return object;
  const written: JsonObject = {};
  for (const [name, value] of Object.entries(object)) {
    const node = type.field?.(name);
    if (value === undefined || value === null || node === undefined) continue;
    const inner = valueOf(value, node);
    if (fields.get(name)?.omitted !== true || !isEmpty(inner)) written[name] = inner;
  }
  for (const [name, { always }] of fields) {
    const node = type.field?.(name);
    if (!always || node === undefined || name in written) continue;
    const empty = emptyOf(node);
    // A time that is not set is left out.
    if (empty !== undefined && (empty !== null || node.shape !== 'scalar')) written[name] = empty;
  }
  return written;
}

function valueOf(value: unknown, type: TypeNode): unknown {
  if (type.shape === 'object') return isObject(value) ? struct(value, type) : value;
  const { element } = type;
  if (element === undefined) return value;
  if (Array.isArray(value)) return value.map((each: unknown) => valueOf(each, element));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, valueOf(each, element)])); // prettier-ignore
}

const isEmpty = (value: unknown) =>
  value === '' ||
  value === 0 ||
  value === false ||
  (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);

const byName = new Map<string, ReadonlyMap<string, ProtobufField>>();

/** Fields by their JSON name, those of inlined structs among them. */
function fieldsByName(path: string): ReadonlyMap<string, ProtobufField> | undefined {
  const known = byName.get(path);
  if (known !== undefined) return known;
  const numbered = protobufFields(path);
  if (numbered === undefined) return undefined;
  const fields = new Map<string, ProtobufField>();
  for (const field of numbered.values()) {
    if (field.inline === undefined) fields.set(field.name, field);
    else for (const [name, inner] of fieldsByName(field.inline) ?? []) fields.set(name, inner);
  }
  byName.set(path, fields);
  return fields;
}
