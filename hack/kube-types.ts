/**
 * Prints the tables of built-in Kubernetes types from an OpenAPI v2 document.
 *
 *   tsx hack/kube-types.ts path/to/swagger.json
 *
 * The document is `api/openapi-spec/swagger.json` of k8s.io/kubernetes; the version that was read is in the tables'
 * first lines. Writes lib/objects/merge-facts.ts and sandbox/apiserver/schema/type-table.ts; their formats are
 * explained beside the code that reads them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

interface Property {
  $ref?: string;
  type?: string;
  format?: string;
  items?: Property;
  additionalProperties?: Property;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-patch-merge-key'?: string;
}

interface Definition extends Property {
  properties?: Record<string, Property>;
  required?: string[];
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const source = process.argv[2];
if (source === undefined) throw new Error('usage: tsx hack/kube-types.ts path/to/swagger.json');
const document = JSON.parse(readFileSync(source, 'utf8')) as {
  info: { version: string };
  definitions: Record<string, Definition>;
};
const version = process.argv[3] ?? document.info.version;

const prefixes: [string, string][] = [
  ['io.k8s.apimachinery.pkg.apis.', ''],
  ['io.k8s.apimachinery.pkg.', ''],
  ['io.k8s.apiextensions-apiserver.pkg.apis.', ''],
  ['io.k8s.kube-aggregator.pkg.apis.', ''],
  ['io.k8s.api.', ''],
];

function shortName(name: string): string {
  for (const [prefix, to] of prefixes) {
    if (name.startsWith(prefix)) return to + name.slice(prefix.length);
  }
  return name;
}

const types = new Map<string, Definition>();
for (const [name, definition] of Object.entries(document.definitions)) {
  const short = shortName(name);
  if (types.has(short)) throw new Error(`two types are called ${short}`);
  types.set(short, definition);
}

/** Types that are written as one letter (see sandbox/apiserver/schema/types-table reader). */
const letters: Record<string, string> = {
  'meta.v1.Time': 't',
  'meta.v1.MicroTime': 'T',
  'api.resource.Quantity': 'q',
  'util.intstr.IntOrString': 'x',
  'runtime.RawExtension': 'o',
  'meta.v1.FieldsV1': 'o',
  'meta.v1.Patch': 'o',
};

function code(property: Property): string {
  if (property.$ref !== undefined) {
    const name = shortName(property.$ref.replace('#/definitions/', ''));
    if (letters[name] !== undefined) return letters[name];
    const target = types.get(name);
    if (target?.properties === undefined) {
      return target?.type === undefined || target.type === 'object' ? 'o' : code(target);
    }
    return `@${name}`;
  }
  if (property.type === 'array') return `[${code(property.items ?? {})}`;
  if (property.type === 'object') {
    return property.additionalProperties === undefined
      ? 'o'
      : `{${code(property.additionalProperties)}`;
  }
  if (property.type === 'string')
    return property.format === 'byte' ? 'y' : property.format === 'date-time' ? 't' : 's';
  if (property.type === 'integer') return property.format === 'int64' ? 'l' : 'i';
  if (property.type === 'number') return 'n';
  if (property.type === 'boolean') return 'b';
  return 'o';
}

/** The merge facts of one field, `''` when it has none. */
function facts(property: Property): string {
  const parts: string[] = [];
  const strategy = property['x-kubernetes-patch-strategy'];
  if (strategy !== undefined) {
    const letters = strategy
      .split(',')
      .map((each) => (each === 'merge' ? 'm' : each === 'retainKeys' ? 'k' : 'r'));
    parts.push(
      letters.join('') +
        (property['x-kubernetes-patch-merge-key']
          ? `:${property['x-kubernetes-patch-merge-key']}`
          : ''),
    );
  }
  const list = property['x-kubernetes-list-type'];
  if (list === 'map') parts.push(`M:${(property['x-kubernetes-list-map-keys'] ?? []).join(',')}`);
  else if (list === 'set') parts.push('S');
  else if (list === 'atomic') parts.push('A');
  const name =
    property.$ref === undefined ? '' : shortName(property.$ref.replace('#/definitions/', ''));
  if (
    property['x-kubernetes-map-type'] === 'atomic' ||
    types.get(name)?.['x-kubernetes-map-type'] === 'atomic'
  )
    parts.push('A');
  return parts.join(' ');
}

function refOf(property: Property): string | undefined {
  const found = /@(.*)$/.exec(code(property));
  return found?.[1];
}

