import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryLogger } from '../../lib/runtime/mod.ts';
import { importRepositories } from './imports.ts';

let folder: string;
const file = (name: string) => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'imports-test'));
  await writeFile(
    file('one.yaml'),
    `apiVersion: v1
repositories:
  - {name: private, url: 'https://charts.example/a/', username: ann, password: s3cret}
  - {name: public, url: 'https://charts.example/b'}
  - {name: certified, url: 'https://charts.example/c', caFile: /ca.pem}
`,
  );
  await writeFile(
    file('two.yaml'),
    "repositories: [{name: private, url: 'https://other.example', username: bob, password: x}]",
  );
  await writeFile(file('broken.yaml'), 'password: s3cret: :\n  - [');
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('importRepositories', () => {
  test('finds credentials by URL, with and without a slash at the end', async () => {
    const find = await importRepositories([`v3:${file('one.yaml')}`], memoryLogger());
    const ann = { credentials: { username: 'ann', password: 's3cret' } };
    expect([
      find('https://charts.example/a'),
      find('https://charts.example/a/'),
      find('https://charts.example/b'),
      find('https://charts.example'),
      find('https://charts.example/c')?.tls?.caFile,
    ]).toEqual([ann, ann, {}, undefined, '/ca.pem']);
  });

  test('the first of a name counts', async () => {
    const log = memoryLogger();
    const pairs = [`v3:${file('one.yaml')}`, `v3:${file('two.yaml')}`];
    expect((await importRepositories(pairs, log))('https://other.example')).toBeUndefined();
    expect(log.records).toContainEqual(
      expect.objectContaining({ error: 'repository with name already exists', name: 'private' }),
    );
  });

  test.each([
    ['nonsense', 'invalid version/path pair: nonsense, expected format is [version]:[path]'],
    ['v2:/x.yaml', 'no Helm client found for version: v2'],
    ['v3:/does/not/exist.yaml', 'failed to import repositories: /does/not/exist.yaml: ENOENT'],
  ])('says what is wrong with %s, and goes on', async (pair, message) => {
    const log = memoryLogger();
    const find = await importRepositories([pair, `v3:${file('one.yaml')}`], log);
    expect(String(log.records[0]?.error)).toContain(message);
    expect(find('https://charts.example/a')).toBeDefined();
  });

  test('no password gets into the log', async () => {
    const log = memoryLogger();
    await importRepositories([`v3:${file('one.yaml')}`, `v3:${file('broken.yaml')}`], log);
    const text = JSON.stringify(log.records);
    expect(text).toContain('is not YAML');
    expect(text).not.toContain('s3cret');
  });
});
