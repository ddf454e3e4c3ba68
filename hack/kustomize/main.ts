/**
 * Compares builds with those of the original program, folder by folder:
 *
 *     go install sigs.k8s.io/kustomize/kustomize/v5@v5.7.1
 *     npx tsx hack/kustomize/main.ts --kustomize ~/go/bin/kustomize [--show N] [--components] [--exact] FOLDER…
 *     npx tsx hack/kustomize/main.ts --kustomize ~/go/bin/kustomize --random 1000 [--seed 1]
 *
 * With `--exact` only the named folders are built, otherwise all below them that have a kustomization file.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compareOutcomes, original, ours } from './compare.ts';
import type { Outcome, Verdict } from './compare.ts';
import { writeRandomFolder } from './generate.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kustomize: { type: 'string' },
    show: { type: 'string', default: '3' },
    random: { type: 'string' },
    seed: { type: 'string', default: '1' },
    components: { type: 'boolean', default: false },
    exact: { type: 'boolean', default: false },
  },
});

const program = values.kustomize;
if (program === undefined) throw new Error('--kustomize must name the original program');
const counts = new Map<Verdict, number>();
let shown = 0;
let total = 0;

function compare(folder: string): Verdict {
  const theirs = original(program ?? '', folder);
  const mine = ours(folder);
  const verdict = compareOutcomes(theirs, mine);
  counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  total += 1;
  const isFine = verdict.startsWith('equal') || verdict === 'refused here';
  if (!isFine && shown < Number(values.show)) {
    shown += 1;
    console.log(`--- ${verdict}: ${folder}`);
    explain(theirs, mine);
  }
  return verdict;
}

function explain(theirs: Outcome, mine: Outcome): void {
  const [a, b] = [textOf(theirs), textOf(mine)].map((text) => text.split('\n'));
  const at = (a ?? []).findIndex((line, index) => line !== b?.[index]);
  const from = Math.max(at - 4, 0);
  console.log(`theirs, line ${at + 1}:\n${(a ?? []).slice(from, at + 5).join('\n')}`);
  console.log(`ours:\n${(b ?? []).slice(from, at + 5).join('\n')}`);
}

function textOf(outcome: Outcome): string {
  return 'yaml' in outcome ? outcome.yaml : `ERROR ${outcome.error}`;
}

/** Folders with a kustomization file below a folder; components only when asked for. */
function foldersBelow(folder: string): string[] {
  const found: string[] = [];
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries) {
    const { name } = entry;
    if (entry.isDirectory()) continue;
    if (!/^(?:kustomization\.ya?ml|Kustomization)$/.test(name)) continue;
    const isComponent = /^kind:\s*Component/m.test(readFileSync(path.join(folder, name), 'utf8'));
    if (!isComponent || values.components) found.push(folder);
  }
  for (const entry of entries) {
    if (entry.isDirectory() && entry.name !== '.git') {
      found.push(...foldersBelow(path.join(folder, entry.name)));
    }
  }
  return found;
}

for (const top of positionals) {
  const folder = path.resolve(top);
  for (const each of values.exact ? [folder] : foldersBelow(folder)) compare(each);
}
for (let at = 0; at < Number(values.random ?? 0); at++) {
  const { root, folder } = writeRandomFolder(Number(values.seed) + at);
  const verdict = compare(folder);
  const isFine = verdict === 'equal' || verdict === 'equal errors' || verdict === 'other words';
  if (isFine || shown >= Number(values.show)) rmSync(root, { recursive: true });
}

const equal = (counts.get('equal') ?? 0) + (counts.get('equal errors') ?? 0);
console.log(`equal ${equal} of ${total}`);
for (const [verdict, count] of counts) console.log(`  ${verdict}: ${count}`);
