import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConstraint, satisfies } from './constraint.ts';
import { compareVersions, formatVersion, parseVersion } from './version.ts';

/** Expected values from Masterminds/semver 3.4.0. */
describe('satisfies', () => {
  test.each([
    ['~0.4', '0.4.11', true],
    ['~0.4', '0.5.0', false],
    ['~1', '1.9.0', true],
    ['~1', '2.0.0', false],
    ['~1.2.3', '1.2.2', false],
    ['^1.2', '1.9.9', true],
    ['^1.2', '2.0.0', false],
    ['^0.2.3', '0.2.9', true],
    ['^0.2.3', '0.3.0', false],
    ['^0.0.3', '0.0.4', false],
    ['^0', '0.9.0', true],
    ['^0.0', '0.1.0', false],
    ['1.x', '1.4.0', true],
    ['1.2', '1.2.9', true],
    ['1.2.3', '1.2.4', false],
    ['*', '7.0.0', true],
    ['*', '7.0.0-rc.1', false],
    ['>=1.0-0', '2.0.0-rc.1', true],
    ['>=1.0, <2.0', '1.5.0', true],
    ['>=1.0 <2.0', '2.0.0', false],
    ['1.2 - 1.4', '1.3.7', true],
    ['1.2 - 1.4', '1.4.9', true],
    ['1.2.0 - 1.4.5', '1.4.6', false],
    ['1 || 3', '3.1.0', true],
    ['1 || 3', '2.0.0', false],
    ['>11', '11.1.0', false],
    ['>11', '12.0.0', true],
    ['>11.1', '11.1.9', false],
    ['<=11', '11.9.0', true],
    ['<=11.2', '11.3.0', false],
    ['!=1.2', '1.2.7', false],
    ['!=1.x', '2.0.0', true],
    ['=>1.2', 'v1.2.0', true],
    ['~>2.0', '2.0.5', true],
    ['>= 1.16.0-0', '1.36.0', true],
    ['1.2', 'not-a-version', false],
  ])('%s allows %s: %s', (constraint, version, want) => {
    expect(satisfies(parseConstraint(constraint), version)).toBe(want);
  });

  test.each(['', 'nope', '1.2.3.4', '>=', '~0.4,'])('%j is refused', (text) => {
    expect(() => parseConstraint(text)).toThrow(`improper constraint: ${text}`);
  });
});

describe('versions', () => {
  test.each([
    ['v1.2', '1.2.0'],
    ['01.2.3', '1.2.3'],
    ['1.2.3-rc.1+b2', '1.2.3-rc.1+b2'],
    ['1', '1.0.0'],
  ])('%s is %s', (text, want) => {
    const version = parseVersion(text);
    expect(version && formatVersion(version)).toBe(want);
  });

  test.each(['', 'a', '1.2.3.4', '1.2.3-01', '1.2.', '1..2', '99999999999999999999'])(
    '%j is none',
    (text) => {
      expect(parseVersion(text)).toBeUndefined();
    },
  );

  const version = fc
    .tuple(fc.nat(20), fc.nat(20), fc.nat(20), fc.constantFrom('', '-1', '-rc', '-rc.2', '-rc.10'))
    .map(([major, minor, patch, pre]) => `${major}.${minor}.${patch}${pre}`);
  const parsed = (text: string) => {
    const found = parseVersion(text);
    if (found === undefined) throw new Error(text);
    return found;
  };

  test('are totally ordered', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        const [x, y, z] = [parsed(a), parsed(b), parsed(c)];
        expect(compareVersions(x, y) + compareVersions(y, x)).toBe(0);
        if (compareVersions(x, y) <= 0 && compareVersions(y, z) <= 0) {
          expect(compareVersions(x, z)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});

test.each([
  ['white space that can be read in many ways', `1.0${'  1.0'.repeat(20_000)}  ..`],
  ['a long way to a dash that is none', `${' '.repeat(100_000)}x y`],
])('%s ends at once', (_, text) => {
  expect(() => parseConstraint(text)).toThrow('improper constraint: ');
});
