/** Key groups, INI files and rules by comments, as the sops program writes them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { combineShares } from './shamir.ts';
import { decryptSopsText, hasSopsMark, sopsFormatOf } from './text.ts';

interface Golden {
  identities: [string, string, string];
  files: { by: string; name: string; encrypted: string; clear: string }[];
}

const golden = JSON.parse(
  readFileSync(new URL('testdata/shapes.json', import.meta.url), 'utf8'),
) as Golden;
const [first, second, third] = golden.identities;

async function opened(name: string, age: readonly string[], change = (text: string) => text) {
  const file = golden.files.find((each) => each.name === name);
  const format = sopsFormatOf(name);
  const data = Buffer.from(change(file?.encrypted ?? ''));
  return Buffer.from(await decryptSopsText(data, format, format, { age })).toString();
}

test.each(golden.files)('$by: $name', async ({ name, encrypted, clear }) => {
  const format = sopsFormatOf(name);
  const data = Buffer.from(encrypted);
  expect(hasSopsMark(data, format)).toBe(true);
  const got = await decryptSopsText(data, format, format, { age: golden.identities });
  expect(Buffer.from(got).toString()).toBe(clear);
});

describe('key groups', () => {
  test.each([
    { why: 'the first two', age: [first, second] },
    { why: 'the last two', age: [second, third] },
    { why: 'the first and the last', age: [first, third] },
  ])('two of three are enough: $why', async ({ age }) => {
    expect(await opened('groups.yaml', age)).toContain('a: hello\n');
  });

  test('one is not, and all are needed where no number is said', async () => {
    await expect(opened('groups.yaml', [second])).rejects.toMatchObject({
      reason: 'NoKey',
      message: expect.stringContaining('2 successful groups required, got 1') as unknown,
    });
    await expect(opened('all.yaml', [first, second])).rejects.toMatchObject({
      message: expect.stringContaining('3 successful groups required, got 2') as unknown,
    });
  });

  test('a number that does not fit', async () => {
    const change = (text: string) => text.replace('shamir_threshold: 2', 'shamir_threshold: 1');
    await expect(opened('groups.yaml', [first], change)).rejects.toMatchObject({
      reason: 'Corrupt',
    });
  });

  test('parts that do not go together', () => {
    const share = Uint8Array.of(1, 2, 3);
    expect(() => combineShares([share, share])).toThrow('do not go together');
    expect(() => combineShares([share, Uint8Array.of(1, 2)])).toThrow('do not go together');
  });
});

test('INI: a change in the open is refused', async () => {
  const change = (text: string) => text.replace('db.example.com', 'db.example.org');
  await expect(opened('b.ini', [first], change)).rejects.toMatchObject({ reason: 'Corrupt' });
});

test.each([
  { why: 'no delimiter', text: 'hunter2\n' },
  { why: 'an open section', text: '[hunter2\n' },
  { why: 'no key', text: '= hunter2\n' },
  { why: 'an open quote', text: 'a = """hunter2\n' },
  { why: 'an open quote of a key', text: '"hunter2 = 1\n' },
])('INI that cannot be read is told without its content: $why', async ({ text }) => {
  const failure: unknown = await decryptSopsText(Buffer.from(text), 'ini', 'ini', {
    age: [],
  }).catch((thrown: unknown) => thrown);
  expect(String(failure)).toMatch(/line \d/);
  expect(String(failure)).not.toContain('hunter2');
});

test('rules by comments: what sops has encrypted is opened where the comments are gone', async () => {
  const { encrypted = '' } = golden.files.find(({ name }) => name === 'comment.yaml') ?? {};
  const bare = Buffer.from(encrypted.replaceAll(/^ *#.*\n| #.*$/gm, ''));
  const clear = await decryptSopsText(bare, 'yaml', 'json', { age: [first] });
  expect(JSON.parse(Buffer.from(clear).toString())).toMatchObject({
    name: 'clear',
    password: 'hunter2',
    nested: { deep: { a: 1, b: [true, 'x'] }, other: 2 },
  });
});
