import { describe, expect, test } from 'vitest';
import { filterOf, hasPolicy, policiesOf } from './policies.ts';

describe('policiesOf', () => {
  test('reads all three generations of annotations', () => {
    const policies = policiesOf({
      'fluxcd.io/automated': 'true',
      'flux.weave.works/tag.a': 'glob:a-*',
      'filter.fluxcd.io/chart-image': 'semver:~0.4',
      'example.com/automated': 'false',
    });
    expect(Object.fromEntries(policies)).toEqual({
      automated: 'true',
      'tag.a': 'glob:a-*',
      'tag.chart-image': 'semver:~0.4',
    });
    expect(filterOf(policies, 'chart-image').text).toBe('semver:~0.4');
    expect(filterOf(policies, 'other').text).toBe('glob:*');
  });

  test.each([
    ['true', true],
    ['"true"', false],
    ['True', false],
    ['yes', false],
  ])('automated counts when it is exactly true: %s', (value, want) => {
    expect(hasPolicy(policiesOf({ 'fluxcd.io/automated': value }), 'automated')).toBe(want);
  });
});
