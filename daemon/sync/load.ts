/** Every manifest below the configured paths of one commit (spec flux-v1 §3.3). One bad file stops only itself. */
import path from 'node:path';
import type { Mirror } from '../../lib/git/mod.ts';
import { loadManifests } from '../../lib/manifest/mod.ts';
import type { LoadedObject } from '../../lib/manifest/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';

/** A file that cannot be read as it should. */
export interface LoadFailure {
  file: string;
  /** Names file and line. */
  message: string;
}

export interface LoadedTree {
  revision: string;
  objects: readonly LoadedObject[];
  failures: readonly LoadFailure[];
  /** Objects of failing files as they were when the file was last sound: neither changed nor pruned. */
  kept: readonly { object: KubeObject; why: string }[];
  /** Failing files of which no sound version is known: what they stood for cannot be told. */
  lost: readonly string[];
  /** Texts by path, for edits. */
  texts: ReadonlyMap<string, string>;
}

/** How far back a sound version of a failing file is looked for. */
const historyLimit = 100;

/** @throws Fault `PathMissing` when a configured path is not in the commit */
export async function loadTree(
  mirror: Mirror,
  revision: string,
  paths: readonly string[],
): Promise<LoadedTree> {
  const texts = new Map<string, string>();
  for (const root of paths.length === 0 ? [''] : paths.map(normalise)) {
    const files = await mirror.readTree(revision, root);
    if (files.length === 0 && root !== '')
      throw new Fault('PathMissing', 'stall', root, `unable to read root path "${root}"`);
    const charts = chartFolders(files.map((file) => file.path));
    if (await insideChart(mirror, revision, root)) continue;
    for (const file of files) {
      const regular = file.mode.startsWith('100') && /\.ya?ml$/.test(file.path);
      if (regular && !charts.some((chart) => file.path.startsWith(chart)))
        texts.set(file.path, Buffer.from(file.data).toString('utf8'));
    }
  }
  const objects: LoadedObject[] = [];
  const failures: LoadFailure[] = [];
  const kept: LoadedTree['kept'][number][] = [];
  const lost: string[] = [];
  for (const [file, text] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const loaded = loadManifests(text, file);
    if (loaded.errors.length === 0) {
      objects.push(...loaded.objects);
      continue;
    }
    for (const error of loaded.errors) failures.push({ file, message: error.message });
    const sound = await lastSound(mirror, revision, file);
    if (sound === undefined) lost.push(file);
    // What can still be read counts as present too: a document that was fine is not pruned for its neighbour's fault.
    const why = loaded.errors.map(({ message }) => message).join('; ');
    for (const object of [...loaded.objects.map(({ object }) => object), ...(sound ?? [])])
      kept.push({ object, why });
  }
  return { revision, objects, failures, kept, lost, texts };
}

const normalise = (root: string) => {
  const clean = path.posix.normalize(root).replace(/\/$/, '');
  return clean === '.' ? '' : clean;
};

/** Folders, with a slash at the end, that hold both Chart.yaml and values.yaml. */
function chartFolders(files: readonly string[]): string[] {
  const all = new Set(files);
  return files
    .filter((file) => path.posix.basename(file) === 'Chart.yaml')
    .map((file) => path.posix.dirname(file))
    .filter((folder) => all.has(path.posix.join(folder, 'values.yaml')))
    .map((folder) => (folder === '.' ? '' : `${folder}/`));
}

async function insideChart(mirror: Mirror, revision: string, root: string): Promise<boolean> {
  for (let folder = root; folder !== '' && folder !== '.';) {
    folder = path.posix.dirname(folder);
    const at = folder === '.' ? '' : `${folder}/`;
    const parts = await Promise.all(
      ['Chart.yaml', 'values.yaml'].map((name) => mirror.treeId(revision, `${at}${name}`)),
    );
    if (parts.every((id) => id !== undefined)) return true;
  }
  return false;
}

/** The objects of the newest version of a file that could be read without an error; `undefined` when there is none. */
async function lastSound(
  mirror: Mirror,
  revision: string,
  file: string,
): Promise<KubeObject[] | undefined> {
  const commits = await mirror.commits({ from: undefined, to: revision, paths: [file] });
  for (const commit of commits.slice(0, historyLimit)) {
    const [found] = await mirror.readTree(commit.revision, file);
    if (found === undefined) continue;
    const loaded = loadManifests(Buffer.from(found.data).toString('utf8'), file);
    if (loaded.errors.length === 0) return loaded.objects.map(({ object }) => object);
  }
  return undefined;
}
