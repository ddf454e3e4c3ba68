/** Rendered files into hooks and manifests (helm 3.19 pkg/releaseutil). */
import { messageOf } from '../../runtime/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { GoInt, quote, trimEnd, trimSpace } from '../values/mod.ts';
import { compareText, formatFloat, parseYaml } from '../yaml/mod.ts';
import { HelmError } from './errors.ts';
import { sortByKind } from './kind-order.ts';
import type { Warn } from './tables.ts';

/** One document that is no hook. */
export interface Manifest {
  /** The template it came from. */
  path: string;
  content: string;
  head: ManifestHead;
}

export interface ManifestHead {
  apiVersion: string;
  kind: string;
  name: string;
  annotations: ReadonlyMap<string, string>;
}

/** A document with `helm.sh/hook`, before it ever ran. */
export interface RenderedHook {
  name: string;
  kind: string;
  path: string;
  manifest: string;
  events: string[];
  weight: number;
  deletePolicies: string[];
  outputLogPolicies: string[];
}

const eventOf: Readonly<Record<string, string>> = {
  'pre-install': 'pre-install',
  'post-install': 'post-install',
  'pre-delete': 'pre-delete',
  'post-delete': 'post-delete',
  'pre-upgrade': 'pre-upgrade',
  'post-upgrade': 'post-upgrade',
  'pre-rollback': 'pre-rollback',
  'post-rollback': 'post-rollback',
  test: 'test',
  'test-success': 'test',
};

/** Go's `\s`. */
const isSpace = (char: string) => char !== '' && '\t\n\f\r '.includes(char);

/** What stands between separators: `---` at the start of a line, with all the space around it. */
function separated(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = text.indexOf('---'); at >= 0; at = text.indexOf('---', at)) {
    if (at !== 0 && (text.charAt(at - 1) !== '\n' || at === start)) {
      at += 1;
      continue;
    }
    parts.push(trimEnd(text.slice(start, at), isSpace));
    at += 3;
    while (isSpace(text.charAt(at))) at += 1;
    start = at;
  }
  parts.push(text.slice(start));
  return parts;
}

/** The documents of a stream, trimmed, empty ones left out. */
export function splitManifests(stream: string): string[] {
  return separated(trimSpace(stream))
    .filter((document) => document !== '')
    .map(trimSpace);
}

/**
 * Sorts the documents of rendered files into hooks and manifests, each in the order of kinds and, within a kind, of
 * paths.
 *
 * @throws HelmError `InvalidManifest`, `YAML parse error on <path>: …`
 */
export function sortManifests(
  files: ReadonlyMap<string, string>,
  order: readonly string[],
  warn: Warn = () => undefined,
): { hooks: RenderedHook[]; manifests: Manifest[] } {
  const hooks: RenderedHook[] = [];
  const manifests: Manifest[] = [];
  for (const path of [...files.keys()].sort(compareText)) {
    const text = files.get(path) ?? '';
    if (path.slice(path.lastIndexOf('/') + 1).startsWith('_') || trimSpace(text) === '') continue;
    for (const content of splitManifests(text)) {
      const head = readHead(content, path);
      const hookTypes = head.annotations.get('helm.sh/hook');
      if (hookTypes === undefined) {
        manifests.push({ path, content, head });
        continue;
      }
      const events = hookTypes.split(',').map((type) => eventOf[type.trim().toLowerCase()]);
      // A hook of an unknown type is dropped as a whole.
      if (events.includes(undefined)) {
        warn(`info: skipping unknown hook: ${quote(hookTypes)}`, 'manifest_sorter.go:199');
        continue;
      }
      hooks.push({
        name: head.name,
        kind: head.kind,
        path,
        manifest: content,
        events: events.filter((event) => event !== undefined),
        weight: weightOf(head.annotations.get('helm.sh/hook-weight') ?? ''),
        deletePolicies: listOf(head.annotations.get('helm.sh/hook-delete-policy')),
        outputLogPolicies: listOf(head.annotations.get('helm.sh/hook-output-log-policy')),
      });
    }
  }
  return {
    hooks: sortByKind(hooks, (hook) => hook.kind, order),
    manifests: sortByKind(manifests, (manifest) => manifest.head.kind, order),
  };
}

function readHead(content: string, path: string): ManifestHead {
  const fail = (message: string, cause?: unknown) =>
    new HelmError('InvalidManifest', path, `YAML parse error on ${path}: ${message}`, { cause });
  const mismatch = (value: GoValue, type: string) =>
    fail(
      `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go ${type}`,
    );
  let value: GoValue;
  try {
    value = parseYaml(content, { integers: true });
  } catch (cause) {
    throw fail(messageOf(cause), cause);
  }
  const head = { apiVersion: '', kind: '', name: '', annotations: new Map<string, string>() };
  if (value === null) return head;
  if (!(value instanceof Map)) throw mismatch(value, 'value of type releaseutil.SimpleHead');
  const text = (map: GoMap, key: string, field: string): string => {
    const item = map.get(key);
    if (item === undefined || item === null) return '';
    if (item instanceof Map || Array.isArray(item))
      throw mismatch(item, `struct field ${field} of type string`);
    return scalarText(item);
  };
  head.apiVersion = text(value, 'apiVersion', 'SimpleHead.apiVersion');
  head.kind = text(value, 'kind', 'SimpleHead.kind');
  const metadata = value.get('metadata');
  if (metadata === undefined || metadata === null) return head;
  if (!(metadata instanceof Map)) {
    throw mismatch(
      metadata,
      'struct field SimpleHead.metadata of type struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }',
    );
  }
  head.name = text(metadata, 'name', 'SimpleHead.metadata.name');
  const annotations = metadata.get('annotations');
  if (annotations === undefined || annotations === null) return head;
  if (!(annotations instanceof Map)) {
    throw mismatch(
      annotations,
      'struct field SimpleHead.metadata.annotations of type map[string]string',
    );
  }
  for (const key of annotations.keys())
    head.annotations.set(key, text(annotations, key, 'SimpleHead.metadata.annotations'));
  return head;
}

function scalarText(value: GoValue): string {
  if (value instanceof GoInt) return value.value.toString();
  if (typeof value === 'number') return formatFloat(value);
  return typeof value === 'string' ? value : String(value);
}

function jsonKind(value: GoValue): string {
  if (value instanceof Map) return 'object';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? 'number' : 'string';
}

function weightOf(text: string): number {
  return /^[+-]?[0-9]+$/.test(text) ? Number(text) : 0;
}

function listOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(',').map((item) => item.trim().toLowerCase());
}
