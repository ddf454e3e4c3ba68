/** Objects of a release as kubectl's tables. */
import type { GoMap, GoValue } from '../values/mod.ts';

/** By `version/kind`; objects, or tables as the API server prints them. */
export type Resources = ReadonlyMap<string, readonly GoValue[]>;

/** The tables below their headings, columns as kubectl pads them. */
export function resourcesText(resources: Resources): string {
  let out = '';
  for (const [heading, tables] of resources) {
    const maps = tables.filter((table) => table instanceof Map);
    const columns = listIn(maps[0], 'columnDefinitions').filter(
      (column) => column instanceof Map && Number(column.get('priority') ?? 0) === 0,
    );
    const names = columns.map((column) =>
      column instanceof Map ? textOf(column.get('name')).toUpperCase() : '',
    );
    const all = listIn(maps[0], 'columnDefinitions');
    const shown = columns.map((column) => all.indexOf(column));
    const rows = maps.flatMap((table) =>
      listIn(table, 'rows').map((row) => {
        const cells = row instanceof Map ? listIn(row, 'cells') : [];
        return shown.map((at) => textOf(cells[at] ?? ''));
      }),
    );
    out += `==> ${heading}\n${padded([names, ...rows])}\n`;
  }
  return out;
}

function padded(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, at) => void (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return rows
    .map(
      (row) =>
        `${row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd((widths[at] ?? 0) + 3))).join('')}\n`,
    )
    .join('');
}

const listIn = (map: GoMap | undefined, key: string): GoValue[] => {
  const list = map?.get(key);
  return Array.isArray(list) ? list : [];
};

const textOf = (value: GoValue | undefined): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value);
