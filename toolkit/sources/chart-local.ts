/** Charts from the files of a source: a folder or a packed chart, with the dependencies that it lacks (spec §2.8). */
import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Chart, ChartDependency } from '../../lib/helm/chart/mod.ts';
import { loadChart } from '../../lib/helm/chart/mod.ts';
import { loadChartPath, packChart, unpackArchive } from '../../lib/helm/fetch/mod.ts';
import { parseConstraint, parseVersion } from '../../lib/policy/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import {
  BuildError,
  effectiveValuesFiles,
  mergeValuesFiles,
  versionWith,
  withDefaultValues,
} from './chart-build.ts';
import type { ChartBuild, ChartBuildOptions } from './chart-build.ts';
import type { FindChart, Found } from './chart-remote.ts';

export interface LocalChart {
  /** The source's files; nothing outside of it is read. */
  folder: string;
  /** Within the folder. */
  chart: string;
  /** Where a dependency's repository is looked things up in. @throws when it cannot be reached */
  repository: (url: string) => Promise<FindChart>;
}

/** @throws BuildError */
export async function buildLocal(
  source: LocalChart,
  options: ChartBuildOptions,
): Promise<ChartBuild & { resolved: number }> {
  const { folder } = source;
  const invalid = (cause: unknown) => new BuildError('InvalidChartReference', cause);
  if (path.isAbsolute(source.chart))
    throw invalid(new Error('local chart reference path is expected to be relative'));
  const location = await inside(folder, source.chart);
  const info = location === undefined ? undefined : await stat(location).catch(ifMissing);
  if (location === undefined || info === undefined) {
    throw invalid(
      new Error(`stat ${path.posix.join('/', source.chart)}: no such file or directory`),
    );
  }
  const isFolder = info.isDirectory();
  const given = await loadChartPath(location, { within: folder }).catch((cause: unknown) => {
    const message = messageOf(cause).replaceAll(location, path.posix.join('/', source.chart));
    throw invalid(new Error(message, { cause }));
  });
  const { name } = given.metadata;
  const version = versionWith(given.metadata.version, options.versionMetadata);
  const valuesFiles = effectiveValuesFiles(options.valuesFiles);
  const packaged = isFolder || options.versionMetadata !== '' || valuesFiles.length > 0;
  const { stored } = options;
  if (stored !== undefined && stored.name === name && stored.version === version) {
    const used = stored.valuesFiles ?? valuesFiles;
    return { name, version, packaged, valuesFiles: used, archive: undefined, resolved: 0 };
  }
  if (!packaged) {
    const archive = await readFile(location);
    return { name, version, packaged, valuesFiles: [], archive, resolved: 0 };
  }
  let chart: Chart = { ...given, metadata: { ...given.metadata, version } };
  let used: string[] = [];
  if (valuesFiles.length > 0) {
    const merged = await mergeValuesFiles(
      options.valuesFiles,
      options.ignoreMissingValuesFiles,
      (file) => textWithin(folder, file),
      (file) =>
        `no values file found at path '${path.posix.join('/', file)}' (reference '${file}')`,
    );
    chart = withDefaultValues(chart, merged.values);
    used = merged.used;
  }
  const added = isFolder ? await missingDependencies(source, location, chart) : [];
  chart = { ...chart, dependencies: [...chart.dependencies, ...added] };
  const archive = await packChart(chart).catch((cause: unknown) => {
    throw new BuildError('ChartPackageError', cause);
  });
  return { name, version, packaged, valuesFiles: used, archive, resolved: added.length };
}

/** Those of the lock, or else of Chart.yaml, that `charts/` does not hold. @throws BuildError */
async function missingDependencies(
  source: LocalChart,
  location: string,
  chart: Chart,
): Promise<Chart[]> {
  const wanted = chart.lock?.dependencies ?? chart.metadata.dependencies ?? [];
  const have = chart.dependencies;
  if (wanted.length === 0 || wanted.length === have.length) return [];
  const missing = wanted.filter(
    (each) => !have.some(({ metadata }) => metadata.name === each.name),
  );
  const added: Chart[] = [];
  for (const each of missing) {
    try {
      added.push(await resolve(source, location, each));
    } catch (cause) {
      if (cause instanceof BuildError && cause.reason === 'DependencyBuildError') throw cause;
      throw new BuildError('DependencyBuildError', cause);
    }
  }
  return added;
}

async function resolve(
  source: LocalChart,
  location: string,
  { name, version = '', repository = '' }: ChartDependency,
): Promise<Chart> {
  if (repository === '' || repository.startsWith('file://')) {
    return addLocal(source, location, { name, version, repository });
  }
  if (repository.startsWith('@') || repository.startsWith('alias:'))
    throw new Error(`aliased repository dependency is not supported: ${repository}`);
  if (!/^(https?|oci):\/\//.test(repository))
    throw new Error(`invalid dependency repository URL: ${repository}`);
  const failed = (cause: unknown) =>
    new Error(`failed to add remote dependency '${name}': ${messageOf(cause)}`, { cause });
  try {
    const find = await source.repository(repository);
    let found: Found;
    try {
      found = await find(name, version);
    } catch (cause) {
      const what = `failed to get chart '${name}' version '${version}' from '${repository}'`;
      throw new Error(`${what}: ${messageOf(cause)}`, { cause });
    }
    return loadChart(unpackArchive(await found.download()), { unpack: unpackArchive });
  } catch (cause) {
    throw failed(cause);
  }
}

async function addLocal(
  { folder }: LocalChart,
  location: string,
  { name, version, repository }: { name: string; version: string; repository: string },
): Promise<Chart> {
  const failed = (message: string) =>
    new Error(`failed to add local dependency '${name}': ${message}`);
  const below = path.relative(
    folder,
    repository === ''
      ? path.join(location, 'charts', name)
      : path.join(location, repository.replace(/^file:\/\//, '')),
  );
  // A path that climbs beyond the source starts again at its top.
  const place = await inside(folder, below.replace(/^(\.\.\/)+/, ''));
  const info = place === undefined ? undefined : await stat(place).catch(ifMissing);
  if (place === undefined || info === undefined) {
    throw failed(
      `no chart found at '${path.posix.join('/', below.replace(/^(\.\.\/)+/, ''))}' (reference '${repository}')`,
    );
  }
  const chart = await loadChartPath(place, { within: folder });
  const range = parseConstraint(version === '' ? '*' : version);
  const parsed = parseVersion(chart.metadata.version);
  if (parsed !== undefined && range.allows(parsed)) return chart;
  throw failed(
    `can't get a valid version for constraint '${version}': found '${chart.metadata.version}'`,
  );
}

/** A path below a folder, `..` and links stopping at the folder; `undefined` where nothing is. */
async function inside(folder: string, below: string): Promise<string | undefined> {
  const top = await realpath(folder);
  const place = await realpath(path.join(top, path.posix.join('/', below))).catch(ifMissing);
  if (place === undefined) return undefined;
  return place === top || place.startsWith(`${top}${path.sep}`) ? place : undefined;
}

async function textWithin(folder: string, file: string): Promise<string | undefined> {
  const place = await inside(folder, file);
  const info = place === undefined ? undefined : await stat(place).catch(ifMissing);
  return place === undefined || info?.isFile() !== true ? undefined : readFile(place, 'utf8');
}

function ifMissing(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown) {
    if (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR') return undefined;
  }
  throw thrown;
}
