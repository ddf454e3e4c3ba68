import { expect, test } from 'vitest';
import { codeCommitLogin, codeCommitRegion } from './mod.ts';

test.each([
  ['https://git-codecommit.us-east-1.amazonaws.com/v1/repos/x', 'us-east-1'],
  ['https://git-codecommit-fips.us-west-2.amazonaws.com/v1/repos/x', 'us-west-2'],
  ['https://git-codecommit.cn-north-1.amazonaws.com.cn/v1/repos/x', 'cn-north-1'],
])('%s is in %s', (url, region) => {
  expect(codeCommitRegion(url)).toBe(region);
});

test.each([
  ['http://git-codecommit.us-east-1.amazonaws.com/v1/repos/x', 'requires an HTTPS Git URL'],
  ['https://github.com/org/repo', 'invalid AWS CodeCommit Git URL: github.com'],
  ['https://git-codecommit.us-east-1.example.com/x', 'invalid AWS CodeCommit Git URL'],
])('%s is refused', (url, says) => {
  expect(() => codeCommitRegion(url)).toThrow(says);
});

/** The signature was made by botocore's SigV4Auth as git-remote-codecommit calls it. */
test('user and password', () => {
  const keys = { accessKeyId: 'AKID', secretAccessKey: 'SECRET', sessionToken: 'TOKEN' };
  const url = 'https://git-codecommit.us-east-1.amazonaws.com/v1/repos/test-repo';
  const now = new Date('2026-01-02T03:04:05.678Z');
  const login = codeCommitLogin(url, keys, now);
  expect(login).toEqual({
    username: 'AKID%TOKEN',
    password: '20260102T030405Z76ea64e6591e85a0887f4ee5280399b6fe59c5bb5467a0608748a4b60f64b74f',
    until: now.getTime() + 14 * 60_000,
  });
  const lasting = codeCommitLogin(url, { ...keys, sessionToken: undefined }, now);
  expect(lasting).toMatchObject({ username: 'AKID', password: login.password });
});
