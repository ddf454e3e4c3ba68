/** Sets the marked values of every YAML file below a folder. */
import { lstat, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { applySetters, ManifestError } from '../../lib/manifest/mod.ts';
import type { FileChanges } from './changes.ts';
import { failing } from './failure.ts';

export const markerKey = '$imagepolicy';

const isManifest = (name: string): boolean =>
  name.endsWith('.yaml') || name.endsWith('.yml') || name === 'Kustomization';

/**
 * Files that cannot be read as YAML are passed over, as the original does: templates of charts are such files.
 *
 * @param below a folder or a file within `folder`; links do not lead out of it
 * @returns the files that changed, named as seen from `below`
 * @throws ImageFailure `UpdateFailed` when there is no such place
 */
export async function updateFiles(
  folder: string,
  below: string,
  values: ReadonlyMap<string, string>,
): Promise<FileChanges[]> {
  const root = await placeOf(folder, below);
  const info = await lstat(root);
  const files = info.isFile() ? [root] : await manifestsIn(root);
  const base = info.isFile() ? path.dirname(root) : root;
  const changed: FileChanges[] = [];
  for (const file of files) {
    const bytes = await readFile(file);
    if (!bytes.includes(JSON.stringify(markerKey))) continue;
    const text = bytes.toString('utf8');
    // What is no UTF-8 would not be written back as it was.
    if (!Buffer.from(text).equals(bytes)) continue;
    const name = path.relative(base, file).split(path.sep).join('/');
    let edited;
    try {
      edited = applySetters(text, name, { key: markerKey, values });
    } catch (thrown) {
      if (thrown instanceof ManifestError && thrown.reason === 'ManifestUnparsable') continue;
      throw thrown;
    }
    if (edited.changes.length === 0) continue;
    await writeFile(file, edited.text);
    changed.push({ file: name, changes: edited.changes });
  }
  return changed;
}

async function placeOf(folder: string, below: string): Promise<string> {
  const failed = (why: string, cause?: unknown) =>
    failing('UpdateFailed', `failed to apply policies: ${why}`, cause);
  // As if the folder were the root of all: `..` leads no further up.
  const place = path.join(folder, path.posix.normalize(`/${below}`));
  const home = await realpath(folder);
  let real: string;
  try {
    real = await realpath(place);
  } catch (cause) {
    throw failed(`walking path for files: lstat ${below}: no such file or directory`, cause);
  }
  if (real !== home && !real.startsWith(`${home}${path.sep}`))
    throw failed(`'${below}' leads out of the repository`);
  return real;
}

/** In the order of their names; links are not followed. */
async function manifestsIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== '.git') found.push(...(await manifestsIn(file)));
    } else if (entry.isFile() && isManifest(entry.name)) found.push(file);
  }
  return found;
}
