/**
 * Charts from HTTP repositories and OCI registries: an archive is loaded once, whatever number of releases use it (spec
 * helm-operator §4.4).
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { loadChart } from '../../lib/helm/chart/mod.ts';
import {
  createOciTransport,
  fetchRepositoryChart,
  isOci,
  pullOci,
  resolveOci,
  unpackArchive,
} from '../../lib/helm/fetch/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import type { RepositoryAccess } from './imports.ts';
import type { ChartSource, FetchedChart } from './source.ts';

type RepositorySource = Extract<ChartSource, { kind: 'repository' }>;
type Found = Omit<FetchedChart, 'changed' | 'file'>;

export interface RepositoryCharts {
  /** @throws HelmError `ChartNotFound`, `DownloadFailed`, `InvalidChart` */
  fetch(source: RepositorySource, access: RepositoryAccess): Promise<Found>;
  /** The next fetches ask the repositories anew. */
  renew(): void;
}

export interface RepositoryChartsOptions {
  parentFolder: string;
  clock: Clock;
  /** How long an answer serves all who ask the same, in milliseconds. */
  sharedMs: number;
}

/** Charts kept in memory, the least recently used go first. */
const keptCharts = 64;

export function createRepositoryCharts(options: RepositoryChartsOptions): RepositoryCharts {
  const { clock, sharedMs } = options;
  const charts = new Map<string, Found['chart']>();
  const shared = new Map<string, { at: number; found: Promise<Found> }>();
  const cacheFolder = path.join(options.parentFolder, 'repositories');

  /** The chart of an archive, the one in memory when there is one. */
  const kept = (digest: string, load: () => Found['chart']): Found['chart'] => {
    const chart = charts.get(digest) ?? load();
    charts.delete(digest);
    charts.set(digest, chart);
    for (const old of charts.keys()) {
      if (charts.size <= keptCharts) break;
      charts.delete(old);
    }
    return chart;
  };
  const fetchOne = async (
    { url, name, version }: RepositorySource,
    access: RepositoryAccess,
  ): Promise<Found> => {
    if (!isOci(url)) {
      const fetched = await fetchRepositoryChart({
        repository: url,
        name,
        version,
        cacheFolder,
        ...access,
      });
      const { digest } = fetched;
      const chart = kept(digest, () => fetched.chart);
      return { chart, revision: fetched.version, digest: `archive:${digest}` };
    }
    const transport = createOciTransport(access);
    const reference = await resolveOci(transport, `${url.replace(/\/+$/, '')}/${name}`, version);
    const { archive } = await pullOci(transport, reference);
    const digest = createHash('sha256').update(archive).digest('hex');
    const chart = kept(digest, () => loadChart(unpackArchive(archive), { unpack: unpackArchive }));
    return { chart, revision: chart.metadata.version, digest: `archive:${digest}` };
  };

  return {
    fetch: async (source, access) => {
      const { url, name, version } = source;
      const key = JSON.stringify([url, name, version, access]);
      const now = clock.now().getTime();
      for (const [old, { at }] of shared) if (now - at > sharedMs) shared.delete(old);
      const known = shared.get(key);
      if (known !== undefined) return known.found;
      const found = fetchOne(source, access);
      const made = { at: now, found };
      shared.set(key, made);
      found.catch(() => {
        if (shared.get(key) === made) shared.delete(key);
      });
      return found;
    },
    renew: () => {
      shared.clear();
    },
  };
}
