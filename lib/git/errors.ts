/** Faults of the git program, classified from what it prints. */
import { Fault } from '../runtime/mod.ts';
import type { FaultOptions, Next } from '../runtime/mod.ts';

const nextByReason = {
  GitMissing: 'stall',
  /** The host's name cannot be resolved. */
  HostUnresolved: 'retry',
  Unreachable: 'retry',
  AuthFailed: 'retry',
  RepositoryMissing: 'retry',
  RefMissing: 'retry',
  /** The remote has commits that we have not: fetch, do the change again, push. */
  PushRejected: 'retry',
  /** The remote does not want the push: a hook, a protected branch, no write access. */
  PushRefused: 'stall',
  /** The remote takes pushes, but no options with them. */
  PushOptionsUnknown: 'stall',
  Timeout: 'retry',
  GitFailed: 'retry',
} as const satisfies Record<string, Next>;

export type GitReason = keyof typeof nextByReason;

export class GitError extends Fault {
  declare readonly reason: GitReason;

  constructor(reason: GitReason, subject: string, message: string, options: FaultOptions = {}) {
    super(reason, nextByReason[reason], subject, message, options);
  }
}

const patterns: readonly (readonly [RegExp, GitReason])[] = [
  [/could not resolve host/i, 'HostUnresolved'],
  [/does not support push options/i, 'PushOptionsUnknown'],
  [
    /\[rejected\]|non-fast-forward|fetch first|stale info|cannot lock ref|failed to update ref/i,
    'PushRejected',
  ],
  [/\[remote rejected\]|pre-receive hook declined|protected branch|hook declined/i, 'PushRefused'],
  [
    /the requested URL returned error: 403|write access to repository not granted|read.?only|deploy key/i,
    'PushRefused',
  ],
  [
    /authentication failed|permission denied|could not read (username|password)|invalid credentials|host key verification failed|terminal prompts disabled|returned error: 401/i,
    'AuthFailed',
  ],
  [
    /repository .*not found|does not appear to be a git repository|returned error: 404|does not exist/i,
    'RepositoryMissing',
  ],
  [
    /couldn't find remote ref|remote branch .* not found|unknown revision|bad revision|did not match any|not a valid object name/i,
    'RefMissing',
  ],
  [
    /connection (refused|reset|timed out)|failed to connect|unable to access|network is unreachable|early eof|hung up/i,
    'Unreachable',
  ],
];

/** What git's messages say went wrong. A rejection by the remote's rules counts before one by its newer head. */
export function classify(stderr: string): GitReason {
  if (/\[remote rejected\]/.test(stderr) && !/cannot lock ref|failed to update ref/.test(stderr))
    return 'PushRefused';
  return patterns.find(([pattern]) => pattern.test(stderr))?.[1] ?? 'GitFailed';
}

/** The first line that begins `fatal:`, `error:` or `ERROR fatal:`, else the first line. */
export function firstComplaint(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => /^(ERROR )?fatal: |^error: /.test(line)) ??
    lines.find((line) => line !== '') ??
    ''
  );
}
