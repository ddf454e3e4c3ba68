/**
 * Writes lib/kustomize/testdata/golden.jsonl: the cases of cases.ts and some random ones, as the original builds them.
 *
 *     npx tsx hack/kustomize/golden.ts ~/go/bin/kustomize > lib/kustomize/testdata/golden.jsonl
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cases } from './cases.ts';
import { original } from './compare.ts';
import { writeRandomFolder } from './generate.ts';

const randomCases = 40;
const program = process.argv[2];
if (program === undefined) throw new Error('usage: golden.ts KUSTOMIZE');
const version = execFileSync(program, ['version'], { encoding: 'utf8' }).trim();
console.log(JSON.stringify({ kustomize: version }));

function record(why: string, root: string, folder: string, files: Record<string, string>): void {
  const outcome = original(program ?? '', folder);
  const text = 'yaml' in outcome ? outcome.yaml : outcome.error;
  const at = `/${path.relative(root, folder)}`;
  // The folder of the moment is left out: the same files may stand anywhere.
  const key = 'yaml' in outcome ? 'yaml' : 'error';
  const named = text.replaceAll(root, '').replaceAll(/generator &\{[^}]*\}/g, 'generator');
  console.log(JSON.stringify({ why, path: at, files, [key]: named }));
}

for (const [why, files] of Object.entries(cases)) {
  const root = mkdtempSync(path.join(tmpdir(), 'kustomize-golden-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
  record(why, root, path.join(root, 'app'), files);
  rmSync(root, { recursive: true });
}

for (let found = 0, seed = 1; found < randomCases; seed++) {
  const { root, folder } = writeRandomFolder(seed);
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const files = Object.fromEntries(
    names.map((name) => [path.relative(root, name), readFileSync(name, 'utf8')]),
  );
  if ('yaml' in original(program, folder)) {
    found += 1;
    record(`random ${seed}`, root, folder, files);
  }
  rmSync(root, { recursive: true });
}
