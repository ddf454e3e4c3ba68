/** What Helm 3.19.0's engine made of 13,782 templates. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compareTemplates } from './golden-templates.ts';

const testdata = (name: string): Buffer =>
  readFileSync(new URL(`testdata/golden/${name}`, import.meta.url));

test('every golden template renders as Helm 3.19.0 rendered it', { timeout: 120_000 }, () => {
  const lines = gunzipSync(testdata('helm-3.19-templates.jsonl.gz')).toString().split('\n');
  const values = testdata('values.yaml').toString();
  const { compared, different } = compareTemplates(lines, values, new Date('2026-11-21T12:00:00Z'));
  expect(different).toEqual([]);
  expect(compared).toBe(13_782);
});
