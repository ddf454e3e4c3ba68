/** Chart.yaml, requirements.yaml and the lock files (helm 3.19 pkg/chart). */
import { parseVersion } from '../../policy/mod.ts';
import { quote, textOfBytes } from '../values/mod.ts';
import type { GoMap } from '../values/mod.ts';
import { parseYaml } from '../yaml/mod.ts';
import type { ChartDependency, ChartLock, ChartMetadata } from './chart.ts';
import { FieldReader } from './decode-struct.ts';
import { HelmError } from './errors.ts';
import { messageOf } from '../../runtime/mod.ts';

/**
 * Reads Chart.yaml (or the dependencies of requirements.yaml over metadata read before).
 *
 * @throws HelmError `InvalidChart`, `cannot load <file>: …`
 */
export function readMetadata(
  data: Uint8Array,
  file: string,
  base: ChartMetadata = { name: '', version: '' },
): ChartMetadata {
  const fields = readFields(data, file, 'Metadata');
  return fields === undefined ? base : readFrom(fields, base);
}

/** @throws HelmError `InvalidChart` for fields of another type; see `validateMetadata` for the rest */
export function metadataFrom(map: GoMap, file: string): ChartMetadata {
  return readFrom(new FieldReader(map, 'Metadata', `cannot load ${file}`), {
    name: '',
    version: '',
  });
}

function readFrom(fields: FieldReader, base: ChartMetadata): ChartMetadata {
  const metadata: ChartMetadata = {
    ...base,
    name: fields.text('name') ?? base.name,
    version: fields.text('version') ?? base.version,
  };
  for (const key of metadataTexts) {
    const text = fields.text(key);
    if (text !== undefined) metadata[key] = text;
  }
  const sources = fields.texts('sources');
  if (sources !== undefined) metadata.sources = sources;
  const keywords = fields.texts('keywords');
  if (keywords !== undefined) metadata.keywords = keywords;
  const deprecated = fields.flag('deprecated');
  if (deprecated !== undefined) metadata.deprecated = deprecated;
  const annotations = fields.textMap('annotations');
  if (annotations !== undefined) metadata.annotations = annotations;
  const maintainers = fields.structs('maintainers', 'Maintainer');
  if (maintainers !== undefined) {
    metadata.maintainers = maintainers.map((maintainer) => {
      if (maintainer === null) throw invalid('maintainers must not contain empty or null nodes');
      const read: { name?: string; email?: string; url?: string } = {};
      for (const key of ['name', 'email', 'url'] as const) {
        const text = maintainer.text(key);
        if (text !== undefined) read[key] = text;
      }
      return read;
    });
  }
  const dependencies = readDependencies(fields);
  if (dependencies !== undefined) metadata.dependencies = dependencies;
  return metadata;
}

export function readLock(data: Uint8Array, file: string): ChartLock {
  const fields = readFields(data, file, 'Lock');
  const lock: ChartLock = {};
  if (fields === undefined) return lock;
  const generated = fields.text('generated');
  if (generated !== undefined) lock.generated = generated;
  const digest = fields.text('digest');
  if (digest !== undefined) lock.digest = digest;
  const dependencies = readDependencies(fields);
  if (dependencies !== undefined) lock.dependencies = dependencies;
  return lock;
}

/** Fields of a chart's metadata that are text and may be missing. */
export const metadataTexts = [
  'apiVersion',
  'appVersion',
  'kubeVersion',
  'description',
  'type',
  'home',
  'icon',
  'condition',
  'tags',
] as const;

function readFields(data: Uint8Array, file: string, type: string): FieldReader | undefined {
  const what = `cannot load ${file}`;
  let value;
  try {
    value = parseYaml(textOfBytes(data), { integers: true });
  } catch (cause) {
    throw new HelmError('InvalidChart', file, `${what}: ${messageOf(cause)}`, { cause });
  }
  if (value === null) return undefined;
  if (value instanceof Map) return new FieldReader(value, type, what);
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  throw new HelmError(
    'InvalidChart',
    file,
    `${what}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type chart.${type}`,
  );
}

