/** What SOPS has encrypted; how sops and git-secret are called where they are: programs of their names stand in for them. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readDocuments } from '../../lib/manifest/mod.ts';
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

const encrypted =
  "data: ENC[x]\nsops:\n  mac: y\n  lastmodified: '2026-01-02T03:04:05Z'\n  kms: [{arn: a}]\n";

/** Made for this test, with sops 3.7.3. */
const ageKey = 'AGE-SECRET-KEY-1K8ZN8JRRTRWPU3LANFRGMJHUT22W4CV9MEVPCJP7TX8J5RA5E09SZU6FED';
const ours = path.join(import.meta.dirname, 'testdata/sops-3.7.3.txt');

test('what age keys open needs no program: documents with one MAC, comments, quotes', async () => {
  await program('sops', 'exit 9');
  const given = options();
  const text = await readFile(ours, 'utf8');
  const env = { ...given.env, SOPS_AGE_KEY: ageKey };
  const clear = await decryptSops(text, 'a.yaml', { ...given, env });
  expect(readDocuments(clear)).toEqual([
    {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key', namespace: 'demo' } },
      stringData: { key: 'open sesame', number: '1e3' },
    },
    {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } },
      data: { level: 'three' },
    },
  ]);
  const changed = text.replace('name: settings', 'name: other');
  await expect(decryptSops(changed, 'a.yaml', { ...given, env })).rejects.toThrow(
    'a.yaml: sops: the MAC does not fit',
  );
  await expect(decryptSops(text, 'a.yaml', given)).rejects.toThrow(/^a\.yaml: sops: no key opens/);
});

test('keys of a cloud are for the sops program, which has the whole environment', async () => {
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
