import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { projectRoot } from './programs.ts';

test(
  'the whole story plays, each proof is there, and nothing is left running',
  { timeout: 300_000 },
  async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        path.join(projectRoot, 'node_modules/tsx/dist/cli.mjs'),
        path.join(projectRoot, 'demo/main.ts'),
      ],
      { cwd: projectRoot, env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 16 * 1024 * 1024 },
    );
    expect(stdout).toContain('Done: 9 steps');
    expect(stdout).not.toContain('✗');
  },
);
