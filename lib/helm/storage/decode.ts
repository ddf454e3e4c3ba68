/** A release from the JSON that Helm stores. */
import { HelmError, metadataTexts } from '../chart/mod.ts';
import type { ChartDependency, ChartFile, ChartLock, ChartMetadata } from '../chart/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { releaseStatuses } from './release.ts';
import type { Release, ReleaseHook, ReleaseStatus } from './release.ts';

const phases = ['', 'Unknown', 'Running', 'Succeeded', 'Failed'] as const;

/** @throws HelmError `CorruptRelease` when the value has another shape */
export function readRelease(value: GoValue, labels: Record<string, string>): Release {
  const release = table(value, 'release');
  const info = tableIn(release, 'info');
  const chart = tableIn(release, 'chart');
  const status = text(info, 'status');
  const lock = chart.get('lock');
  const method = text(release, 'apply_method');
  return {
    name: text(release, 'name'),
    namespace: text(release, 'namespace'),
    version: whole(release, 'version'),
    info: {
      firstDeployed: text(info, 'first_deployed'),
      lastDeployed: text(info, 'last_deployed'),
      deleted: text(info, 'deleted'),
      description: text(info, 'description'),
      status: isStatus(status) ? status : 'unknown',
      notes: text(info, 'notes'),
    },
    chart: {
      metadata: readMetadata(tableIn(chart, 'metadata')),
      lock: lock === undefined || lock === null ? undefined : readLock(table(lock, 'lock')),
      templates: readFiles(chart, 'templates'),
      values: tableIn(chart, 'values'),
      ...((chart.get('values') ?? null) === null ? { noValues: true } : {}),
      schema: optionalBytes(chart, 'schema'),
      files: readFiles(chart, 'files'),
    },
    config: tableIn(release, 'config'),
    manifest: text(release, 'manifest'),
    hooks: tables(release, 'hooks').map(readHook),
    labels,
    ...(method === 'ssa' || method === 'csa' ? { applyMethod: method } : {}),
  };
}

export function isStatus(text: string): text is ReleaseStatus {
  return (releaseStatuses as readonly string[]).includes(text);
}

function readHook(hook: GoMap): ReleaseHook {
  const run = tableIn(hook, 'last_run');
  const phase = phases.find((each) => each === text(run, 'phase')) ?? 'Unknown';
  return {
    name: text(hook, 'name'),
    kind: text(hook, 'kind'),
    path: text(hook, 'path'),
    manifest: text(hook, 'manifest'),
    events: texts(hook, 'events') ?? [],
    weight: whole(hook, 'weight'),
    deletePolicies: texts(hook, 'delete_policies') ?? [],
    outputLogPolicies: texts(hook, 'output_log_policies') ?? [],
    lastRun: {
      startedAt: text(run, 'started_at'),
      completedAt: text(run, 'completed_at'),
      phase,
    },
  };
}

function readMetadata(map: GoMap): ChartMetadata {
  const metadata: ChartMetadata = { name: text(map, 'name'), version: text(map, 'version') };
  for (const key of metadataTexts) {
    if (map.has(key)) metadata[key] = text(map, key);
  }
  const sources = texts(map, 'sources');
  if (sources) metadata.sources = sources;
  const keywords = texts(map, 'keywords');
  if (keywords) metadata.keywords = keywords;
  if (map.get('deprecated') === true) metadata.deprecated = true;
  if (map.has('maintainers')) {
    metadata.maintainers = tables(map, 'maintainers').map((maintainer) =>
      Object.fromEntries(
        ['name', 'email', 'url'].flatMap((key) =>
          maintainer.has(key) ? [[key, text(maintainer, key)]] : [],
        ),
      ),
    );
  }
  if (map.has('annotations')) {
    const annotations = tableIn(map, 'annotations');
    metadata.annotations = Object.fromEntries(
      [...annotations.keys()].map((key) => [key, text(annotations, key)]),
    );
  }
  if (map.has('dependencies'))
    metadata.dependencies = tables(map, 'dependencies').map(readDependency);
  return metadata;
}

function readDependency(map: GoMap): ChartDependency {
  const dependency: ChartDependency = { name: text(map, 'name') };
  for (const key of ['version', 'repository', 'condition', 'alias'] as const)
    if (map.has(key)) dependency[key] = text(map, key);
  const tags = texts(map, 'tags');
  if (tags) dependency.tags = tags;
  if (map.get('enabled') === true) dependency.enabled = true;
  const imports = map.get('import-values');
  if (Array.isArray(imports)) dependency.importValues = imports;
  return dependency;
}

function readLock(map: GoMap): ChartLock {
  const lock: ChartLock = { generated: text(map, 'generated'), digest: text(map, 'digest') };
  if (Array.isArray(map.get('dependencies')))
    lock.dependencies = tables(map, 'dependencies').map(readDependency);
  return lock;
}

function readFiles(map: GoMap, key: string): ChartFile[] {
  return tables(map, key).map((file) => ({
    name: text(file, 'name'),
    data: optionalBytes(file, 'data') ?? new Uint8Array(),
  }));
}

function optionalBytes(map: GoMap, key: string): Uint8Array | undefined {
  const value = map.get(key);
  if (value === undefined || value === null) return undefined;
  return Buffer.from(text(map, key), 'base64');
}

function table(value: GoValue, what: string): GoMap {
  if (value instanceof Map) return value;
  throw corrupt(what);
}

function tableIn(map: GoMap, key: string): GoMap {
  const value = map.get(key);
  return value === undefined || value === null ? new Map() : table(value, key);
}

function tables(map: GoMap, key: string): GoMap[] {
  const value = map.get(key);
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw corrupt(key);
  return value.map((item) => table(item, key));
}

function text(map: GoMap, key: string): string {
  const value = map.get(key);
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw corrupt(key);
}

function texts(map: GoMap, key: string): string[] | undefined {
  const value = map.get(key);
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw corrupt(key);
  return value.map((item) => {
    if (typeof item === 'string') return item;
    throw corrupt(key);
  });
}

function whole(map: GoMap, key: string): number {
  const value = map.get(key);
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number') return value;
  throw corrupt(key);
}

function corrupt(field: string): HelmError {
  return new HelmError(
    'CorruptRelease',
    field,
    `failed to decode release: ${field} has an unexpected type`,
  );
}
