/** ConfigMaps and Secrets from files, env files and literals. */
import { bytesOfText, hasLooseBytes } from '../helm/values/mod.ts';
import { failure, within } from './errors.ts';
import { lookupCreate, setField } from './fields.ts';
import type { GeneratorArgs, GeneratorOptions } from './kustomization.ts';
import { baseOf } from './loader.ts';
import type { Loader } from './loader.ts';
import { scalar, stringNode, Style, Tag, YNode } from './node.ts';
import { Resource, setAnnotation, setMetadataEntry } from './resource.ts';

type Pair = readonly [key: string, value: string];

/** Arguments of a ConfigMap are those of a Secret without a type. */
export type ConfigMapArgs = Omit<GeneratorArgs, 'type'>;

export function generateConfigMap(args: ConfigMapArgs, loader: Loader): Resource {
  const node = baseNode('ConfigMap', args);
  for (const [key, value] of sortedEntries(dataOf(args, loader))) {
    const isText = !hasLooseBytes(value);
    const written = isText ? value : encodeBase64(value);
    const field = isText ? 'data' : 'binaryData';
    const map = lookupCreate(node, 'map', [field]);
    if (map !== undefined) setField(map, key, blockString(written));
  }
  applyOptions(node, args.options);
  return generated(node, args);
}

export function generateSecret(args: GeneratorArgs, loader: Loader): Resource {
  const node = baseNode('Secret', args);
  setField(node, 'type', stringNode(args.type === '' ? 'Opaque' : args.type));
  const data = dataOf(args, loader);
  const map = lookupCreate(node, 'map', ['data']);
  for (const [key, value] of sortedEntries(data)) {
    if (map !== undefined) setField(map, key, blockString(encodeBase64(value)));
  }
  applyOptions(node, args.options);
  return generated(node, args);
}

/** Options of the file under those of one generator; `true` cannot be taken back. */
export function mergeOptions(
  own: GeneratorOptions | undefined,
  common: GeneratorOptions | undefined,
): GeneratorOptions | undefined {
  if (common === undefined) return own;
  const merge = (field: 'labels' | 'annotations'): Map<string, string> | undefined =>
    own?.[field] === undefined && common[field] === undefined
      ? undefined
      : new Map([...(common[field] ?? []), ...(own?.[field] ?? [])]);
  return {
    labels: merge('labels'),
    annotations: merge('annotations'),
    disableNameSuffixHash: common.disableNameSuffixHash || (own?.disableNameSuffixHash ?? false),
    immutable: common.immutable || (own?.immutable ?? false),
  };
}

function baseNode(kind: string, { name, namespace }: ConfigMapArgs): YNode {
  if (name === '') throw failure('a configmap must have a name');
  const node = new YNode('map', Tag.map);
  node.content = [
    scalar('apiVersion', Tag.string),
    scalar('v1', Tag.string),
    scalar('kind', Tag.string),
    scalar(kind, Tag.string),
  ];
  const metadata = lookupCreate(node, 'map', ['metadata']);
  if (metadata !== undefined) {
    setField(metadata, 'name', stringNode(name));
    if (namespace !== '') setField(metadata, 'namespace', stringNode(namespace));
  }
  return node;
}

function generated(node: YNode, args: ConfigMapArgs): Resource {
  const resource = new Resource(node);
  if (args.options?.disableNameSuffixHash !== true) resource.wantHash();
  const { behavior } = args;
  resource.behavior =
    behavior === 'create' || behavior === 'replace' || behavior === 'merge'
      ? behavior
      : 'unspecified';
  return resource;
}

function applyOptions(node: YNode, options: GeneratorOptions | undefined): void {
  if (options === undefined) return;
  for (const [key, value] of sortedEntries(options.labels ?? new Map<string, string>())) {
    setMetadataEntry(node, 'labels', key, value);
  }
  for (const [key, value] of sortedEntries(options.annotations ?? new Map<string, string>())) {
    setAnnotation(node, key, value);
  }
  if (options.immutable) setField(node, 'immutable', scalar('true', Tag.bool));
}

function sortedEntries(map: ReadonlyMap<string, string>): Pair[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** A string with several lines is a block. */
function blockString(value: string): YNode {
  return scalar(value, Tag.string, value.includes('\n') ? Style.literal : Style.plain);
}

/** Base64 in lines of 70 characters when it is as long as that. */
function encodeBase64(text: string): string {
  let binary = '';
  for (const byte of bytesOfText(text)) binary += String.fromCharCode(byte);
  const encoded = btoa(binary);
  if (encoded.length < 70) return encoded;
  return (encoded.match(/.{1,70}/g) ?? []).map((line) => `${line}\n`).join('');
}

function dataOf(args: ConfigMapArgs, loader: Loader): Map<string, string> {
  const pairs = within('loading KV pairs', () => [
    ...within(`env source files: ${goList(args.envs)}`, () =>
      (args.envs ?? []).flatMap((path) => envPairs(loader.load(path))),
    ),
    ...within(`literal sources ${goList(args.literals)}`, () =>
      (args.literals ?? []).map(literalPair),
    ),
    ...within(`file sources: ${goList(args.files)}`, () =>
      (args.files ?? []).map((source): Pair => {
        const [key, path] = fileSource(source);
        return [key, loader.load(path)];
      }),
    ),
  ]);
  const data = new Map<string, string>();
  for (const [key, value] of pairs) {
    if (data.has(key)) {
      throw failure(`configmap ${args.name} illegally repeats the key \`${key}\``);
    }
    data.set(key, value);
  }
  return data;
}

function goList(list: readonly string[] | undefined): string {
  return `[${(list ?? []).join(' ')}]`;
}

/** Longer lines end the reading of an env file, without a word, as Go's scanner does it. */
const longestLine = 64 * 1024;

function envPairs(content: string): Pair[] {
  const pairs: Pair[] = [];
  const lines = content.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const [at, each] of lines.entries()) {
    if (bytesOfText(each).length >= longestLine) break;
    let line = each.replace(/\r$/, '');
    if (hasLooseBytes(line)) throw failure(`line ${at} has invalid utf8 bytes : ${line}`);
    if (at === 0) line = line.replace(/^\ufeff/, '');
    line = line.replace(
      /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/,
      '',
    );
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    const key = equals < 0 ? line : line.slice(0, equals);
    if (key !== '') pairs.push([key, equals < 0 ? '' : line.slice(equals + 1)]);
  }
  return pairs;
}

function literalPair(source: string): Pair {
  const equals = source.indexOf('=');
  if (equals <= 0) throw failure(`invalid literal source ${source}, expected key=value`);
  const value = source.slice(equals + 1);
  const first = value[0];
  const isQuoted = value.length >= 2 && first === value.at(-1) && (first === '"' || first === "'");
  return [source.slice(0, equals), isQuoted ? value.slice(1, -1) : value];
}

/** `key=path`, or a path whose last part is the key. */
export function fileSource(source: string): Pair {
  const parts = source.split('=');
  const [key = '', path = ''] = parts;
  if (parts.length === 1) return [baseOf(source), source];
  if (parts.length > 2) {
    throw failure(`source ${JSON.stringify(source)} key name or file path contains '='`);
  }
  if (key === '') {
    throw failure(
      `missing key name for file path ${JSON.stringify(path)} in source ${JSON.stringify(source)}`,
    );
  }
  if (path === '') {
    throw failure(
      `missing file path for key name ${JSON.stringify(key)} in source ${JSON.stringify(source)}`,
    );
  }
  return [key, path];
}
