/** git as a person runs it, for tests. */
import { runProgram } from '../lib/runtime/mod.ts';

/** @param home nothing of the machine's own configuration is read */
export function gitIn(cwd: string, home: string) {
  return async (...args: string[]): Promise<string> => {
    const who = ['user.name=You', 'user.email=you@example.com', 'pull.rebase=true'];
    const { exitCode, stdout, stderr } = await runProgram(
      'git',
      [...who.flatMap((one) => ['-c', one]), ...args],
      {
        cwd,
        env: { PATH: process.env.PATH ?? '', HOME: home, GIT_CONFIG_NOSYSTEM: '1' },
        timeoutMs: 20_000,
      },
    );
    if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.toString()}`);
    return stdout.toString().trim();
  };
}
