/**
 * Tables of templates and what the real Helm engine makes of them, kept beside the rooms they are about.
 *
 *     npx tsx hack/differential/tables.ts
 *
 * asks the oracle about every template of every table again and writes the answers. A new case is a line
 * `{"template": "…"}`; each sees the values of `fixedValues`. Needs Go.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildOracle } from './oracle.ts';
import type { Answer } from './oracle.ts';
import { fixedValues } from './yaml-documents.ts';

export const tables = [
  'lib/helm/template/testdata/lexing.jsonl',
  'lib/helm/template/testdata/parsing.jsonl',
  'lib/helm/template/testdata/execution.jsonl',
  'lib/helm/template/testdata/printf.jsonl',
  'lib/helm/sprig/testdata/templates.jsonl',
] as const;

export interface Row extends Answer {
  template: string;
}

const placeOf = (table: string): string =>
  fileURLToPath(new URL(`../../${table}`, import.meta.url));

/** The first line says which versions gave the answers; templates can see Go's. */
export function readTable(table: string): { go: string; rows: Row[] } {
  const [head, ...rows] = readFileSync(placeOf(table), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  const go = typeof head === 'object' && head !== null && 'go' in head ? String(head.go) : '';
  return { go, rows: rows.filter(isRow) };
}

function isRow(value: unknown): value is Row {
  return (
    typeof value === 'object' &&
    value !== null &&
    'template' in value &&
    typeof value.template === 'string'
  );
}

async function refresh(): Promise<void> {
  const oracle = await buildOracle();
  if ('missing' in oracle) throw new Error(`the oracle cannot be built: ${oracle.missing}`);
  try {
    for (const table of tables) {
      const cases = readTable(table).rows.map(({ template }) => ({
        template,
        values: fixedValues,
      }));
      const answers = await oracle.ask(cases);
      const lines = cases.map(({ template }, at) => JSON.stringify({ template, ...answers[at] }));
      const head = JSON.stringify({ helm: 'v3.19.0', go: oracle.goVersion });
      writeFileSync(placeOf(table), `${[head, ...lines].join('\n')}\n`);
    }
  } finally {
    await oracle.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await refresh();
