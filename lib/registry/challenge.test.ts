import { describe, expect, test } from 'vitest';
import { asksForBasic, basicHeader, bearerHeader, tokenUrl } from './challenge.ts';

describe('tokenUrl', () => {
  const pull = { repository: 'team/app', access: 'pull' } as const;
  test.each([
    [
      'Bearer realm="https://auth.example.com/token",service="registry"',
      'https://auth.example.com/token?service=registry&scope=repository%3Ateam%2Fapp%3Apull',
    ],
    [
      'bearer realm="https://auth.example.com/token?account=a"',
      'https://auth.example.com/token?account=a&scope=repository%3Ateam%2Fapp%3Apull',
    ],
    ['Bearer service="registry"', undefined],
    ['Bearer realm="/token"', undefined],
    ['', undefined],
  ])('%s', (challenge, url) => {
    expect(tokenUrl(challenge, pull)?.href).toBe(url);
  });

  test('to push, and for no repository', () => {
    const challenge = 'Bearer realm="https://a/t"';
    const scope = (wanted: Parameters<typeof tokenUrl>[1]) =>
      tokenUrl(challenge, wanted)?.searchParams.get('scope');
    expect(scope({ repository: 'r', access: 'pull,push' })).toBe('repository:r:pull,push');
    expect(scope({ repository: '', access: 'pull' })).toBeNull();
  });
});

test.each([
  [{ token: 't', access_token: 'u' }, 'Bearer t'],
  [{ access_token: 'u' }, 'Bearer u'],
  [{ token: '' }, undefined],
  [{ token: 1 }, undefined],
  ['t', undefined],
])('bearerHeader(%j)', (answer, header) => {
  expect(bearerHeader(answer)).toBe(header);
});

test('basic authentication', () => {
  expect(['Basic realm="x"', 'basic', 'Bearer realm="x"', ''].map(asksForBasic)).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(basicHeader({ username: 'u', password: 'p' })).toBe('Basic dTpw');
});
