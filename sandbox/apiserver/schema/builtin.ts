/**
 * Types of the built-in kinds.
 *
 * The table (type-table.ts) has one line per type: `type;field!=CODE;…`, `!` marking required fields. CODE is a letter
 * (`s` string, `i` int32, `l` int64, `n` number, `b` boolean, `t` time, `T` micro time, `q` quantity, `x` int or string,
 * `y` base64 bytes, `o` anything), `@type` for an object (`@.X`: of the same package), or `[CODE`, `{CODE` for a list or
 * map of CODE. A second table names the types that are owned and replaced as a whole. How lists and maps merge comes from the table in lib/objects.
 */
import { mergeField } from '../../../lib/objects/mod.ts';
import { atomicTypes, builtinKinds, builtinTypes } from './type-table.ts';
import { anyType } from './type-node.ts';
import type { Scalar, TypeNode } from './type-node.ts';

const scalars: Readonly<Record<string, [Scalar, string]>> = {
  s: ['string', 'string'],
  i: ['int32', 'int32'],
  l: ['int64', 'int64'],
  n: ['number', 'float64'],
  b: ['boolean', 'bool'],
  t: ['time', 'time.Time'],
  T: ['microTime', 'time.Time'],
  q: ['quantity', 'resource.Quantity'],
  x: ['intOrString', 'intstr.IntOrString'],
  y: ['bytes', '[]uint8'],
};

/** Keys of map lists that have a default (kube-openapi `default` of the published document). */
const keyDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'core.v1.Container.ports': { protocol: 'TCP' },
  'core.v1.EphemeralContainer.ports': { protocol: 'TCP' },
  'core.v1.ServiceSpec.ports': { protocol: 'TCP' },
};

const lines = new Map(
  builtinTypes
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(';')), line]),
);
const kinds = parseKinds();
const atomic = new Set(atomicTypes.trim().split('\n'));
const nodes = new Map<string, TypeNode>();

/** Every built-in kind: `apiVersion Kind` to the name of its type. */
export function builtinKindTypes(): ReadonlyMap<string, string> {
  return kinds;
}

/** The type of a built-in kind, undefined when it is none. */
export function builtinType(apiVersion: string, kind: string): TypeNode | undefined {
  const name = kinds.get(`${apiVersion} ${kind}`);
  return name === undefined ? undefined : typeNamed(name);
}

export function typeNamed(name: string): TypeNode {
  const known = nodes.get(name);
  if (known !== undefined) return known;
  const line = lines.get(name);
  if (line === undefined) return anyType;
  const folder = name.slice(0, name.lastIndexOf('.'));
  const codes = new Map<string, string>();
  const required: string[] = [];
  for (const entry of line.split(';').slice(1)) {
    const equals = entry.indexOf('=');
    if (equals < 0) continue;
    const marked = entry[equals - 1] === '!';
    const field = entry.slice(0, marked ? equals - 1 : equals);
    if (marked) required.push(field);
    codes.set(field, entry.slice(equals + 1));
  }
  const fields = new Map<string, TypeNode>();
  const node: TypeNode = {
    shape: 'object',
    name: goName(name),
    path: name,
    required,
    ...(atomic.has(name) ? { atomic: true } : {}),
    fieldNames: () => [...codes.keys()],
    field: (field) => {
      const seen = fields.get(field);
      if (seen !== undefined) return seen;
      const code = codes.get(field);
      if (code === undefined) return undefined;
      const built = fieldType(name, field, code, folder);
      fields.set(field, built);
      return built;
    },
  };
  nodes.set(name, node);
  return node;
}

function fieldType(owner: string, field: string, code: string, folder: string): TypeNode {
  const node = parseCode(code, folder);
  const merge = mergeField(owner, field);
  if (merge === undefined) return node;
  const built: TypeNode = { ...node };
  if (merge.listType !== undefined) built.listType = merge.listType;
  if (merge.listMapKeys !== undefined) built.listMapKeys = merge.listMapKeys;
  if (merge.atomic === true) built.atomic = true;
  if (merge.strategies.length > 0) built.strategies = merge.strategies;
  if (merge.patchMergeKey !== undefined) built.patchMergeKey = merge.patchMergeKey;
  const defaults = keyDefaults[`${owner}.${field}`];
  if (defaults !== undefined) built.keyDefaults = defaults;
  return built;
}

function parseCode(code: string, folder: string): TypeNode {
  const sign = code[0] ?? 'o';
  if (sign === '[') {
    const element = parseCode(code.slice(1), folder);
    return { shape: 'list', name: `[]${element.name}`, element };
  }
  if (sign === '{') {
    const element = parseCode(code.slice(1), folder);
    return { shape: 'map', name: `map[string]${element.name}`, element };
  }
  if (sign === '@') return typeNamed(code[1] === '.' ? folder + code.slice(1) : code.slice(1));
  const scalar = scalars[sign];
  return scalar === undefined ? anyType : { shape: 'scalar', scalar: scalar[0], name: scalar[1] };
}

/** `core.v1.PodSpec` as Go prints it: `v1.PodSpec`. */
function goName(type: string): string {
  return type.split('.').slice(-2).join('.');
}

function parseKinds(): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of builtinKinds.trim().split('\n')) {
    const [apiVersion = '', folder = '', ...names] = line.split(' ');
    for (const each of names) {
      const [kind = '', type = kind] = each.split('=');
      found.set(`${apiVersion} ${kind}`, `${folder}.${type}`);
    }
  }
  return found;
}
