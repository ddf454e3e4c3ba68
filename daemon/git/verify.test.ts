/** Signatures, on the real git and gpg. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMirror } from '../../lib/git/mod.ts';
import { memoryLogger, runProgram, systemClock } from '../../lib/runtime/mod.ts';
import { fingerprints, importKeys, trustKeys } from './gpg.ts';
import { tagMarker } from './marker.ts';
import { createRepository } from './repository.ts';
import { newestVerified, verifiedRepository } from './verify.ts';

describe('newestVerified', () => {
  const history = (signatures: string) => ({
    // Oldest first in the text, newest first as git lists them.
    commits: () =>
      Promise.resolve(
        [...signatures]
          .map((signature, at) => ({
            revision: `c${at}`,
            signature,
            signingKey: 'K',
            message: '',
          }))
          .reverse(),
      ),
  });

  test.each([
    { why: 'all are signed', commits: 'GGG', want: { revision: 'head' } },
    { why: 'nothing is new', commits: '', want: { revision: 'head' } },
    { why: 'stops before the first bad one', commits: 'GNG', want: { revision: 'c0' } },
    { why: 'an unknown key is no good one', commits: 'GGU', want: { revision: 'c1' } },
    { why: 'stays at the mark', commits: 'NGG', want: { revision: 'mark' } },
  ])('$why', async ({ commits, want }) => {
    expect(await newestVerified(history(commits), 'head', 'mark', false)).toMatchObject(want);
  });

  test('names the bad commit; without a mark and a good commit there is none', async () => {
    expect(await newestVerified(history('BG'), 'head', undefined, false)).toMatchObject({
      revision: undefined,
      invalid: { revision: 'c0' },
    });
  });
});

test('fingerprints are those of primary keys', () => {
  expect(fingerprints('pub:u:\nfpr:::::::::AAA:\nsub:u:\nfpr:::::::::BBB:\n')).toEqual(['AAA']);
});

describe('with real keys', () => {
  let home: string;
  let env: Record<string, string>;
  let theirs: Record<string, string>;
  let url: string;
  const work = () => path.join(home, 'work');

  const run = async (program: string, args: readonly string[], given = theirs, cwd = home) => {
    const done = await runProgram(program, args, { env: given, cwd, timeoutMs: 30_000 });
    if (done.exitCode !== 0) throw new Error(`${program}: ${done.stderr.toString()}`);
    return done.stdout.toString().trim();
  };
  const commit = async (text: string, ...options: string[]) => {
    await writeFile(path.join(work(), 'a.yaml'), text);
    await run('git', ['add', '.'], theirs, work());
    await run('git', ['commit', '--quiet', '--message', text, ...options], theirs, work());
    await run('git', ['push', '--quiet', 'origin', 'HEAD:master'], theirs, work());
    return run('git', ['rev-parse', 'HEAD'], theirs, work());
  };

  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'gpg'));
    const common = {
      PATH: process.env.PATH ?? '',
      HOME: home,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Ann',
      GIT_AUTHOR_EMAIL: 'ann@example.com',
      GIT_COMMITTER_NAME: 'Ann',
      GIT_COMMITTER_EMAIL: 'ann@example.com',
    };
    theirs = { ...common, GNUPGHOME: path.join(home, 't') };
    env = { ...common, GNUPGHOME: path.join(home, 'o') };
    for (const folder of ['t', 'o', 'keys']) await mkdir(path.join(home, folder), { mode: 0o700 });
    await run('gpg', [
      ...['--batch', '--quiet', '--passphrase', '', '--quick-gen-key'],
      ...['Ann <ann@example.com>', 'ed25519', 'sign', 'never'],
    ]);
    const key = await run('gpg', ['--batch', '--armor', '--export-secret-keys']);
    await writeFile(path.join(home, 'keys', 'ann.asc'), key);
    url = path.join(home, 'origin.git');
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=master', url]);
    await run('git', ['clone', '--quiet', url, work()]);
  });

  afterAll(async () => {
    for (const ring of [theirs, env]) await run('gpgconf', ['--kill', 'all'], ring);
    await rm(home, { recursive: true, force: true });
  });

  test('keys of a folder are imported, trusted, and decide how far the repository is synced', async () => {
    const gpg = { env, timeoutMs: 30_000 };
    expect(await importKeys([path.join(home, 'keys')], gpg)).toHaveLength(1);
    await trustKeys(gpg);
    const signed = await commit('one', '--gpg-sign');
    const log = memoryLogger();
    const plain = createRepository({
      url,
      branch: 'master',
      readOnly: false,
      pollIntervalMs: 60_000,
      timeoutMs: 30_000,
      parentFolder: home,
      env,
      clock: systemClock,
      log,
      randomHex: () => 'aa',
      user: { name: 'Ann', email: 'ann@example.com', signingKey: 'ann@example.com' },
    });
    const marker = tagMarker(plain, 'flux-sync');
    const repository = verifiedRepository({
      repository: plain,
      marker,
      tag: 'flux-sync',
      firstParent: false,
      log,
    });
    const stop = new AbortController();
    const ready = new Promise<void>((resolve) => plain.onRefreshed(resolve));
    const ended = plain.run(stop.signal);
    try {
      await ready;
      expect(await repository.head()).toBe(signed);
      await marker.set(signed);
      expect(await plain.mirror().verifyTag('flux-sync')).toBe(true);
      const unsigned = await commit('two', '--no-gpg-sign');
      await plain.refresh();
      expect([await repository.head(), await repository.branchHead()]).toEqual([signed, unsigned]);
      expect(log.records).toContainEqual({
        err: 'found invalid GPG signature for commit',
        revision: unsigned,
        key: '',
      });
      await run('git', ['tag', '--force', 'flux-sync', unsigned], theirs, work());
      await run('git', ['push', '--quiet', '--force', 'origin', 'flux-sync'], theirs, work());
      await plain.refresh();
      await expect(repository.head()).rejects.toMatchObject({ reason: 'MarkUnverified' });
    } finally {
      stop.abort();
      await ended;
      await plain.close();
    }
  });

  test('a working clone signs with our key', async () => {
    const mirror = await openMirror({ url, env, timeoutMs: 30_000, parentFolder: home });
    await mirror.refresh();
    const clone = await mirror.workingClone({
      branch: 'master',
      userName: 'Flux',
      userEmail: 'ann@example.com',
      notesRef: 'flux',
      signingKey: 'ann@example.com',
    });
    await writeFile(path.join(clone.folder, 'a.yaml'), 'three');
    const revision = await clone.commit({ message: 'm' });
    await clone.push();
    await mirror.refresh();
    expect(await mirror.verifyCommit(revision ?? '')).toBe(true);
    await mirror.remove();
  });
});