function readDependencies(fields: FieldReader): ChartDependency[] | undefined {
  return fields.structs('dependencies', 'Dependency')?.map((entry) => {
    if (entry === null) throw invalid('dependencies must not contain empty or null nodes');
    const dependency: ChartDependency = { name: entry.text('name') ?? '' };
    for (const key of ['version', 'repository', 'condition', 'alias'] as const) {
      const text = entry.text(key);
      if (text !== undefined) dependency[key] = text;
    }
    const tags = entry.texts('tags');
    if (tags !== undefined) dependency.tags = tags;
    const enabled = entry.flag('enabled');
    if (enabled !== undefined) dependency.enabled = enabled;
    const imports = entry.values('import-values');
    if (imports !== undefined) dependency.importValues = imports;
    return dependency;
  });
}

/**
 * Checks metadata as Helm does when it loads a chart, and returns it with unprintable characters removed.
 *
 * @throws HelmError `InvalidChart`, `validation: chart.metadata.…`
 */
export function validateMetadata(given: ChartMetadata): ChartMetadata {
  const metadata: ChartMetadata = { ...given, name: printable(given.name) };
  for (const key of [
    'description',
    'home',
    'icon',
    'condition',
    'tags',
    'appVersion',
    'kubeVersion',
  ] as const) {
    const text = given[key];
    if (text !== undefined) metadata[key] = printable(text);
  }
  if (given.sources) metadata.sources = given.sources.map(printable);
  if (given.keywords) metadata.keywords = given.keywords.map(printable);

  if ((metadata.apiVersion ?? '') === '') throw invalid('chart.metadata.apiVersion is required');
  if (metadata.name === '') throw invalid('chart.metadata.name is required');
  if (metadata.name.includes('/') && metadata.name !== '/')
    throw invalid(`chart.metadata.name ${quote(metadata.name)} is invalid`);
  if (metadata.version === '') throw invalid('chart.metadata.version is required');
  if (parseVersion(metadata.version) === undefined)
    throw invalid(`chart.metadata.version ${quote(metadata.version)} is invalid`);
  if (!['', 'application', 'library'].includes(metadata.type ?? ''))
    throw invalid('chart.metadata.type must be application or library');

  if (given.maintainers) {
    metadata.maintainers = given.maintainers.map((maintainer) =>
      Object.fromEntries(Object.entries(maintainer).map(([key, text]) => [key, printable(text)])),
    );
  }
  if (given.dependencies) {
    const seen = new Set<string>();
    metadata.dependencies = given.dependencies.map((dependency) => {
      const clean = cleanDependency(dependency);
      if (clean.alias && !/^[a-zA-Z0-9_-]+$/.test(clean.alias))
        throw invalid(`dependency ${quote(clean.name)} has disallowed characters in the alias`);
      const key = clean.alias ? clean.alias : clean.name;
      if (seen.has(key)) throw invalid(`more than one dependency with name or alias ${quote(key)}`);
      seen.add(key);
      return clean;
    });
  }
  return metadata;
}

function cleanDependency(dependency: ChartDependency): ChartDependency {
  const clean: ChartDependency = { ...dependency, name: printable(dependency.name) };
  for (const key of ['version', 'repository', 'condition'] as const) {
    const text = dependency[key];
    if (text !== undefined) clean[key] = printable(text);
  }
  if (dependency.tags) clean.tags = dependency.tags.map(printable);
  return clean;
}

/** Spaces of any kind become a space, other unprintable characters vanish. */
function printable(text: string): string {
  return text.replaceAll(/\s/gu, ' ').replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '');
}

function invalid(message: string): HelmError {
  return new HelmError('InvalidChart', 'Chart.yaml', `validation: ${message}`);
}
