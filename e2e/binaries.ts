/** What a reader has on PATH: `npm link` in small. */
import { chmod, copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../demo/mod.ts';
import { bundle } from '../hack/bundle.ts';
import { findHelms } from './cluster.ts';

/**
 * fluxctl and reflux-helm, our helm where the machine has none, and the bundle `toolkit.js`, in the folder `bin`.
 *
 * @returns PATH with them in front
 */
export async function makeBinaries(folder: string): Promise<string> {
  const bin = path.join(folder, 'bin');
  const source = (file: string) => path.join(projectRoot, file);
  await bundle(
    {
      fluxctl: source('fluxctl/main.ts'),
      'reflux-helm': source('lib/helm/cli/main.ts'),
      toolkit: source('toolkit/main.ts'),
    },
    bin,
  );
  // They ask it for their version, as those in dist/ do.
  await copyFile(source('package.json'), path.join(folder, 'package.json'));
  const hasHelm = (await findHelms()).length > 1;
  for (const [name, program] of [
    ['fluxctl', 'fluxctl'],
    ['reflux-helm', 'reflux-helm'],
    ...(hasHelm ? [] : [['helm', 'reflux-helm'] as const]),
  ] as const)
    await writeScript(
      path.join(bin, name),
      `exec '${process.execPath}' '${path.join(bin, program)}.js' "$@"`,
    );
  return `${bin}:${process.env.PATH ?? ''}`;
}

/** One of sh. */
export async function writeScript(file: string, text: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
}
