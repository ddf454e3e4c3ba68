/** One dependency: which version it is, and how its archive comes (helm 3.19 internal/resolver). */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { parseConstraint, parseVersion } from '../../policy/mod.ts';
import type { Constraint } from '../../policy/mod.ts';
import { messageOf } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import type { Chart, ChartDependency } from '../chart/mod.ts';
import type { ChartIndex, ChartVersion } from './chart-index.ts';
import type { DependencyOptions } from './dependencies.ts';
import { loadChartPath } from './directory.ts';
import { httpGet } from './http.ts';
import { maxChartBytes } from './archive.ts';
import { formatOci, isOci } from './oci-reference.ts';
import { listVersions, pullOci, resolveOci } from './oci.ts';
import { parseOci } from './oci-reference.ts';
import { packChart } from './pack.ts';
import { sameUrl, transferOf } from './repositories.ts';
import type { RepositoryEntry } from './repositories.ts';
import { readCachedIndex, resolveUrl } from './repository-update.ts';
import { fetchRepositoryChart } from './repository.ts';

/** File name below charts/; none when the chart lies there unpacked. */
type Archive = { name: string; data: Uint8Array } | undefined;

export interface Resolved {
  locked: ChartDependency;
  archive: Archive;
}

export type Plan =
  | { locked: ChartDependency; announcement: string; fetch: () => Promise<Archive> }
  /** No version is in range; as Helm lists it. */
  | { missing: string };

/** @throws HelmError `ChartNotFound`, `DownloadFailed`, `InvalidChart` */
export async function resolveDependency(
  folder: string,
  dependency: ChartDependency,
  options: DependencyOptions,
): Promise<Plan> {
  const { name, version = '', repository = '' } = dependency;
  const range = rangeOf(name, version);
  const locked = (found: string): ChartDependency => ({ name, repository, version: found });
  const missing = { missing: `"${name}" (repository "${repository}", version "${version}")` };
  const announcement = `Downloading ${name} from repo ${repository}`;
  if (repository === '') return fromCharts(folder, dependency, range);
  if (repository.startsWith('file://')) {
    const chart = await localChart(folder, repository, options);
    if (!range.allows(versionOf(chart))) return missing;
    return {
      locked: locked(chart.metadata.version),
      announcement: '',
      fetch: async () => ({ name: fileName(chart), data: await packChart(chart) }),
    };
  }
  if (isOci(repository)) {
    const transport = options.oci;
    if (transport === undefined) {
      throw new HelmError(
        'ChartNotFound',
        name,
        `${repository}: charts are not read from OCI registries here`,
      );
    }
    const base = parseOci(`${repository.replace(/\/+$/, '')}/${name}`);
    const versions =
      parseVersion(version) === undefined ? await listVersions(transport, base) : [version];
    const found = versions.find((each) => {
      const parsed = parseVersion(each);
      return parsed !== undefined && range.allows(parsed);
    });
    if (found === undefined) return missing;
    return {
      locked: locked(found),
      announcement,
      fetch: async () => {
        const reference = await resolveOci(
          transport,
          `oci://${formatOci({ ...base, tag: '' }).replace(/@$/, '')}`,
          found,
        );
        const {
          archive,
          provenance,
          digest,
          reference: shown,
        } = await pullOci(transport, reference);
        options.note?.(`Pulled: ${shown}`);
        options.note?.(`Digest: ${digest}`);
        const file = `${name}-${found}.tgz`;
        await options.verify?.(file, archive, provenance);
        return { name: file, data: archive };
      },
    };
  }
  const entry = options.known?.repositories.find(({ url }) => sameUrl(url, repository));
  if (entry !== undefined && options.known !== undefined) {
    const index = await readCachedIndex(options.known.cache, entry.name).catch((cause: unknown) => {
      throw new HelmError(
        'ChartNotFound',
        name,
        `no cached repository for ${entry.name} found. (try 'helm repo update'): ${messageOf(cause)}`,
        { cause },
      );
    });
    const found = inIndex(index, dependency, range);
    if (found === undefined) return missing;
    return {
      locked: locked(found.metadata.version),
      announcement,
      fetch: () => download(entry, found, options),
    };
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
    announcement,
    fetch: async () => {
      const file = fileName(fetched.chart);
      await options.verify?.(file, fetched.archive, undefined);
      return { name: file, data: fetched.archive };
    },
  };
}

