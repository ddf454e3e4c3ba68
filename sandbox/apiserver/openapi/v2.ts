/**
 * The OpenAPI v2 document: all kinds in one, for clients from before the v3 ones.
 *
 * As on a real server, what v2 cannot say of a schema is left out (`oneOf`, `anyOf`, `not`, `nullable`).
 */
import { apiVersionOf } from '../kinds.ts';
import type { Kind } from '../kinds.ts';
import { isObject } from '../schema/type-node.ts';
import type { JsonObject } from '../schema/type-node.ts';
import { openApiDocument } from './v3.ts';

/** The body of `/openapi/v2`. */
export function swaggerDocument(kinds: readonly Kind[]): JsonObject {
  const definitions: JsonObject = {};
  const paths: JsonObject = {};
  for (const apiVersion of new Set(kinds.map(apiVersionOf))) {
    const document = openApiDocument(kinds, apiVersion);
    const components = isObject(document?.components) ? document.components : {};
    for (const [name, schema] of entries(components.schemas)) definitions[name] = schemaOf(schema);
    for (const [path, operations] of entries(document?.paths))
      paths[path] = Object.fromEntries(
        entries(operations).map(([verb, operation]) => [verb, operationOf(operation)]),
      );
  }
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'v1.34.4' },
    paths,
    definitions,
  };
}

const entries = (value: unknown) => Object.entries(isObject(value) ? value : {});

function schemaOf(schema: unknown): unknown {
  if (!isObject(schema)) return schema;
  const { $ref, allOf, oneOf, anyOf: _any, not: _not, nullable: _nullable, ...rest } = schema;
  if (typeof $ref === 'string') return { $ref: referenceOf($ref) };
  const only: unknown = Array.isArray(allOf) && allOf.length === 1 ? allOf[0] : undefined;
  const named = isObject(only) && typeof only.$ref === 'string' ? only.$ref : undefined;
  return {
    ...rest,
    ...(named === undefined ? {} : { $ref: referenceOf(named) }),
    // Quantities, and numbers or texts.
    ...(Array.isArray(oneOf) && rest.type === undefined ? { type: 'string' } : {}),
    ...('properties' in rest
      ? {
          properties: Object.fromEntries(
            entries(rest.properties).map(([name, each]) => [name, schemaOf(each)]),
          ),
        }
      : {}),
    ...('items' in rest ? { items: schemaOf(rest.items) } : {}),
    ...('additionalProperties' in rest
      ? { additionalProperties: schemaOf(rest.additionalProperties) }
      : {}),
  };
}

const referenceOf = (reference: string) =>
  reference.replace('#/components/schemas/', '#/definitions/');

function operationOf(operation: unknown): unknown {
  if (!isObject(operation)) return operation;
  const { parameters, responses, ...rest } = operation;
  return {
    ...rest,
    ...(Array.isArray(parameters) ? { parameters: parameters.map(parameterOf) } : {}),
    responses: Object.fromEntries(
      entries(responses).map(([code, each]) => [code, responseOf(each)]),
    ),
  };
}

function parameterOf(parameter: unknown): unknown {
  if (!isObject(parameter)) return parameter;
  const { schema, ...rest } = parameter;
  return { ...rest, ...(isObject(schema) ? schema : {}) };
}

function responseOf(response: unknown): unknown {
  if (!isObject(response)) return response;
  const { content, ...rest } = response;
  const [, media] = entries(content)[0] ?? [];
  return { ...rest, ...(isObject(media) ? { schema: schemaOf(media.schema) } : {}) };
}
