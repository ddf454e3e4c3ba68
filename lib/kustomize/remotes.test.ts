import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { buildWithRemotes, filesOfMap, readRepositorySpec, yamlOf } from './mod.ts';
import type { RemoteFetch } from './mod.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** As the original reads them (kustomize 5.7.1); 20 000 random addresses were equal, too. */
describe('addresses of repositories', () => {
  test.each([
    ['https://github.com/org/repo//path?ref=v1', 'https://github.com/org/repo', 'path', 'v1'],
    ['github.com/org/repo/a/b?version=v2', 'https://github.com/org/repo', 'a/b', 'v2'],
    ['GitHub.com:org/repo.git/a', 'https://github.com/org/repo.git', 'a', ''],
    ['git@github.com:org/repo', 'git@github.com:org/repo', '', ''],
    ['ssh://git@github.com/org/repo?ref=x', 'git@github.com:org/repo', '', 'x'],
    ['ssh://git@host:2222/a/b/c.git//d', 'ssh://git@host:2222/a/b/c.git', 'd', ''],
    ['git::https://host/a/b.git/c', 'https://host/a/b.git', 'c', ''],
    ['https://u@dev.azure.com/o/p/_git/r/x/y', 'https://u@dev.azure.com/o/p/_git/r', 'x/y', ''],
    ['file:///srv/repository', 'file:///srv/repository', '', ''],
  ])('%s', (raw, cloneUrl, path, ref) => {
    expect(readRepositorySpec(raw)).toMatchObject({ raw, cloneUrl, path, ref, submodules: true });
  });

  test.each(['../base', '/base', 'host/a/b', 'gh:org/repo', 'https://host/a.yaml', 'a@b', ''])(
    '%s is a path',
    (path) => {
      expect(readRepositorySpec(path)).toBeUndefined();
    },
  );

  test.each(['https://h/a/b//../x', 'https://h/a/b/c/../../x'])('%s leaves its repository', (x) => {
    expect(readRepositorySpec(x)).toBeUndefined();
  });

  test.each([
    ['', 27_000, true],
    ['timeout=5&submodules=false', 5000, false],
    ['timeout=1m30s&submodules=no', 90_000, true],
    ['timeout=-1', 27_000, true],
    ['timeout=5&ref=%zz', 27_000, true],
  ])('settings %j', (query, timeoutMs, submodules) => {
    expect(readRepositorySpec(`https://h/a/b?${query}`)).toMatchObject({ timeoutMs, submodules });
  });
});

const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

const repository: RemoteFetch['clone'] = () =>
  Promise.resolve({
    root: '/kustomize-1',
    files: filesOfMap(
      new Map([
        ['/kustomize-1/base/kustomization.yaml', 'resources: [map.yaml]\nnamePrefix: far-\n'],
        ['/kustomize-1/base/map.yaml', map('one')],
        ['/kustomize-1/up/kustomization.yaml', 'resources: [../../source]\n'],
        ['/kustomize-1/circle/kustomization.yaml', 'resources: ["https://h/a/b//circle"]\n'],
      ]),
    ),
  });

/** @returns YAML, or what went wrong; and what was fetched */
async function run(kustomization: string, fetch: Partial<RemoteFetch> = {}) {
  const asked: string[] = [];
  const files = filesOfMap(new Map([['/app/kustomization.yaml', kustomization]]));
  const all: RemoteFetch = {
    file: () => Promise.resolve({ failure: '', status: { code: 404, text: 'Not Found' } }),
    clone: repository,
    ...fetch,
  };
  const counted: RemoteFetch = {
    file: (url) => {
      asked.push(`GET ${url}`);
      return all.file(url);
    },
    clone: (spec) => {
      asked.push(`clone ${spec.cloneUrl} ${spec.ref}`);
      return all.clone(spec);
    },
  };
  const built = await buildWithRemotes({ files, path: '/app', sha256 }, counted).then(
    yamlOf,
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : ''),
  );
  return { built, asked };
}

describe('what is named by address', () => {
  test('a file', async () => {
    const found = await run('resources: ["https://h/x.yaml"]\nnameSuffix: -s\n', {
      file: () => Promise.resolve({ content: map('one') }),
    });
    expect(found.built).toBe(map('one-s'));
    expect(found.asked).toEqual(['GET https://h/x.yaml']);
  });

  test('two folders of a repository: one clone', async () => {
    const base = 'https://h/a/b//base?ref=v1';
    const found = await run(
      `resources: ["${base}"]\nconfigMapGenerator:\n- name: x\n  files: ["a=https://h/a"]\ncomponents: ["${base}"]\n`,
      { file: (url) => Promise.resolve(url.endsWith('/a') ? { content: 'A' } : missing) },
    );
    expect(found.built).toContain("expected kind 'Component'");
    expect(found.asked).toEqual([`GET ${base}`, 'clone https://h/a/b v1', 'GET https://h/a']);
  });

  test('where it came from', async () => {
    const { built } = await run(
      'resources: ["https://h/a/b//base?ref=v1"]\nbuildMetadata: [originAnnotations]\n',
    );
    expect(built).toContain('path: base/map.yaml\n      repo: https://h/a/b\n      ref: v1\n');
  });

  const missing = { failure: '', status: { code: 404, text: 'Not Found' } };
  test.each([
    {
      why: 'no such file: no clone is tried',
      resource: 'https://h/x.yaml',
      says: "accumulating resources: accumulating resources from 'https://h/x.yaml': HTTP Error: status code 404 (Not Found)",
    },
    {
      why: 'a folder above the clone',
      resource: 'https://h/a/b//up',
      says: "security; bases in kustomizations found in cloned git repos must be within the repo, but base '/source' is outside '/kustomize-1'",
    },
    {
      why: 'a repository that names itself',
      resource: 'https://h/a/b//circle',
      says: "cycle detected: URI 'https://h/a/b//circle' referenced by previous URI 'https://h/a/b//circle'",
    },
    {
      why: 'a file in the place of a folder',
      resource: 'https://h/a/b//base/map.yaml',
      says: "'/kustomize-1/base/map.yaml' refers to file 'map.yaml'; expecting directory",
    },
  ])('$why', async ({ resource, says }) => {
    const { built } = await run(`resources: ["${resource}"]\n`);
    expect(built).toContain(says);
  });

  test('a page that is no YAML is told instead of a clone that fails, unless that takes too long', async () => {
    const page = { file: () => Promise.resolve({ content: 'a: [\n' }) };
    const clone = (timedOut: boolean) => () =>
      Promise.resolve({ failure: 'the clone failed', timedOut });
    const resources = 'resources: ["https://h/a/b"]\n';
    const quick = await run(resources, { ...page, clone: clone(false) });
    expect(quick.built).not.toContain('the clone failed');
    const slow = await run(resources, { ...page, clone: clone(true) });
    expect(slow.built).toContain('the clone failed');
  });

  test('no more than 64', async () => {
    const files = Array.from({ length: 65 }, (_, at) => `https://h/${at}`);
    const { built, asked } = await run(
      `configMapGenerator:\n- name: x\n  files: ${JSON.stringify(files)}\n`,
      { file: () => Promise.resolve({ content: 'x' }) },
    );
    expect(built).toContain("'https://h/64' is refused: more than 64 addresses");
    expect(asked).toHaveLength(64);
  });
});
