/** One folder built by the original program and by us. */
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { buildYaml, KustomizeError } from '../../lib/kustomize/mod.ts';
import { filesOnDisk } from './folder-files.ts';

export type Outcome = { yaml: string } | { error: string; refused?: boolean };

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export function ours(path: string): Outcome {
  try {
    return { yaml: buildYaml({ files: filesOnDisk, path, sha256 }) };
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    if (!(thrown instanceof KustomizeError)) return { error: thrown.stack ?? thrown.message };
    return { error: thrown.message, refused: thrown.reason !== 'BuildFailed' };
  }
}

/** @param program path of a kustomize program */
export function original(program: string, path: string): Outcome {
  const { status, stdout, stderr } = spawnSync(program, ['build', path], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 60_000,
  });
  if (status === 0) return { yaml: stdout };
  const text = stderr.replace(/^# Warning:.*\n/gm, '').replace(/\n$/, '');
  return { error: text.replace(/^Error: /, '') };
}

export type Verdict =
  | 'equal'
  | 'equal errors'
  | 'refused here'
  | 'other words'
  | 'other output'
  | 'only they fail'
  | 'only we fail';

export function compareOutcomes(theirs: Outcome, mine: Outcome): Verdict {
  if ('yaml' in theirs) {
    if (!('yaml' in mine)) return 'only we fail';
    return theirs.yaml === mine.yaml ? 'equal' : 'other output';
  }
  if ('yaml' in mine) return 'only they fail';
  if (mine.refused === true) return 'refused here';
  // The original prints the address of a generator in memory.
  const words = theirs.error.replaceAll(
    /generator &\{0x[0-9a-f]+ (?:0x[0-9a-f]+|<nil>)\}/g,
    'generator',
  );
  return words.trim() === mine.error.trim() ? 'equal errors' : 'other words';
}
