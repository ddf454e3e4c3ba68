import { describe, expect, test } from 'vitest';
import { runProgram } from './subprocess.ts';

const env = { PATH: process.env.PATH ?? '' };
const node = (script: string, options: Partial<Parameters<typeof runProgram>[2]> = {}) =>
  runProgram(process.execPath, ['-e', script], { env, ...options });

describe('runProgram', () => {
  test('hands over input, environment and both streams', async () => {
    const result = await node(
      'process.stdin.pipe(process.stdout); process.stderr.write(JSON.stringify(process.env))',
      { stdin: 'hello', env: { ONLY: 'this' } },
    );
    expect(String(result.stdout)).toBe('hello');
    expect(JSON.parse(String(result.stderr))).toEqual({ ONLY: 'this' });
  });

  test('returns an exit status that is not zero as a result', async () => {
    expect((await node('process.exit(3)')).exitCode).toBe(3);
  });

  test('passes arguments as they are, without a shell', async () => {
    const result = await runProgram(
      process.execPath,
      ['-e', 'console.log(process.argv[1])', '$(id)'],
      { env },
    );
    expect(String(result.stdout)).toBe('$(id)\n');
  });

  test.each([
    {
      why: 'a program that does not exist',
      run: () => runProgram('no-such-program', [], { env }),
      reason: 'ProgramMissing',
    },
    {
      why: 'a program that takes too long',
      run: () => node('setInterval(() => {}, 1000)', { timeoutMs: 100 }),
      reason: 'ProgramTimeout',
    },
    {
      why: 'a program that says too much',
      run: () => node('for (;;) process.stdout.write("x".repeat(65536))', { maxOutputBytes: 1000 }),
      reason: 'ProgramOutputTooLarge',
    },
    {
      why: 'a program ended by a signal',
      run: () => node('process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)'),
      reason: 'ProgramKilled',
    },
  ])('$why is a $reason fault', async ({ run, reason }) => {
    await expect(run()).rejects.toMatchObject({ reason });
  });

  test('ends the program when the signal fires', async () => {
    const stop = new AbortController();
    const running = node('setInterval(() => {}, 1000)', { signal: stop.signal });
    stop.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });
});
