/** Which sub-charts take part, under which names, and what they export (helm 3.19 pkg/chartutil/dependencies.go). */
import { parseConstraint, satisfies } from '../../policy/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import type { Chart, ChartDependency } from './chart.ts';
import { coalesceValues } from './coalesce.ts';
import { copyValues, leafAt, mergeTables, tableAt } from './tables.ts';
import type { Warn } from './tables.ts';

/**
 * The chart as it is rendered: disabled sub-charts removed, aliases applied, `import-values` added to the defaults.
 * Conditions win over tags. The argument is not changed.
 */
export function processDependencies(
  chart: Chart,
  values: GoMap,
  warn: Warn = () => undefined,
): Chart {
  return importValues(enableDependencies(chart, values, '', warn), warn);
}

/** True when a version lies in a range; false when either cannot be read. */
export function inRange(range: string, version: string): boolean {
  try {
    return satisfies(parseConstraint(range), version);
  } catch {
    // A range that cannot be read matches nothing, as in Helm.
    return false;
  }
}

function enableDependencies(chart: Chart, values: GoMap, path: string, warn: Warn): Chart {
  const wanted = chart.metadata.dependencies;
  if (wanted === undefined) return chart;
  const loaded: Chart[] = chart.dependencies.filter(
    (child) =>
      !wanted.some(
        (each) =>
          each.name === child.metadata.name && inRange(each.version ?? '', child.metadata.version),
      ),
  );
  const listed: ChartDependency[] = [];
  for (const each of wanted) {
    const found = chart.dependencies.find(
      (child) =>
        child.metadata.name === each.name && inRange(each.version ?? '', child.metadata.version),
    );
    const name = each.alias ? each.alias : each.name;
    if (found !== undefined)
      loaded.push(
        each.alias ? { ...found, metadata: { ...found.metadata, name: each.alias } } : found,
      );
    listed.push({ ...each, name, enabled: true });
  }
  const all: Chart = {
    ...chart,
    metadata: { ...chart.metadata, dependencies: listed },
    dependencies: loaded,
  };
  const seen = coalesceValues(all, values, { warn });
  applyTags(listed, seen, warn);
  applyConditions(listed, seen, path, warn);
  const removed = new Set(listed.filter((each) => each.enabled !== true).map((each) => each.name));
  return {
    ...all,
    metadata: {
      ...all.metadata,
      dependencies: listed.filter((each) => !removed.has(each.name)),
    },
    dependencies: loaded
      .filter((child) => !removed.has(child.metadata.name))
      .map((child) => enableDependencies(child, seen, `${path}${child.metadata.name}.`, warn)),
  };
}

function applyTags(dependencies: readonly ChartDependency[], values: GoMap, warn: Warn): void {
  const tags = values.get('tags');
  if (!(tags instanceof Map)) return;
  for (const dependency of dependencies) {
    const states = (dependency.tags ?? []).flatMap((tag) => {
      const state = tags.get(tag);
      if (state === undefined) return [];
      if (typeof state === 'boolean') return [state];
      warn(`Warning: Tag '${tag}' for chart ${dependency.name} returned non-bool value`);
      return [];
    });
    dependency.enabled = states.includes(true) || !states.includes(false);
  }
}

function applyConditions(
  dependencies: readonly ChartDependency[],
  values: GoMap,
  path: string,
  warn: Warn,
): void {
  for (const dependency of dependencies) {
    for (const condition of (dependency.condition ?? '').trim().split(',')) {
      if (condition === '') continue;
      const state = leafAt(values, path + condition);
      if (state === undefined) continue;
      if (typeof state === 'boolean') {
        dependency.enabled = state;
        break;
      }
      warn(
        `Warning: Condition path '${condition}' for chart ${dependency.name} returned non-bool value`,
      );
    }
  }
}

function importValues(given: Chart, warn: Warn): Chart {
  const chart: Chart = {
    ...given,
    dependencies: given.dependencies.map((child) => importValues(child, warn)),
  };
  const listed = chart.metadata.dependencies;
  if (listed === undefined || listed.length === 0) return chart;
  const seen = coalesceValues(chart, new Map(), { keepNull: true, warn });
  const imported: GoMap = new Map();
  const dependencies = listed.map((dependency) => {
    if (dependency.importValues === undefined) return dependency;
    const resolved: GoValue[] = [];
    for (const entry of dependency.importValues) {
      const route = importRoute(entry);
      if (route === undefined) continue;
      resolved.push(
        new Map([
          ['child', route.child],
          ['parent', route.parent],
        ]),
      );
      const table = tableAt(seen, `${dependency.name}.${route.child}`);
      if (table === undefined) {
        warn(
          `Warning: ImportValues missing table${typeof entry === 'string' ? '' : ` from chart ${dependency.name}`}: ${JSON.stringify(missingPart(seen, `${dependency.name}.${route.child}`))} is not a table`,
        );
        continue;
      }
      mergeTables(imported, atPath(route.parent, copyValues(table)), true, warn);
    }
    return { ...dependency, importValues: resolved };
  });
  return {
    ...chart,
    metadata: { ...chart.metadata, dependencies },
    values: mergeTables(seen, imported, true, warn),
    noValues: false,
  };
}

/** The first name of a path below which there is no table. */
function missingPart(values: GoMap, path: string): string {
  const names = path.split('.');
  const at = names.findIndex(
    (_, end) => tableAt(values, names.slice(0, end + 1).join('.')) === undefined,
  );
  return names[at] ?? path;
}

function importRoute(entry: unknown): { child: string; parent: string } | undefined {
  if (typeof entry === 'string') return { child: `exports.${entry}`, parent: '.' };
  if (!(entry instanceof Map)) return undefined;
  return { child: plainText(entry.get('child')), parent: plainText(entry.get('parent')) };
}

function plainText(value: unknown): string {
  return value === undefined || value === null ? '<nil>' : String(value);
}

function atPath(path: string, table: GoMap): GoMap {
  if (path === '.') return table;
  return path
    .split('.')
    .reverse()
    .reduce<GoMap>((inner, name) => new Map([[name, inner]]), table);
}
