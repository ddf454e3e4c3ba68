import { describe, expect, test } from 'vitest';
import { formatResourceId, parseResourceId, parseResourceIdIn } from './resource-id.ts';

describe('parseResourceId', () => {
  test.each([
    'default:deployment/foo',
    '<cluster>:namespace/demo',
    'dev:helmrelease/podinfo-dev',
    'a:role/x:y.z',
    'default/legacy',
  ])('%s prints as it was', (text) => {
    expect(formatResourceId(parseResourceId(text))).toBe(text);
  });

  test('lower-cases the kind', () => {
    expect(formatResourceId(parseResourceId('dev:HelmRelease/x'))).toBe('dev:helmrelease/x');
  });

  test.each(['', 'x', 'a:b', 'a:b/', 'a b:c/d', '<all>:c/d'])('refuses %j', (text) => {
    expect(() => parseResourceId(text)).toThrow(
      expect.objectContaining({ reason: 'InvalidResourceId' }),
    );
  });
});

describe('parseResourceIdIn', () => {
  test.each([
    ['deployment/foo', 'demo:deployment/foo'],
    ['other:deployment/foo', 'other:deployment/foo'],
  ])('%s in demo is %s', (text, want) => {
    expect(formatResourceId(parseResourceIdIn('demo', text))).toBe(want);
  });
});
