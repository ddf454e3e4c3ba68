/** A reader's shell: what a command sets, and where it goes, stays. */
import path from 'node:path';
import { runToEnd } from '../demo/mod.ts';

/** Runs a command. @returns stdout and stderr together @throws Error with them when it fails */
export type Shell = (command: string) => Promise<string>;

/**
 * @param start where it begins
 * @param folder for its state
 */
export function openShell(
  start: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): Shell {
  const state = path.join(folder, 'state');
  const keep = `{ export -p; echo "cd '$PWD'"; } > '${state}'`;
  let before = `cd '${start}'`;
  return async (command) => {
    const script = `exec 2>&1\nset -a\n${before}\n${command}\n${keep}`;
    const said = await runToEnd('bash', ['-ec', script], env, folder);
    before = `. '${state}'`;
    return said;
  };
}
