/** Reads files of a commit from the object store, without a checkout. */
import type { Git } from './command.ts';
import { GitError } from './errors.ts';
import type { GitFile } from './types.ts';

/**
 * Every file of a commit below a path; sub-modules are left out.
 *
 * @param path relative to the root, '' for all; a file is returned alone
 */
export async function readTree(
  git: Git,
  folder: string,
  revision: string,
  path: string,
): Promise<GitFile[]> {
  const subject = `${revision}:${path}`;
  const listing = await git(
    ['ls-tree', '-r', '-z', '--full-tree', revision, '--', ...(path === '' ? [] : [path])],
    { cwd: folder, subject },
  );
  const entries = listing.stdout
    .toString()
    .split('\0')
    .flatMap((line) => {
      const match = /^(\d{6}) blob ([0-9a-f]+)\t(.+)$/s.exec(line);
      return match === null
        ? []
        : [{ mode: match[1] ?? '', id: match[2] ?? '', path: match[3] ?? '' }];
    });
  if (entries.length === 0) return [];
  const { stdout } = await git(['cat-file', '--batch'], {
    cwd: folder,
    stdin: `${entries.map(({ id }) => id).join('\n')}\n`,
    subject,
  });
  let at = 0;
  return entries.map(({ mode, path: name }) => {
    const lineEnd = stdout.indexOf(0x0a, at);
    const header = /^[0-9a-f]+ blob (\d+)$/.exec(stdout.subarray(at, lineEnd).toString());
    if (header === null)
      throw new GitError('GitFailed', subject, `git cat-file: no blob for ${name}`);
    const start = lineEnd + 1;
    const end = start + Number(header[1]);
    at = end + 1;
    return { path: name, mode, data: stdout.subarray(start, end) };
  });
}
