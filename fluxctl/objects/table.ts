/** Tables as flux prints them: cells padded to the widest of their column, with a tab behind each. Pure. */

/** The width of each column, in characters. */
export function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, at) => {
      const widest = Math.max(...cell.split('\n').map((line) => [...line].length));
      widths[at] = Math.max(widths[at] ?? 0, widest);
    });
  return widths;
}

/** @param header undefined for none */
export function fluxTable(
  header: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
  widths: readonly number[] = widthsOf(header === undefined ? rows : [header, ...rows]),
): string {
  const line = (cells: readonly string[]) => cells.map((cell, at) => padded(cell, widths[at] ?? 0));
  const titles = header?.map((title) => title.toUpperCase());
  return [
    ...(titles === undefined ? [] : [`${line(titles).join('\t')} \n`]),
    ...rows.flatMap((row) => linesOf(row).map((cells) => `${line(cells).join('\t')}\t\n`)),
  ].join('');
}

const padded = (cell: string, width: number) =>
  cell + ' '.repeat(Math.max(0, width - [...cell].length));

/** A cell of several lines makes several lines of its row. */
function linesOf(row: readonly string[]): string[][] {
  const cells = row.map((cell) => cell.split('\n'));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => cells.map((lines) => lines[line] ?? ''));
}
