import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { armor, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../runtime/mod.ts';
import { decryptSops, isSops } from './decrypt.ts';
import { loadSopsKeys } from './keys.ts';

let folder: string;
let identity: string;
let recipient: string;
const dataKey = randomBytes(32);
const lastmodified = '2026-01-02T03:04:05Z';
const wholeEnv = () => ({ PATH: process.env.PATH ?? '', HOME: folder, GNUPGHOME: folder });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sops-test'));
  identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
});
afterAll(async () => {
  await runProgram('gpgconf', ['--kill', 'all'], { env: wholeEnv(), timeoutMs: 10_000 });
  await rm(folder, { recursive: true, force: true });
});

function seal(clear: string, type: string, goesWith: string): string {
  const iv = randomBytes(32);
  const cipher = createCipheriv('aes-256-gcm', dataKey, iv);
  cipher.setAAD(Buffer.from(goesWith));
  const data = Buffer.concat([cipher.update(clear), cipher.final()]).toString('base64');
  return `ENC[AES256_GCM,data:${data},iv:${iv.toString('base64')},tag:${cipher.getAuthTag().toString('base64')},type:${type}]`;
}

async function forAge(): Promise<[string, unknown]> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  const enc = armor.encode(await encrypter.encrypt(dataKey));
  return [
    'age',
    [
      new Map([
        ['recipient', recipient],
        ['enc', enc],
      ]),
    ],
  ];
}

/** As sops would write it: a text, numbers, a truth, a list, and a part in the open. */
function document(recipients: [string, unknown], open = 'plain'): Map<string, unknown> {
  const clear = ['s3cret', '7', 'True', 'a', 'b', 'plain'].join('');
  const mac = createHash('sha512').update(clear).digest('hex').toUpperCase();
  return new Map<string, unknown>([
    [
      'db',
      new Map([
        ['password', seal('s3cret', 'str', 'db:password:')],
        ['empty', ''],
      ]),
    ],
    ['count', seal('7', 'int', 'count:')],
    ['yes', seal('True', 'bool', 'yes:')],
    ['list', [seal('a', 'str', 'list:'), seal('b', 'str', 'list:')]],
    ['name_unencrypted', open],
    ['nothing', null],
    [
      'sops',
      new Map<string, unknown>([
        recipients,
        ['lastmodified', lastmodified],
        ['mac', seal(mac, 'str', lastmodified)],
        ['unencrypted_suffix', '_unencrypted'],
        ['version', '3.9.4'],
      ]),
    ],
  ]);
}

const clear = new Map<string, unknown>([
  [
    'db',
    new Map([
      ['password', 's3cret'],
      ['empty', ''],
    ]),
  ],
  ['count', 7],
  ['yes', true],
  ['list', ['a', 'b']],
  ['name_unencrypted', 'plain'],
  ['nothing', null],
]);

describe('decryptSops', () => {
  test('opens a document by an age key from a file', async () => {
    const file = path.join(folder, 'keys.txt');
    await writeFile(file, `# public key: ${recipient}\n${identity}\n`);
    const keys = await loadSopsKeys({ ...wholeEnv(), SOPS_AGE_KEY_FILE: file });
    const sealed = document(await forAge());
    expect(isSops(sealed)).toBe(true);
    expect(await decryptSops(sealed, keys)).toEqual(clear);
  });

  test('opens a document by a PGP key in the keyring', async () => {
    const gpg = async (args: string[], stdin?: Buffer) => {
      const { exitCode, stdout, stderr } = await runProgram('gpg', ['--batch', ...args], {
        env: wholeEnv(),
        timeoutMs: 30_000,
        ...(stdin === undefined ? {} : { stdin }),
      });
      expect(exitCode, stderr.toString()).toBe(0);
      return stdout;
    };
    await gpg([
      '--passphrase',
      '',
      '--quick-generate-key',
      'You <you@example.com>',
      'default',
      'default',
      'never',
    ]);
    const enc = await gpg(
      ['--trust-model', 'always', '--armor', '-r', 'you@example.com', '--encrypt'],
      dataKey,
    );
    const recipients: [string, unknown] = [
      'pgp',
      [
        new Map([
          ['fp', 'YOURS'],
          ['enc', enc.toString()],
        ]),
      ],
    ];
    expect(await decryptSops(document(recipients), await loadSopsKeys(wholeEnv()))).toEqual(clear);
  });

  test('refuses a document that was changed in the open', async () => {
    await expect(
      decryptSops(document(await forAge(), 'changed'), { age: [identity] }),
    ).rejects.toMatchObject({
      reason: 'Corrupt',
      message: expect.stringContaining('MAC') as string,
    });
  });

  test('refuses a value that was moved to another place', async () => {
    const sealed = document(await forAge());
    sealed.set('count', sealed.get('yes'));
    await expect(decryptSops(sealed, { age: [identity] })).rejects.toThrow(
      'the value at count cannot be decrypted',
    );
  });

  test('says for whom a document is encrypted that no key opens', async () => {
    await expect(decryptSops(document(await forAge()), { age: [] })).rejects.toMatchObject({
      reason: 'NoKey',
      message: `no key opens the document; age ${recipient}: there is no age key`,
    });
  });
});
