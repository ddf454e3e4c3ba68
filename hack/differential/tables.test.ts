/** The tables of templates, one case a line, as Helm 3.19.0's engine answered; and that no function is without a case. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { joinLooseBytes } from '../../lib/helm/values/mod.ts';
import { answerOurs } from './ours.ts';
import { readTable, tables } from './tables.ts';
import { fixedValues } from './yaml-documents.ts';

const joined = (text: string | undefined) => (text === undefined ? text : joinLooseBytes(text));

describe.each(tables)('%s', (table) => {
  const { go, rows } = readTable(table);
  test.each(rows)('$template', ({ template, output, error }) => {
    const ours = answerOurs({ template, values: fixedValues }, go);
    expect({ output: joined(ours.output), error: joined(ours.error) }).toEqual({
      output: joined(output),
      error: joined(error),
    });
  });
});

test('every function that Helm 3.19 offers is called by a case', () => {
  const names = readFileSync(
    new URL('../../lib/helm/sprig/testdata/helm-3.19-functions.txt', import.meta.url),
    'utf8',
  );
  const called = new Set(
    tables.flatMap((table) =>
      readTable(table).rows.flatMap(({ template }) => template.match(/[A-Za-z]\w*/g) ?? []),
    ),
  );
  expect(
    names
      .trim()
      .split('\n')
      .filter((name) => !called.has(name)),
  ).toEqual([]);
});
