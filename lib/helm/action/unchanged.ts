/** Whether a deployed release is what chart and values make of it, so that no further revision is called for. */
import type { Chart, ChartFile } from '../chart/mod.ts';
import type { Release } from '../storage/mod.ts';
import { writeJson } from '../yaml/mod.ts';
import type { HelmEngine, UpgradeOptions } from './engine.ts';

/** The objects of a release, hooks too, before and after. */
export interface Changes {
  before: string;
  after: string;
}

/**
 * What an upgrade would change of the stored release.
 *
 * The same chart with the same values counts as no change, whatever its templates make up anew (passwords, times);
 * otherwise what they render counts. A version's build metadata (`1.0.0+abc`) is passed over: source-controller adds the
 * commit there, and it is taken into the objects with the next revision.
 *
 * @returns nothing when nothing would change
 * @throws HelmError when the chart cannot be rendered
 */
export async function changesTo(
  engine: Pick<HelmEngine, 'upgrade'>,
  stored: Release,
  options: UpgradeOptions,
): Promise<Changes | undefined> {
  const { metadata } = options.chart;
  const { name, version } = stored.chart.metadata;
  if (name !== metadata.name || withoutBuild(version) !== withoutBuild(metadata.version))
    return {
      before: `chart ${name}-${version}\n`,
      after: `chart ${metadata.name}-${metadata.version}\n`,
    };
  const chart = { ...options.chart, metadata: { ...metadata, version } };
  if (isSameInput(stored, chart, options)) return undefined;
  const next = await engine.upgrade({ ...options, chart, dryRun: 'server' });
  const [before, after] = [objectsOf(stored), objectsOf(next)];
  return before === after ? undefined : { before, after };
}

function isSameInput(stored: Release, chart: Chart, { values }: UpgradeOptions): boolean {
  return (
    chart.dependencies.length === 0 &&
    writeJson(stored.config) === writeJson(values) &&
    writeJson(stored.chart.values) === writeJson(chart.values) &&
    isSameFiles(stored.chart.templates, chart.templates)
  );
}

function isSameFiles(before: readonly ChartFile[], after: readonly ChartFile[]): boolean {
  const old = new Map(before.map(({ name, data }) => [name, Buffer.from(data)]));
  return (
    old.size === after.length &&
    after.every(({ name, data }) => old.get(name)?.equals(Buffer.from(data)) === true)
  );
}

function objectsOf({ manifest, hooks }: Pick<Release, 'manifest' | 'hooks'>): string {
  const ordered = [...hooks].sort((a, b) => (a.path < b.path ? -1 : 1));
  return [manifest, ...ordered.map((hook) => hook.manifest)]
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .join('\n---\n')
    .concat('\n');
}

const withoutBuild = (version: string): string => version.replace(/\+.*$/, '');
