import { describe, expect, test } from 'vitest';
import { parsePattern } from '../../lib/policy/mod.ts';
import { chooseTag } from './choose.ts';

const info = (tag: string, createdAt: string | undefined) => ({
  tag,
  digest: '',
  imageId: '',
  labels: {},
  createdAt,
  lastFetched: '',
});
const known = (tags: Record<string, string | undefined>) => ({
  tags: Object.keys(tags),
  infos: new Map(Object.entries(tags).map(([tag, at]) => [tag, info(tag, at)])),
});
const [early, late] = ['2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z'];

describe('chooseTag', () => {
  test.each([
    {
      why: 'newest build',
      current: 'dev-a',
      tags: { 'dev-a': early, 'dev-b': late },
      filter: 'glob:dev-*',
      want: 'dev-b',
    },
    {
      why: 'never an older build',
      current: 'dev-b',
      tags: { 'dev-b': late, 'stg-a': early },
      filter: 'glob:stg-*',
      want: undefined,
    },
    {
      why: 'a tag that is gone counts as the oldest',
      current: 'dev-x',
      tags: { 'dev-a': early },
      filter: 'glob:dev-*',
      want: 'dev-a',
    },
    {
      why: 'a tag that is gone is as old as it was',
      current: 'dev-b',
      tags: { 'dev-a': early },
      gone: { 'dev-b': late },
      filter: 'glob:dev-*',
      want: undefined,
    },
    {
      why: 'a tag without a date is passed over',
      current: 'dev-a',
      tags: { 'dev-a': early, 'dev-b': late, 'dev-c': undefined },
      filter: 'glob:dev-*',
      want: 'dev-b',
    },
    {
      why: 'versions need no date',
      current: '0.4.1',
      tags: { '0.4.10': undefined, '0.4.9': undefined, '0.5.0': undefined },
      filter: 'semver:~0.4',
      want: '0.4.10',
    },
    {
      why: 'never a lower version',
      current: '0.5.0',
      tags: { '0.4.10': undefined, '0.5.0': undefined },
      filter: 'semver:~0.4',
      want: undefined,
    },
  ])('$why', ({ current, tags, filter, want, gone = {} }) => {
    const listed = known(tags);
    const infos = new Map([...listed.infos, ...known(gone).infos]);
    const choice = chooseTag(current, { ...listed, infos }, parsePattern(filter), false);
    expect(choice.action === 'update' ? choice.tag : undefined).toBe(want);
  });

  test('a lower version with the rule of v1', () => {
    const tags = known({ '0.4.10': undefined, '0.5.0': undefined });
    expect(chooseTag('0.5.0', tags, parsePattern('semver:~0.4'), true)).toMatchObject({
      action: 'update',
      tag: '0.4.10',
    });
  });
});
