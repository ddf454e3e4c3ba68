/** Clones of what a kustomization names by address: by the git program, as kustomize does, without logins, links out of the clone, or ends. */
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { splitCredentials } from '../../lib/git/mod.ts';
import type { HttpCredentials } from '../../lib/git/mod.ts';
import { textOfBytes } from '../../lib/helm/values/mod.ts';
import { cleanPath } from '../../lib/kustomize/mod.ts';
import type { FileSource, RemoteClone, RepositorySpec } from '../../lib/kustomize/mod.ts';
import { Fault, formatDuration, runProgram } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';

export interface CloneOptions {
  /** An empty folder of its own. */
  folder: string;
  /** Where the clone lies as messages say it. */
  shownAs: string;
  /** The process's own environment, of which git gets its path and proxies. */
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  signal: AbortSignal;
  /** Of all files of a clone, those of git too. */
  mostBytes: number;
}

/** Whatever an address asks for. */
const longestMs = 10 * 60_000;
const lookAtSizeMs = 500;

/** Fetches one revision, with its submodules unless the address says no (kustomize api/internal/git/cloner.go). */
export async function cloneRepository(
  { cloneUrl, ref, submodules, timeoutMs }: RepositorySpec,
  options: CloneOptions,
): Promise<RemoteClone> {
  const work = path.join(options.folder, 'work');
  await mkdir(work);
  const limitMs = Math.min(timeoutMs, longestMs);
  const wanted = ref === '' ? 'HEAD' : ref;
  const { url, credentials } = splitCredentials(cloneUrl);
  const own = { ...options, login: loginOf(url, credentials) };
  // What messages show, and what is run: an address is never taken for an option.
  const commands: { shown: string[]; run?: string[] }[] = [
    { shown: ['init'], run: ['init', '--quiet', '--template='] },
    {
      shown: ['remote', 'add', 'origin', url],
      run: ['remote', 'add', '--', 'origin', url],
    },
    {
      shown: ['fetch', '--depth=1', url, wanted],
      run: ['fetch', '--depth=1', '--', url, wanted],
    },
    { shown: ['checkout', 'FETCH_HEAD'] },
  ];
  if (submodules) commands.push({ shown: ['submodule', 'update', '--init', '--recursive'] });
  for (const { shown, run = shown } of commands) {
    const failed = await git(shown, run, work, limitMs, own);
    if (failed !== undefined) return failed;
  }
  return { root: options.shownAs, files: filesOfClone(work, options.shownAs) };
}

async function git(
  shown: readonly string[],
  args: readonly string[],
  cwd: string,
  timeoutMs: number,
  options: CloneOptions & { login: Record<string, string> },
): Promise<Extract<RemoteClone, { failure: string }> | undefined> {
  const command = `git ${shown.join(' ')}`;
  const tooLarge = new AbortController();
  const ended = new AbortController();
  const watch = watchSize(options, tooLarge, ended.signal);
  try {
    const { exitCode, stdout, stderr } = await runProgram('git', args, {
      cwd,
      env: { ...environment(options), ...options.login },
      timeoutMs,
      signal: AbortSignal.any([options.signal, tooLarge.signal]),
      group: true,
      maxOutputBytes: 1024 * 1024,
    });
    if (exitCode === 0 && !(await isTooLarge(options))) return undefined;
    const output = `${stdout.toString()}${stderr.toString()}`;
    const failure =
      exitCode === 0
        ? tooLargeText(options)
        : `failed to run '${command}': ${output}: exit status ${exitCode}`;
    return { failure, timedOut: false };
  } catch (thrown) {
    if (options.signal.aborted || !(thrown instanceof Fault)) throw thrown;
    if (tooLarge.signal.aborted) return { failure: tooLargeText(options), timedOut: false };
    if (thrown.reason === 'ProgramTimeout') {
      const failure = `hit ${formatDuration(timeoutMs)} timeout running '${command}'`;
      return { failure, timedOut: true };
    }
    if (thrown.reason === 'ProgramMissing')
      return { failure: `no 'git' program on path: ${thrown.message}`, timedOut: false };
    throw thrown;
  } finally {
    ended.abort();
    await watch;
  }
}

