/** Charts from chart repositories: an archive is loaded once, whatever number of releases use it (spec helm-operator §4.4). */
import path from 'node:path';
import { fetchRepositoryChart } from '../../lib/helm/fetch/mod.ts';
import type { Credentials, FetchedChart as Archive } from '../../lib/helm/fetch/mod.ts';
import type { ChartSource, FetchedChart } from './source.ts';

type RepositorySource = Extract<ChartSource, { kind: 'repository' }>;

export interface RepositoryCharts {
  /** @throws HelmError `ChartNotFound`, `DownloadFailed`, `InvalidChart` */
  fetch(
    source: RepositorySource,
    credentials: Credentials | undefined,
  ): Promise<Omit<FetchedChart, 'changed' | 'file'>>;
}

/** Charts kept in memory, the least recently used go first. */
const keptCharts = 64;

export function createRepositoryCharts(parentFolder: string): RepositoryCharts {
  const charts = new Map<string, Archive['chart']>();
  return {
    fetch: async ({ url, name, version }, credentials) => {
      const fetched = await fetchRepositoryChart({
        repository: url,
        name,
        version,
        cacheFolder: path.join(parentFolder, 'repositories'),
        ...(credentials === undefined ? {} : { credentials }),
      });
      const chart = charts.get(fetched.digest) ?? fetched.chart;
      charts.delete(fetched.digest);
      charts.set(fetched.digest, chart);
      for (const old of charts.keys()) {
        if (charts.size <= keptCharts) break;
        charts.delete(old);
      }
      return { chart, revision: fetched.version, digest: `archive:${fetched.digest}` };
    },
  };
}
