/** The deploy key, with the real ssh-keygen. */
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runProgram } from '../../lib/runtime/mod.ts';
import { openKeyRing, readFingerprint, sshCommand } from './key-ring.ts';

let home: string;
let mountFolder: string;
let keygenFolder: string;
let patches: { ref: unknown; data: Record<string, string> }[];

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'keys'));
  [mountFolder, keygenFolder] = [path.join(home, 'mount'), path.join(home, 'keygen')];
  await mkdir(mountFolder);
  await mkdir(keygenFolder);
  patches = [];
});

afterEach(() => rm(home, { recursive: true, force: true }));

const open = (over: Partial<Parameters<typeof openKeyRing>[0]> = {}) =>
  openKeyRing({
    kube: {
      patch: (ref, _type, patch) => {
        patches.push({ ref, ...(patch as { data: Record<string, string> }) });
        return Promise.resolve({ apiVersion: 'v1', kind: 'Secret', metadata: {} });
      },
    },
    namespace: 'flux',
    secretName: 'flux-git-deploy',
    dataKey: 'identity',
    mountFolder,
    keygenFolder,
    keygen: { bits: '', type: 'ed25519', format: '' },
    env: process.env,
    ...over,
  });

const generated = () => path.join(keygenFolder, 'identity');

test('a key is generated, stored in the Secret, and found by ssh', async () => {
  const key = (await open()).publicKey();
  expect(key.key).toMatch(/^ssh-ed25519 \S+/);
  expect(key.fingerprints?.md5?.hash).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  expect(key.fingerprints?.sha256?.randomart).toContain('+--[ED25519');
  const [{ ref, data } = { ref: undefined, data: {} as Record<string, string> }] = patches;
  expect(ref).toMatchObject({ kind: 'Secret', namespace: 'flux', name: 'flux-git-deploy' });
  expect(Buffer.from(data.identity ?? '', 'base64')).toEqual(await readFile(generated()));
  expect(Buffer.from(data['identity.pub'] ?? '', 'base64').toString()).toContain(key.key.trim());
});

test('a mounted key is used, and made private', async () => {
  const file = path.join(mountFolder, 'identity');
  await runProgram('ssh-keygen', ['-q', '-N', '', '-t', 'ed25519', '-f', file], {
    env: { PATH: process.env.PATH ?? '' },
  });
  await chmod(file, 0o644);
  const ring = await open();
  expect(await readFile(`${file}.pub`, 'utf8')).toContain(
    ring.publicKey().key.trim().split(' ')[1],
  );
  expect((await stat(file)).mode & 0o777).toBe(0o400);
  expect(patches).toEqual([]);
});

test('a new key replaces the old one; one that cannot be stored does not', async () => {
  const ring = await open();
  const first = ring.publicKey().key;
  const second = await ring.regenerate();
  expect(second.key).not.toBe(first);
  expect(ring.publicKey()).toEqual(second);
  const failing = await open({
    kube: { patch: () => Promise.reject(new Error('forbidden')) },
    mountFolder: keygenFolder,
  });
  const before = await readFile(generated(), 'utf8');
  await expect(failing.regenerate()).rejects.toThrow('forbidden');
  expect(failing.publicKey()).toEqual(second);
  expect(await readFile(generated(), 'utf8')).toBe(before);
});

describe('what goes wrong says where', () => {
  test('no folder for keys', async () => {
    await expect(open({ keygenFolder: path.join(home, 'nowhere') })).rejects.toThrow(
      /no folder for a new key in .*nowhere.*--ssh-keygen-dir/,
    );
  });

  test('a mounted key that is none', async () => {
    await writeFile(path.join(mountFolder, 'identity'), 'x', { mode: 0o400 });
    await expect(open()).rejects.toMatchObject({ reason: 'KeyGeneration' });
  });
});

test('reads what ssh-keygen says', () => {
  expect(readFingerprint('3072 MD5:aa:bb no comment (RSA)\n+--[RSA]\n|  |\n')).toEqual({
    hash: 'aa:bb',
    randomart: '+--[RSA]\n|  |\n',
  });
});

test('ssh tries our keys and asks nobody', () => {
  expect(sshCommand(['/a', '/b'])).toBe(
    "ssh -o BatchMode=yes -o IdentityFile='/a' -o IdentityFile='/b'",
  );
});
