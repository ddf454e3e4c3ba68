/** What is read of a repository that others write to: files, and nothing that a link leads to. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openMirror } from '../../lib/git/mod.ts';
import { runProgram } from '../../lib/runtime/mod.ts';
import { loadTree } from './load.ts';
import type { LoadedTree, LoadOptions } from './load.ts';

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

async function load(options: Partial<LoadOptions>, before?: LoadedTree): Promise<LoadedTree> {
  await git('add', '--all');
  await git('commit', '--quiet', '--allow-empty', '--message=Change');
  const mirror = await openMirror({ url: work, env: env(), timeoutMs: 20_000, parentFolder: home });
  try {
    await mirror.refresh();
    const revision = await git('rev-parse', 'HEAD');
    const defaults: LoadOptions = {
      paths: [],
      generation: undefined,
      reveal: undefined,
      decrypt: undefined,
      lastGenerated: new Map(),
    };
    return await loadTree(mirror, revision, { ...defaults, ...options }, before);
  } finally {
    await mirror.remove();
  }
}
const namesFrom = async (options: Partial<LoadOptions>) =>
  (await load(options)).objects.map(({ object }) => object.metadata.name);

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

test('files that did not change keep their objects; the others are read, the faulty again', async () => {
  await writeFile(path.join(work, 'app/same.yaml'), configMap('same'));
  await writeFile(path.join(work, 'app/other.yaml'), configMap('other'));
  await writeFile(path.join(work, 'app/faulty.yaml'), 'a: [');
  const first = await load({});
  await writeFile(path.join(work, 'app/other.yaml'), configMap('changed'));
  const second = await load({}, first);
  const byName = (tree: LoadedTree, name: string) =>
    tree.objects.find(({ object }) => object.metadata.name === name)?.object;
  expect(byName(second, 'same')).toBe(byName(first, 'same'));
  expect([byName(first, 'other'), byName(second, 'changed')]).not.toContain(undefined);
  expect(byName(second, 'other')).toBeUndefined();
  expect(second.failures).toEqual(first.failures);
  expect(second.failures).toHaveLength(1);
});
