/** Charts from Git: loaded once for each tree, whatever number of releases and commits use it. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Chart } from '../../lib/helm/chart/mod.ts';
import { loadChartPath } from '../../lib/helm/fetch/mod.ts';
import type { Mirror } from '../../lib/git/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { OperatorError } from '../errors.ts';
import type { FetchedChart } from './source.ts';

export interface GitCharts {
  fetch(mirror: Mirror, request: GitChartRequest): Promise<FetchedChart>;
}

export interface GitChartRequest {
  ref: string;
  /** `.` for the root of the repository. */
  path: string;
  updateDependencies: boolean;
  /** Commit of the try before, '' when there was none. */
  lastAttempted: string;
}

export interface GitChartsOptions {
  parentFolder: string;
  /** Brings a chart folder's `charts/` up to date; see lib/helm/fetch. */
  updateDependencies: (folder: string) => Promise<void>;
}

/** Charts kept, the least recently used go first. */
const keptCharts = 64;

export function createGitCharts(options: GitChartsOptions): GitCharts {
  const charts = new Map<string, Promise<Chart>>();
  const remember = (key: string, load: () => Promise<Chart>): Promise<Chart> => {
    const known = charts.get(key);
    if (known !== undefined) {
      charts.delete(key);
      charts.set(key, known);
      return known;
    }
    const loading = load();
    charts.set(key, loading);
    loading.catch(() => charts.delete(key));
    for (const old of charts.keys()) {
      if (charts.size <= keptCharts) break;
      charts.delete(old);
    }
    return loading;
  };

  return {
    fetch: async (mirror, { ref, path: chartPath, updateDependencies, lastAttempted }) => {
      const head = await mirror.resolve(ref);
      if (head === undefined) {
        throw new OperatorError(
          'ChartFetchFailed',
          ref,
          `chart unavailable: the repository has no ref '${ref}'`,
        );
      }
      const tree = await mirror.treeId(head, chartPath);
      if (tree === undefined) {
        throw new OperatorError(
          'ChartFetchFailed',
          chartPath,
          `chart unavailable: there is no path '${chartPath}' in the repository at ${ref} (${head.slice(0, 7)})`,
        );
      }
      // Dependencies named by file:// lie outside the path, so their charts count by commit.
      let digest = `git:${tree}`;
      let chart = await remember(digest, () => load(mirror, head, chartPath, options, false));
      if (updateDependencies && needsUpdate(chart)) {
        digest = `git:${tree}@${head}`;
        chart = await remember(digest, () => load(mirror, head, chartPath, options, true));
      }
      const before =
        lastAttempted === '' ? undefined : await mirror.treeId(lastAttempted, chartPath);
      return {
        chart,
        revision: head,
        digest,
        changed: before !== undefined && before !== tree,
        file: (name) => readChartFile(mirror, head, chartPath, name),
      };
    },
  };
}

/** Declared dependencies that are not in the chart already. */
function needsUpdate(chart: Chart): boolean {
  const present = new Set(chart.dependencies.map(({ metadata }) => metadata.name));
  return (chart.metadata.dependencies ?? []).some(({ name }) => !present.has(name));
}

async function load(
  mirror: Mirror,
  revision: string,
  chartPath: string,
  options: GitChartsOptions,
  withDependencies: boolean,
): Promise<Chart> {
  const folder = await mkdtemp(path.join(options.parentFolder, 'flux-working'));
  try {
    await mirror.exportTo(folder, revision, withDependencies || chartPath === '.' ? '' : chartPath);
    const chartFolder = path.join(folder, chartPath);
    if (withDependencies) await options.updateDependencies(chartFolder);
    return await loadChartPath(chartFolder, { within: await realpath(folder) });
  } catch (thrown) {
    throw new OperatorError(
      'ChartFetchFailed',
      chartPath,
      `chart unavailable: ${messageOf(thrown).replaceAll(folder, '')}`,
      {
        cause: thrown,
      },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readChartFile(
  mirror: Mirror,
  revision: string,
  chartPath: string,
  name: string,
): Promise<Uint8Array | undefined> {
  const wanted = path.posix.normalize(name);
  if (wanted.startsWith('..') || path.posix.isAbsolute(wanted)) {
    throw new OperatorError('ValuesFailed', name, `${name} leads out of the chart`);
  }
  const full = chartPath === '.' ? wanted : `${chartPath}/${wanted}`;
  const [file] = await mirror.readTree(revision, full);
  return file?.path === full ? file.data : undefined;
}
