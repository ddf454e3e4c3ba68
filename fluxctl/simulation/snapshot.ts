/** The files to simulate: of a folder as they lie there, or of a commit; and what Git knows about them. */
import { cp, mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../../lib/runtime/mod.ts';
import { UsageError } from '../errors.ts';

export interface Snapshot {
  /** A copy, without Git's own folder. */
  folder: string;
  /** Where FOLDER lies in the repository, '' for its root: the path to sync when none is given. */
  below: string;
  /** The repository that it was taken from; `undefined` for a folder outside of Git. */
  repository: { root: string; branch: string; remotes: string[] } | undefined;
}

export interface SnapshotOptions {
  /** The repository, a folder of it, or any folder. */
  folder: string;
  /** A commit; `undefined` takes the files as they are now, those that Git ignores left out. */
  revision: string | undefined;
  /** Where to put the copy; made when it is missing. */
  into: string;
  env: Readonly<Record<string, string | undefined>>;
}

const limitMs = 60_000;

/** @throws UsageError when there is no such folder or commit */
export async function takeSnapshot(options: SnapshotOptions): Promise<Snapshot> {
  const { folder, revision, into, env } = options;
  const from = await folderAt(folder);
  const git = gitIn(from, env);
  await mkdir(into, { recursive: true });
  const top = await git(['rev-parse', '--show-toplevel']);
  if (top === undefined) {
    if (revision !== undefined) throw new UsageError(`${folder} is in no Git repository`);
    await cp(from, into, { recursive: true });
    return { folder: into, below: '', repository: undefined };
  }
  const root = await realpath(top.trim());
  const inRoot = gitIn(root, env);
  if (revision === undefined) await copyFiles(root, into, inRoot);
  else await unpack(root, revision, into, env);
  const branch = (await inRoot(['symbolic-ref', '--quiet', '--short', 'HEAD']))?.trim() ?? '';
  const urls = (await inRoot(['config', '--get-regexp', '^remote\\..*\\.url$'])) ?? '';
  const remotes = urls
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(line.indexOf(' ') + 1));
  return { folder: into, below: path.relative(root, from), repository: { root, branch, remotes } };
}

async function folderAt(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new UsageError(`${folder} is not a directory`);
  return realpath(folder);
}

type Run = (args: readonly string[]) => Promise<string | undefined>;

/** Runs git for what it prints; `undefined` when it refuses. */
const gitIn =
  (cwd: string, env: SnapshotOptions['env']): Run =>
  async (args) => {
    const { exitCode, stdout } = await runProgram('git', args, {
      cwd,
      env: gitEnvironment(env),
      timeoutMs: limitMs,
    });
    return exitCode === 0 ? stdout.toString() : undefined;
  };

export const gitEnvironment = ({ PATH = '', HOME = '' }: SnapshotOptions['env']) => ({
  PATH,
  HOME,
  LC_ALL: 'C',
});

async function copyFiles(root: string, into: string, git: Run): Promise<void> {
  const listing = await git(['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  for (const name of new Set((listing ?? '').split('\0'))) {
    if (name === '') continue;
    // What was deleted but not committed is listed too; a sub-module is a folder.
    const found = await stat(path.join(root, name)).catch(() => undefined);
    if (found === undefined || found.isDirectory()) continue;
    await cp(path.join(root, name), path.join(into, name), { verbatimSymlinks: true });
  }
}

async function unpack(
  root: string,
  revision: string,
  into: string,
  env: SnapshotOptions['env'],
): Promise<void> {
  const archive = await runProgram('git', ['archive', '--format=tar', `${revision}^{commit}`], {
    cwd: root,
    env: gitEnvironment(env),
    timeoutMs: limitMs,
  });
  if (archive.exitCode !== 0 || revision.startsWith('-'))
    throw new UsageError(`there is no commit ${revision} in ${root}`);
  const { exitCode, stderr } = await runProgram('tar', ['-x', '-f', '-', '-C', into], {
    env: { PATH: env.PATH ?? '' },
    stdin: archive.stdout,
    timeoutMs: limitMs,
  });
  if (exitCode !== 0) throw new UsageError(`tar: ${stderr.toString().trim()}`);
}
