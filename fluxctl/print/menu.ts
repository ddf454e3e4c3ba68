/** The menu of the interactive release: which updates shall be made (spec flux-v1 §9.5). */
import type { ContainerUpdate, UpdateResult } from '../../lib/wire/mod.ts';
import type { Keys } from './keys.ts';
import { itemCells, resultHeading, resultItems } from './result.ts';
import { printTable } from './table.ts';

const [selected, checked, unchecked] = ['⇒', '◉', '◯'];
const [hideCursor, showCursor] = ['\u001b[?25l', '\u001b[?25h'];

/**
 * Shows the updates of a plan and lets the user choose; all are chosen at first.
 *
 * @returns the chosen ones by workload; a sentence when nothing can be or was chosen
 */
export async function chooseUpdates(
  result: UpdateResult,
  verbosity: number,
  openKeys: () => Promise<Keys>,
  out: (text: string) => void,
): Promise<Record<string, ContainerUpdate[]> | string> {
  const items = resultItems(result, verbosity);
  const selectable = items.flatMap(({ update }, at) => (update === undefined ? [] : [at]));
  if (selectable.length === 0) return 'No changes found.';
  const keys = await openKeys();
  const chosen = new Set(selectable);
  let cursor = 0;
  let lines = 0;
  const draw = () => {
    const rows = items.map((item, at) => {
      const pointer = selectable[cursor] === at ? selected : ' ';
      const box = item.update === undefined ? ' ' : chosen.has(at) ? checked : unchecked;
      const [id = '', ...rest] = itemCells(item, items[at - 1]);
      return [`${pointer} ${box} ${id}`, ...rest];
    });
    const [workload, ...heading] = resultHeading;
    const table = printTable([[`    ${workload}`, ...heading], ...rows]);
    const page = `${table}\nUse arrow keys and [Space] to toggle updates; hit [Enter] to release selected.\n`;
    out(`${lines === 0 ? '' : `\u001b[${lines}A`}${page}`);
    lines = page.split('\n').length - 1;
  };
  out(hideCursor);
  draw();
  try {
    for (;;) {
      const at = selectable[cursor] ?? 0;
      switch (await keys.next()) {
        case 'up':
          cursor = (cursor + selectable.length - 1) % selectable.length;
          break;
        case 'down':
          cursor = (cursor + 1) % selectable.length;
          break;
        case 'toggle':
          if (!chosen.delete(at)) chosen.add(at);
          break;
        case 'submit':
          return group(items.filter((_, index) => chosen.has(index)));
        case 'abort':
          return 'Aborted.';
        case 'other':
          continue;
      }
      draw();
    }
  } finally {
    out(showCursor);
    keys.close();
  }
}

function group(items: readonly { id: string; update?: ContainerUpdate }[]) {
  const found: Record<string, ContainerUpdate[]> = {};
  for (const { id, update } of items) if (update !== undefined) (found[id] ??= []).push(update);
  return found;
}
