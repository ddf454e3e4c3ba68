import { describe, expect, test } from 'vitest';
import { keychainFromDockerConfig, keychainFromPullSecret, mergeKeychains } from './mod.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const auth = base64('me:pa:ss');
const me = { username: 'me', password: 'pa:ss', origin: 'test' };

describe('keychainFromDockerConfig', () => {
  test.each([
    { why: 'auths', config: { auths: { 'quay.io': { auth } } }, host: 'quay.io', want: me },
    { why: 'bare map', config: { 'quay.io': { auth } }, host: 'quay.io', want: me },
    { why: 'URL', config: { auths: { 'https://r.io:5/v2/': { auth } } }, host: 'r.io:5', want: me },
    {
      why: 'names of Docker Hub',
      config: { auths: { 'https://index.docker.io/v1/': { auth } } },
      host: 'docker.io',
      want: me,
    },
    {
      why: 'user and password apart',
      config: { auths: { 'quay.io': { username: 'me', password: 'pa:ss' } } },
      host: 'quay.io',
      want: me,
    },
    {
      why: 'a helper keeps the secret elsewhere',
      config: { auths: { 'quay.io': {} }, credsStore: 'desktop' },
      host: 'quay.io',
      want: undefined,
    },
    {
      why: 'another port is another registry',
      config: { auths: { 'r.io:5000': { auth } } },
      host: 'r.io',
      want: undefined,
    },
  ])('$why', async ({ config, host, want }) => {
    await expect(keychainFromDockerConfig(JSON.stringify(config), 'test')(host)).resolves.toEqual(
      want,
    );
  });

  test.each([
    '{"auths": {"x": {"auth": "hunter2',
    '[]',
    `{"auths":{"x":{"auth":"${base64('hunter2')}"}}}`,
  ])('refuses %s without repeating it', (text) => {
    let thrown: unknown;
    try {
      keychainFromDockerConfig(text, 'docker config');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ reason: 'BadCredentials', next: 'stall' });
    expect(String(thrown)).not.toMatch(/hunter2|aHVudGVyMg/);
  });
});

test('keychainFromPullSecret reads both kinds of Secret and passes over others', async () => {
  const inner = base64(JSON.stringify({ auths: { 'quay.io': { auth } } }));
  const older = base64(JSON.stringify({ 'quay.io': { auth } }));
  for (const data of [{ '.dockerconfigjson': inner }, { '.dockercfg': older }]) {
    await expect(keychainFromPullSecret(data, 'test')?.('quay.io')).resolves.toEqual(me);
  }
  expect(keychainFromPullSecret({ token: 'x' }, 'test')).toBeUndefined();
});

test('mergeKeychains takes the first that knows the host', async () => {
  const of = (user: string, ...hosts: string[]) =>
    keychainFromDockerConfig(
      JSON.stringify(
        Object.fromEntries(hosts.map((host) => [host, { auth: base64(`${user}:x`) }])),
      ),
      user,
    );
  const merged = mergeKeychains(of('secret', 'a.io'), of('config', 'a.io', 'b.io'));
  await expect(merged('a.io')).resolves.toMatchObject({ origin: 'secret' });
  await expect(merged('b.io')).resolves.toMatchObject({ origin: 'config' });
  await expect(merged('c.io')).resolves.toBeUndefined();
});
