/** What a reader has on PATH: `npm link` in small. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commandOf } from '../hack/programs.ts';
import { findHelms } from './cluster.ts';

/**
 * fluxctl and reflux-helm, and our helm where the machine has none, in the folder `bin`.
 *
 * @returns PATH with it in front
 */
export async function makeBinaries(folder: string): Promise<string> {
  const bin = path.join(folder, 'bin');
  await mkdir(bin);
  const hasHelm = (await findHelms()).length > 1;
  for (const [name, program] of [
    ['fluxctl', 'fluxctl'],
    ['reflux-helm', 'reflux-helm'],
    ...(hasHelm ? [] : [['helm', 'reflux-helm'] as const]),
  ] as const) {
    const words = commandOf(program).map((word) => `'${word}'`);
    await writeScript(path.join(bin, name), `exec ${words.join(' ')} "$@"`);
  }
  return `${bin}:${process.env.PATH ?? ''}`;
}

/** One of sh. */
export async function writeScript(file: string, text: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
}
