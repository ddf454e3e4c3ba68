import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { githubInstallationToken, readGithubApp } from './mod.ts';
import type { AskGithub } from './mod.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const now = new Date('2026-01-02T03:04:05Z');
const whole = { githubAppID: '7', githubAppInstallationID: '42', githubAppPrivateKey: pem };
const appOf = (fields: Readonly<Record<string, string>>) => readGithubApp((key) => fields[key]);

test.each([
  { why: 'no app', lacks: ['githubAppID'], more: {}, says: 'app ID must be provided' },
  { why: 'no number', lacks: [], more: { githubAppID: 'x' }, says: 'app ID must be provided' },
  {
    why: 'no installation',
    lacks: ['githubAppInstallationID'],
    more: {},
    says: 'app installation owner or ID must be provided',
  },
  {
    why: 'two installations',
    lacks: [],
    more: { githubAppInstallationOwner: 'org' },
    says: 'only one of app installation owner or ID must be provided',
  },
  { why: 'no key', lacks: ['githubAppPrivateKey'], more: {}, says: 'private key must be provided' },
  {
    why: 'a key that is none',
    lacks: [],
    more: { githubAppPrivateKey: 'x' },
    says: 'could not parse private key',
  },
] as { why: string; lacks: string[]; more: Record<string, string>; says: string }[])(
  '$why',
  ({ lacks, more, says }) => {
    const fields = Object.fromEntries(
      Object.entries(whole).filter(([key]) => !lacks.includes(key)),
    );
    expect(() => appOf({ ...fields, ...more })).toThrow(says);
  },
);

describe('a token', () => {
  const asking = (answers: Readonly<Record<string, Record<string, unknown>>>) => {
    const asked: { line: string; authorization: string }[] = [];
    const ask: AskGithub = ({ method, url, headers }) => {
      const line = `${method} ${url}`;
      asked.push({ line, authorization: headers['authorization'] ?? '' });
      const answer = answers[line];
      return answer === undefined ? Promise.reject(new Error('404')) : Promise.resolve(answer);
    };
    return { ask, asked };
  };
  const given = { token: 'T', expires_at: '2026-01-02T04:04:05Z' };
  const post = 'POST https://api.github.com/app/installations/42/access_tokens';

  test('is asked for by a claim of the app', async () => {
    const { ask, asked } = asking({ [post]: given });
    expect(await githubInstallationToken(appOf(whole), ask, now)).toEqual({
      token: 'T',
      until: Date.parse('2026-01-02T04:03:05Z'),
    });
    const [header, claims, signature] = (asked[0]?.authorization ?? '').slice(7).split('.');
    const seconds = now.getTime() / 1000;
    expect(JSON.parse(Buffer.from(claims ?? '', 'base64url').toString())).toEqual({
      iat: seconds - 30,
      exp: seconds + 90,
      iss: '7',
    });
    const signed = Buffer.from(`${header}.${claims}`);
    expect(verify('RSA-SHA256', signed, publicKey, Buffer.from(signature ?? '', 'base64url'))).toBe(
      true,
    );
  });

  const byOwner = {
    githubAppID: '7',
    githubAppPrivateKey: pem,
    githubAppInstallationOwner: 'us',
    githubAppBaseURL: 'https://git.example.com/api/v3/',
  };
  const api = 'https://git.example.com/api/v3';

  test.each(['orgs', 'users'])('for an installation of an owner among %s', async (path) => {
    const { ask } = asking({
      [`GET ${api}/${path}/us/installation`]: { id: 42 },
      [`POST ${api}/app/installations/42/access_tokens`]: given,
    });
    expect(await githubInstallationToken(appOf(byOwner), ask, now)).toMatchObject({ token: 'T' });
  });

  test('without an installation there is none', async () => {
    const { ask } = asking({});
    await expect(githubInstallationToken(appOf(byOwner), ask, now)).rejects.toThrow(
      'failed to find organization installation: 404\nfailed to find user installation: 404',
    );
  });
});
