/** The values a chart and its sub-charts see (helm 3.19 pkg/chartutil/coalesce.go). */
import { sprintf } from '../template/mod.ts';
import { quote } from '../values/mod.ts';
import type { GoMap } from '../values/mod.ts';
import type { Chart } from './chart.ts';
import { HelmError } from './errors.ts';
import { copyValues, joinKey, mergeTables } from './tables.ts';
import type { Warn } from './tables.ts';

export interface CoalesceOptions {
  /** Nulls stay instead of deleting (used while imports are collected). */
  keepNull?: boolean;
  warn?: Warn;
}

/**
 * User values over the defaults of the chart, and so on down the sub-charts; globals flow down. The arguments are not
 * changed.
 *
 * @throws HelmError `InvalidValues` when a sub-chart's key holds no table (`type mismatch on x: …`)
 */
export function coalesceValues(chart: Chart, values: GoMap, options: CoalesceOptions = {}): GoMap {
  const keepNull = options.keepNull ?? false;
  const warn = options.warn ?? (() => undefined);
  return coalesce(chart, copyValues(values), '', keepNull, warn);
}

function coalesce(chart: Chart, into: GoMap, prefix: string, keepNull: boolean, warn: Warn): GoMap {
  addDefaults(chart, into, prefix, keepNull, warn);
  const path = joinKey(prefix, chart.metadata.name);
  for (const child of chart.dependencies) {
    const name = child.metadata.name;
    const existing = into.get(name);
    if (existing !== undefined && !(existing instanceof Map)) {
      throw new HelmError(
        'InvalidValues',
        name,
        `type mismatch on ${name}: ${sprintf('%t', [existing])}`,
      );
    }
    const table: GoMap = existing ?? new Map();
    addGlobals(table, into, path, warn);
    into.set(name, coalesce(child, table, path, keepNull, warn));
  }
  return into;
}

function addDefaults(
  chart: Chart,
  into: GoMap,
  prefix: string,
  keepNull: boolean,
  warn: Warn,
): void {
  const path = joinKey(prefix, chart.metadata.name);
  for (const [key, value] of copyValues(chart.values)) {
    const existing = into.get(key);
    if (existing === undefined) into.set(key, value);
    else if (existing === null) {
      if (!keepNull) into.delete(key);
    } else if (existing instanceof Map) {
      if (value instanceof Map) {
        const isChild = chart.dependencies.some((child) => child.metadata.name === key);
        mergeTables(existing, value, keepNull || isChild, warn, joinKey(path, key));
      } else if (value !== null) {
        warn(`warning: skipped value for ${path}.${key}: Not a table.`, 'coalesce.go:237');
      }
    }
  }
}

function addGlobals(into: GoMap, from: GoMap, prefix: string, warn: Warn): void {
  const below = into.get('global') ?? (into.has('global') ? null : new Map());
  if (!(below instanceof Map)) {
    warn('warning: skipping globals because destination global is not a table.', 'coalesce.go:138');
    return;
  }
  const above = from.get('global') ?? (from.has('global') ? null : new Map());
  if (!(above instanceof Map)) {
    warn('warning: skipping globals because source global is not a table.', 'coalesce.go:145');
    return;
  }
  for (const [key, value] of above) {
    const existing = below.get(key);
    if (value instanceof Map) {
      if (existing === undefined) below.set(key, new Map(value));
      else if (existing instanceof Map) {
        below.set(key, mergeTables(new Map(value), existing, true, warn, joinKey(prefix, key)));
      } else
        warn(
          `Conflict: cannot merge map onto non-map for ${quote(key)}. Skipping.`,
          'coalesce.go:161',
        );
    } else if (existing instanceof Map) warn(`key ${key} is table. Skipping`, 'coalesce.go:175');
    else below.set(key, value);
  }
  into.set('global', below);
}
