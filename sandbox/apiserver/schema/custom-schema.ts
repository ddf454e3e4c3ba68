/** The structural schema of a custom kind (`openAPIV3Schema`), as far as the server reads it. */
import { anyType, isObject } from './type-node.ts';
import type { JsonObject, TypeNode } from './type-node.ts';

/** A schema is kept as the JSON that the CustomResourceDefinition holds; these read its parts. */
export type JsonSchema = JsonObject;

export function schemaAt(schema: JsonSchema, keyword: string): JsonSchema | undefined {
  const found = schema[keyword];
  return isObject(found) ? found : undefined;
}

export function schemasAt(schema: JsonSchema, keyword: string): JsonSchema[] {
  const found = schema[keyword];
  return Array.isArray(found) ? found.filter(isObject) : [];
}

export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** The schema of a field: its own, or the one for other fields. */
export function fieldSchema(schema: JsonSchema, name: string): JsonSchema | undefined {
  const properties = schemaAt(schema, 'properties');
  const found =
    properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return isObject(found) ? found : schemaAt(schema, 'additionalProperties');
}

export function keepsUnknown(schema: JsonSchema): boolean {
  return (
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema['additionalProperties'] === true
  );
}

/** The type of a custom kind, with the metadata every object has. */
export function customType(
  schema: JsonSchema | undefined,
  metadata: TypeNode,
  kind: string,
): TypeNode {
  const own =
    schema === undefined ? { ...anyType, shape: 'object' as const } : typeOf(schema, kind);
  const text: TypeNode = { shape: 'scalar', scalar: 'string', name: 'string' };
  return {
    ...own,
    shape: 'object',
    name: kind,
    field: (name) =>
      name === 'metadata'
        ? metadata
        : name === 'apiVersion' || name === 'kind'
          ? text
          : own.field?.(name),
    fieldNames: () => ['apiVersion', 'kind', 'metadata', ...(own.fieldNames?.() ?? [])],
  };
}

function typeOf(schema: JsonSchema, name: string): TypeNode {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return { shape: 'scalar', scalar: 'intOrString', name: 'intOrString' };
  }
  switch (schema['type']) {
    case 'object':
      return objectType(schema, name);
    case 'array': {
      const items = schemaAt(schema, 'items');
      const listType = schema['x-kubernetes-list-type'];
      const node: TypeNode = {
        shape: 'list',
        name,
        element: items === undefined ? anyType : typeOf(items, name),
      };
      if (listType === 'map' || listType === 'set') node.listType = listType;
      else node.listType = 'atomic';
      if (listType === 'map') node.listMapKeys = textsOf(schema['x-kubernetes-list-map-keys']);
      if (listType === 'map' && items !== undefined) node.keyDefaults = defaultsOf(items);
      return node;
    }
    case 'string':
      return { shape: 'scalar', scalar: 'string', name: 'string' };
    case 'integer':
      return { shape: 'scalar', scalar: 'int64', name: 'integer' };
    case 'number':
      return { shape: 'scalar', scalar: 'number', name: 'number' };
    case 'boolean':
      return { shape: 'scalar', scalar: 'boolean', name: 'boolean' };
    default:
      return anyType;
  }
}

function objectType(schema: JsonSchema, name: string): TypeNode {
  const properties = schemaAt(schema, 'properties') ?? {};
  const fields = new Map<string, TypeNode>();
  const node: TypeNode = {
    shape: 'object',
    name,
    required: textsOf(schema['required']),
    fieldNames: () => Object.keys(properties),
    field: (field) => {
      const known = fields.get(field);
      if (known !== undefined) return known;
      const found = Object.hasOwn(properties, field) ? properties[field] : undefined;
      if (!isObject(found)) return undefined;
      const built = typeOf(found, field);
      fields.set(field, built);
      return built;
    },
  };
  const rest = schemaAt(schema, 'additionalProperties');
  if (rest !== undefined) node.element = typeOf(rest, name);
  else if (keepsUnknown(schema)) node.element = anyType;
  if (schema['x-kubernetes-map-type'] === 'atomic') node.atomic = true;
  return node;
}

function defaultsOf(items: JsonSchema): JsonObject {
  const found: JsonObject = {};
  for (const [field, schema] of Object.entries(schemaAt(items, 'properties') ?? {})) {
    if (isObject(schema) && schema['default'] !== undefined) found[field] = schema['default'];
  }
  return found;
}
