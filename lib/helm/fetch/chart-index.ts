/** A repository's `index.yaml` with all that it says of each chart (helm 3.19 pkg/repo/index.go). */
import { messageOf } from '../../runtime/mod.ts';
import { compareVersions, parseVersion } from '../../policy/mod.ts';
import { HelmError, metadataFrom, validateMetadata } from '../chart/mod.ts';
import type { ChartMetadata } from '../chart/mod.ts';
import { metadataFieldList } from '../storage/encode.ts';
import { GoObject } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { compareText, JsonFields, parseJson, parseYaml, toYaml, writeJson } from '../yaml/mod.ts';

export interface ChartVersion {
  metadata: ChartMetadata;
  urls: string[];
  /** RFC 3339. */
  created: string;
  /** SHA-256 of the archive in hexadecimal, perhaps behind `sha256:`; '' when the index does not say. */
  digest: string;
  removed: boolean;
}

export interface ChartIndex {
  /** RFC 3339. */
  generated: string;
  /** By name; newest first. */
  entries: Map<string, ChartVersion[]>;
}

/**
 * @param source where the text came from, for messages
 * @param warn told of entries that are passed over
 * @throws HelmError `InvalidChart` when the text is no index
 */
export function readChartIndex(
  text: string,
  source: string,
  warn: (line: string) => void = () => undefined,
): ChartIndex {
  const invalid = (message: string, cause?: unknown) =>
    new HelmError('InvalidChart', source, message, { cause });
  if (text === '') throw invalid('empty index.yaml file');
  let root: GoValue;
  try {
    root = isJson(text) ? parseJson(text) : parseYaml(text, { strict: true, integers: true });
  } catch (cause) {
    throw invalid(messageOf(cause), cause);
  }
  if (!(root instanceof Map)) throw invalid('no API version specified');
  const entries = new Map<string, ChartVersion[]>();
  const charts = root.get('entries');
  for (const [name, list] of charts instanceof Map ? charts : []) {
    if (!Array.isArray(list)) continue;
    const versions: ChartVersion[] = [];
    for (const item of list) {
      if (!(item instanceof Map)) {
        warn(
          `skipping loading invalid entry for chart ${JSON.stringify(name)} from ${source}: empty entry`,
        );
        continue;
      }
      const read = readVersion(item);
      if (read.problem === undefined) versions.push(read.version);
      else
        warn(
          `skipping loading invalid entry for chart ${JSON.stringify(name)} ${JSON.stringify(read.version.metadata.version)} from ${source}: ${read.problem}`,
        );
    }
    entries.set(name, versions);
  }
  sortEntries(entries);
  const apiVersion = root.get('apiVersion');
  if (typeof apiVersion !== 'string' || apiVersion === '')
    throw invalid('no API version specified');
  const generated = root.get('generated');
  return { generated: typeof generated === 'string' ? generated : '', entries };
}

const isJson = (text: string) => {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    // YAML in flow style.
    return false;
  }
};

function readVersion(map: GoMap): { version: ChartVersion; problem: string | undefined } {
  const text = (key: string) => {
    const value = map.get(key);
    return typeof value === 'string' ? value : '';
  };
  const urls = map.get('urls');
  const rest = {
    urls: Array.isArray(urls) ? urls.filter((url) => typeof url === 'string') : [],
    created: text('created'),
    digest: text('digest'),
    removed: map.get('removed') === true,
  };
  let metadata: ChartMetadata = { name: text('name'), version: text('version') };
  try {
    metadata = metadataFrom(map, 'index.yaml');
    if ((metadata.apiVersion ?? '') === '') metadata = { ...metadata, apiVersion: 'v1' };
    return { version: { metadata: validateMetadata(metadata), ...rest }, problem: undefined };
  } catch (cause) {
    const problem = messageOf(cause);
    // Some servers strip the aliases, which leaves names twice.
    const harmless = problem.startsWith('validation: more than one dependency with name or alias');
    return { version: { metadata, ...rest }, problem: harmless ? undefined : problem };
  }
}

export function sortEntries(entries: ReadonlyMap<string, ChartVersion[]>): void {
  for (const list of entries.values()) {
    const parsed = new Map(list.map((each) => [each, parseVersion(each.metadata.version)]));
    list.sort((a, b) => {
      const [left, right] = [parsed.get(a), parsed.get(b)];
      if (left === undefined || right === undefined) return left === right ? 0 : left ? -1 : 1;
      return compareVersions(right, left);
    });
  }
}

/** Named fields in the order of Helm's struct. */
class Struct extends GoObject {
  readonly goType = 'struct';
  readonly #fields: JsonFields;

  constructor(fields: readonly (readonly [string, GoValue])[]) {
    super();
    this.#fields = new JsonFields(fields);
  }

  toJsonValue(): JsonFields {
    return this.#fields;
  }
}

/** @param format `json` is what `--json` asks for */
export function writeChartIndex(index: ChartIndex, format: 'yaml' | 'json'): string {
  const entries = [...index.entries].sort(([a], [b]) => compareText(a, b));
  const value = new Struct([
    ['apiVersion', 'v1'],
    ['generated', index.generated],
    ['entries', new Struct(entries.map(([name, list]) => [name, list.map(versionValue)] as const))],
  ]);
  return format === 'json' ? writeJson(value, { indent: '  ' }) : toYaml(value);
}

function versionValue({ metadata, urls, created, digest, removed }: ChartVersion): GoValue {
  return new Struct([
    ...metadataFieldList(metadata),
    ['urls', [...urls]],
    ['created', created],
    ...(removed ? [['removed', true] as const] : []),
    ...(digest === '' ? [] : [['digest', digest] as const]),
  ]);
}
