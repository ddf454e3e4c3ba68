/** `.helmignore` and `.Files.Glob`: what matches as Go's filepath.Match and Helm 3.19.0 have it. */
import { describe, expect, test } from 'vitest';
import { compileGlob } from './glob.ts';
import { parseIgnore, shellPattern } from './ignore.ts';

describe('shellPattern()', () => {
  test.each([
    ['*.md', 'README.md', true],
    ['*.md', 'docs/README.md', false],
    ['docs/*.md', 'docs/README.md', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['[z-a]x', 'zx', false],
    ['[a-]', 'a', 'error'],
    ['[]a]', 'a', 'error'],
    ['[a', 'a', 'error'],
    ['\\*', '*', true],
    ['a\\', 'a', 'error'],
    ['*b*d', 'abcd', true],
    ['*b*d', 'abc', false],
    ['x*[', 'y', false],
    ['x*[', 'xy', 'error'],
  ])('%s, %s: %s', (pattern, name, want) => {
    const outcome = () => {
      try {
        return shellPattern(pattern).test(name);
      } catch {
        // The one error there is.
        return 'error';
      }
    };
    expect(outcome()).toBe(want);
  });

  test('many stars take no long time', () => {
    expect(shellPattern('*a'.repeat(40)).test(`${'a'.repeat(5000)}b`)).toBe(false);
    expect(compileGlob('**a'.repeat(40))(`${'a'.repeat(2000)}b`)).toBe(false);
  });
});

describe('parseIgnore()', () => {
  test.each([
    ['*.md', 'a/b.md', false, true],
    ['/a', 'b/a', false, false],
    ['tmp/', 'tmp', true, true],
    ['tmp/', 'tmp', false, false],
    ['# *.md', 'a.md', false, false],
  ])('%s, %s', (text, name, isDirectory, want) => {
    expect(parseIgnore(text)(name, isDirectory)).toBe(want);
  });

  test.each(['a/**/b', '[a'])('%s is refused', (text) => {
    expect(() => parseIgnore(text)).toThrow(/double-star|syntax error in pattern/);
  });
});

test('a glob with a range from high to low matches everything, as in Helm', () => {
  expect(compileGlob('[z-a]')('any/thing')).toBe(true);
});
