/** SSH signatures, made by the real ssh-keygen. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifySshSignature } from './ssh-signature.ts';

const run = promisify(execFile);
const payload = Buffer.from('what was signed\n');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ssh-signature'));
  await writeFile(path.join(folder, 'payload'), payload);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function sign(type: string, bits: string, namespace = 'git', hash = 'sha512') {
  const key = path.join(await mkdtemp(path.join(folder, 'key')), 'key');
  await run('ssh-keygen', ['-q', '-t', type, '-b', bits, '-N', '', '-C', 'you@host', '-f', key]);
  const { stdout: listed } = await run('ssh-keygen', ['-lf', `${key}.pub`]);
  const args = ['-Y', 'sign', '-f', key, '-n', namespace, '-O', `hashalg=${hash}`];
  const file = `${key}.payload`;
  await writeFile(file, payload);
  await run('ssh-keygen', [...args, file]);
  return {
    publicKey: await readFile(`${key}.pub`, 'utf8'),
    signature: await readFile(`${file}.sig`, 'utf8'),
    fingerprint: listed.split(' ')[1] ?? '',
  };
}

test.each([
  { type: 'ed25519', bits: '256', hash: 'sha512' },
  { type: 'ed25519', bits: '256', hash: 'sha256' },
  { type: 'rsa', bits: '2048', hash: 'sha512' },
  { type: 'ecdsa', bits: '256', hash: 'sha512' },
  { type: 'ecdsa', bits: '384', hash: 'sha512' },
  { type: 'ecdsa', bits: '521', hash: 'sha512' },
])('$type of $bits bits, $hash', async ({ type, bits, hash }) => {
  const { publicKey, signature, fingerprint } = await sign(type, bits, 'git', hash);
  const keys = [`# of the team\n\n${publicKey}`];
  expect(verifySshSignature(signature, payload, keys)).toBe(fingerprint);
  expect(() => verifySshSignature(signature, Buffer.from('something else'), keys)).toThrow(
    'no matching key\nssh: signature did not verify',
  );
});

test('what is not signed for git, or by nobody known, is refused', async () => {
  const [mine, theirs, mail] = await Promise.all([
    sign('ed25519', '256'),
    sign('ed25519', '256'),
    sign('ed25519', '256', 'file'),
  ]);
  const refused = (signature: string, keys: string[]) => {
    try {
      return verifySshSignature(signature, payload, keys);
    } catch (thrown) {
      return thrown instanceof Error ? thrown.message : thrown;
    }
  };
  const none = 'unable to verify payload with any of the given authorized keys: no matching key';
  expect(refused(mine.signature, [theirs.publicKey])).toBe(`${none}\npublic key does not match`);
  expect(refused(mail.signature, [mail.publicKey])).toBe(`${none}\nnamespace does not match`);
  expect(refused(mine.signature, ['no key'])).toMatch(/^unable to parse authorized keys: /);
  expect(refused(mine.signature, ['no key', mine.publicKey])).toBe(mine.fingerprint);
  const armor = '-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----';
  expect(refused(armor, [mine.publicKey])).toBe(
    'unable to unarmor SSH signature: invalid magic preamble',
  );
});
