import { describe, expect, test } from 'vitest';
import type { GoMap } from '../values/mod.ts';
import { postRenderFiles } from './post-render.ts';
import type { PostRenderStrategy } from './post-render.ts';

const files = new Map([
  ['c/templates/_partial.yaml', 'kind: Never\n'],
  ['c/templates/a.yaml', 'kind: A\nmetadata: {name: a}\n---\nkind: B\nmetadata: {name: b}\n'],
  ['c/templates/empty.yaml', '# nothing\n'],
  ['c/templates/hook.yaml', 'kind: H\nmetadata: {name: h, annotations: {helm.sh/hook: test}}\n'],
]);
const marked = (objects: GoMap[]) =>
  objects.map((object) => new Map(object).set('seen', objects.length));
const run = (strategy: PostRenderStrategy, by: (objects: GoMap[]) => GoMap[] = marked) =>
  Object.fromEntries(postRenderFiles(files, { strategy, run: by }, () => undefined));

describe('postRenderFiles', () => {
  test.each([
    { strategy: 'combined', a: 3, hook: 'seen: 3' },
    { strategy: 'separate', a: 2, hook: 'seen: 1' },
    { strategy: 'nohooks', a: 2, hook: undefined },
  ] as const)('$strategy: which objects come together', ({ strategy, a, hook }) => {
    const after = run(strategy);
    expect(Object.keys(after).sort()).toEqual(['c/templates/a.yaml', 'c/templates/hook.yaml']);
    expect(after['c/templates/a.yaml']).toBe(
      `kind: A\nmetadata:\n  name: a\nseen: ${a}\n\n---\nkind: B\nmetadata:\n  name: b\nseen: ${a}\n`,
    );
    const text = after['c/templates/hook.yaml'] ?? '';
    expect(text).toContain('helm.sh/hook: test');
    expect(/seen: \d/.exec(text)?.[0]).toBe(hook);
  });

  test.each([
    { strategy: 'combined', name: 'generated-by-postrender-3.yaml' },
    { strategy: 'nohooks', name: 'generated-by-postrender-manifests-2.yaml' },
  ] as const)('$strategy: what is added is in a file $name', ({ strategy, name }) => {
    const added: GoMap = new Map([['kind', 'New']]);
    expect(run(strategy, (objects) => [...objects, added])[name]).toBe('kind: New\n');
  });

  test.each([
    { strategy: 'combined', on: 'files' },
    { strategy: 'separate', on: 'hooks' },
    { strategy: 'nohooks', on: 'manifests' },
  ] as const)('$strategy: a failure says what it was about', ({ strategy, on }) => {
    const fail = () => {
      throw new Error('no');
    };
    expect(() => run(strategy, fail)).toThrow(`error while running post render on ${on}: no`);
  });

  test('text that is no object is refused with its file', () => {
    const broken = new Map([['c/templates/x.yaml', 'a: [']]);
    const by = { strategy: 'combined', run: marked } as const;
    expect(() => postRenderFiles(broken, by, () => undefined)).toThrow(
      /^error merging manifests: parsing c\/templates\/x\.yaml: /,
    );
    const text = new Map([['c/templates/x.yaml', 'words']]);
    expect(() => postRenderFiles(text, by, () => undefined)).toThrow(
      'error merging manifests: annotating c/templates/x.yaml: it is no map',
    );
  });
});
