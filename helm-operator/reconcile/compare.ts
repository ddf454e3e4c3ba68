/** Whether a stored release is what chart and values would make of it, without a dry run (spec helm-operator §6.4). */
import type { Chart, ChartFile } from '../../lib/helm/chart/mod.ts';
import type { Release } from '../../lib/helm/storage/mod.ts';
import type { GoMap, GoValue } from '../../lib/helm/values/mod.ts';
import { writeJson } from '../../lib/helm/yaml/mod.ts';
import { mergeValues } from '../values/compose.ts';

/**
 * What differs, in words; empty when nothing does.
 *
 * @param reuse values are laid over those of the stored release, and its defaults stay, as `resetValues: false` asks
 */
export function differences(
  release: Release,
  chart: Chart,
  values: GoMap,
  { reuse }: { reuse: boolean },
): string[] {
  const found: string[] = [];
  const stored = release.chart.metadata;
  const next = chart.metadata;
  if (
    stored.name !== next.name ||
    !isSameVersion(stored.version, next.version) ||
    stored.appVersion !== next.appVersion
  ) {
    found.push(`chart ${stored.name}-${stored.version} is now ${next.name}-${next.version}`);
  }
  const wanted = reuse ? mergeValues(release.config, values) : values;
  if (canonical(release.config) !== canonical(wanted)) found.push('values differ');
  // Helm folds the defaults of dependencies into the stored chart's values.
  if (
    !reuse &&
    chart.dependencies.length === 0 &&
    canonical(release.chart.values) !== canonical(chart.values)
  ) {
    found.push('default values of the chart differ');
  }
  found.push(...templateDifferences(release.chart.templates, chart.templates));
  return found;
}

/** A release that comes back from the newer generation has the commit in its chart's version: `1.0.0+0123456789ab`. */
function isSameVersion(stored: string, next: string): boolean {
  return (
    stored === next ||
    (stored.startsWith(`${next}+`) && /^[0-9a-f]{12}$/.test(stored.slice(next.length + 1)))
  );
}

function templateDifferences(before: readonly ChartFile[], after: readonly ChartFile[]): string[] {
  const old = new Map(before.map(({ name, data }) => [name, Buffer.from(data)]));
  const now = new Map(after.map(({ name, data }) => [name, Buffer.from(data)]));
  const names = new Set([...old.keys(), ...now.keys()]);
  return [...names]
    .filter((name) => old.get(name)?.equals(now.get(name) ?? Buffer.of()) !== true)
    .map((name) => `template ${name} differs`);
}

/** Numbers compare by value: 1 and 1.0 are one. */
export function canonical(value: GoValue): string {
  return writeJson(value);
}
