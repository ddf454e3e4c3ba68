/** Go's text/tabwriter as fluxctl uses it: columns at least two spaces apart (spec flux-v1 §9.2). */

/** The last cell of a row is not padded; a row that ends in empty cells keeps the padding before them. */
export function printTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.slice(0, -1).forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, [...cell].length);
    });
  }
  return rows
    .map((row) =>
      row
        .map((cell, at) =>
          at === row.length - 1
            ? cell
            : cell + ' '.repeat((widths[at] ?? 0) + 2 - [...cell].length),
        )
        .join(''),
    )
    .map((line) => `${line}\n`)
    .join('');
}