function rangeOf(name: string, version: string): Constraint {
  try {
    return parseConstraint(version === '' ? '*' : version);
  } catch (cause) {
    throw new HelmError(
      'InvalidChart',
      name,
      `dependency "${name}" has an invalid version/constraint format: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** A chart that lies in charts/ already. */
async function fromCharts(
  folder: string,
  { name, version = '' }: ChartDependency,
  range: Constraint,
): Promise<Plan> {
  const place = path.join(folder, 'charts', name);
  await mustExist(place);
  return {
    locked: { name, repository: '', version },
    announcement: `Dependency ${name} did not declare a repository. Assuming it exists in the charts directory`,
    fetch: async () => {
      const chart = await loadChartPath(place).catch((cause: unknown) => {
        throw new HelmError(
          'InvalidChart',
          name,
          `unable to load chart '${place}': ${messageOf(cause)}`,
          { cause },
        );
      });
      if (range.allows(versionOf(chart))) return undefined;
      throw new HelmError(
        'ChartNotFound',
        name,
        `dependency ${name} at version ${chart.metadata.version} does not satisfy the constraint ${version}`,
      );
    },
  };
}

async function localChart(
  folder: string,
  repository: string,
  { within }: DependencyOptions,
): Promise<Chart> {
  const place = path.resolve(folder, repository.slice('file://'.length));
  await mustExist(place);
  return loadChartPath(place, within === undefined ? {} : { within });
}

async function mustExist(place: string): Promise<void> {
  await stat(place).catch((cause: unknown) => {
    throw new HelmError('ChartNotFound', place, `directory ${place} not found`, { cause });
  });
}

function inIndex(
  index: ChartIndex,
  { name, repository = '' }: ChartDependency,
  range: Constraint,
): ChartVersion | undefined {
  const versions = index.entries.get(name);
  if (versions === undefined)
    throw new HelmError('ChartNotFound', name, `${name} chart not found in repo ${repository}`);
  return versions.find(({ metadata, urls }) => {
    const parsed = parseVersion(metadata.version);
    return parsed !== undefined && urls.length > 0 && range.allows(parsed);
  });
}

async function download(
  entry: RepositoryEntry,
  { urls, metadata }: ChartVersion,
  options: DependencyOptions,
): Promise<Archive> {
  const url = resolveUrl(entry.url, urls[0] ?? '');
  const { credentials, ...transfer } = transferOf(entry, options.signal);
  const own = new URL(url).host === new URL(entry.url).host || entry.passCredentialsAll;
  const how = own && credentials !== undefined ? { ...transfer, credentials } : transfer;
  const { body } = await httpGet(url, { ...how, maxBytes: maxChartBytes }).catch(
    (cause: unknown) => {
      throw new HelmError('DownloadFailed', url, `could not download ${url}: ${messageOf(cause)}`, {
        cause,
      });
    },
  );
  const name =
    path.posix.basename(new URL(url).pathname) || `${metadata.name}-${metadata.version}.tgz`;
  if (options.verify !== undefined) {
    const signature = await httpGet(`${url}.prov`, { ...how, maxBytes: maxChartBytes }).catch(
      () => undefined,
    );
    await options.verify(name, body, signature?.body);
  }
  return { name, data: body };
}

function versionOf({ metadata }: Chart) {
  const parsed = parseVersion(metadata.version);
  if (parsed !== undefined) return parsed;
  throw new HelmError('InvalidChart', metadata.name, 'Invalid Semantic Version');
}

const fileName = ({ metadata }: Chart) => `${metadata.name}-${metadata.version}.tgz`;
