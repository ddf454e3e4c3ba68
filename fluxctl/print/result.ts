/** The table of what an update did (spec flux-v1 §9.5). */
import { parseImageRef } from '../../lib/policy/mod.ts';
import type { ContainerUpdate, UpdateResult } from '../../lib/wire/mod.ts';
import { printTable } from './table.ts';

export interface ResultItem {
  id: string;
  status: string;
  /** What is said of it: the error, or the update. */
  text: string;
  update?: ContainerUpdate;
}

export const resultHeading = ['WORKLOAD ', 'STATUS ', 'UPDATES'] as const;

/** @param verbosity 0 leaves out skipped and ignored workloads, 1 ignored ones */
export function resultItems(result: UpdateResult, verbosity: number): ResultItem[] {
  return Object.entries(result)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([, { Status }]) => {
      if (Status === 'ignored') return verbosity >= 2;
      return Status !== 'skipped' || verbosity >= 1;
    })
    .flatMap(([id, { Status: status, Error: error = '', PerContainer }]): ResultItem[] => {
      const updates = (PerContainer ?? []).map((update) => ({
        id,
        status,
        text: `${update.Container}: ${update.Current} -> ${parseImageRef(update.Target).tag}`,
        update,
      }));
      const said = error === '' && updates.length > 0 ? [] : [{ id, status, text: error }];
      return [...said, ...updates];
    });
}

/** The cells of an item; ID and status only where they differ from the line above. */
export function itemCells(
  { id, status, text }: ResultItem,
  before: ResultItem | undefined,
): string[] {
  return before?.id === id ? ['', '', text] : [id, status, text];
}

export function printResult(result: UpdateResult, verbosity: number): string {
  const items = resultItems(result, verbosity);
  return printTable([
    [...resultHeading],
    ...items.map((item, at) => itemCells(item, items[at - 1])),
  ]);
}
