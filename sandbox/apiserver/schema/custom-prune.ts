/** Pruning unknown fields of custom objects, and filling in the defaults of their schema. */
import type { KubeObject } from '../../../lib/objects/mod.ts';
import { fieldSchema, keepsUnknown, schemaAt } from './custom-schema.ts';
import type { JsonSchema } from './custom-schema.ts';
import { isObject } from './type-node.ts';
import type { JsonObject } from './type-node.ts';

const alwaysKnown = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * A copy of a custom object without the fields that its schema does not know.
 *
 * @returns also the paths that were dropped, as strict decoding names them: `unknown field "spec.foo"`
 */
export function pruneCustom(
  object: JsonObject,
  schema: JsonSchema,
): { value: JsonObject; unknown: string[] } {
  const unknown: string[] = [];
  const value = pruneObject(object, schema, '', unknown, true);
  return { value, unknown };
}

function pruneObject(
  object: JsonObject,
  schema: JsonSchema,
  path: string,
  unknown: string[],
  isRoot: boolean,
): JsonObject {
  const kept: JsonObject = {};
  for (const [name, value] of Object.entries(object)) {
    const below = path === '' ? name : `${path}.${name}`;
    if (isRoot && alwaysKnown.has(name)) kept[name] = value;
    else {
      const known = fieldSchema(schema, name);
      if (known !== undefined) kept[name] = pruneValue(value, known, below, unknown);
      else if (keepsUnknown(schema)) kept[name] = value;
      else unknown.push(`unknown field ${JSON.stringify(below)}`);
    }
  }
  return kept;
}

function pruneValue(value: unknown, schema: JsonSchema, path: string, unknown: string[]): unknown {
  if (isObject(value)) {
    const embedded = schema['x-kubernetes-embedded-resource'] === true;
    return pruneObject(value, schema, path, unknown, embedded);
  }
  const items = schemaAt(schema, 'items');
  if (!Array.isArray(value) || items === undefined) return value;
  return value.map((each: unknown, i) => pruneValue(each, items, `${path}[${String(i)}]`, unknown));
}

/** Fills in defaults, and drops nulls of fields that may not be null, in place. */
export function defaultCustom(value: unknown, schema: JsonSchema): void {
  if (Array.isArray(value)) {
    const items = schemaAt(schema, 'items');
    if (items !== undefined) for (const each of value) defaultCustom(each, items);
    return;
  }
  if (!isObject(value)) return;
  const properties = schemaAt(schema, 'properties') ?? {};
  for (const [name, field] of Object.entries(properties)) {
    if (!isObject(field)) continue;
    if (value[name] === null && field['nullable'] !== true) delete value[name];
    if (value[name] === undefined && field['default'] !== undefined) {
      value[name] = structuredClone(field['default']);
    }
  }
  for (const [name, child] of Object.entries(value)) {
    const known = fieldSchema(schema, name);
    if (known !== undefined) defaultCustom(child, known);
  }
}

/** What happens to an object when it is stored, in place: empty metadata is left out, and a status that it lacks gets its default. */
export function prepareCustom(object: KubeObject, schema: JsonSchema | undefined): void {
  const metadata: Record<string, unknown> = { ...object.metadata };
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences']) {
    const value = metadata[field];
    if (value === null || (typeof value === 'object' && Object.keys(value).length === 0))
      delete metadata[field];
  }
  object.metadata = metadata;
  const status = schemaAt(schemaAt(schema ?? {}, 'properties') ?? {}, 'status');
  if (object['status'] === undefined && status?.['default'] !== undefined)
    object['status'] = structuredClone(status['default']);
}
