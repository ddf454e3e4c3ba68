/** The table of what an update did (spec flux-v1 §9.5). */
import type { UpdateResult } from '../../lib/wire/mod.ts';
import { printTable } from './table.ts';

/** @param verbosity 0 leaves out skipped and ignored workloads, 1 ignored ones */
export function printResult(result: UpdateResult, verbosity: number): string {
  const rows: string[][] = [['WORKLOAD', 'STATUS', 'UPDATES']];
  for (const [id, { Status, Error: error, PerContainer }] of Object.entries(result).sort(
    ([a], [b]) => (a < b ? -1 : 1),
  )) {
    if (Status === 'ignored' && verbosity < 2) continue;
    if (Status === 'skipped' && verbosity < 1) continue;
    const updates = [
      ...(error === undefined || error === '' ? [] : [error]),
      ...(PerContainer ?? []).map(
        ({ Container, Current, Target }) =>
          `${Container}: ${Current} -> ${Target.slice(Target.lastIndexOf(':') + 1)}`,
      ),
    ];
    rows.push([id, Status, updates[0] ?? '']);
    for (const update of updates.slice(1)) rows.push(['', '', update]);
  }
  return printTable(rows);
}
