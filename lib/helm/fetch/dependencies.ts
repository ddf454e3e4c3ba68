/** Fills `charts/` with what Chart.yaml or Chart.lock asks for (helm 3.19 pkg/downloader/manager.go). */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../runtime/mod.ts';
import { HelmError, inRange, loadChart } from '../chart/mod.ts';
import type { Chart, ChartDependency } from '../chart/mod.ts';
import { dependencyFields } from '../storage/encode.ts';
import type { GoValue } from '../values/mod.ts';
import { toYaml, writeJson } from '../yaml/mod.ts';
import { loadChartPath, readChartDirectory } from './directory.ts';
import type { Credentials } from './http.ts';
import { packChart } from './pack.ts';
import { fetchRepositoryChart } from './repository.ts';
import { writeWhole } from './repository-index.ts';

export interface DependencyOptions {
  cacheFolder: string;
  clock: Clock;
  /** For a repository's URL. */
  credentialsFor?: (repository: string) => Credentials | undefined;
  /** `file://` dependencies must not lead out of this folder. */
  within?: string;
  signal?: AbortSignal;
}

interface Resolved {
  locked: ChartDependency;
  /** File name below charts/; none when the chart lies there unpacked. */
  archive: { name: string; data: Uint8Array } | undefined;
}

/**
 * Resolves the version ranges of Chart.yaml anew, writes Chart.lock and the archives.
 *
 * @throws HelmError `ChartNotFound`, `DownloadFailed`, `InvalidChart`
 */
export async function updateDependencies(
  folder: string,
  options: DependencyOptions,
): Promise<void> {
  const chart = await ownChart(folder);
  const wanted = chart.metadata.dependencies ?? [];
  if (wanted.length === 0) return;
  await place(folder, chart, wanted, options);
}

/** As `updateDependencies`, with the versions of Chart.lock when there is one. */
export async function buildDependencies(folder: string, options: DependencyOptions): Promise<void> {
  const chart = await ownChart(folder);
  const { lock } = chart;
  if (lock === undefined) {
    await updateDependencies(folder, options);
    return;
  }
  const wanted = chart.metadata.dependencies ?? [];
  const locked = lock.dependencies ?? [];
  if (lock.digest !== digestOf(wanted, locked)) {
    throw new HelmError(
      'InvalidChart',
      chart.metadata.name,
      'the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies',
    );
  }
  await place(folder, chart, locked, options);
}

async function place(
  folder: string,
  chart: Chart,
  wanted: readonly ChartDependency[],
  options: DependencyOptions,
): Promise<void> {
  const resolved: Resolved[] = [];
  for (const dependency of wanted) resolved.push(await resolve(folder, dependency, options));
  const target = path.join(folder, 'charts');
  await mkdir(target, { recursive: true });
  const archives = resolved.flatMap(({ archive }) => (archive === undefined ? [] : [archive]));
  for (const { name, data } of archives) await writeWhole(path.join(target, name), data);
  for (const name of await readdir(target)) {
    if (name.endsWith('.tgz') && !archives.some((archive) => archive.name === name))
      await rm(path.join(target, name));
  }
  const locked = resolved.map((each) => each.locked);
  const digest = digestOf(chart.metadata.dependencies ?? [], locked);
  if (chart.lock?.digest === digest) return;
  const lock = toYaml(
    new Map<string, GoValue>([
      ['dependencies', locked.map(dependencyFields)],
      ['digest', digest],
      ['generated', options.clock.now().toISOString()],
    ]),
  );
  const file = chart.metadata.apiVersion === 'v1' ? 'requirements.lock' : 'Chart.lock';
  await writeWhole(path.join(folder, file), lock);
}

async function resolve(
  folder: string,
  dependency: ChartDependency,
  options: DependencyOptions,
): Promise<Resolved> {
  const { name, version = '', repository = '' } = dependency;
  const locked = (found: string): ChartDependency => ({ name, repository, version: found });
  if (repository === '') {
    const chart = await loadChartPath(path.join(folder, 'charts', name));
    checkVersion(dependency, chart);
    return { locked: locked(chart.metadata.version), archive: undefined };
  }
  if (repository.startsWith('file://')) {
    const place = path.resolve(folder, repository.slice('file://'.length));
    const within = options.within === undefined ? {} : { within: options.within };
    const chart = await loadChartPath(place, within);
    checkVersion(dependency, chart);
    return {
      locked: locked(chart.metadata.version),
      archive: { name: fileName(chart), data: await packChart(chart) },
    };
  }
  if (!/^[a-z]+:\/\//i.test(repository)) {
    throw new HelmError(
      'ChartNotFound',
      name,
      `no repository definition for ${repository}. Please give the repository of "${name}" as a URL in Chart.yaml`,
    );
  }
  const credentials = options.credentialsFor?.(repository);
  const fetched = await fetchRepositoryChart({
    repository,
    name,
    version,
    cacheFolder: options.cacheFolder,
    ...(credentials === undefined ? {} : { credentials }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return {
    locked: locked(fetched.version),
    archive: { name: fileName(fetched.chart), data: fetched.archive },
  };
}

function checkVersion(
  { name, version = '', repository = '' }: ChartDependency,
  chart: Chart,
): void {
  if (version === '' || inRange(version, chart.metadata.version)) return;
  throw new HelmError(
    'ChartNotFound',
    name,
    `can't get a valid version for 1 subchart(s): "${name}" (repository "${repository}", version "${version}"). Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml`,
  );
}

const fileName = ({ metadata }: Chart) => `${metadata.name}-${metadata.version}.tgz`;

/** The chart without `charts/`, whose content may be out of date. */
async function ownChart(folder: string): Promise<Chart> {
  const files = await readChartDirectory(folder);
  return loadChart(files.filter(({ name }) => !name.startsWith('charts/')));
}

/** As Helm writes it into Chart.lock: over the wishes and what they became. */
function digestOf(wanted: readonly ChartDependency[], locked: readonly ChartDependency[]): string {
  const text = writeJson([wanted.map(dependencyFields), locked.map(dependencyFields)]);
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
