import { describe, expect, test } from 'vitest';
import { readRules, sourceFilter } from './ignore.ts';

describe('sourceFilter', () => {
  const guide = '# exclude all\n/*\n# include charts directory\n!/charts/    \n';
  test.each([
    { ignore: guide, path: 'README.md', kept: false },
    { ignore: guide, path: 'charts/podinfo/Chart.yaml', kept: true },
    { ignore: guide, path: 'deploy/charts/x.yaml', kept: false },
    { ignore: undefined, path: 'logo.png', kept: false },
    { ignore: undefined, path: 'a/b/.sops.yaml', kept: false },
    { ignore: undefined, path: 'charts/x-1.0.0.tgz', kept: true },
    { ignore: undefined, path: 'backup.tar.gz', kept: false },
    { ignore: undefined, path: '.github/workflows/x.yaml', kept: false },
    { ignore: '*.md', path: 'logo.png', kept: true },
    { ignore: '*.md', path: '.gitignore', kept: false },
    { ignore: 'docs/', path: 'a/docs/x.txt', kept: false },
    { ignore: 'docs/', path: 'docs', kept: true },
    { ignore: '/a/**/z', path: 'a/b/c/z/file', kept: false },
    { ignore: 'a/*.txt', path: 'a/b.txt', kept: false },
    { ignore: 'a/*.txt', path: 'x/a/b.txt', kept: true },
    { ignore: '[', path: '[', kept: true },
  ])('$ignore keeps $path: $kept', ({ ignore, path, kept }) => {
    expect(!sourceFilter([], ignore)(path, false)).toBe(kept);
  });

  test('rules of a folder bind that folder, and drop the defaults', () => {
    const ignored = sourceFilter(readRules('*.txt', 'a/b'), undefined);
    expect(ignored('a/b/c/x.txt', false)).toBe(true);
    expect(ignored('a/x.txt', false)).toBe(false);
    expect(ignored('logo.png', false)).toBe(false);
  });
});
