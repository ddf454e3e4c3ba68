/** Charts for the comparison of both ways: from their sources, else as the release in the cluster keeps them. */
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { loadChart } from '../../lib/helm/chart/mod.ts';
import type { Chart } from '../../lib/helm/chart/mod.ts';
import {
  createOciTransport,
  fetchRepositoryChart,
  loadChartPath,
  pullOci,
  resolveOci,
  unpackArchive,
  updateDependencies,
} from '../../lib/helm/fetch/mod.ts';
import { openMirror, withCredentials } from '../../lib/git/mod.ts';
import type { HttpCredentials, Mirror } from '../../lib/git/mod.ts';
import type { KubeReader } from '../../lib/kube/mod.ts';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { MigrateError } from './errors.ts';
import type { ChartSource } from './chart-source.ts';

export interface LoadedChart {
  chart: Chart;
  /** A file of the chart. */
  file: (name: string) => Promise<Uint8Array | undefined>;
}

export interface Charts {
  /** @throws MigrateError `ChartUnavailable` */
  load(source: ChartSource): Promise<LoadedChart>;
}

export interface ChartsOptions {
  /** Secrets of sources. */
  reader: Pick<KubeReader, 'get'>;
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  /** For checkouts and indexes; the caller removes it. */
  workFolder: string;
}

const gitTimeoutMs = 60_000;

/** A source that several releases share is read once. */
export function createCharts(options: ChartsOptions): Charts {
  const { workFolder, clock, env } = options;
  const mirrors = new Map<string, Promise<Mirror>>();
  const cacheFolder = path.join(workFolder, 'repositories');

  const credentialsOf = async ({
    namespace,
    secret,
  }: ChartSource): Promise<HttpCredentials | undefined> => {
    if (secret === '') return undefined;
    const found = await options.reader.get({
      apiVersion: 'v1',
      kind: 'Secret',
      namespace,
      name: secret,
    });
    const data = found?.['data'];
    const of = (key: string) => {
      const value = isRecord(data) ? data[key] : undefined;
      return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8').trim() : '';
    };
    const [username, password] = [of('username'), of('password')];
    return username === '' && password === '' ? undefined : { username, password };
  };

  const openRepository = async (url: string): Promise<Mirror> => {
    const mirror = await openMirror({
      url,
      env,
      timeoutMs: gitTimeoutMs,
      parentFolder: workFolder,
    });
    await mirror.refresh();
    return mirror;
  };

  const fromGit = async (
    source: Extract<ChartSource, { kind: 'GitRepository' }>,
  ): Promise<LoadedChart> => {
    const credentials = await credentialsOf(source);
    const url = credentials === undefined ? source.url : withCredentials(source.url, credentials);
    const opened = mirrors.get(url) ?? openRepository(url);
    mirrors.set(url, opened);
    const mirror = await opened;
    const revision = await mirror.resolve(source.refText);
    if (revision === undefined) throw new Error(`there is no ${source.refText} in ${source.url}`);
    const folder = await mkdtemp(path.join(workFolder, 'chart-'));
    await mirror.exportTo(folder, revision);
    const chartFolder = path.join(folder, source.chart);
    let chart = await loadChartPath(chartFolder, { within: folder });
    const present = new Set(chart.dependencies.map(({ metadata }) => metadata.name));
    if ((chart.metadata.dependencies ?? []).some(({ name }) => !present.has(name))) {
      await updateDependencies(chartFolder, { cacheFolder, clock, within: folder });
      chart = await loadChartPath(chartFolder, { within: folder });
    }
    return {
      chart,
      file: async (name) => {
        const full = path.posix.join(source.chart, name);
        const [found] = await mirror.readTree(revision, full);
        return found?.path === full ? found.data : undefined;
      },
    };
  };

  const fromRepository = async (
    source: Extract<ChartSource, { kind: 'HelmRepository' }>,
  ): Promise<LoadedChart> => {
    const { url, chart: name, version } = source;
    const found = await credentialsOf(source);
    const credentials = found === undefined ? {} : { credentials: found };
    const file = () => Promise.resolve(undefined);
    if (!source.isOci) {
      const fetched = await fetchRepositoryChart({
        repository: url,
        name,
        version,
        cacheFolder,
        ...credentials,
      });
      return { chart: fetched.chart, file };
    }
    const transport = createOciTransport(credentials);
    const reference = await resolveOci(transport, `${url.replace(/\/+$/, '')}/${name}`, version);
    const { archive } = await pullOci(transport, reference);
    return { chart: loadChart(unpackArchive(archive), { unpack: unpackArchive }), file };
  };

  return {
    load: async (source) => {
      try {
        return await (source.kind === 'GitRepository' ? fromGit(source) : fromRepository(source));
      } catch (cause) {
        throw new MigrateError(
          'ChartUnavailable',
          source.url,
          `the chart cannot be read from ${source.url}: ${messageOf(cause)}`,
          { cause },
        );
      }
    },
  };
}
