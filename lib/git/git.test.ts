import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openMirror } from './mod.ts';
import type { Mirror } from './mod.ts';

let home: string;
let origin: string;
let mirror: Mirror;

const env = { PATH: process.env.PATH, HOME: '/nonexistent' };

function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      GIT_AUTHOR_NAME: 'Ann',
      GIT_AUTHOR_EMAIL: 'ann@example.com',
      GIT_COMMITTER_NAME: 'Ann',
      GIT_COMMITTER_EMAIL: 'ann@example.com',
    },
  }).trim();
}

/** Commits files to the origin as somebody else would, through a clone. */
function push(files: Record<string, string | undefined>, message: string): string {
  const clone = mkdtempSync(path.join(home, 'other'));
  git(clone, 'clone', '-q', origin, 'c');
  const folder = path.join(clone, 'c');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    if (text === undefined) rmSync(path.join(folder, name));
    else writeFileSync(path.join(folder, name), text);
  }
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '-m', message);
  git(folder, 'push', '-q', 'origin', 'HEAD:master');
  return git(folder, 'rev-parse', 'HEAD');
}

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'git-test'));
  origin = path.join(home, 'origin.git');
  git(home, 'init', '-q', '--bare', '-b', 'master', origin);
  push({ 'a/one.yaml': 'one\n', 'b/two.yaml': 'two\n', 'ä ö.yaml': 'x\n' }, 'first');
  mirror = await openMirror({
    url: origin,
    env,
    timeoutMs: 20_000,
    parentFolder: path.join(home, 'mirrors'),
  });
  await mirror.refresh();
});

afterEach(async () => {
  await mirror.remove();
  rmSync(home, { recursive: true, force: true });
});

const workingClone = (branch = 'master') =>
  mirror.workingClone({
    branch,
    userName: 'Weave Flux',
    userEmail: 'support@weave.works',
    notesRef: 'flux',
  });

test('fetches that are asked for at once do not fight, and all bring what was pushed before', async () => {
  for (let round = 0; round < 5; round += 1) {
    const first = mirror.refresh();
    const revision = push({ 'a/one.yaml': `${round}\n` }, 'change');
    const heads = [1, 2, 3].map(async () => {
      await mirror.refresh();
      return mirror.resolve('refs/heads/master');
    });
    await first;
    expect(await Promise.all(heads)).toEqual([revision, revision, revision]);
  }
});

