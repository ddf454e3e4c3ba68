/** Charts from HTTP repositories (helm 3.19 pkg/downloader, pkg/repo). */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HelmError, loadChart } from '../chart/mod.ts';
import type { Chart } from '../chart/mod.ts';
import { maxChartBytes, unpackArchive } from './archive.ts';
import { httpGet, withoutUserInfo } from './http.ts';
import type { Credentials, TlsFiles } from './http.ts';
import { fetchIndex, pickVersion, writeWhole } from './repository-index.ts';

export interface RepositoryChartRequest {
  /** `https://host/path`. */
  repository: string;
  name: string;
  /** A version or a range; '' is the newest release. */
  version: string;
  credentials?: Credentials;
  tls?: TlsFiles;
  /** Indexes and archives are kept here. */
  cacheFolder: string;
  signal?: AbortSignal;
}

export interface FetchedChart {
  chart: Chart;
  archive: Uint8Array;
  /** SHA-256 of the archive in hexadecimal. */
  digest: string;
  version: string;
}

/**
 * The newest chart of a name that a version range allows. What is in the cache is not downloaded again.
 *
 * @throws HelmError `ChartNotFound`, `DownloadFailed`, `InvalidChart`; PolicyError for a range that cannot be read
 */
export async function fetchRepositoryChart(request: RepositoryChartRequest): Promise<FetchedChart> {
  const { repository, name, version, cacheFolder } = request;
  refuseOther(repository);
  const shown = withoutUserInfo(repository);
  const index = await fetchIndex(repository, cacheFolder, request);
  const entry = pickVersion(index[name] ?? [], version);
  if (entry === undefined) {
    const wanted = version === '' ? '' : ` version "${version}"`;
    throw new HelmError(
      'ChartNotFound',
      name,
      `chart "${name}"${wanted} not found in ${shown} repository`,
    );
  }
  const [location] = entry.urls;
  if (location === undefined)
    throw new HelmError(
      'ChartNotFound',
      name,
      `chart "${name}" version "${entry.version}" has no downloadable URLs`,
    );
  const cached = path.join(cacheFolder, 'archives', `${entry.digest}.tgz`);
  const kept = /^[0-9a-f]{64}$/.test(entry.digest) ? await readKept(cached) : undefined;
  if (kept !== undefined && digestOf(kept) === entry.digest) return loaded(kept, entry.version);
  const url = new URL(location, repository.replace(/\/*$/, '/'));
  refuseOther(url.href);
  // Credentials and certificates stay with the repository's own host.
  const sameHost = url.host === new URL(repository).host;
  const { body } = await httpGet(url.href, {
    maxBytes: maxChartBytes,
    ...(sameHost && request.credentials !== undefined ? { credentials: request.credentials } : {}),
    ...(sameHost && request.tls !== undefined ? { tls: request.tls } : {}),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  const digest = digestOf(body);
  if (entry.digest !== '' && entry.digest !== digest) {
    throw new HelmError(
      'DownloadFailed',
      name,
      `chart "${name}" version "${entry.version}" has the digest ${digest}, but the index says ${entry.digest}`,
    );
  }
  const result = loaded(body, entry.version);
  await writeWhole(path.join(cacheFolder, 'archives', `${digest}.tgz`), body);
  return result;
}

/** A chart archive at a URL. @throws HelmError `DownloadFailed`, `InvalidChart` */
export async function fetchChartArchive(request: {
  url: string;
  credentials?: Credentials;
  signal?: AbortSignal;
}): Promise<FetchedChart> {
  refuseOther(request.url);
  const { body } = await httpGet(request.url, { ...request, maxBytes: maxChartBytes });
  return loaded(body, undefined);
}

function loaded(archive: Uint8Array, version: string | undefined): FetchedChart {
  const chart = loadChart(unpackArchive(archive), { unpack: unpackArchive });
  return { chart, archive, digest: digestOf(archive), version: version ?? chart.metadata.version };
}

/** @throws HelmError `ChartNotFound` for everything but http and https */
function refuseOther(url: string): void {
  if (/^https?:\/\//i.test(url)) return;
  throw new HelmError(
    'ChartNotFound',
    url,
    /^oci:\/\//i.test(url)
      ? `${url}: charts are not read from OCI registries; use an http(s) repository or a chart in Git`
      : `could not find protocol handler for: ${url.split(':', 1)[0] ?? url}`,
  );
}

async function readKept(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}

const digestOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
