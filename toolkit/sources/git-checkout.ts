/** The commit that a reference means, and its files in a folder (spec §2.3, fluxcd/pkg git/gogit/clone.go). */
import { mkdir } from 'node:fs/promises';
import { GitError, safeUrl } from '../../lib/git/mod.ts';
import { compareVersions, parseVersion } from '../../lib/policy/mod.ts';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import { readConstraint } from '../runtime/mod.ts';
import { fetchFailed } from './failure.ts';
import type { GitAccess } from './git-access.ts';

/** `spec.ref`: a commit goes before a name, a name before a range of versions, then tag, then branch. */
export interface GitReference {
  branch?: string | undefined;
  tag?: string | undefined;
  semver?: string | undefined;
  name?: string | undefined;
  commit?: string | undefined;
}

export interface Target {
  /** `refs/heads/main`; '' for a commit alone. */
  ref: string;
  /** The commit; of a tag, the commit that it stands for. */
  hash: string;
  /** The commit is what was asked for, wherever the branch stands. */
  pinned: boolean;
}

export interface CheckoutOptions {
  recurseSubmodules: boolean;
  /** Only these folders; all when empty. */
  folders: readonly string[];
}

/** A reference that leads to no files; likely to pass. */
export class CheckoutError extends Fault {
  declare readonly reason: 'GitOperationFailed';

  constructor(message: string, cause: unknown) {
    super('GitOperationFailed', 'retry', 'git', message, { cause });
  }
}

/** How the revision is written: `main@sha1:<hash>`, or with the whole ref for `ref.name`. */
export function revisionOf({ ref, hash }: Pick<Target, 'ref' | 'hash'>, wholeRef: boolean): string {
  const digest = `${hash.length === 64 ? 'sha256' : 'sha1'}:${hash}`;
  const short = wholeRef ? ref : ref.split('/').slice(2).join('/');
  return short === '' ? digest : `${short}@${digest}`;
}

/**
 * Asks the server what a reference means now.
 *
 * @param isKnown an artifact of it is there: then the original lists refs first, and says so when it cannot
 * @returns `undefined` when the repository is empty
 * @throws CheckoutError
 */
export async function resolveTarget(
  access: GitAccess,
  reference: GitReference,
  isKnown: boolean,
): Promise<Target | undefined> {
  const { branch, tag, semver, name, commit } = reference;
  if (commit !== undefined)
    return {
      ref: branch === undefined ? '' : `refs/heads/${branch}`,
      hash: commit,
      pinned: true,
    };
  const range = semver === undefined || name !== undefined ? undefined : rangeOf(semver);
  const lists = name !== undefined || (isKnown && range === undefined);
  const refs = await listRefs(access, lists ? 'list remote for' : 'clone');
  if (refs.size === 0) return undefined;
  if (name !== undefined) {
    if (name.startsWith('/') || name.endsWith('/'))
      throw failed(`ref ${name} is invalid; Git refs cannot begin or end with a slash '/'`);
    const hash = refs.get(`${name}^{}`) ?? refs.get(name);
    if (hash === undefined) throw failed(`unable to resolve ref '${name}' to a specific commit`);
    return { ref: name, hash, pinned: false };
  }
  const ref =
    range !== undefined && semver !== undefined
      ? newestTag(refs, range, semver)
      : tag !== undefined
        ? `refs/tags/${tag}`
        : `refs/heads/${branch ?? 'master'}`;
  const hash = refs.get(`${ref}^{}`) ?? refs.get(ref);
  if (hash !== undefined) return { ref, hash, pinned: false };
  throw failed(
    `unable to clone '${safeUrl(access.url)}': couldn't find remote ref ${JSON.stringify(ref)}`,
  );
}

/**
 * Puts a commit's files into a folder that is not there yet.
 *
 * @returns the target as it was fetched (a branch may have moved on), what its ref itself is (of an annotated tag, the
 *   tag), and the first line of the commit's message
 * @throws CheckoutError
 */
