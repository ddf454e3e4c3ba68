import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { globMatcher, parsePattern } from './pattern.ts';

describe('globMatcher', () => {
  test.each([
    ['dev-*', 'dev-kb9lm91e', true],
    ['dev-*', 'stg-kb9lm91e', false],
    ['*-rc', '1.0-rc', true],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'ac', false],
    ['ab*ba', 'aba', false],
    ['*', '', true],
    ['d?v', 'dev', false],
    ['[a-z]', 'b', false],
    ['{dev,stg}', 'dev', false],
  ])('%s matches %s: %s', (glob, text, want) => {
    expect(globMatcher(glob)(text)).toBe(want);
  });

  test('agrees with the regular expression it stands for', () => {
    const letters = fc.stringMatching(/^[ab.*]{0,8}$/);
    fc.assert(
      fc.property(letters, fc.stringMatching(/^[ab.]{0,10}$/), (glob, text) => {
        const expression = new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
        expect(globMatcher(glob)(text)).toBe(expression.test(text));
      }),
    );
  });
});

test('latest is chosen only when it is asked for by name', () => {
  const accepted = ['glob:latest', 'latest', 'glob:*', 'glob:la*', 'regexp:.*'].filter((text) =>
    parsePattern(text).matches('latest'),
  );
  expect(accepted).toEqual(['glob:latest', 'latest']);
});
