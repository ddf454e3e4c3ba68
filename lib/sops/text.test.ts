import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ageKeys } from './keys.ts';
import { decryptSopsText, hasSopsMark, markedFormat, sopsFormatOf } from './text.ts';
import type { SopsFormat } from './text.ts';

interface Golden {
  identity: string;
  files: { name: string; format: SopsFormat; encrypted: string; clear: string }[];
}

/** Written by the sops program: comments, empty lines, quotes, blocks, lists of lists, and bytes that are no text. */
const golden = JSON.parse(
  readFileSync(new URL('testdata/files.json', import.meta.url), 'utf8'),
) as Golden;
const keys = { age: ageKeys(golden.identity) };
const fileNamed = (name: string) => {
  const found = golden.files.find((each) => each.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};

describe('decryptSopsText', () => {
  test.each(golden.files)('$name, byte for byte', async ({ format, encrypted, clear }) => {
    const data = Buffer.from(encrypted);
    expect(hasSopsMark(data, format)).toBe(true);
    const got = await decryptSopsText(data, format, format, keys);
    expect(Buffer.from(got).toString('base64')).toBe(clear);
  });

  test('YAML that is wanted as JSON', async () => {
    const data = Buffer.from(fileNamed('sec.enc.yaml').encrypted);
    const got = await decryptSopsText(data, 'yaml', 'json', keys);
    expect(JSON.parse(Buffer.from(got).toString())).toMatchObject({
      stringData: { password: 'hunter2' },
    });
  });

  test('a change in the open is refused, unless nobody asks', async () => {
    const data = Buffer.from(fileNamed('sec.enc.yaml').encrypted.replace('name: s', 'name: t'));
    await expect(decryptSopsText(data, 'yaml', 'yaml', keys)).rejects.toMatchObject({
      reason: 'Corrupt',
    });
    const got = await decryptSopsText(data, 'yaml', 'yaml', keys, { checkMac: false });
    expect(Buffer.from(got).toString()).toContain('name: t');
  });

  test('what is no file of a format is told without its content', async () => {
    for (const [text, format] of [
      ['password: [hunter2', 'yaml'],
      ['hunter2', 'dotenv'],
      ['- hunter2', 'yaml'],
      ['a: hunter2', 'yaml'],
    ] as const) {
      const failure: unknown = await decryptSopsText(Buffer.from(text), format, format, keys).catch(
        (thrown: unknown) => thrown,
      );
      expect(failure).toMatchObject({ reason: 'Corrupt' });
      expect(String(failure)).not.toContain('hunter2');
    }
  });
});

test.each([
  ['values.yaml', 'yaml'],
  ['a.yml', 'yaml'],
  ['.dockerconfigjson', 'binary'],
  ['config.json', 'json'],
  ['prod.env', 'dotenv'],
  ['a.ini', 'ini'],
  ['id_rsa', 'binary'],
])('%s is %s', (path, format) => {
  expect(sopsFormatOf(path)).toBe(format);
});

test('the format of a text that was encrypted', () => {
  expect(golden.files.map(({ encrypted }) => markedFormat(Buffer.from(encrypted)))).toEqual([
    'yaml',
    'yaml',
    'dotenv',
    'json',
    'json',
  ]);
  expect(markedFormat(Buffer.from('plain'))).toBeUndefined();
});
