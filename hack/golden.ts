/**
 * Compares what we make of golden cases with what the originals made of them.
 *
 *     npm run golden -- FILE.jsonl [DAY]
 *
 * A file is of templates, as Helm 3.19.0 rendered them (`{"template": "…", "output": "…"}` or `"error"`; values.yaml is read
 * from beside it, and DAY, `2026-11-21`, is when that was, default today), or of image references and filters, as Flux
 * 1.25.4 took them (`{"ref": …}`, `{"pattern": …}`). Prints each difference and lastly `equal E of N`; fails unless all are
 * equal, but for defects mended on purpose.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compareImages } from './golden-images.ts';
import { compareTemplates } from './golden-templates.ts';

const [file, day] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: npm run golden -- FILE.jsonl [DAY]');
const lines = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '');
const [first = '{}'] = lines;

if ('template' in (JSON.parse(first) as object)) {
  const values = readFileSync(path.join(path.dirname(file), 'values.yaml'), 'utf8');
  const { equal, compared, different } = compareTemplates(
    lines,
    values,
    day === undefined ? new Date() : new Date(day),
  );
  report(
    different.map((difference) => JSON.stringify(difference)),
    `equal ${equal} of ${compared}`,
  );
} else {
  const { equal, excused, different } = compareImages(lines);
  const mended = excused === 0 ? '' : `, ${excused} mended on purpose`;
  report(different, `equal ${equal} of ${lines.length}${mended}`);
}

function report(different: readonly string[], total: string): void {
  for (const difference of different) console.log(difference);
  console.log(total);
  process.exitCode = different.length === 0 ? 0 : 1;
}
