/** Differences of two texts, as `diff -u` shows them. Pure. */

/** Lines around a change. */
const around = 3;

type Edit = readonly [sign: ' ' | '-' | '+', line: string];

/** @returns '' when both are equal; the lines of each hunk below its `@@` otherwise */
export function unifiedDiff(before: string, after: string): string {
  const edits = editsBetween(linesOf(before), linesOf(after));
  const changed = edits.flatMap(([sign], at) => (sign === ' ' ? [] : [at]));
  const hunks: [first: number, last: number][] = [];
  for (const at of changed) {
    const hunk = hunks.at(-1);
    if (hunk !== undefined && at - hunk[1] <= 2 * around) hunk[1] = at;
    else hunks.push([at, at]);
  }
  return hunks
    .map(([first, last]) => {
      const [from, to] = [Math.max(0, first - around), Math.min(edits.length, last + 1 + around)];
      const count = (part: readonly Edit[], not: string) =>
        part.filter(([sign]) => sign !== not).length;
      const [head, body] = [edits.slice(0, from), edits.slice(from, to)];
      const range = (not: string) => {
        const length = count(body, not);
        return `${count(head, not) + (length === 0 ? 0 : 1)},${length}`;
      };
      const lines = body.map(([sign, line]) => `${sign}${line}\n`).join('');
      return `@@ -${range('+')} +${range('-')} @@\n${lines}`;
    })
    .join('');
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The shortest way from one list of lines to another (Myers 1986, greedy). */
function editsBetween(a: readonly string[], b: readonly string[]): Edit[] {
  const most = a.length + b.length;
  /** Furthest line of `a` on each diagonal, after each number of steps. */
  const trace: Map<number, number>[] = [];
  let reach = new Map<number, number>([[1, 0]]);
  const at = (from: ReadonlyMap<number, number>, k: number) => from.get(k) ?? -1;
  const down = (from: ReadonlyMap<number, number>, k: number, d: number) =>
    k === -d || (k !== d && at(from, k - 1) < at(from, k + 1));
  search: for (let d = 0; d <= most; d++) {
    const next = new Map<number, number>();
    for (let k = -d; k <= d; k += 2) {
      let x = down(reach, k, d) ? at(reach, k + 1) : at(reach, k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      next.set(k, x);
      if (x >= a.length && x - k >= b.length) {
        trace.push(reach);
        break search;
      }
    }
    trace.push(reach);
    reach = next;
  }
  const edits: Edit[] = [];
  let [x, y] = [a.length, b.length];
  for (let d = trace.length - 1; d >= 0; d--) {
    const before = trace[d] ?? new Map<number, number>();
    const k = x - y;
    const from = down(before, k, d) ? k + 1 : k - 1;
    const fromX = d === 0 ? 0 : at(before, from);
    const fromY = d === 0 ? 0 : fromX - from;
    while (x > fromX && y > fromY) {
      edits.push([' ', a[x - 1] ?? '']);
      x -= 1;
      y -= 1;
    }
    if (d > 0) edits.push(x === fromX ? ['+', b[fromY] ?? ''] : ['-', a[fromX] ?? '']);
    [x, y] = [fromX, fromY];
  }
  return edits.reverse();
}
