/** One commit on top of a checkout, and its push. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gitCommand, GitError, safeUrl } from '../../lib/git/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { GitAccess } from '../sources/mod.ts';
import { failing } from './failure.ts';

export interface Author {
  name: string;
  email: string;
}

export interface PushPlan {
  /** The branch that is pushed to. */
  branch: string;
  /** Whether it is another one than that checked out; its history may be replaced. */
  isOther: boolean;
  /** Pushed besides. */
  refspec: string | undefined;
  options: Readonly<Record<string, string>>;
}

const failed = (why: string, cause?: unknown) =>
  failing('GitOperationFailed', `failed to update source: ${why}`, cause);

/** Puts the checkout on the branch that is pushed to: on what it holds already, should it exist. */
export async function switchBranch(
  { git, url }: GitAccess,
  folder: string,
  { branch, isOther }: PushPlan,
): Promise<void> {
  const here = { cwd: folder, subject: safeUrl(url) };
  const ref = `refs/heads/${branch}`;
  if (isOther) {
    const { stdout } = await git(['ls-remote', '--', 'origin', ref], here);
    if (stdout.toString().trim() !== '') {
      await git(['fetch', '--quiet', '--depth', '1', 'origin', `+${ref}:refs/pushed`], here);
      await git(['checkout', '--quiet', '--force', '-B', branch, 'refs/pushed', '--'], here);
      return;
    }
  }
  await git(['checkout', '--quiet', '-B', branch, '--'], here);
}

export interface CommitOptions {
  folder: string;
  message: string;
  author: Author;
  /** Settings of the git program that make it sign; none for a commit without signature. */
  signing: readonly (readonly [string, string])[] | undefined;
  env: Readonly<Record<string, string | undefined>>;
  timeoutMs: number;
}

/** @returns the commit */
export async function commit(options: CommitOptions): Promise<string> {
  const { folder, author, signing, env, timeoutMs } = options;
  const git = gitCommand({
    // Neither the user's settings nor keys play a part.
    env: { ...env, HOME: folder },
    timeoutMs,
    settings: [
      ['user.name', author.name],
      ['user.email', author.email],
      ['core.autocrlf', 'false'],
      ['core.hooksPath', '/dev/null'],
      ['commit.cleanup', 'verbatim'],
      ...(signing ?? []),
    ],
  });
  const here = { cwd: folder, subject: folder };
  const message = path.join(folder, '.git', 'MESSAGE');
  await writeFile(message, options.message);
  const sign = signing === undefined ? '--no-gpg-sign' : '--gpg-sign';
  try {
    await git(
      ['commit', '--quiet', '--all', '--allow-empty-message', sign, '--file', message],
      here,
    );
    const { stdout } = await git(['rev-parse', 'HEAD'], here);
    return stdout.toString().trim();
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
}

/**
 * Options are left out where the server does not know of any, as by the original.
 *
 * @returns false when somebody else has pushed first
 */
export async function push(access: GitAccess, folder: string, plan: PushPlan): Promise<boolean> {
  const { git, url } = access;
  const { branch, isOther, refspec, options } = plan;
  const how = [
    'push',
    '--quiet',
    ...(isOther ? ['--force'] : []),
    ...Object.entries(options).map(([key, value]) => `--push-option=${key}=${value}`),
    '--',
    'origin',
  ];
  const here = { cwd: folder, subject: safeUrl(url) };
  try {
    await git([...how, `refs/heads/${branch}:refs/heads/${branch}`], here);
    if (refspec !== undefined) await git([...how, refspec], here);
    return true;
  } catch (cause) {
    if (!(cause instanceof GitError)) throw cause;
    if (cause.reason === 'PushRejected') return false;
    if (cause.reason === 'PushOptionsUnknown' && Object.keys(options).length > 0)
      return push(access, folder, { ...plan, options: {} });
    throw failed(messageOf(cause), cause);
  }
}
