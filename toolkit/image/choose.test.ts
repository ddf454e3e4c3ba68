import { describe, expect, test } from 'vitest';
import { Fields } from '../runtime/mod.ts';
import { chooseTag, expand } from './choose.ts';
import { checksumOf } from './tags.ts';

const choose = (spec: Record<string, unknown>, tags: readonly string[]) =>
  chooseTag(
    new Fields(spec),
    [...tags].sort((a, b) => (a < b ? 1 : -1)),
  );
const semver = (range: string) => ({ policy: { semver: { range } } });
const filtered = (policy: Record<string, unknown>, pattern: string, extract = '') => ({
  policy,
  filterTags: { pattern, extract },
});

describe('chooseTag', () => {
  test.each([
    { why: 'versions, not texts', spec: semver('1.x'), tags: ['1.9.0', '1.10.0'], want: '1.10.0' },
    {
      why: 'with v, as written',
      spec: semver('>=1.0.0'),
      tags: ['v1.2.0', '1.1.0'],
      want: 'v1.2.0',
    },
    {
      why: 'no pre-releases',
      spec: semver('>=1.0.0'),
      tags: ['1.0.0', '1.1.0-rc.1'],
      want: '1.0.0',
    },
    {
      why: 'pre-releases where asked for',
      spec: semver('>=1.0.0-0'),
      tags: ['1.0.0', '1.1.0-rc.1'],
      want: '1.1.0-rc.1',
    },
    {
      why: 'what is no full version is none',
      spec: semver('*'),
      tags: ['2', '1.0.0', 'latest'],
      want: '1.0.0',
    },
    {
      why: 'the last text',
      spec: { policy: { alphabetical: {} } },
      tags: ['b', 'a', 'c'],
      want: 'c',
    },
    {
      why: 'the first text',
      spec: { policy: { alphabetical: { order: 'desc' } } },
      tags: ['b', 'a', 'c'],
      want: 'a',
    },
    {
      why: 'the greatest number',
      spec: { policy: { numerical: { order: 'asc' } } },
      tags: ['9', '10', '-3', '1.5e0'],
      want: '10',
    },
    {
      why: 'the least number',
      spec: { policy: { numerical: { order: 'desc' } } },
      tags: ['9', '10', '0.5'],
      want: '0.5',
    },
    {
      why: 'by a part of the tag, named',
      spec: filtered({ numerical: { order: 'asc' } }, '^main-[a-f0-9]+-(?P<ts>[0-9]+)$', '$ts'),
      tags: ['main-abc-9', 'main-def-10', 'side-abc-99', 'latest'],
      want: 'main-def-10',
    },
    {
      why: 'by a part of the tag, numbered',
      spec: filtered({ semver: { range: '>=1.0.0' } }, '^(.*)-alpine$', '$1'),
      tags: ['1.0.0-alpine', '1.2.0-alpine', '2.0.0'],
      want: '1.2.0-alpine',
    },
    {
      why: 'filtered whole',
      spec: filtered({ alphabetical: {} }, '^a'),
      tags: ['a1', 'a2', 'b'],
      want: 'a2',
    },
  ])('$why', ({ spec, tags, want }) => {
    expect(choose(spec, tags)).toBe(want);
  });

  test.each([
    {
      spec: semver('no range'),
      reason: 'InvalidPolicy',
      message: /^invalid policy: improper constraint: "no range"$/,
    },
    { spec: { policy: {} }, reason: 'InvalidPolicy', message: /ImagePolicyChoice/ },
    {
      spec: filtered({ alphabetical: {} }, '('),
      reason: 'InvalidPolicy',
      message: /^failed to filter tags: invalid regular expression pattern '\('/,
    },
    {
      spec: { policy: { numerical: {} } },
      reason: 'Failure',
      message: /^failed to parse invalid numeric value 'latest'$/,
    },
    {
      spec: semver('>=9.0.0'),
      reason: 'Failure',
      message: /^unable to determine latest version from provided list$/,
    },
    {
      spec: filtered({ alphabetical: {} }, '^x$'),
      reason: 'Failure',
      message: /^version list argument cannot be empty$/,
    },
  ])('$reason of $spec', ({ spec, reason, message }) => {
    let thrown: unknown;
    try {
      choose(spec, ['1.0.0', 'latest']);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ reason, message: expect.stringMatching(message) });
  });

  test.each([
    ['$a-$1', '<a>-<1>'],
    ['${a}b', '<a>b'],
    ['$ab', '<ab>'],
    ['$$a', '$a'],
    ['$', '$'],
  ])('expands %j', (template, want) => {
    expect(expand(template, (name) => `<${name}>`)).toBe(want);
  });

  test('the revision of a list, as Adler-32 of zlib has it', () => {
    expect(checksumOf(['latest', '1.0.0'])).toBe('875955431');
    expect(checksumOf([])).toBe('18153657');
  });
});
