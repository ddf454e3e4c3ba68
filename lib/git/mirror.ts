/** A bare mirror on disk, kept up to date by fetching everything, forced (spec flux-v1 §2.1). */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../runtime/mod.ts';
import { gitCommand } from './command.ts';
import type { GitOptions } from './command.ts';
import { GitError } from './errors.ts';
import { readTree } from './objects.ts';
import type { GitCommit, Mirror } from './types.ts';
import { safeUrl, splitCredentials } from './url.ts';
import { openWorkingClone } from './working-clone.ts';

export interface MirrorOptions extends Omit<GitOptions, 'credentials'> {
  /** Any URL that git takes; user name and password of an http(s) URL are sent outside the command line. */
  url: string;
  /** Where mirrors and clones are put; the mirror makes a folder of its own in it. */
  parentFolder: string;
}

/** Prepares a mirror; nothing is fetched before `refresh`. */
export async function openMirror(options: MirrorOptions): Promise<Mirror> {
  await mkdir(options.parentFolder, { recursive: true });
  const home = await mkdtemp(path.join(options.parentFolder, 'flux-gitclone'));
  const folder = path.join(home, 'mirror');
  const { url, credentials } = splitCredentials(options.url);
  const shown = safeUrl(options.url);
  const git = gitCommand({
    env: options.env,
    timeoutMs: options.timeoutMs,
    credentials,
    // `bring` has git tidy up when there is something to.
    settings: [['maintenance.auto', 'false']],
  });
  const local = (args: readonly string[], accept: readonly number[] = []) =>
    git(args, { cwd: folder, subject: shown, accept });

  /** What names stood for when they were last asked for: nothing is asked twice while no ref changes. */
  let ids = new Map<string, Promise<string | undefined>>();
  const idOf = (name: string): Promise<string | undefined> => {
    const known = ids.get(name);
    if (known !== undefined) return known;
    const into = ids;
    const asked = local(
      ['rev-parse', '--quiet', '--verify', '--end-of-options', name],
      [1, 128],
    ).then(({ exitCode, stdout }) => (exitCode === 0 ? stdout.toString().trim() : undefined));
    into.set(name, asked);
    asked.catch(() => into.delete(name));
    return asked;
  };
  const refsChanged = () => {
    ids = new Map();
  };

  /** @returns whether refs may have changed: git says what a fetch has changed, and is silent when that is nothing */
  const bring = async (signal: AbortSignal | undefined): Promise<boolean> => {
    if (existsSync(path.join(folder, 'HEAD'))) {
      const words = ['fetch', '--tags', '--force', '--prune', 'origin'];
      const { stderr } = await git(words, { cwd: folder, subject: shown, signal });
      if (stderr.length === 0) return false;
      // As with git itself, what is fetched counts even when tidying up fails; it is tried again after the next change.
      await local(['gc', '--auto', '--quiet']).catch(() => undefined);
      return true;
    }
    await rm(folder, { recursive: true, force: true });
    try {
      await git(['clone', '--mirror', '--', url, folder], { cwd: home, subject: shown, signal });
    } catch (thrown) {
      await rm(folder, { recursive: true, force: true });
      throw thrown;
    }
    return true;
  };

  const refresh = async (signal: AbortSignal | undefined) => {
    let isNews = true;
    try {
      isNews = await bring(signal);
    } finally {
      if (isNews) refsChanged();
    }
  };

  /** What changes refs goes one after the other: two at once would fight for locks, or prune each other's. */
  let last: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const run = last.then(work, work);
    last = run.catch(() => undefined);
    return run;
  };
  /** A fetch that has not begun yet: whoever asks meanwhile shares it. */
  let next: Promise<void> | undefined;
  const inTurn = (signal: AbortSignal | undefined): Promise<void> => {
    next ??= alone(() => {
      next = undefined;
      return refresh(signal);
    });
    return next;
  };

  return {
    folder,
    refresh: inTurn,
    alone: (work) => alone(() => work().finally(refsChanged)),
    resolve: (ref) => idOf(`${ref}^{commit}`),
    commits: async ({ from, to, paths, firstParent }) => {
      const range = from === undefined ? to : `${from}..${to}`;
      const { stdout } = await local([
        'log',
        '--pretty=format:%GK|%G?|%H|%s',
        ...(firstParent === true ? ['--first-parent'] : []),
        '--end-of-options',
        range,
        '--',
        ...paths,
      ]);
      return stdout.toString().split('\n').flatMap(readCommit);
    },
    changedPaths: async (from, to, below) => {
      const { stdout } = await local([
        'diff',
        '--name-only',
        '-z',
        '--end-of-options',
        from,
        to,
        '--',
        ...(below === '' ? [] : [below]),
      ]);
      return stdout
        .toString()
        .split('\0')
        .filter((name) => name !== '');
    },
    treeId: (revision, below) =>
      idOf(below === '' || below === '.' ? `${revision}^{tree}` : `${revision}:${below}`),
    readTree: (revision, below) => readTree(git, folder, revision, below === '.' ? '' : below),
    exportTo: async (target, revision, below = '') => {
      await mkdir(target, { recursive: true });
      const { stdout } = await local([
        'archive',
        '--format=tar',
        revision,
        ...(below === '' ? [] : ['--', below]),
      ]);
      const { exitCode, stderr } = await runProgram('tar', ['-x', '-f', '-', '-C', target], {
        env: { PATH: options.env.PATH ?? '' },
        stdin: stdout,
        timeoutMs: options.timeoutMs,
      });
      if (exitCode !== 0)
        throw new GitError('GitFailed', shown, `tar: ${stderr.toString().trim()}`);
    },
    note: async (ref, revision) => {
      const { exitCode, stdout } = await local(['notes', '--ref', ref, 'show', revision], [1]);
      return exitCode === 0 ? stdout.toString() : undefined;
    },
    verifyCommit: async (revision) =>
      (await local(['verify-commit', revision], [1, 128])).exitCode === 0,
    verifyTag: async (tag) => (await local(['verify-tag', tag], [1, 128])).exitCode === 0,
    checkout: async (revision) => {
      const parent = await mkdtemp(path.join(home, 'flux-export'));
      const remove = () => rm(parent, { recursive: true, force: true });
      const target = path.join(parent, 'checkout');
      try {
        await git(['clone', '--quiet', '--no-checkout', '--', folder, target], {
          cwd: parent,
          subject: shown,
        });
        await git(['checkout', '--quiet', '--detach', revision, '--'], {
          cwd: target,
          subject: shown,
        });
      } catch (thrown) {
        await remove();
        throw thrown;
      }
      return { folder: target, remove };
    },
    workingClone: (clone) =>
      openWorkingClone({
        git,
        url,
        subject: shown,
        mirrorFolder: folder,
        parentFolder: home,
        ...clone,
      }),
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

function readCommit(line: string): GitCommit[] {
  const [signingKey = '', signature = '', revision = '', ...subject] = line.split('|');
  return revision === '' ? [] : [{ signingKey, signature, revision, message: subject.join('|') }];
}
