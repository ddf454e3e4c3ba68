/** One call of the git program: arguments as an array, a fixed environment, a limit of time. */
import { Fault, runProgram } from '../runtime/mod.ts';
import { classify, firstComplaint, GitError } from './errors.ts';
import type { HttpCredentials } from './url.ts';

/**
 * The variables that reach git, nothing else does (spec flux-v1 §1.2), and two with certificate authorities: the originals'
 * v2 controllers trust what SSL_CERT_FILE names.
 */
const passedOn = [
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'PATH',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTPS_PROXY',
  'NO_PROXY',
  'GIT_PROXY_COMMAND',
  'GIT_SSH_COMMAND',
  'HOME',
  'GNUPGHOME',
  'SECRETS_DIR',
  'SECRETS_EXTENSION',
  'CLOUDSDK_CONFIG',
  'CLOUDSDK_PYTHON',
  'NSS_WRAPPER_PASSWD',
  'NSS_WRAPPER_GROUP',
  'LD_PRELOAD',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_ROLE_ARN',
] as const;

export interface GitOptions {
  /** The program's own environment, of which git gets the variables above. */
  env: Readonly<Record<string, string | undefined>>;
  /** Limit of one command, in milliseconds. */
  timeoutMs: number;
  /** Sent as Basic authentication to http(s) remotes; never part of the command line. */
  credentials?: HttpCredentials | undefined;
  /** Further settings, such as `http.sslCAInfo`; they reach git by its environment, never by the command line. */
  settings?: readonly (readonly [name: string, value: string])[];
}

export interface GitCall {
  cwd?: string;
  stdin?: string | Uint8Array;
  signal?: AbortSignal | undefined;
  /** Statuses that are answers, not failures; 0 always is. */
  accept?: readonly number[];
  /** What was being done, for the message: `clone https://host/repo`. */
  subject: string;
}

export interface GitAnswer {
  exitCode: number;
  stdout: Buffer;
  stderr: Buffer;
}

/** Runs git with the given arguments. */
export type Git = (args: readonly string[], call: GitCall) => Promise<GitAnswer>;

/** @returns a function that throws GitError when git fails */
export function gitCommand(options: GitOptions): Git {
  const env = childEnvironment(options);
  return async (args, call) => {
    try {
      const { exitCode, stdout, stderr } = await runProgram('git', args, {
        env,
        timeoutMs: options.timeoutMs,
        ...(call.cwd === undefined ? {} : { cwd: call.cwd }),
        ...(call.stdin === undefined ? {} : { stdin: call.stdin }),
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      });
      if (exitCode === 0 || call.accept?.includes(exitCode) === true)
        return { exitCode, stdout, stderr };
      const output = stderr.toString() === '' ? stdout.toString() : stderr.toString();
      const reason = classify(output);
      throw new GitError(
        reason,
        call.subject,
        `git ${args[0] ?? ''}: ${firstComplaint(output)}, full output:\n ${output.trim()}`,
      );
    } catch (thrown) {
      if (!(thrown instanceof Fault) || thrown instanceof GitError) throw thrown;
      if (thrown.reason === 'ProgramTimeout') {
        const message = `running git command: git [${args.join(' ')}]: context deadline exceeded`;
        throw new GitError('Timeout', call.subject, message, { cause: thrown });
      }
      if (thrown.reason === 'ProgramMissing') {
        throw new GitError('GitMissing', call.subject, 'git: the program is not installed', {
          cause: thrown,
        });
      }
      throw thrown;
    }
  };
}

function childEnvironment({ env, credentials, settings = [] }: GitOptions): Record<string, string> {
  const child: Record<string, string> = { GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
  for (const name of passedOn) {
    const value = env[name];
    if (value !== undefined) child[name] = value;
  }
  const all = [...settings];
  if (credentials !== undefined) {
    const basic = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
    all.push(['http.extraHeader', `Authorization: Basic ${basic}`]);
  }
  if (all.length > 0) child.GIT_CONFIG_COUNT = String(all.length);
  for (const [at, [name, value]] of all.entries()) {
    child[`GIT_CONFIG_KEY_${at}`] = name;
    child[`GIT_CONFIG_VALUE_${at}`] = value;
  }
  return child;
}
