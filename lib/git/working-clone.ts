/** A writable clone of one branch, made from the mirror; pushes go to the origin (spec flux-v1 §2.1, §2.7). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../runtime/mod.ts';
import type { Git } from './command.ts';
import type { CommitRequest, WorkingClone, WorkingCloneOptions } from './types.ts';

interface CloneSource extends WorkingCloneOptions {
  git: Git;
  /** Where pushes go, without credentials. */
  url: string;
  /** The URL for messages. */
  subject: string;
  mirrorFolder: string;
  parentFolder: string;
}

export async function openWorkingClone(source: CloneSource): Promise<WorkingClone> {
  const { git, subject } = source;
  const home = await mkdtemp(path.join(source.parentFolder, 'flux-working'));
  const folder = path.join(home, 'clone');
  const notesRef = `refs/notes/${source.notesRef}`;
  const run = (args: readonly string[], accept: readonly number[] = []) =>
    git(args, { cwd: folder, subject, accept });
  try {
    const settings = [
      `user.name=${source.userName}`,
      `user.email=${source.userEmail}`,
      'core.autocrlf=false',
    ];
    await git(
      [
        ...['clone', '--quiet', '--branch', source.branch],
        ...settings.flatMap((setting) => ['--config', setting]),
        ...['--', source.mirrorFolder, folder],
      ],
      { cwd: home, subject },
    );
    await run([
      'fetch',
      '--quiet',
      '--force',
      'origin',
      '+refs/tags/*:refs/tags/*',
      '+refs/notes/*:refs/notes/*',
    ]);
  } catch (thrown) {
    await rm(home, { recursive: true, force: true });
    throw thrown;
  }
  const sign = source.signingKey;
  const head = async () => (await run(['rev-parse', 'HEAD'])).stdout.toString().trim();
  let hasNotes = false;

  return {
    folder,
    head,
    commit: async (request: CommitRequest) => {
      if (request.addUntracked === true) await run(['add', '--', ...(request.paths ?? ['.'])]);
      const changed = await run(['diff', '--quiet', 'HEAD', '--', ...(request.paths ?? [])], [1]);
      if (changed.exitCode === 0) return undefined;
      const message = path.join(home, 'message');
      await writeFile(message, request.message);
      await run([
        'commit',
        '--quiet',
        '--no-verify',
        '--all',
        '--file',
        message,
        ...(request.author === undefined ? [] : ['--author', request.author]),
        ...(sign === undefined ? ['--no-gpg-sign'] : [`--gpg-sign=${sign}`]),
        '--',
      ]);
      const revision = await head();
      if (request.note !== undefined) {
        const note = path.join(home, 'note');
        await writeFile(note, request.note);
        await run(['notes', '--ref', notesRef, 'add', '--force', '--file', note, revision]);
        hasNotes = true;
      }
      return revision;
    },
    push: async () => {
      const push = (...how: string[]) =>
        run([
          ...['push', '--quiet', ...how, '--', source.url, source.branch],
          ...(hasNotes ? [notesRef] : []),
        ]);
      try {
        // Without it the note of a commit that came too late would stay in the remote, though the commit does not.
        await push('--atomic');
      } catch (thrown) {
        if (!messageOf(thrown).includes('does not support --atomic')) throw thrown;
        await push();
      }
    },
    remove: () => rm(home, { recursive: true, force: true }),
  };
}
