/** How sops and git-secret are called; programs of their names stand in for them. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decryptSops, revealSecrets } from './decrypt.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'decrypt'));
  await mkdir(path.join(folder, 'bin'));
  await mkdir(path.join(folder, 'scratch'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(name: string, script: string): Promise<void> {
  const file = path.join(folder, 'bin', name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

const options = () => ({
  env: {
    PATH: `${path.join(folder, 'bin')}:${process.env.PATH ?? ''}`,
    SOPS_KEY: 'k',
    SECRETS_DIR: 's',
    OTHER: 'x',
  },
  timeoutMs: 20_000,
  folder: path.join(folder, 'scratch'),
});

const encrypted = 'data: ENC[x]\nsops:\n  mac: y\n';

test('an encrypted file goes through sops, which has the whole environment', async () => {
  await program(
    'sops',
    'for file; do :; done\necho "# $1 $SOPS_KEY"; sed "/^sops:/,\\$d; s/ENC.x./plain/" "$file"',
  );
  expect(await decryptSops(encrypted, 'a.yaml', options())).toBe('# --decrypt k\ndata: plain\n');
  expect(await readdir(path.join(folder, 'scratch'))).toEqual([]);
});

test.each(['a: "sops:"\n', 'sops: {no: mac}\n', 'sops: [\n', 'a: b\n'])(
  'leaves alone what sops has not made: %j',
  async (text) => {
    await program('sops', 'exit 9');
    expect(await decryptSops(text, 'a.yaml', options())).toBe(text);
  },
);

test('a failure names the file and says what sops said', async () => {
  await program('sops', 'echo "no key" >&2; exit 128');
  await expect(decryptSops(encrypted, 'a.yaml', options())).rejects.toThrow('a.yaml: sops: no key');
  expect(await readdir(path.join(folder, 'scratch'))).toEqual([]);
});

test('git secret reveals in the checkout, with no more of the environment than it needs', async () => {
  await program('git', 'echo "$* $SECRETS_DIR[$OTHER]" > revealed');
  await revealSecrets(folder, options());
  expect(await readFile(path.join(folder, 'revealed'), 'utf8')).toBe('secret reveal -f s[]\n');
});
