/**
 * Prints the protobuf numbers of the fields of built-in Kubernetes types, from their Go source.
 *
 *   tsx sandbox/apiserver/protobuf/generate.ts path/to/k8s.io/api@v0.34.4 path/to/k8s.io/apimachinery@v0.34.4
 *
 * Writes field-table.ts beside it; the format is explained in fields.ts.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtinKindTypes } from '../schema/builtin.ts';

const [api, machinery] = process.argv.slice(2);
if (api === undefined || machinery === undefined)
  throw new Error(
    'usage: tsx sandbox/apiserver/protobuf/generate.ts API_MODULE APIMACHINERY_MODULE',
  );

/** Groups whose objects clients send as protobuf; the rest is sent as JSON. */
const left =
  /^(apiextensions|apiregistration|resource|storagemigration|apiserverinternal)\.|alpha|beta/;
const more = ['meta.v1.DeleteOptions', 'policy.v1.Eviction', 'autoscaling.v1.Scale'];

interface Field {
  name: string;
  number: number;
  /** Go type without pointers and slices, with its package: `core.v1.PodSpec`; absent for scalars. */
  refs: string[];
  inline: boolean;
  /** A zero value is not written in JSON. */
  omitted: boolean;
  /** Part of the JSON of an empty struct. */
  always: boolean;
}

const packages = new Map<string, Map<string, Field[]>>();

function sourcesOf(folder: string): string {
  const [group = '', version = ''] = folder.split('.');
  const directory =
    group === 'meta'
      ? path.join(machinery ?? '', 'pkg/apis/meta', version)
      : path.join(api ?? '', group, version);
  if (!existsSync(directory)) return '';
  return readdirSync(directory)
    .filter((file) => file.endsWith('.go') && !/^generated|_test\.go$|^zz_/.test(file))
    .map((file) => readFileSync(path.join(directory, file), 'utf8'))
    .join('\n');
}

function structsOf(folder: string): Map<string, Field[]> {
  const known = packages.get(folder);
  if (known !== undefined) return known;
  const found = new Map<string, Field[]>();
  packages.set(folder, found);
  const source = sourcesOf(folder);
  const aliases = new Map<string, string>();
  for (const [, alias, target] of source.matchAll(/^\s*(?:import )?(\w+)? ?"k8s\.io\/(.+)"$/gm)) {
    const parts = /^(?:api|apimachinery\/pkg\/apis)\/(\w+)\/(\w+)$/.exec(target ?? '');
    if (parts !== null) aliases.set(alias ?? parts[2] ?? '', `${parts[1]}.${parts[2]}`);
  }
  const structs = new Set(
    [...source.matchAll(/^type (\w+) struct \{/gm)].map(([, name = '']) => name),
  );
  for (const [, struct = '', body = ''] of source.matchAll(
    /^type (\w+) struct \{\n([\s\S]*?)^\}/gm,
  )) {
    const fields: Field[] = [];
    for (const [, declared = '', json = '', number = ''] of body.matchAll(
      /^\t([^/\n][^`\n]*?)\s+`[^`\n]*?json:"([^"]*)"[^`\n]*?protobuf:"\w+,(\d+)[^`\n]*`/gm,
    )) {
      const words = declared.trim().split(/\s+/);
      const type = words.slice(1).join(' ') || (words[0] ?? '');
      const [name = '', ...options] = json.split(',');
      const inline = name === '' && options.includes('inline');
      const refs = [...type.matchAll(/(?:(\w+)\.)?([A-Z]\w*)/g)].flatMap(
        ([, alias, target = '']) => {
          const home = alias === undefined ? folder : aliases.get(alias);
          return home === undefined ? [] : [`${home}.${target}`];
        },
      );
      const isStruct = /^\w+$/.test(type)
        ? structs.has(type)
        : /^\w+\.\w+$/.test(type) && refs.some((ref) => structsOf(folderOf(ref)).has(nameOf(ref)));
      const omitempty = options.includes('omitempty');
      fields.push({
        name,
        number: Number(number),
        refs,
        inline,
        omitted: omitempty && !isStruct && !type.startsWith('*'),
        always: !options.includes('omitzero') && !type.startsWith('*') && (isStruct || !omitempty),
      });
    }
    found.set(struct, fields);
  }
  return found;
}

const folderOf = (name: string) => name.slice(0, name.lastIndexOf('.'));
const nameOf = (name: string) => name.slice(name.lastIndexOf('.') + 1);

const lines = new Map<string, string>();
function visit(name: string): void {
  const fields = structsOf(folderOf(name)).get(nameOf(name));
  if (fields === undefined || lines.has(name)) return;
  const folder = folderOf(name);
  const entries = fields.map((field) => {
    const [ref = ''] = field.refs;
    const target = ref.startsWith(`${folder}.`) ? ref.slice(folder.length) : ref;
    return `${field.number}${field.omitted ? '?' : field.always ? '!' : ''}${field.inline ? `*${target}` : field.name}`;
  });
  lines.set(name, `${name};${entries.join(';')}`);
  for (const field of fields) for (const ref of field.refs) visit(ref);
}
for (const type of builtinKindTypes().values()) if (!left.test(type)) visit(type);
for (const type of more) visit(type);

const version = /@v0\.(.*)$/.exec(api)?.[1] ?? '';
const text = [...lines]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([, line]) => line)
  .join('\n');
writeFileSync(
  fileURLToPath(new URL('field-table.ts', import.meta.url)),
  `/** Protobuf numbers of the built-in types' fields. Read by fields.ts, which explains the format. Written by generate.ts from Kubernetes v1.${version}. */\n\nexport const fieldTable = \`\n${text}\n\`;\n`,
);