describe('mirror', () => {
  test('resolves branches, tags and hashes, and says when there is none', async () => {
    const head = git(origin, 'rev-parse', 'master');
    git(origin, 'tag', 'v1', 'master');
    await mirror.refresh();
    await expect(mirror.resolve('master')).resolves.toBe(head);
    await expect(mirror.resolve('v1')).resolves.toBe(head);
    await expect(mirror.resolve(head.slice(0, 8))).resolves.toBe(head);
    await expect(mirror.resolve('nope')).resolves.toBeUndefined();
    await expect(mirror.resolve('--all')).resolves.toBeUndefined();
  });

  test('follows a forced push and a deleted tag', async () => {
    git(origin, 'tag', 'v1', 'master');
    const second = push({ 'a/one.yaml': 'changed\n' }, 'second');
    await mirror.refresh();
    await expect(mirror.resolve('master')).resolves.toBe(second);
    git(origin, 'update-ref', 'refs/heads/master', `${second}~1`);
    git(origin, 'tag', '-d', 'v1');
    await mirror.refresh();
    await expect(mirror.resolve('master')).resolves.toBe(git(origin, 'rev-parse', 'master'));
    await expect(mirror.resolve('v1')).resolves.toBeUndefined();
  });

  test('asks git anew, and lets it tidy up, only after refs have changed', async () => {
    const bin = path.join(home, 'bin');
    const calls = path.join(home, 'calls');
    mkdirSync(bin);
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    writeFileSync(
      path.join(bin, 'git'),
      `#!/bin/sh\necho "$1" >> '${calls}'\nexec '${real}' "$@"\n`,
      { mode: 0o755 },
    );
    const watched = await openMirror({
      url: origin,
      env: { ...env, PATH: `${bin}:${process.env.PATH ?? ''}` },
      timeoutMs: 20_000,
      parentFolder: path.join(home, 'watched'),
    });
    const look = async () => {
      writeFileSync(calls, '');
      await watched.refresh();
      const head = await watched.resolve('refs/heads/master');
      await watched.treeId(head ?? '', 'a');
      await watched.resolve('refs/tags/mine');
      return readFileSync(calls, 'utf8').trim().split('\n');
    };
    expect(await look()).toEqual(['clone', 'rev-parse', 'rev-parse', 'rev-parse']);
    expect(await look()).toEqual(['fetch']);
    const next = push({ 'a/one.yaml': 'changed\n' }, 'second');
    expect(await look()).toEqual(['fetch', 'gc', 'rev-parse', 'rev-parse', 'rev-parse']);
    await expect(watched.resolve('refs/heads/master')).resolves.toBe(next);
    expect(await look()).toEqual(['fetch']);
    await watched.alone(() => Promise.resolve(git(watched.folder, 'tag', 'mine', next)));
    await expect(watched.resolve('refs/tags/mine')).resolves.toBe(next);
  });

  test('lists commits that touch paths, newest first', async () => {
    const first = await mirror.resolve('master');
    const second = push({ 'a/one.yaml': 'changed\n' }, 'second | with a bar');
    push({ 'b/two.yaml': 'changed\n' }, 'third');
    await mirror.refresh();
    const all = await mirror.commits({ from: undefined, to: 'master', paths: [] });
    expect(all.map(({ message }) => message)).toEqual(['third', 'second | with a bar', 'first']);
    await expect(mirror.commits({ from: first, to: 'master', paths: ['a'] })).resolves.toEqual([
      { revision: second, message: 'second | with a bar', signature: 'N', signingKey: '' },
    ]);
  });

  test('reads trees without a checkout', async () => {
    const files = await mirror.readTree('master', '');
    expect(files.map(({ path: name, data }) => [name, String(Buffer.from(data))])).toEqual([
      ['a/one.yaml', 'one\n'],
      ['b/two.yaml', 'two\n'],
      ['ä ö.yaml', 'x\n'],
    ]);
    expect((await mirror.readTree('master', 'a')).map((file) => file.path)).toEqual(['a/one.yaml']);
    await expect(mirror.readTree('master', 'nope')).resolves.toEqual([]);
  });

  test('tells when a path changed by its tree id', async () => {
    const before = await mirror.treeId('master', 'a');
    push({ 'b/two.yaml': 'changed\n' }, 'second');
    await mirror.refresh();
    await expect(mirror.treeId('master', 'a')).resolves.toBe(before);
    await expect(mirror.treeId('master', 'b')).resolves.not.toBe(before);
    await expect(mirror.treeId('master', 'nope')).resolves.toBeUndefined();
  });

  test('exports a commit to a folder', async () => {
    const folder = path.join(home, 'export');
    await mirror.exportTo(folder, 'master', 'a');
    expect(readFileSync(path.join(folder, 'a/one.yaml'), 'utf8')).toBe('one\n');
  });

  test.each([
    ['a repository that does not exist', () => path.join(home, 'nope.git'), 'RepositoryMissing'],
    ['a server that does not answer', () => 'http://127.0.0.1:1/x.git', 'Unreachable'],
    ['a host without address', () => 'http://no-such-host.invalid/x.git', 'HostUnresolved'],
  ])('%s is a fault with its reason', async (_why, url, reason) => {
    const broken = await openMirror({ url: url(), env, timeoutMs: 20_000, parentFolder: home });
    await expect(broken.refresh()).rejects.toMatchObject({ reason });
    await broken.remove();
  });

  test('never shows a password in an error', async () => {
    const url = 'http://user:hunter2@127.0.0.1:1/x.git';
    const broken = await openMirror({ url, env, timeoutMs: 20_000, parentFolder: home });
    const error = await broken.refresh().catch((thrown: unknown) => thrown);
    expect(JSON.stringify([error, (error as Error).message])).not.toContain('hunter2');
    await broken.remove();
  });
});

describe('working clone', () => {
  test('commits with message and note, and pushes both', async () => {
    const clone = await workingClone();
    writeFileSync(path.join(clone.folder, 'a/one.yaml'), 'edited\n');
    const revision = await clone.commit({ message: 'Auto-release x:1', note: '{"jobID":"1"}' });
    await clone.push();
    await mirror.refresh();
    await expect(mirror.resolve('master')).resolves.toBe(revision);
    await expect(mirror.note('flux', revision ?? '')).resolves.toBe('{"jobID":"1"}\n');
    expect(git(origin, 'log', '-1', '--format=%an <%ae>|%s', 'master')).toBe(
      'Weave Flux <support@weave.works>|Auto-release x:1',
    );
    await clone.remove();
  });

  test('says when there is nothing to commit', async () => {
    const clone = await workingClone();
    await expect(clone.commit({ message: 'nothing' })).resolves.toBeUndefined();
    await clone.remove();
  });

  test('a push behind the head is rejected and changes nothing', async () => {
    const clone = await workingClone();
    writeFileSync(path.join(clone.folder, 'a/one.yaml'), 'edited\n');
    await clone.commit({ message: 'late' });
    const other = push({ 'b/two.yaml': 'first come\n' }, 'other');
    await expect(clone.push()).rejects.toMatchObject({ reason: 'PushRejected', next: 'retry' });
    expect(git(origin, 'rev-parse', 'master')).toBe(other);
    await clone.remove();
  });

  test('a push that a hook declines is refused', async () => {
    writeFileSync(
      path.join(origin, 'hooks/pre-receive'),
      '#!/bin/sh\necho no entry >&2\nexit 1\n',
      { mode: 0o755 },
    );
    const clone = await workingClone();
    writeFileSync(path.join(clone.folder, 'a/one.yaml'), 'edited\n');
    await clone.commit({ message: 'x' });
    await expect(clone.push()).rejects.toMatchObject({ reason: 'PushRefused', next: 'stall' });
    await clone.remove();
  });

  test('a branch that does not exist is a fault', async () => {
    await expect(workingClone('nope')).rejects.toMatchObject({ reason: 'RefMissing' });
  });
});
