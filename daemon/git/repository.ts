/** The config repository and its state machine (spec flux-v1 §2.2). */
import { gitCommand, GitError, openMirror, safeUrl, splitCredentials } from '../../lib/git/mod.ts';
import type { Mirror, MirrorStatus } from '../../lib/git/mod.ts';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import { createWake } from '../wake.ts';

export interface RepositoryOptions {
  url: string;
  branch: string;
  readOnly: boolean;
  pollIntervalMs: number;
  timeoutMs: number;
  parentFolder: string;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  log: Logger;
  /** Hex digits for the name of the write check. */
  randomHex: () => string;
  user: { name: string; email: string; signingKey: string };
}

export interface ConfigRepository {
  readonly safeUrl: string;
  readonly branch: string;
  status(): { status: MirrorStatus; error: string };
  /** The mirror when it is ready. @throws Fault `RepositoryNotReady` */
  mirror(): Mirror;
  /**
   * The commit to work with: the head of the branch, or with verification the newest one that is verified.
   *
   * @throws Fault `RepositoryNotReady`, `BranchMissing`, `NothingVerified`
   */
  head(): Promise<string>;
  /** Head of the branch in the mirror, whoever signed it. @throws Fault `RepositoryNotReady`, `BranchMissing` */
  branchHead(): Promise<string>;
  /** Fetch soon. */
  notify(): void;
  /** Fetch now; the callers of `onRefreshed` hear of it. */
  refresh(): Promise<void>;
  /** Called whenever the mirror became ready or fetched. */
  onRefreshed(listener: () => void): void;
  /** Called with each change of the status. */
  onStatus(listener: (status: MirrorStatus) => void): void;
  /** Puts an annotated tag on a revision and pushes it, forced. */
  moveTag(tag: string, revision: string): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
  /** Deletes the mirror; nothing may use it any more. */
  close(): Promise<void>;
}

const retryMs = 10_000;
const checkTag = 'flux-write-check-';

export function createRepository(options: RepositoryOptions): ConfigRepository {
  const { url, branch, log, clock } = options;
  let status: MirrorStatus = url === '' ? 'unconfigured' : 'new';
  let error = url === '' ? '' : 'git repo has not been cloned yet';
  let mirror: Mirror | undefined;
  const listeners: (() => void)[] = [];
  const watchers: ((status: MirrorStatus) => void)[] = [];
  const wake = createWake(clock);
  const remote = splitCredentials(url);
  const git = gitCommand({
    env: options.env,
    timeoutMs: options.timeoutMs,
    credentials: remote.credentials,
  });
  const shown = url === '' ? '' : safeUrl(url);
  const become = (next: MirrorStatus, problem: string) => {
    status = next;
    error = problem;
    for (const watcher of watchers) watcher(status);
  };
  const refreshed = () => {
    for (const listener of listeners) listener();
  };
  const inMirror = (open: Mirror, args: readonly string[]) =>
    git(args, { cwd: open.folder, subject: shown });

  /** Tags of checks that a killed daemon could not delete any more; another daemon's check may be among them. */
  const oldChecks = async (open: Mirror): Promise<string[]> => {
    const { stdout } = await inMirror(open, ['tag', '--list', `${checkTag}*`]);
    return stdout
      .toString()
      .split('\n')
      .filter((tag) => tag !== '');
  };

  const checkWrite = async (open: Mirror, head: string) => {
    const left = await oldChecks(open);
    const tag = `${checkTag}${options.randomHex()}`;
    await inMirror(open, ['push', '--quiet', '--', remote.url, `${head}:refs/tags/${tag}`]);
    for (const each of [tag, ...left]) {
      try {
        await inMirror(open, ['push', '--quiet', '--', remote.url, `:refs/tags/${each}`]);
      } catch (thrown) {
        // Whoever made it, or found it left over, was faster.
        if (!messageOf(thrown).includes('remote ref does not exist')) throw thrown;
      }
    }
  };

  const headOf = async (of: Mirror) => {
    const head = await of.resolve(`refs/heads/${branch}`);
    if (head === undefined)
      throw new Fault(
        'BranchMissing',
        'retry',
        shown,
        `configured branch '${branch}' does not exist`,
      );
    return head;
  };

  const step = async (signal: AbortSignal): Promise<number> => {
    mirror ??= await openMirror({
      url,
      parentFolder: options.parentFolder,
      env: options.env,
      timeoutMs: options.timeoutMs,
    });
    await mirror.refresh(signal);
    if (status !== 'ready') {
      become('cloned', 'git repo has been cloned but not yet checked for write access');
      const head = await headOf(mirror);
      if (!options.readOnly) await checkWrite(mirror, head);
      become('ready', '');
      log.log({ info: 'git repo ready', url: shown, branch });
    }
    refreshed();
    return options.pollIntervalMs;
  };

  const ready = () => {
    if (status === 'unconfigured')
      throw new Fault('RepositoryNotReady', 'stall', shown, 'git repo does not have valid config');
    if (status !== 'ready' || mirror === undefined)
      throw new Fault('RepositoryNotReady', 'retry', shown, `git repo not ready: ${error}`);
    return mirror;
  };

  const branchHead = async () => headOf(ready());

  return {
    safeUrl: shown,
    branch,
    status: () => ({ status, error }),
    mirror: ready,
    head: branchHead,
    branchHead,
    notify: () => {
      wake.wake();
    },
    refresh: async () => {
      await ready().refresh();
      refreshed();
    },
    onRefreshed: (listener) => {
      listeners.push(listener);
    },
    onStatus: (listener) => {
      watchers.push(listener);
    },
    moveTag: (tag, revision) => {
      const open = ready();
      const { name, email, signingKey } = options.user;
      // A fetch between the two would prune the tag, which the remote does not have yet.
      return open.alone(async () => {
        await inMirror(open, [
          ...['-c', `user.name=${name}`, '-c', `user.email=${email}`, 'tag', '--force'],
          ...['--annotate', '--message', 'Sync pointer'],
          ...(signingKey === '' ? [] : [`--local-user=${signingKey}`]),
          ...['--', tag, revision],
        ]);
        const push = ['push', '--quiet', '--force', '--', remote.url, `refs/tags/${tag}`];
        await inMirror(open, push);
      });
    },
    run: async (signal) => {
      if (status === 'unconfigured') return;
      while (!signal.aborted) {
        let pause = retryMs;
        try {
          pause = await step(signal);
        } catch (thrown) {
          if (signal.aborted) break;
          const unresolved = thrown instanceof GitError && thrown.reason === 'HostUnresolved';
          const next = status === 'cloned' ? 'cloned' : unresolved ? 'unreachable' : 'new';
          become(next, messageOf(thrown));
          log.log({ err: messageOf(thrown), url: shown, status: next });
        }
        await wake.wait(pause, signal);
      }
    },
    close: async () => {
      await mirror?.remove();
    },
  };
}
