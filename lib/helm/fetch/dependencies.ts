/** Fills `charts/` with what Chart.yaml or Chart.lock asks for (helm 3.19 pkg/downloader/manager.go). */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../runtime/mod.ts';
import { messageOf } from '../../runtime/mod.ts';
import { HelmError, loadChart } from '../chart/mod.ts';
import type { Chart, ChartDependency } from '../chart/mod.ts';
import { dependencyFields } from '../storage/encode.ts';
import type { GoValue } from '../values/mod.ts';
import { toYaml, writeJson } from '../yaml/mod.ts';
import { unpackArchive } from './archive.ts';
import { readChartDirectory } from './directory.ts';
import type { Credentials } from './http.ts';
import type { OciTransport } from './oci-transport.ts';
import { sameUrl } from './repositories.ts';
import type { RepositoryEntry } from './repositories.ts';
import { updateIndexes } from './repository-update.ts';
import { writeWhole } from './repository-index.ts';
import { resolveDependency } from './resolve-dependency.ts';
import type { Resolved } from './resolve-dependency.ts';

export interface DependencyOptions {
  cacheFolder: string;
  clock: Clock;
  /** For a repository's URL. */
  credentialsFor?: (repository: string) => Credentials | undefined;
  /** `file://` dependencies must not lead out of this folder. */
  within?: string;
  signal?: AbortSignal;
  /** Repositories that have names (`@name`, `alias:name`), and where their indexes are kept. */
  known?: { repositories: readonly RepositoryEntry[]; cache: string };
  /** Known repositories are not asked for news. */
  skipRefresh?: boolean;
  /** For `oci://` repositories. */
  oci?: OciTransport;
  /** Checks an archive's signature before it is saved; gets the archive's file name. */
  verify?: (name: string, archive: Uint8Array, provenance: Uint8Array | undefined) => Promise<void>;
  /** Told what Helm prints on the way. */
  out?: (line: string) => void;
  /** Told what Helm's registry client prints. */
  note?: (line: string) => void;
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
  if (chart.metadata.dependencies === undefined) return;
  const wanted = namedRepositories(chart.metadata.dependencies, options);
  await refresh(wanted, options);
  await place(folder, chart, wanted, wanted, options);
}

/** As `updateDependencies`, with the versions of Chart.lock when there is one. */
export async function buildDependencies(folder: string, options: DependencyOptions): Promise<void> {
  const chart = await ownChart(folder);
  const { lock, metadata } = chart;
  if (lock === undefined) {
    await updateDependencies(folder, options);
    return;
  }
  const given = metadata.dependencies ?? [];
  const locked = lock.dependencies ?? [];
  const wanted = namedRepositories(given, options);
  if (lock.digest !== digestOf(wanted, locked)) {
    const isOld = metadata.apiVersion === 'v1';
    if (!isOld || lock.digest !== oldDigestOf(given)) {
      const [lockFile, file] = isOld
        ? ['requirements.lock', 'requirements.yaml']
        : ['Chart.lock', 'Chart.yaml'];
      throw new HelmError(
        'InvalidChart',
        metadata.name,
        `the lock file (${lockFile}) is out of sync with the dependencies file (${file}). Please update the dependencies`,
      );
    }
  }
  refuseUnknown(locked, options);
  await refresh(locked, options);
  await place(folder, chart, wanted, locked, options);
}

