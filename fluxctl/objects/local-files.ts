/** Files of a folder as an artifact of its repository would have them. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { readRules, sourceFilter } from '../../toolkit/artifacts/mod.ts';
import type { IgnoreRule } from '../../toolkit/artifacts/mod.ts';
import { VerbFailed } from '../errors.ts';

export interface LocalFiles {
  files: Map<string, Uint8Array>;
  /** The folder that was named, within them; '' for all. */
  path: string;
}

/** Of all files; beyond that, it is no repository of manifests. */
const mostBytes = 256 * 1024 * 1024;

/**
 * A folder that is called as `spec.path` stands for it within its repository, whose other folders may be referred to; any
 * other folder stands for the whole repository.
 */
export function placeOf(folder: string, specPath: string): { root: string; path: string } {
  const parts = specPath.split('/').filter((part) => part !== '' && part !== '.');
  const own = path.resolve(folder).split(path.sep);
  const fits = parts.length > 0 && parts.every((part, at) => own.at(at - parts.length) === part);
  return fits && !parts.includes('..')
    ? { root: own.slice(0, -parts.length).join(path.sep) || path.sep, path: parts.join('/') }
    : { root: path.resolve(folder), path: '' };
}

/**
 * @param ignored patterns as in a `.sourceignore`
 * @throws VerbFailed for what is no folder, or too large
 */
export async function localFiles(
  folder: string,
  specPath: string,
  ignored: readonly string[],
): Promise<LocalFiles> {
  const place = placeOf(folder, specPath);
  const files = new Map<string, Uint8Array>();
  const rules: IgnoreRule[] = readRules(ignored.join('\n'), '');
  let bytes = 0;
  const walk = async (below: string): Promise<void> => {
    const entries = await readdir(path.join(place.root, below), { withFileTypes: true });
    if (entries.some((entry) => entry.isFile() && entry.name === '.sourceignore')) {
      const text = await readFile(path.join(place.root, below, '.sourceignore'), 'utf8');
      rules.push(...readRules(text, below));
    }
    const isIgnored = sourceFilter(rules, undefined);
    for (const entry of entries) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (isIgnored(name, entry.isDirectory())) continue;
      if (entry.isDirectory()) await walk(name);
      // An artifact has no links.
      if (!entry.isFile()) continue;
      const data = await readFile(path.join(place.root, name));
      bytes += data.length;
      if (bytes > mostBytes) throw new VerbFailed(`${place.root} holds more than 256 MiB`, 2);
      files.set(name, data);
    }
  };
  try {
    await walk('');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown)
      throw new VerbFailed(`invalid resource path ${JSON.stringify(folder)}: ${thrown.message}`, 2);
    throw thrown;
  }
  return { files, path: place.path };
}
