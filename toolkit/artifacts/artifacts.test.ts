import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/runtime/mod.ts';
import { createArtifactReader } from './reader.ts';
import type { HttpListener } from '../runtime/mod.ts';
import { startArtifactServer } from './server.ts';
import type { DigestAlgorithm } from './digest.ts';
import { createArtifactStore } from './store.ts';
import type { ArtifactStore } from './store.ts';
import { packFolder, unpackTarball } from './tarball.ts';

let folder = '';
let root = '';
let server: HttpListener;
let store: ArtifactStore;
const owner = { kind: 'GitRepository', namespace: 'apps', name: 'podinfo' };
const errors: Error[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'artifacts-test'));
  root = path.join(folder, 'storage');
  await mkdir(root);
  server = await startArtifactServer({
    root,
    listen: { host: '127.0.0.1', port: 0 },
    onError: (error) => errors.push(error),
  });
  store = createArtifactStore(storeOptions());
});
const storeOptions = () => ({
  root,
  address: `127.0.0.1:${server.port}`,
  now: () => new Date(),
  keptRecords: 2,
  keptMs: 60_000,
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('digests', () => {
  test.each<[DigestAlgorithm, string]>([
    ['sha384', '5406eb'],
    ['sha512', 'b2d1d2'],
    ['blake3', '3fba5250be9ac259c56e7250c526bc83bacb4be825f2799d3d59e5b4878dd74e'],
  ])('%s: what is stored is checked by it, here and by readers', async (algorithm, hex) => {
    const own = createArtifactStore({ ...storeOptions(), digestAlgorithm: algorithm });
    const artifact = await own.put(owner, {
      name: `${algorithm}.tar.gz`,
      data: Buffer.from('content'),
      revision: 'main@sha1:abc',
    });
    expect(artifact.digest.startsWith(`${algorithm}:${hex}`)).toBe(true);
    // Another store, as after a restart, and with another algorithm for what comes.
    const later = createArtifactStore(storeOptions());
    expect(await later.check(artifact)).toBe('good');
    const other = { ...artifact, digest: artifact.digest.replace(/.{4}$/, '0000') };
    expect(await later.check(other)).toBe('damaged');
    const read = createArtifactReader({
      store: undefined,
      clock: systemClock,
      attempts: 1,
      timeoutMs: 5000,
    });
    const never = new AbortController().signal;
    expect(Buffer.from(await read(artifact, never)).toString()).toBe('content');
    await expect(read(other, never)).rejects.toThrow(
      `failed to verify artifact: computed digest doesn't match '${other.digest}', got '${artifact.digest}'`,
    );
  });
});

describe('store and server', () => {
  test('what is put is served, under its name and its alias, and read with its digest checked', async () => {
    const data = Buffer.from('content');
    const artifact = await store.put(owner, {
      name: 'abc.tar.gz',
      data,
      revision: 'main@sha1:abc',
    });
    expect(artifact).toMatchObject({
      path: 'gitrepository/apps/podinfo/abc.tar.gz',
      size: 7,
      digest: 'sha256:ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73',
    });
    const alias = await store.alias(artifact, 'latest.tar.gz');
    for (const url of [artifact.url, alias])
      expect(await (await fetch(url)).text()).toBe('content');
    const read = createArtifactReader({
      store: undefined,
      clock: systemClock,
      attempts: 1,
      timeoutMs: 5000,
    });
    const { signal } = new AbortController();
    expect(Buffer.from(await read(artifact, signal)).toString()).toBe('content');
    await expect(read({ ...artifact, digest: 'sha256:00' }, signal)).rejects.toMatchObject({
      reason: 'DigestMismatch',
    });
    await expect(read({ ...artifact, url: `${artifact.url}x` }, signal)).rejects.toMatchObject({
      reason: 'ArtifactMissing',
    });
  });

  test('a file that was altered or deleted is noticed', async () => {
    const artifact = await store.put(owner, {
      name: 'd.tar.gz',
      data: Buffer.from('one'),
      revision: 'd',
    });
    expect(await store.check(artifact)).toBe('good');
    await writeFile(store.fileOf(artifact), 'two');
    expect(await store.check(artifact)).toBe('damaged');
    await store.remove(artifact);
    expect(await store.check(artifact)).toBe('missing');
    expect(await store.check({ ...artifact, path: '../../etc/passwd' })).toBe('missing');
  });

  test.each(['/../store.test', '/%2e%2e/x', '/nothing', '/gitrepository', '/%zz'])(
    'GET %s finds nothing',
    async (url) => {
      expect((await fetch(`http://127.0.0.1:${server.port}${url}`)).status).toBe(404);
      expect(errors).toEqual([]);
    },
  );

  test('a link out of the storage is not followed', async () => {
    await writeFile(path.join(folder, 'secret'), 'secret');
    await symlink(path.join(folder, 'secret'), path.join(store.root, 'gitrepository', 'leak'));
    const answer = await fetch(`http://127.0.0.1:${server.port}/gitrepository/leak`);
    expect(answer.status).toBe(404);
  });

  test('old files go: those past their time, and those beyond the number kept', async () => {
    const other = { ...owner, name: 'collected' };
    const put = (name: string) =>
      store.put(other, { name, data: Buffer.from(name), revision: name });
    const old = await put('old');
    await utimes(store.fileOf(old), new Date(0), new Date(0));
    const files = [await put('1'), await put('2'), await put('3'), await put('4')];
    for (const [at, file] of files.entries()) {
      const time = new Date(Date.now() - 30_000 + at * 1000);
      await utimes(store.fileOf(file), time, time);
    }
    const [, , , current] = files;
    if (current === undefined) throw new Error('no file');
    expect(await store.collect(current)).toBe(2);
    expect(await Promise.all(files.map((file) => store.check(file)))).toEqual([
      'missing',
      'good',
      'good',
      'good',
    ]);
    expect(await store.removeAll(other)).toBe(true);
    expect(await store.check(current)).toBe('missing');
  });
});

describe('tarballs', () => {
  test('there and back: files with their modes, no links, the same bytes each time', async () => {
    const source = path.join(folder, 'source');
    await mkdir(path.join(source, 'a'), { recursive: true });
    await writeFile(path.join(source, 'a', 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    await writeFile(path.join(source, 'b.md'), 'left out');
    await symlink('a/run.sh', path.join(source, 'link'));
    const ignored = (name: string) => name.endsWith('.md');
    const first = await packFolder(source, ignored);
    await utimes(path.join(source, 'a', 'run.sh'), new Date(0), new Date(0));
    expect(Buffer.compare(first, await packFolder(source, ignored))).toBe(0);
    const target = path.join(folder, 'target');
    await mkdir(target);
    await unpackTarball(first, target);
    expect(await readFile(path.join(target, 'a', 'run.sh'), 'utf8')).toBe('#!/bin/sh\n');
    for (const gone of ['b.md', 'link'])
      await expect(readFile(path.join(target, gone))).rejects.toThrow('ENOENT');
  });

  const tar = async (name: string) => {
    const archive = pack();
    archive.entry({ name }, 'x');
    archive.finalize();
    const parts: Buffer[] = [];
    for await (const part of archive) parts.push(Buffer.from(part as Uint8Array));
    return gzipSync(Buffer.concat(parts));
  };
  test.each([
    ['a path that leaves the folder', () => tar('a/../../evil')],
    ['an absolute path', () => tar('/evil')],
    ['no gzip', () => Promise.resolve(Buffer.from('plain'))],
    ['half an archive', async () => (await tar('x')).subarray(0, 30)],
  ])('%s is refused', async (_what, make) => {
    const target = await mkdtemp(path.join(folder, 'bad'));
    await expect(unpackTarball(await make(), target)).rejects.toMatchObject({
      reason: 'InvalidTarball',
    });
  });

  test('too much content is refused', async () => {
    const target = await mkdtemp(path.join(folder, 'bomb'));
    await expect(unpackTarball(await tar('x'), target, { maxBytes: 0 })).rejects.toMatchObject({
      reason: 'InvalidTarball',
    });
  });
});
