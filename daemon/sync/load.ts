/** Every manifest below the configured paths of one commit (spec flux-v1 §3.3). One bad file stops only itself. */
import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { GitFile, Mirror } from '../../lib/git/mod.ts';
import { chartFolders, loadManifests } from '../../lib/manifest/mod.ts';
import type { LoadedObject, LoadResult } from '../../lib/manifest/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import { configFileName } from '../generate/config-file.ts';
import { generate, generatedPath } from '../generate/generate.ts';
import type { GeneratedPath, GenerateOptions } from '../generate/generate.ts';

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
  /** Objects of the files without fault, by path. */
  sound: ReadonlyMap<string, readonly LoadedObject[]>;
  /** Paths whose manifests are generated, by their label, which is the source of their objects. */
  generated: ReadonlyMap<string, GeneratedPath>;
}

/** How far back a sound version of a failing file is looked for. */
const historyLimit = 100;

export interface LoadOptions {
  paths: readonly string[];
  /** Honour `.flux.yaml`; `undefined` reads all paths as plain files. */
  generation: GenerateOptions | undefined;
  /** Reveals what git-secret keeps in a checkout; `undefined` when it is off. */
  reveal: ((folder: string) => Promise<void>) | undefined;
  /** Decrypts the text of a file; `undefined` when SOPS is off. */
  decrypt: ((text: string, file: string) => Promise<string>) | undefined;
  /** What each generated path held when it could last be generated, by its label; kept over loads. */
  lastGenerated: Map<string, readonly KubeObject[]>;
}

/**
 * @param before of another commit: files that are the same are not read again, their objects are the same ones
 * @throws Fault `PathMissing` when a configured path is not in the commit; `DecryptFailed` when nothing can be revealed
 */
export async function loadTree(
  mirror: Mirror,
  revision: string,
  options: LoadOptions,
  before?: LoadedTree,
): Promise<LoadedTree> {
  const roots = options.paths.length === 0 ? [''] : options.paths.map(normalise);
  const tree = {
    revision,
    objects: [] as LoadedObject[],
    failures: [] as LoadFailure[],
    kept: [] as LoadedTree['kept'][number][],
    lost: [] as string[],
    texts: new Map<string, string>(),
    sound: new Map<string, readonly LoadedObject[]>(),
    generated: new Map<string, GeneratedPath>(),
  };
  const plain: string[] = [];
  for (const root of roots) {
    const found = await generatedBy(mirror, revision, root, options, tree);
    if (found === 'plain') plain.push(root);
    else if (found !== 'faulty') tree.generated.set(found.label, found);
  }
  const looking = tree.generated.size > 0 || options.reveal !== undefined;
  const checkout = looking ? await mirror.checkout(revision) : undefined;
  try {
    if (checkout !== undefined) await options.reveal?.(checkout.folder);
    const read = (root: string) =>
      checkout === undefined || options.reveal === undefined
        ? mirror.readTree(revision, root)
        : readFolder(checkout.folder, root);
    for (const root of plain)
      for (const [file, text] of await plainTexts(mirror, revision, root, read))
        tree.texts.set(file, text);
    for (const [file, text] of [...tree.texts].sort(([a], [b]) => (a < b ? -1 : 1)))
      await takeFile(mirror, file, text, options, tree, before);
    for (const at of tree.generated.values())
      if (checkout !== undefined) await takeGenerated(checkout.folder, at, options, tree);
  } finally {
    await checkout?.remove();
  }
  return tree;
}

type Growing = { -readonly [K in keyof LoadedTree]: LoadedTree[K] } & {
  objects: LoadedObject[];
  failures: LoadFailure[];
  kept: LoadedTree['kept'][number][];
  lost: string[];
  sound: Map<string, readonly LoadedObject[]>;
};

/** How a path is to be read; a faulty configuration costs its own path only. */
async function generatedBy(
  mirror: Mirror,
  revision: string,
  root: string,
  { generation, lastGenerated }: LoadOptions,
  tree: Growing,
): Promise<GeneratedPath | 'plain' | 'faulty'> {
  if (generation === undefined) return 'plain';
  const read = async (file: string) => {
    const [found] = await mirror.readTree(revision, file);
    return found?.path === file ? Buffer.from(found.data).toString('utf8') : undefined;
  };
  try {
    return (await generatedPath(root, read)) ?? 'plain';
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    tree.failures.push({ file: thrown.subject, message: thrown.message });
    const home = root === '' ? '.' : root;
    const before = [...lastGenerated].filter(([label]) => label.endsWith(`(in ${home})`));
    if (before.length === 0) tree.lost.push(thrown.subject);
    for (const object of before.flatMap(([, objects]) => objects))
      tree.kept.push({ object, why: thrown.message });
    return 'faulty';
  }
}

