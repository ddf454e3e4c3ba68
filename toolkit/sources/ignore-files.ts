/** `.sourceignore` files in the folders of a source. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { readRules } from '../artifacts/mod.ts';
import type { IgnoreRule } from '../artifacts/mod.ts';

/** The rules of every `.sourceignore`, the outermost first. */
export async function ignoreFiles(top: string, below: string): Promise<IgnoreRule[]> {
  const rules: IgnoreRule[] = [];
  const entries = await readdir(path.join(top, below), { withFileTypes: true });
  if (entries.some((entry) => entry.name === '.sourceignore' && entry.isFile())) {
    const text = await readFile(path.join(top, below, '.sourceignore'), 'utf8');
    rules.push(...readRules(text, below));
  }
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name === '.git') continue;
    rules.push(...(await ignoreFiles(top, below === '' ? entry.name : `${below}/${entry.name}`)));
  }
  return rules;
}
