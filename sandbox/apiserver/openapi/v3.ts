/**
 * The OpenAPI v3 documents, one per group and version: types of the kinds with their merge facts, and the paths on which
 * kubectl looks for the query parameters that the server knows (`fieldValidation`, `dryRun`).
 */
import { createHash } from 'node:crypto';
import { apiVersionOf } from '../kinds.ts';
import type { Kind } from '../kinds.ts';
import { builtinKindTypes, builtinType } from '../schema/builtin.ts';
import type { JsonObject, TypeNode } from '../schema/type-node.ts';

/** The body of `/openapi/v3`. */
export function openApiIndex(kinds: readonly Kind[]): JsonObject {
  const paths: JsonObject = {};
  for (const apiVersion of new Set(kinds.map(apiVersionOf))) {
    const text = JSON.stringify(kinds.filter((kind) => apiVersionOf(kind) === apiVersion));
    const hash = createHash('sha256').update(text).digest('hex').toUpperCase();
    const path = `${rootOf(apiVersion)}${apiVersion}`;
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
  }
  return { paths };
}

/** The body of `/openapi/v3/apis/GROUP/VERSION` or `/openapi/v3/api/v1`; undefined for versions without kinds. */
export function openApiDocument(
  kinds: readonly Kind[],
  apiVersion: string,
): JsonObject | undefined {
  const served = kinds.filter((kind) => apiVersionOf(kind) === apiVersion);
  if (served.length === 0) return undefined;
  const schemas: JsonObject = {};
  const paths: JsonObject = {};
  for (const kind of served) {
    const name = addKind(kind, schemas);
    Object.assign(paths, pathsOf(kind, name));
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.34.4' },
    paths,
    components: { schemas },
  };
}

function addKind(kind: Kind, schemas: JsonObject): string {
  const gvk = { group: kind.group, version: kind.version, kind: kind.kind };
  const tagged = { 'x-kubernetes-group-version-kind': [gvk] };
  if (kind.custom !== undefined) {
    const name = `${kind.group.split('.').reverse().join('.')}.${kind.version}.${kind.kind}`;
    const schema = kind.custom.schema ?? {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
    };
    const metadata = builtinType('v1', 'ConfigMap')?.field?.('metadata');
    const known = typeof schema['properties'] === 'object' ? schema['properties'] : {};
    const text = { type: 'string' };
    const meta = metadata === undefined ? { type: 'object' } : reference(metadata, schemas);
    schemas[name] = {
      ...schema,
      properties: { apiVersion: text, kind: text, ...known, metadata: meta },
      ...tagged,
    };
    return name;
  }
  const type = builtinType(apiVersionOf(kind), kind.kind);
  const short = builtinKindTypes().get(`${apiVersionOf(kind)} ${kind.kind}`) ?? kind.kind;
  const name = fullName(short);
  schemas[name] = {
    ...(type === undefined ? { type: 'object' } : describeObject(type, schemas)),
    ...tagged,
  };
  return name;
}

function reference(type: TypeNode, schemas: JsonObject): JsonObject {
  const name = fullName(type.path ?? type.name);
  if (schemas[name] === undefined) {
    schemas[name] = {};
    schemas[name] = describeObject(type, schemas);
  }
  return { $ref: `#/components/schemas/${name}` };
}

function describeObject(type: TypeNode, schemas: JsonObject): JsonObject {
  const properties: JsonObject = {};
  for (const field of type.fieldNames?.() ?? []) {
    const child = type.field?.(field);
    if (child !== undefined)
      properties[field] = { ...describe(child, schemas), ...mergeFacts(child) };
  }
  const required = type.required ?? [];
  return {
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required: [...required] }),
  };
}

function describe(type: TypeNode, schemas: JsonObject): JsonObject {
  const below = () => (type.element === undefined ? {} : describe(type.element, schemas));
  switch (type.shape) {
    case 'object':
      return { allOf: [reference(type, schemas)] };
    case 'map':
      return { type: 'object', additionalProperties: below() };
    case 'list':
      return { type: 'array', items: below() };
    case 'scalar': {
      const scalar = type.scalar ?? 'string';
      const name = namedScalars[scalar];
      if (name === undefined) return scalars[scalar];
      schemas[name] = scalars[scalar];
      return { allOf: [{ $ref: `#/components/schemas/${name}` }] };
    }
    case 'any':
      return { 'x-kubernetes-preserve-unknown-fields': true };
  }
}

/** Scalars that have a definition of their own. */
const namedScalars: Readonly<Partial<Record<NonNullable<TypeNode['scalar']>, string>>> = {
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
};

const scalars: Readonly<Record<NonNullable<TypeNode['scalar']>, JsonObject>> = {
  string: { type: 'string' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  number: { type: 'number', format: 'double' },
  boolean: { type: 'boolean' },
  time: { type: 'string', format: 'date-time' },
  microTime: { type: 'string', format: 'date-time' },
  quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  intOrString: { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
  bytes: { type: 'string', format: 'byte' },
};

function mergeFacts(type: TypeNode): JsonObject {
  const facts: JsonObject = {};
  if (type.strategies !== undefined)
    facts['x-kubernetes-patch-strategy'] = type.strategies.join(',');
  if (type.patchMergeKey !== undefined) facts['x-kubernetes-patch-merge-key'] = type.patchMergeKey;
  if (type.listType !== undefined) facts['x-kubernetes-list-type'] = type.listType;
  if (type.listMapKeys !== undefined) facts['x-kubernetes-list-map-keys'] = [...type.listMapKeys];
  if (type.atomic === true) facts['x-kubernetes-map-type'] = 'atomic';
  return facts;
}

const query = (name: string) => ({
  name,
  in: 'query',
  schema: { type: 'string', uniqueItems: true },
});
const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map(query);

function pathsOf(kind: Kind, schema: string): JsonObject {
  const apiVersion = apiVersionOf(kind);
  const root = `/${rootOf(apiVersion)}${apiVersion}/`;
  const base = `${root}${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.resource}`;
  const gvk = { group: kind.group, version: kind.version, kind: kind.kind };
  const body = { $ref: `#/components/schemas/${schema}` };
  const operation = (action: string, write: boolean) => ({
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
    ...(write ? { parameters } : {}),
    responses: { '200': { description: 'OK', content: { 'application/json': { schema: body } } } },
  });
  return {
    [base]: { get: operation('list', false), post: operation('post', true) },
    [`${base}/{name}`]: {
      get: operation('get', false),
      put: operation('put', true),
      patch: operation('patch', true),
      delete: operation('delete', true),
    },
  };
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? 'apis/' : 'api/';
}

/** The name that clients know a type by. */
function fullName(type: string): string {
  if (type.startsWith('meta.')) return `io.k8s.apimachinery.pkg.apis.${type}`;
  if (type.startsWith('apiextensions.')) return `io.k8s.apiextensions-apiserver.pkg.apis.${type}`;
  if (type.startsWith('apiregistration.')) return `io.k8s.kube-aggregator.pkg.apis.${type}`;
  return `io.k8s.api.${type}`;
}