/** Kinds whose group has several versions with the same Go type name keep their own entries. */
const kinds: string[] = [];
for (const [name, definition] of types) {
  const gvks = definition['x-kubernetes-group-version-kind'] ?? [];
  const gvk = gvks[0];
  if (gvks.length !== 1 || gvk === undefined || definition.properties?.['metadata'] === undefined)
    continue;
  if (gvk.kind.endsWith('List') && definition.properties['items'] !== undefined) continue;
  const apiVersion = gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`;
  kinds.push(`${apiVersion} ${gvk.kind} ${name}`);
}
kinds.sort();

const leads = new Set<string>();
for (let grew = true; grew;) {
  grew = false;
  for (const [name, definition] of types) {
    if (leads.has(name) || name.endsWith('List')) continue;
    const relevant = Object.values(definition.properties ?? {}).some(
      (property) => facts(property) !== '' || leads.has(refOf(property) ?? ''),
    );
    if (relevant) {
      leads.add(name);
      grew = true;
    }
  }
}
const reachable = new Set<string>();
const visit = (name: string) => {
  if (reachable.has(name)) return;
  reachable.add(name);
  for (const property of Object.values(types.get(name)?.properties ?? {})) {
    const next = refOf(property);
    if (next !== undefined) visit(next);
  }
};
for (const kind of kinds) visit(kind.split(' ')[2] ?? '');

/** Consecutive kinds of one apiVersion share a line: `apps/v1 apps.v1 Deployment DaemonSet`. */
function kindLines(): string[] {
  const byVersion = new Map<string, string[]>();
  for (const each of kinds) {
    const [apiVersion = '', kind = '', type = ''] = each.split(' ');
    const folder = type.slice(0, type.lastIndexOf('.'));
    const key = `${apiVersion} ${folder}`;
    const name = type.slice(type.lastIndexOf('.') + 1);
    byVersion.set(key, [...(byVersion.get(key) ?? []), name === kind ? kind : `${kind}=${name}`]);
  }
  return [...byVersion].map(([key, names]) => `${key} ${names.join(' ')}`);
}

const mergeLines: string[] = [];
for (const name of [...reachable].sort()) {
  if (!leads.has(name)) continue;
  const folder = name.slice(0, name.lastIndexOf('.'));
  const fields: string[] = [];
  for (const [field, property] of Object.entries(types.get(name)?.properties ?? {})) {
    const next = refOf(property);
    const fact = facts(property);
    const type = next === undefined || !leads.has(next) ? '' : next;
    if (fact === '' && (type === '' || type === 'meta.v1.ObjectMeta')) continue;
    const shortType = type.startsWith(`${folder}.`) ? type.slice(folder.length) : type;
    const shape = code(property)[0] === '[' ? '[' : code(property)[0] === '{' ? '{' : '';
    fields.push(`${field}=${shape}${shortType}${fact === '' ? '' : ` ${fact}`}`);
  }
  if (fields.length > 0) mergeLines.push(`${name};${fields.join(';')}`);
}

const schemaLines: string[] = [];
for (const name of [...reachable].sort()) {
  const definition = types.get(name);
  const folder = name.slice(0, name.lastIndexOf('.'));
  const required = new Set(definition?.required ?? []);
  const fields = Object.entries(definition?.properties ?? {}).map(([field, property]) => {
    const type = code(property).replace(`@${folder}.`, '@.');
    return `${field}${required.has(field) ? '!' : ''}=${type}`;
  });
  schemaLines.push(`${name};${fields.join(';')}`);
}

write(
  'lib/objects/merge-facts.ts',
  'How lists and maps of built-in kinds merge. Read by merge-metadata.ts, which explains the format.',
  [
    ['mergeKinds', kindLines()],
    ['mergeTypes', mergeLines],
  ],
);
write(
  'sandbox/apiserver/schema/type-table.ts',
  'Fields of the built-in types. Read by builtin.ts, which explains the format.',
  [
    ['builtinKinds', kindLines()],
    ['builtinTypes', schemaLines],
    [
      'atomicTypes',
      [...reachable]
        .filter((name) => types.get(name)?.['x-kubernetes-map-type'] === 'atomic')
        .sort(),
    ],
  ],
);

function write(file: string, title: string, tables: [string, string[]][]): void {
  const text = tables.map(
    ([name, lines]) => `export const ${name} = \`\n${lines.join('\n')}\n\`;\n`,
  );
  writeFileSync(
    path.join(root, file),
    `/** ${title} Written by hack/kube-types.ts from Kubernetes ${version}. */\n\n${text.join('\n')}`,
  );
}
