import { expect, test } from 'vitest';
import { readLogins } from './key-logins.ts';

const cloud = {
  clock: { now: () => new Date(0), sleep: () => Promise.resolve() },
  env: {},
  readFile: (name: string) => Promise.reject(new Error(name)),
};
const read = (data: Readonly<Record<string, string>>) =>
  readLogins(
    Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    ),
    cloud,
    "sops decryption Secret 'apps/keys'",
  );

test('each of its own key', () => {
  const logins = read({
    'sops.vault-token': ' token\n',
    'sops.aws-kms': 'aws_access_key_id: A\naws_secret_access_key: S\naws_session_token: T\n',
    'sops.azure-kv': '\ufeff{"tenant": "t", "appId": "c", "password": "s"}',
    'sops.gcp-kms': '{}',
  });
  expect(logins).toMatchObject({
    vaultToken: 'token',
    aws: { accessKeyId: 'A', secretAccessKey: 'S', sessionToken: 'T' },
  });
  expect(typeof logins.azure).toBe('function');
  expect(typeof logins.google).toBe('function');
  expect(read({ 'a.agekey': 'x' })).toEqual({});
});

test.each([
  ['sops.aws-kms', 'aws_access_key_id: hunter2\n', "requires 'aws_access_key_id' and"],
  ['sops.azure-kv', 'tenantId: hunter2\n', "invalid data: requires a 'clientId' field"],
  ['sops.azure-kv', 'hunter2', 'it is no map'],
  ['sops.aws-kms', 'a: [hunter2', 'it is no YAML'],
])('%s: %s is refused, and not shown', (name, text, why) => {
  let message = '';
  try {
    read({ [name]: text });
  } catch (thrown) {
    message = String(thrown);
  }
  expect(message).toContain(
    `failed to import '${name}' data from sops decryption Secret 'apps/keys': ${why}`,
  );
  expect(message).not.toContain('hunter2');
});
