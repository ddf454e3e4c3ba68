/** Merging of values tables (helm 3.19 pkg/chartutil/coalesce.go). */
import { sprintf } from '../template/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';

/** @param place the line of Helm's source that says it, which stands before the text in Helm's log */
export type Warn = (line: string, place: string) => void;

/** A copy that shares no table or list with the original. */
export function copyValues(map: GoMap): GoMap {
  const copy: GoMap = new Map();
  for (const [key, value] of map) copy.set(key, copyValue(value));
  return copy;
}

export function copyValue(value: GoValue): GoValue {
  if (value instanceof Map) return copyValues(value);
  if (Array.isArray(value)) return value.map(copyValue);
  return value;
}

/**
 * Fills `destination` with what it lacks of `source`, table by table.
 *
 * @param keepNull `false`: a null of the destination deletes the key; `true`: it stays, to delete further up
 */
export function mergeTables(
  destination: GoMap,
  source: GoMap,
  keepNull: boolean,
  warn: Warn,
  path = '',
): GoMap {
  for (const [key, value] of source) {
    const fullKey = joinKey(path, key);
    const existing = destination.get(key);
    if (existing === null && !keepNull) destination.delete(key);
    else if (existing === undefined) destination.set(key, value);
    else if (value instanceof Map) {
      if (existing instanceof Map) mergeTables(existing, value, keepNull, warn, fullKey);
      else
        warn(
          `warning: cannot overwrite table with non table for ${fullKey} (${sprintf('%v', [value])})`,
          'coalesce.go:298',
        );
    } else if (existing instanceof Map && value !== null) {
      warn(
        `warning: destination for ${fullKey} is a table. Ignoring non-table value (${sprintf('%v', [value])})`,
        'coalesce.go:301',
      );
    }
  }
  return destination;
}

export function joinKey(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/**
 * Lays values over values as Helm does with several `-f` files: later tables merge in, everything else replaces.
 * Neither argument is changed.
 */
export function overlayValues(below: GoMap, above: GoMap): GoMap {
  const merged = new Map(below);
  for (const [key, value] of above) {
    const under = merged.get(key);
    merged.set(
      key,
      value instanceof Map && under instanceof Map ? overlayValues(under, value) : value,
    );
  }
  return merged;
}

/** Removes every null of the table and of tables in it. */
export function withoutNulls(map: GoMap): GoMap {
  const kept: GoMap = new Map();
  for (const [key, value] of map) {
    if (value === null) continue;
    kept.set(key, value instanceof Map ? withoutNulls(value) : value);
  }
  return kept;
}

/** The table at a path of names joined by dots, or `undefined` where there is none. */
export function tableAt(values: GoMap, path: string): GoMap | undefined {
  let table = values;
  for (const name of path.split('.')) {
    const next = table.get(name);
    if (!(next instanceof Map)) return undefined;
    table = next;
  }
  return table;
}

/** The value at a path, unless it is missing or a table. */
export function leafAt(values: GoMap, path: string): GoValue | undefined {
  const dot = path.lastIndexOf('.');
  const table = dot < 0 ? values : tableAt(values, path.slice(0, dot));
  const value = table?.get(path.slice(dot + 1));
  return value instanceof Map ? undefined : value;
}
