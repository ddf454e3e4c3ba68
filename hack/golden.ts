/**
 * Renders golden templates and compares them with what Helm 3.19.0 made of them.
 *
 *     npm run golden -- FILE.jsonl
 *
 * Each line of the file is `{"template": "…", "output": "…"}` or `{"template": "…", "error": "…"}`; values.yaml is read
 * from beside it. Prints each difference and lastly `equal E of N`; fails unless all are equal.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compareTemplates } from './golden-templates.ts';

const file = process.argv[2];
if (file === undefined) throw new Error('usage: npm run golden -- FILE.jsonl');

const { equal, compared, different } = compareTemplates(
  readFileSync(file, 'utf8').split('\n'),
  readFileSync(path.join(path.dirname(file), 'values.yaml'), 'utf8'),
);
for (const difference of different) console.log(JSON.stringify(difference));
console.log(`equal ${equal} of ${compared}`);
process.exitCode = equal === compared ? 0 : 1;
