/**
 * How the lists and maps of built-in kinds merge: patch strategies and merge keys (strategic merge patch), list types
 * and their keys (server-side apply). Facts of the published OpenAPI document; custom kinds are not in here.
 *
 * The table (merge-facts.ts) has one line per type: `type;field=SHAPE TYPE FACTS;…`. SHAPE is `[` for a list, `{` for a
 * map, nothing for an object; TYPE is written only where it leads to more facts (`.X` is a type of the same package).
 * FACTS: `m`, `r`, `k` are the strategies merge, replace, retainKeys with `:mergeKey`; `A` atomic, `S` set,
 * `M:key,key` a map list. Fields without facts are left out; `metadata` is an ObjectMeta in every kind.
 */
import { mergeKinds, mergeTypes } from './merge-facts.ts';

export type PatchStrategy = 'merge' | 'replace' | 'retainKeys';

export interface MergeField {
  shape: 'object' | 'list' | 'map';
  /** Type of the object, or of the elements of the list or map; absent when nothing below it has facts. */
  type?: string;
  /** Empty: lists are replaced, objects merged. */
  strategies: readonly PatchStrategy[];
  patchMergeKey?: string;
  /** Absent: atomic for lists. */
  listType?: 'atomic' | 'set' | 'map';
  listMapKeys?: readonly string[];
  /** The object or map is owned and replaced as a whole by server-side apply. */
  atomic?: boolean;
}

type Fields = ReadonlyMap<string, MergeField>;

const objectMeta: MergeField = { shape: 'object', type: 'meta.v1.ObjectMeta', strategies: [] };
const kinds = parseKinds();
const kindTypes = new Set(kinds.values());
const lines = new Map(
  mergeTypes
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(';')), line]),
);
const parsed = new Map<string, Fields>();

/** The type of a kind (`apps.v1.Deployment`), the start of a walk; undefined for kinds that are not built in. */
export function mergeTypeOf(apiVersion: string, kind: string): string | undefined {
  return kinds.get(`${apiVersion} ${kind}`);
}

/** The facts of one field of a type; undefined when it merges in the default way (and so does all below it). */
export function mergeField(type: string | undefined, field: string): MergeField | undefined {
  return type === undefined ? undefined : fieldsOf(type).get(field);
}

/**
 * The facts of the field at a path of names, from the top of an object: `['spec', 'template', 'spec', 'containers']`.
 * Elements of lists and maps have no part of their own: `['spec', 'containers', 'ports']`.
 */
export function mergeFieldAt(
  apiVersion: string,
  kind: string,
  path: readonly string[],
): MergeField | undefined {
  let type = mergeTypeOf(apiVersion, kind);
  let found: MergeField | undefined;
  for (const field of path) {
    found = mergeField(type, field);
    type = found?.type;
  }
  return found;
}

function fieldsOf(type: string): Fields {
  const known = parsed.get(type);
  if (known !== undefined) return known;
  const fields = new Map<string, MergeField>();
  if (kindTypes.has(type)) fields.set('metadata', objectMeta);
  const [, ...rest] = (lines.get(type) ?? type).split(';');
  const folder = type.slice(0, type.lastIndexOf('.'));
  for (const entry of rest) {
    const equals = entry.indexOf('=');
    fields.set(entry.slice(0, equals), parseField(entry.slice(equals + 1), folder));
  }
  if (lines.has(type) || kindTypes.has(type)) parsed.set(type, fields);
  return fields;
}

function parseField(text: string, folder: string): MergeField {
  const [head = '', ...facts] = text.split(' ');
  const sign = head[0];
  const shape = sign === '[' ? 'list' : sign === '{' ? 'map' : 'object';
  const name = shape === 'object' ? head : head.slice(1);
  const field: MergeField = { shape, strategies: [] };
  if (name !== '') field.type = name.startsWith('.') ? folder + name : name;
  for (const fact of facts) {
    const [code = '', argument] = fact.split(':');
    if (code === 'S') field.listType = 'set';
    else if (code === 'M') {
      field.listType = 'map';
      field.listMapKeys = argument?.split(',') ?? [];
    } else if (code === 'A') {
      if (shape === 'list') field.listType = 'atomic';
      else field.atomic = true;
    } else {
      field.strategies = Array.from(code, strategyOf);
      if (argument !== undefined) field.patchMergeKey = argument;
    }
  }
  return field;
}

function strategyOf(letter: string): PatchStrategy {
  return letter === 'm' ? 'merge' : letter === 'k' ? 'retainKeys' : 'replace';
}

/** Each line: `apiVersion package Kind Kind=TypeName …`. */
function parseKinds(): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of mergeKinds.trim().split('\n')) {
    const [apiVersion = '', folder = '', ...names] = line.split(' ');
    for (const each of names) {
      const [kind = '', type = kind] = each.split('=');
      found.set(`${apiVersion} ${kind}`, `${folder}.${type}`);
    }
  }
  return found;
}
