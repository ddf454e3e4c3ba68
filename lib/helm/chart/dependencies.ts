/** Which sub-charts take part, under which names, and what they export (helm 3.19 pkg/chartutil/dependencies.go). */
import { parseConstraint, satisfies } from '../../policy/mod.ts';
import { sprintf } from '../template/mod.ts';
import { GoTypedMap, quote } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import type { Chart, ChartDependency, ChartMetadata } from './chart.ts';
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
  const root = nodeOf(chart, undefined);
  enableDependencies(root, values, '', warn);
  importValues(root, warn);
  return chartOf(root);
}

/**
 * A chart while it is processed. Helm changes charts in place, and of a sub-chart with an alias it makes a shallow copy:
 * the entries of the copy's dependencies and the charts below it are the original's. What one alias does to them, the
 * next one sees, and a chart below may say that it lies where its original parent was.
 */
interface Node {
  readonly chart: Chart;
  metadata: ChartMetadata;
  values: GoMap;
  noValues: boolean;
  below: Node[];
  parent: Node | undefined;
}

function nodeOf(chart: Chart, parent: Node | undefined): Node {
  const { metadata, values, noValues = false } = chart;
  const { dependencies } = metadata;
  const node: Node = {
    chart,
    metadata:
      dependencies === undefined
        ? metadata
        : { ...metadata, dependencies: dependencies.map((each) => ({ ...each })) },
    values,
    noValues,
    below: [],
    parent,
  };
  node.below = chart.dependencies.map((child) => nodeOf(child, node));
  return node;
}

function setBelow(node: Node, below: Node[]): void {
  for (const child of below) child.parent = node;
  node.below = below;
}

function pathOf({ metadata, parent }: Node): string {
  return parent === undefined ? metadata.name : `${pathOf(parent)}/charts/${metadata.name}`;
}

function chartOf(node: Node): Chart {
  const { chart, metadata, values, noValues, below, parent } = node;
  const { noValues: _, ...rest } = chart;
  return {
    ...rest,
    metadata,
    values,
    ...(noValues ? { noValues } : {}),
    dependencies: below.map(chartOf),
    ...(parent === undefined ? {} : { path: pathOf(node) }),
  };
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

function enableDependencies(node: Node, values: GoMap, path: string, warn: Warn): void {
  const wanted = node.metadata.dependencies;
  if (wanted === undefined) return;
  const matches = ({ name, version = '' }: ChartDependency, { metadata }: Node) =>
    metadata.name === name && inRange(version, metadata.version);
  const below = node.below.filter((child) => !wanted.some((each) => matches(each, child)));
  for (const each of wanted) {
    const found = node.below.find((child) => matches(each, child));
    const alias = each.alias ?? '';
    if (found !== undefined)
      below.push({
        ...found,
        metadata: { ...found.metadata, name: alias === '' ? found.metadata.name : alias },
      });
    if (alias !== '') each.name = alias;
  }
  setBelow(node, below);
  for (const each of wanted) each.enabled = true;
  const seen = coalesceValues(partial(node), values, { warn });
  applyTags(wanted, seen, warn);
  applyConditions(wanted, seen, path, warn);
  const removed = new Set(wanted.filter((each) => each.enabled !== true).map(({ name }) => name));
  const kept = below.filter((child) => !removed.has(child.metadata.name));
  for (const child of kept) enableDependencies(child, seen, `${path}${child.metadata.name}.`, warn);
  const { dependencies: _, ...metadata } = node.metadata;
  const left = wanted.filter(({ name }) => !removed.has(name));
  node.metadata = left.length === 0 ? metadata : { ...metadata, dependencies: left };
  setBelow(node, kept);
}

/** As much of a chart as its values depend on. */
function partial(node: Node): Chart {
  const { chart, metadata, values, below } = node;
  return { ...chart, metadata, values, dependencies: below.map(partial) };
}

function applyTags(dependencies: readonly ChartDependency[], values: GoMap, warn: Warn): void {
  const tags = values.get('tags');
  if (!(tags instanceof Map)) return;
  for (const dependency of dependencies) {
    const states = (dependency.tags ?? []).flatMap((tag) => {
      const state = tags.get(tag);
      if (state === undefined) return [];
      if (typeof state === 'boolean') return [state];
      warn(
        `Warning: Tag '${tag}' for chart ${dependency.name} returned non-bool value`,
        'dependencies.go:95',
      );
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
        'dependencies.go:64',
      );
    }
  }
}

function importValues(node: Node, warn: Warn): void {
  for (const child of node.below) importValues(child, warn);
  const listed = node.metadata.dependencies;
  if (listed === undefined) return;
  const seen = coalesceValues(partial(node), new Map(), { keepNull: true, warn });
  const imported: GoMap = new Map();
  for (const dependency of listed) {
    if (dependency.importValues === undefined) continue;
    const resolved: GoValue[] = [];
    for (const entry of dependency.importValues) {
      const route = importRoute(entry);
      if (route === undefined) continue;
      const { child, parent, named } = route;
      resolved.push(
        new GoTypedMap(
          'map[string]string',
          new Map([
            ['child', child],
            ['parent', parent],
          ]),
        ),
      );
      const table = tableAt(seen, `${dependency.name}.${child}`);
      if (table === undefined) {
        const missing = quote(missingPart(seen, `${dependency.name}.${child}`));
        const from = named ? '' : ` from chart ${dependency.name}`;
        warn(
          `Warning: ImportValues missing table${from}: ${missing} is not a table`,
          `dependencies.go:${named ? 287 : 270}`,
        );
        continue;
      }
      // Not a copy: where two imports meet in one table, the second adds to the table of the first one's sub-chart.
      mergeTables(imported, atPath(parent, table), true, warn);
    }
    dependency.importValues = resolved;
  }
  node.values = mergeTables(copyValues(seen), imported, true, warn);
  node.noValues = false;
}

/** The first name of a path below which there is no table. */
function missingPart(values: GoMap, path: string): string {
  const names = path.split('.');
  const at = names.findIndex(
    (_, end) => tableAt(values, names.slice(0, end + 1).join('.')) === undefined,
  );
  return names[at] ?? path;
}

function importRoute(
  entry: unknown,
): { child: string; parent: string; named: boolean } | undefined {
  if (typeof entry === 'string') return { child: `exports.${entry}`, parent: '.', named: true };
  // What an earlier alias made of an entry is of another type, and passed over.
  if (!(entry instanceof Map)) return undefined;
  const { child, parent } = { child: textAt(entry, 'child'), parent: textAt(entry, 'parent') };
  return { child, parent, named: false };
}

const textAt = (entry: GoMap, key: string): string => sprintf('%v', [entry.get(key) ?? null]);

function atPath(path: string, table: GoMap): GoMap {
  if (path === '.') return table;
  return path
    .split('.')
    .reverse()
    .reduce<GoMap>((inner, name) => new Map([[name, inner]]), table);
}
