/** What is read of a repository that others write to: files, and nothing that a link leads to. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openMirror } from '../../lib/git/mod.ts';
import { runProgram } from '../../lib/runtime/mod.ts';
import { loadTree } from './load.ts';
import type { LoadOptions } from './load.ts';

let home: string;
let work: string;

const configMap = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: default}\n`;
const env = () => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  GIT_AUTHOR_NAME: 'You',
  GIT_AUTHOR_EMAIL: 'you@example.com',
  GIT_COMMITTER_NAME: 'You',
  GIT_COMMITTER_EMAIL: 'you@example.com',
});
const git = async (...args: string[]) => {
  const done = await runProgram('git', args, { cwd: work, env: env(), timeoutMs: 20_000 });
  expect(done.exitCode, done.stderr.toString()).toBe(0);
  return done.stdout.toString().trim();
};

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'load'));
  work = path.join(home, 'work');
  await mkdir(path.join(home, 'secrets'));
  await writeFile(path.join(home, 'secrets/outside.yaml'), configMap('outside'));
  await mkdir(path.join(work, 'app'), { recursive: true });
  await git('init', '--quiet', '--initial-branch=master');
  await writeFile(path.join(work, 'app/inside.yaml'), configMap('inside'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function namesFrom(options: Partial<LoadOptions>): Promise<(string | undefined)[]> {
  await git('add', '--all');
  await git('commit', '--quiet', '--message=Links');
  const mirror = await openMirror({ url: work, env: env(), timeoutMs: 20_000, parentFolder: home });
  try {
    await mirror.refresh();
    const tree = await loadTree(mirror, await git('rev-parse', 'HEAD'), {
      paths: [],
      generation: undefined,
      reveal: undefined,
      decrypt: undefined,
      lastGenerated: new Map(),
      ...options,
    });
    return tree.objects.map(({ object }) => object.metadata.name);
  } finally {
    await mirror.remove();
  }
}

describe.each([
  { how: 'from the commit', reveal: undefined },
  { how: 'from a checkout in which secrets are revealed', reveal: () => Promise.resolve() },
])('$how', ({ reveal }) => {
  test('links are passed over, to files and to folders', async () => {
    await symlink(path.join(home, 'secrets/outside.yaml'), path.join(work, 'app/link.yaml'));
    await symlink(path.join(home, 'secrets'), path.join(work, 'folder'));
    expect(await namesFrom({ reveal })).toEqual(['inside']);
  });

  test('a configured path that has become a link is missing', async () => {
    await symlink(path.join(home, 'secrets'), path.join(work, 'folder'));
    await expect(namesFrom({ reveal, paths: ['app', 'folder'] })).rejects.toMatchObject({
      reason: 'PathMissing',
      subject: 'folder',
    });
  });
});