/** `@name` and `alias:name` become the URLs they stand for. */
function namedRepositories(
  dependencies: readonly ChartDependency[],
  { known }: DependencyOptions,
): ChartDependency[] {
  const missing: string[] = [];
  const named = dependencies.map((dependency) => {
    const { repository = '' } = dependency;
    const alias = /^(?:@|alias:)(.*)$/s.exec(repository)?.[1];
    const entry = known?.repositories.find(({ name }) => name === alias);
    if (entry !== undefined) return { ...dependency, repository: entry.url };
    if (repository !== '' && (alias !== undefined || !URL.canParse(repository)))
      missing.push(repository);
    return dependency;
  });
  if (missing.length === 0) return named;
  const unlikely = missing.some((each) => !each.includes('//') && !/^(?:@|alias:)/.test(each));
  throw new HelmError(
    'ChartNotFound',
    missing.join(', '),
    `no repository definition for ${missing.join(', ')}. Please add them via 'helm repo add'${
      unlikely
        ? `\nNote that repositories must be URLs or aliases. For example, to refer to the "example"\nrepository, use "https://charts.example.com/" or "@example" instead of\n"example". Don't forget to add the repo, too ('helm repo add').`
        : ''
    }`,
  );
}

/** With a list of known repositories, a build takes charts from no others. */
function refuseUnknown(locked: readonly ChartDependency[], { known }: DependencyOptions): void {
  if (known === undefined) return;
  const missing = locked
    .map(({ repository = '' }) => repository)
    .filter(
      (url) =>
        url !== '' &&
        !/^(?:file|oci):\/\//i.test(url) &&
        !known.repositories.some((entry) => sameUrl(entry.url, url)),
    );
  if (missing.length === 0) return;
  throw new HelmError(
    'ChartNotFound',
    missing.join(', '),
    `no repository definition for ${missing.join(', ')}. Please add the missing repos via 'helm repo add'`,
  );
}

async function refresh(
  dependencies: readonly ChartDependency[],
  { known, out = () => undefined, skipRefresh, signal }: DependencyOptions,
): Promise<void> {
  if (known === undefined || skipRefresh === true) return;
  const unmanaged = dependencies.filter(
    ({ repository = '' }) =>
      /^https?:/i.test(repository) &&
      !known.repositories.some((entry) => sameUrl(entry.url, repository)),
  );
  if (unmanaged.length > 0) {
    out('Getting updates for unmanaged Helm repositories...');
    for (const url of new Set(unmanaged.map(({ repository = '' }) => repository)))
      out(`...Successfully got an update from the "${url}" chart repository`);
  }
  if (known.repositories.length === 0) return;
  out('Hang tight while we grab the latest from your chart repositories...');
  await updateIndexes(known.repositories, known.cache, out, signal);
  out('Update Complete. ⎈Happy Helming!⎈');
}

async function place(
  folder: string,
  chart: Chart,
  wanted: readonly ChartDependency[],
  chosen: readonly ChartDependency[],
  options: DependencyOptions,
): Promise<void> {
  const out = options.out ?? (() => undefined);
  const target = path.join(folder, 'charts');
  const info = await stat(target).catch(() => undefined);
  if (info !== undefined && !info.isDirectory())
    throw new HelmError('InvalidChart', target, `"${target}" is not a directory`);
  const plans = [];
  for (const dependency of chosen) plans.push(await resolveDependency(folder, dependency, options));
  const missing = plans.flatMap((plan) => ('missing' in plan ? [plan.missing] : []));
  if (missing.length > 0) {
    throw new HelmError(
      'ChartNotFound',
      chart.metadata.name,
      `can't get a valid version for ${missing.length} subchart(s): ${missing.join(', ')}. Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml`,
    );
  }
  await mkdir(target, { recursive: true });
  out(`Saving ${chosen.length} charts`);
  const done: Resolved[] = [];
  try {
    for (const plan of plans) {
      if ('missing' in plan) continue;
      if (plan.announcement !== '') out(plan.announcement);
      done.push({ locked: plan.locked, archive: await plan.fetch() });
    }
  } catch (cause) {
    out(`Save error occurred:  ${messageOf(cause)}`);
    throw cause;
  }
  const archives = done.flatMap(({ archive }) => (archive === undefined ? [] : [archive]));
  for (const { name, data } of archives) await writeWhole(path.join(target, name), data);
  out('Deleting outdated charts');
  await removeOutdated(target, new Set(archives.map(({ name }) => name)), chosen, out);

  const locked = done.map((each) => each.locked);
  const digest = digestOf(wanted, locked);
  if (chart.lock?.digest === digest || chosen !== wanted) return;
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

/** Archives that are no longer asked for; those of charts that are kept in charts/ stay. */
async function removeOutdated(
  target: string,
  kept: ReadonlySet<string>,
  chosen: readonly ChartDependency[],
  out: (line: string) => void,
): Promise<void> {
  const local = new Set(
    chosen.filter(({ repository = '' }) => repository === '').map(({ name }) => name),
  );
  for (const entry of await readdir(target, { withFileTypes: true })) {
    if (entry.isDirectory() || kept.has(entry.name)) continue;
    const file = path.join(target, entry.name);
    try {
      const old = loadChart(unpackArchive(await readFile(file)), { unpack: unpackArchive });
      if (!local.has(old.metadata.name)) await rm(file);
    } catch (thrown) {
      out(`Could not verify ${file} for deletion: ${messageOf(thrown)} (Skipping)`);
    }
  }
}

/** The chart without `charts/`, whose content may be out of date. */
async function ownChart(folder: string): Promise<Chart> {
  const info = await stat(folder).catch((cause: unknown) => {
    throw new HelmError(
      'ChartNotFound',
      folder,
      `could not find ${folder}: stat ${folder}: no such file or directory`,
      { cause },
    );
  });
  if (!info.isDirectory())
    throw new HelmError('InvalidChart', folder, 'only unpacked charts can be updated');
  const files = await readChartDirectory(folder);
  return loadChart(files.filter(({ name }) => !name.startsWith('charts/')));
}

/** As Helm writes it into Chart.lock: over the wishes and what they became. */
function digestOf(wanted: readonly ChartDependency[], locked: readonly ChartDependency[]): string {
  return hashOf(writeJson([wanted.map(dependencyFields), locked.map(dependencyFields)]));
}

/** As Helm 2 wrote it into requirements.lock. */
const oldDigestOf = (wanted: readonly ChartDependency[]): string =>
  hashOf(writeJson(new Map([['dependencies', wanted.map(dependencyFields)]])));

const hashOf = (text: string): string =>
  `sha256:${createHash('sha256').update(text).digest('hex')}`;