/** The login of an address, for its host alone: neither command lines nor messages nor hosts of submodules see it. */
function loginOf(url: string, credentials: HttpCredentials | undefined): Record<string, string> {
  if (credentials === undefined || !URL.canParse(url)) return {};
  const basic = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}

const tooLargeText = ({ mostBytes }: CloneOptions) => `the clone is larger than ${mostBytes} bytes`;

const isTooLarge = async ({ folder, mostBytes }: CloneOptions): Promise<boolean> =>
  (await sizeOf(folder, mostBytes)) > mostBytes;

/** Ends a command while it fills the disk. */
async function watchSize(
  options: CloneOptions,
  tooLarge: AbortController,
  ended: AbortSignal,
): Promise<void> {
  while (!ended.aborted) {
    try {
      await options.clock.sleep(lookAtSizeMs, ended);
    } catch (thrown) {
      if (ended.aborted) return;
      throw thrown;
    }
    if (await isTooLarge(options)) tooLarge.abort();
  }
}

/** Bytes below a folder; no further than the limit is counted. What goes away meanwhile has none. */
async function sizeOf(folder: string, limit: number): Promise<number> {
  let size = 0;
  for (const entry of (await unlessGone(readdir(folder, { withFileTypes: true }))) ?? []) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) size += await sizeOf(at, limit - size);
    else if (entry.isFile()) size += (await unlessGone(stat(at)))?.size ?? 0;
    if (size > limit) break;
  }
  return size;
}

async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}

const proxies = ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY', 'ALL_PROXY'];

/** No settings, logins or keys of the process's own; no transport that reads files or runs programs. */
function environment({ env, folder }: CloneOptions): Record<string, string> {
  const child: Record<string, string> = {
    PATH: env['PATH'] ?? '',
    HOME: folder,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: 'http:https:ssh',
    GIT_TERMINAL_PROMPT: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_SSH_COMMAND:
      env['GIT_SSH_COMMAND'] ??
      'ssh -F none -o BatchMode=yes -o IdentityAgent=none -o IdentitiesOnly=yes -o IdentityFile=none',
  };
  for (const name of [...proxies, 'GIT_SSL_CAINFO', 'SSL_CERT_FILE']) {
    const value = env[name];
    if (value !== undefined) child[name] = value;
  }
  return child;
}

/** Files of a clone, read as they are asked for. Nothing is looked at beyond its folder, wherever links lead. */
function filesOfClone(folder: string, shownAs: string): FileSource {
  const real = (at: string): string | undefined =>
    at === shownAs || at.startsWith(`${shownAs}/`)
      ? path.join(folder, at.slice(shownAs.length))
      : undefined;
  const kindOf = (at: string): 'file' | 'folder' | 'link' | undefined => {
    const place = real(at);
    const found = place === undefined ? undefined : lstatSync(place, { throwIfNoEntry: false });
    if (found?.isFile() === true) return 'file';
    if (found?.isDirectory() === true) return 'folder';
    return found?.isSymbolicLink() === true ? 'link' : undefined;
  };
  /** Part by part; `links` counts down, so that circles end. */
  const follow = (at: string, links: number): string => {
    if (real(at) === undefined || at === shownAs || links === 0) return at;
    const parent = follow(path.posix.dirname(at), links);
    const here = `${parent}/${path.posix.basename(at)}`;
    const place = real(here);
    if (place === undefined || kindOf(here) !== 'link') return here;
    const target = readlinkSync(place);
    return follow(cleanPath(target.startsWith('/') ? target : `${parent}/${target}`), links - 1);
  };
  return {
    realPath: (at) => follow(at, 40),
    isFolder: (at) => at === '/' || kindOf(at) === 'folder',
    readFile: (at) =>
      kindOf(at) === 'file' ? textOfBytes(readFileSync(real(at) ?? '')) : undefined,
  };
}