async function plainTexts(
  mirror: Mirror,
  revision: string,
  root: string,
  read: (root: string) => Promise<GitFile[]>,
): Promise<[string, string][]> {
  // Links are not followed: they may lead anywhere.
  const files = (await read(root)).filter(({ mode }) => mode.startsWith('100'));
  if (files.length === 0 && root !== '')
    throw new Fault('PathMissing', 'stall', root, `unable to read root path "${root}"`);
  if (await insideChart(mirror, revision, root)) return [];
  const charts = chartFolders(files.map((file) => file.path));
  return files
    .filter(
      ({ path: file }) =>
        /\.ya?ml$/.test(file) &&
        path.posix.basename(file) !== configFileName &&
        !charts.some((chart) => file.startsWith(chart)),
    )
    .map((file) => [file.path, Buffer.from(file.data).toString('utf8')]);
}

async function takeFile(
  mirror: Mirror,
  file: string,
  text: string,
  options: LoadOptions,
  tree: Growing,
  before: LoadedTree | undefined,
): Promise<void> {
  const known = before?.texts.get(file) === text ? before.sound.get(file) : undefined;
  if (known !== undefined) {
    tree.sound.set(file, known);
    tree.objects.push(...known);
    return;
  }
  let loaded: LoadResult;
  try {
    const decrypted = options.decrypt === undefined ? text : await options.decrypt(text, file);
    loaded = loadManifests(decrypted, file);
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    tree.failures.push({ file, message: thrown.message });
    tree.lost.push(file);
    return;
  }
  if (loaded.errors.length === 0) {
    tree.sound.set(file, loaded.objects);
    tree.objects.push(...loaded.objects);
    return;
  }
  for (const error of loaded.errors) tree.failures.push({ file, message: error.message });
  const sound = await lastSound(mirror, tree.revision, file);
  if (sound === undefined) tree.lost.push(file);
  // What can still be read counts as present too: a document that was fine is not pruned for its neighbour's fault.
  const why = loaded.errors.map(({ message }) => message).join('; ');
  for (const object of [...loaded.objects.map(({ object }) => object), ...(sound ?? [])])
    tree.kept.push({ object, why });
}

async function takeGenerated(
  folder: string,
  at: GeneratedPath,
  { generation, lastGenerated }: LoadOptions,
  tree: Growing,
): Promise<void> {
  if (generation === undefined) return;
  try {
    const { patched } = await generate(folder, at, generation);
    lastGenerated.set(at.label, patched);
    tree.objects.push(...patched.map((object) => ({ object, source: at.label })));
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    tree.failures.push({ file: at.label, message: thrown.message });
    const before = lastGenerated.get(at.label);
    if (before === undefined) tree.lost.push(at.label);
    for (const object of before ?? []) tree.kept.push({ object, why: thrown.message });
  }
}

/** Files of a folder on disk, as `readTree` gives those of a commit; links are not followed. */
async function readFolder(folder: string, root: string): Promise<GitFile[]> {
  const found: GitFile[] = [];
  const walk = async (at: string) => {
    const entries = await readdir(path.join(folder, at), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = path.posix.join(at, entry.name);
      if (entry.isDirectory() && entry.name !== '.git') await walk(file);
      else if (entry.isFile())
        found.push({ path: file, mode: '100644', data: await readFile(path.join(folder, file)) });
    }
  };
  const kind = await lstat(path.join(folder, root)).catch(() => undefined);
  if (kind?.isFile() === true)
    found.push({ path: root, mode: '100644', data: await readFile(path.join(folder, root)) });
  else if (kind?.isDirectory() === true) await walk(root);
  return found;
}

const normalise = (root: string) => {
  const clean = path.posix.normalize(root).replace(/\/$/, '');
  return clean === '.' ? '' : clean;
};

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
