/**
 * How lists merge, by kind and field.
 *
 * The table (schema-facts.ts) has two parts. Kinds: `apiVersion Kind Kind=Type …`, a dash in front of those without a
 * namespace. Types: `Type;field=SHAPE TYPE FACTS;…`; SHAPE is `[` for a list, `{` for a map, nothing for an object; TYPE
 * is written where it leads to more facts; `m:key,key` says that the list merges, by those keys or, without keys, as a
 * set of values. Everything else is replaced as a whole.
 */
import { isRecord } from '../runtime/mod.ts';
import { kindFacts, typeFacts } from './schema-facts.ts';

/** What is known of a field. */
export interface Schema {
  /** The list merges with that of a patch. */
  merges: boolean;
  /** By which keys its elements are told apart. */
  keys: readonly string[];
  field(name: string): Schema | undefined;
  elements(): Schema | undefined;
}

/** Types of objects, beside the built-in ones or instead of them. */
export interface Schemas {
  ofKind(apiVersion: string, kind: string): Schema | undefined;
}

interface Field {
  shape: 'object' | 'list' | 'map';
  type: string;
  merges: boolean;
  keys: readonly string[];
}

/** A type in whose fields nothing merges. */
const opaque: Schema = {
  merges: false,
  keys: [],
  field: () => opaque,
  elements: () => undefined,
};

const kindTypes = new Map<string, string>();
const clusterKinds = new Set<string>();
for (const line of kindFacts.trim().split('\n')) {
  const [apiVersion = '', ...entries] = line.split(' ');
  for (const entry of entries) {
    const [name = '', type = ''] = entry.replace(/^-/, '').split('=');
    const key = `${apiVersion} ${name}`;
    kindTypes.set(key, type);
    if (entry.startsWith('-')) clusterKinds.add(key);
  }
}

const typeLines = new Map(
  typeFacts
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(';')), line.slice(line.indexOf(';') + 1)]),
);
const types = new Map<string, ReadonlyMap<string, Field>>();

function fieldsOf(type: string): ReadonlyMap<string, Field> {
  const known = types.get(type);
  if (known !== undefined) return known;
  const fields = new Map<string, Field>();
  for (const entry of (typeLines.get(type) ?? '').split(';')) {
    const equals = entry.indexOf('=');
    if (equals < 0) continue;
    const [head = '', facts] = entry.slice(equals + 1).split(' m:');
    const sign = head[0];
    const shape = sign === '[' ? 'list' : sign === '{' ? 'map' : 'object';
    fields.set(entry.slice(0, equals), {
      shape,
      type: shape === 'object' ? head : head.slice(1),
      merges: facts !== undefined,
      keys: facts === undefined || facts === '' ? [] : facts.split(','),
    });
  }
  types.set(type, fields);
  return fields;
}

function schemaOfType(type: string): Schema {
  if (type === '') return opaque;
  return {
    merges: false,
    keys: [],
    field: (name) => {
      const field = fieldsOf(type).get(name);
      return field === undefined ? opaque : schemaOfField(field);
    },
    elements: () => undefined,
  };
}

function schemaOfField(field: Field): Schema {
  const below = schemaOfType(field.type);
  return {
    merges: field.merges,
    keys: field.keys,
    field: (name) => (field.shape === 'object' ? below.field(name) : below),
    elements: () => (field.shape === 'list' ? below : undefined),
  };
}

/** The kinds of Kubernetes. */
export const builtInSchemas: Schemas = {
  ofKind(apiVersion, kind) {
    const type = kindTypes.get(`${apiVersion} ${kind}`);
    return type === undefined ? undefined : schemaOfType(type);
  },
};

/** Whether a kind is known to have no namespace. */
export function isClusterScoped(apiVersion: string, kind: string): boolean {
  return clusterKinds.has(`${apiVersion} ${kind}`);
}

/**
 * The schemas of an OpenAPI document (its `definitions`, as JSON gives them).
 *
 * @param withBuiltIn references to types of Kubernetes that the document lacks are followed
 */
export function schemasOfDocument(document: unknown, withBuiltIn: boolean): Schemas {
  const definitions =
    isRecord(document) && isRecord(document.definitions) ? document.definitions : {};
  const kinds = new Map<string, Schema>();
  for (const definition of Object.values(definitions)) {
    if (!isRecord(definition)) continue;
    const listed = definition['x-kubernetes-group-version-kind'];
    for (const each of Array.isArray(listed) ? listed : []) {
      if (!isRecord(each)) continue;
      const version = String(each.version);
      const group = typeof each.group === 'string' ? each.group : '';
      const apiVersion = group === '' ? version : `${group}/${version}`;
      kinds.set(
        `${apiVersion} ${String(each.kind)}`,
        schemaOfDefinition(definition, definitions, withBuiltIn),
      );
    }
  }
  return { ofKind: (apiVersion, kind) => kinds.get(`${apiVersion} ${kind}`) };
}

/** The first that knows a kind answers. */
export function allSchemas(...list: Schemas[]): Schemas {
  return {
    ofKind(apiVersion, kind) {
      for (const each of list) {
        const schema = each.ofKind(apiVersion, kind);
        if (schema !== undefined) return schema;
      }
      return undefined;
    },
  };
}

type Definitions = Readonly<Record<string, unknown>>;

function schemaOfDefinition(
  definition: Definitions,
  definitions: Definitions,
  withBuiltIn: boolean,
): Schema {
  const strategy = definition['x-kubernetes-patch-strategy'];
  const listKeys = definition['x-kubernetes-list-map-keys'];
  const mergeKey = definition['x-kubernetes-patch-merge-key'];
  const merges = typeof strategy === 'string' && strategy.split(',').includes('merge');
  const keys = Array.isArray(listKeys)
    ? listKeys.map(String)
    : mergeKey === undefined
      ? []
      : [String(mergeKey)];
  return {
    merges,
    keys: merges ? keys : [],
    field(name) {
      const properties = isRecord(definition.properties) ? definition.properties : {};
      const found = Object.hasOwn(properties, name)
        ? properties[name]
        : definition.additionalProperties;
      return isRecord(found) ? resolved(found, definitions, withBuiltIn) : undefined;
    },
    elements() {
      return definition.type === 'array' && isRecord(definition.items)
        ? resolved(definition.items, definitions, withBuiltIn)
        : undefined;
    },
  };
}

/** Follows references, at most as many as there are definitions. */
function resolved(
  definition: Definitions,
  definitions: Definitions,
  withBuiltIn: boolean,
): Schema | undefined {
  let found = definition;
  for (let hops = Object.keys(definitions).length; typeof found.$ref === 'string'; hops--) {
    const name = found.$ref.replace('#/definitions/', '');
    const next = definitions[name];
    if (next === undefined && withBuiltIn) return schemaOfType(shortName(name));
    if (!isRecord(next) || hops <= 0) return undefined;
    found = next;
  }
  return schemaOfDefinition(found, definitions, withBuiltIn);
}

/** A type's name as the table has it: `io.k8s.api.core.v1.PodSpec` is `core.v1.PodSpec`. */
function shortName(name: string): string {
  return name.replace(
    /^io\.k8s\.(?:api\.|apimachinery\.pkg\.apis\.|apiextensions-apiserver\.pkg\.apis\.|kube-aggregator\.pkg\.apis\.)?/,
    '',
  );
}