export async function checkOut(
  access: GitAccess,
  target: Target,
  folder: string,
  { recurseSubmodules, folders }: CheckoutOptions,
): Promise<{ target: Target; object: string; subject: string }> {
  const { git, url } = access;
  await mkdir(folder, { recursive: true });
  const here = { cwd: folder, subject: safeUrl(url) };
  try {
    await git(['init', '--quiet'], here);
    await git(['remote', 'add', '--', 'origin', url], here);
    const { hash, object } = await fetchTarget(access, target, folder);
    const paths = folders.map((each) => each.replace(/^\.\//, ''));
    if (paths.length === 0) await git(['checkout', '--quiet', '--detach', hash], here);
    else {
      for (const each of paths) await mustExist(access, folder, hash, each);
      await git(['checkout', '--quiet', hash, '--', ...paths], here);
    }
    if (recurseSubmodules) {
      await git(['submodule', 'update', '--quiet', '--init', '--recursive', '--depth', '1'], here);
    }
    const { stdout } = await git(['log', '-1', '--format=%s', hash], here);
    return { target: { ...target, hash }, object, subject: stdout.toString().trimEnd() };
  } catch (thrown) {
    if (thrown instanceof GitError)
      throw failed(`unable to clone '${safeUrl(url)}': ${why(thrown)}`, thrown);
    throw thrown;
  }
}

async function fetchTarget(
  { git, url }: GitAccess,
  { ref, hash, pinned }: Target,
  folder: string,
): Promise<{ hash: string; object: string }> {
  const here = { cwd: folder, subject: safeUrl(url) };
  const fetch = (...what: readonly string[]) =>
    git(['fetch', '--quiet', '--no-tags', ...what], here);
  const resolve = async (name: string) => {
    const { exitCode, stdout } = await git(
      ['rev-parse', '--quiet', '--verify', '--end-of-options', name],
      { ...here, accept: [1, 128] },
    );
    return exitCode === 0 ? stdout.toString().trim() : undefined;
  };
  if (!pinned) {
    await fetch('--depth', '1', 'origin', `+${ref}`);
    const object = (await resolve('FETCH_HEAD')) ?? missing(hash);
    return { hash: (await resolve(`${object}^{commit}`)) ?? missing(hash), object };
  }
  try {
    await fetch('--depth', '1', 'origin', hash);
  } catch (thrown) {
    if (!(thrown instanceof GitError)) throw thrown;
    // Not every server hands out commits by their hash.
    await fetch('origin', ref === '' ? '+refs/heads/*:refs/remotes/origin/*' : `+${ref}`);
  }
  const commit = (await resolve(`${hash}^{commit}`)) ?? missing(hash);
  return { hash: commit, object: commit };
}

function missing(hash: string): never {
  throw failed(`unable to resolve commit object for '${hash}': object not found`);
}

async function mustExist(
  { git, url }: GitAccess,
  folder: string,
  hash: string,
  below: string,
): Promise<void> {
  const { exitCode } = await git(
    ['rev-parse', '--quiet', '--verify', '--end-of-options', `${hash}:${below}`],
    { cwd: folder, subject: safeUrl(url), accept: [1, 128] },
  );
  if (exitCode === 0) return;
  throw fetchFailed(
    'GitOperationFailed',
    `failed to sparse checkout directories : sparse checkout dir '${below}' does not exist in repository`,
  );
}

async function listRefs(
  { git, url }: GitAccess,
  to: 'list remote for' | 'clone',
): Promise<Map<string, string>> {
  const { stdout } = await git(['ls-remote', '--quiet', '--', url], {
    subject: safeUrl(url),
  }).catch((cause: unknown) => {
    throw failed(
      cause instanceof GitError
        ? `unable to ${to} '${safeUrl(url)}': ${why(cause)}`
        : messageOf(cause),
      cause,
    );
  });
  return new Map(
    stdout
      .toString()
      .split('\n')
      .flatMap((line) => {
        const [hash, ref] = line.split('\t');
        return hash === undefined || ref === undefined ? [] : [[ref, hash]];
      }),
  );
}

function rangeOf(semver: string) {
  try {
    return readConstraint(semver);
  } catch (cause) {
    throw failed(`semver parse error: ${messageOf(cause)}`, cause);
  }
}

function newestTag(
  refs: ReadonlyMap<string, string>,
  range: ReturnType<typeof readConstraint>,
  semver: string,
): string {
  const versions = [...refs.keys()].flatMap((ref) => {
    const name = /^refs\/tags\/([^^]+)$/.exec(ref)?.[1];
    const version = name === undefined ? undefined : parseVersion(name);
    return version === undefined || !range.allows(version) ? [] : [{ ref, version }];
  });
  const newest = versions.sort((a, b) => compareVersions(b.version, a.version))[0];
  if (newest === undefined) throw failed(`no match found for semver: ${semver}`);
  return newest.ref;
}

/** What went wrong in the words of the original, where it has words for it. */
function why(error: GitError): string {
  switch (error.reason) {
    case 'AuthFailed':
      return 'authentication required';
    case 'RepositoryMissing':
      return 'repository not found';
    case 'Timeout':
      return 'context deadline exceeded';
    default:
      return error.message.split('\n')[0]?.replace(/, full output:$/, '') ?? error.message;
  }
}

const failed = (message: string, cause?: unknown) => new CheckoutError(message, cause);
