import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { checkTokenSecret, checkTokenService, ldapKeys, withTokenService } from './bucket-sts.ts';

let asked: string[];
let base: string;
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    asked.push(body);
    if (!body.includes('LDAPPassword=right'))
      response
        .writeHead(400)
        .end('<ErrorResponse><Message>LDAP &amp; no</Message></ErrorResponse>');
    else if (request.url === '/empty') response.end('<AssumeRoleWithLDAPIdentityResponse/>');
    else
      response.end(
        '<R><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken></Credentials></R>',
      );
  });
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  asked = [];
});
afterAll(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));

const secret = (password: string) => ({
  type: 'Opaque',
  data: new Map([
    ['username', Buffer.from('you')],
    ['password', Buffer.from(password)],
  ]),
});

describe('ldap', () => {
  test('keys for a password', async () => {
    expect(await ldapKeys({ endpoint: base, secret: secret('right') })).toEqual({
      accessKeyId: 'A',
      secretAccessKey: 'S',
      sessionToken: 'T',
    });
    expect(Object.fromEntries(new URLSearchParams(asked[0]))).toEqual({
      Action: 'AssumeRoleWithLDAPIdentity',
      Version: '2011-06-15',
      LDAPUsername: 'you',
      LDAPPassword: 'right',
    });
  });

  test.each([
    { why: 'the wrong password', path: '', password: 'wrong', says: 'LDAP & no' },
    { why: 'an answer without keys', path: '/empty', password: 'right', says: 'gave no keys' },
  ])('$why', async ({ path, password, says }) => {
    await expect(ldapKeys({ endpoint: base + path, secret: secret(password) })).rejects.toThrow(
      says,
    );
  });

  test('a Secret that lacks something', () => {
    expect(() => {
      checkTokenSecret(secret(''), 'ldap');
    }).toThrow("invalid 'ldap' secret data for 'ldap' STS provider");
  });
});

describe('what fits together', () => {
  const endpoint = 'https://sts.example.com';
  test.each([
    { bucket: 'gcp', sts: { provider: 'aws', endpoint }, says: "not supported for 'gcp' bucket" },
    {
      bucket: 'aws',
      sts: { provider: 'ldap', endpoint },
      says: "'ldap' is not supported for 'aws'",
    },
    { bucket: 'generic', sts: { provider: 'aws', endpoint }, says: "'aws' is not supported for" },
    {
      bucket: 'aws',
      sts: { provider: 'aws', endpoint, secretRef: { name: 'x' } },
      says: "spec.sts.secretRef is not required for the 'aws' STS provider",
    },
    { bucket: 'generic', sts: { provider: 'ldap', endpoint: 'x' }, says: "STS endpoint 'x'" },
  ])('$bucket: $says', ({ bucket, sts, says }) => {
    expect(() => {
      checkTokenService(bucket, new Fields(sts));
    }).toThrow(says);
  });

  test('ldap for an S3 server', () => {
    checkTokenService('generic', new Fields({ provider: 'ldap', endpoint }));
  });
});

describe('aws', () => {
  const cloud = { clock: systemClock, env: { A: 'b' }, readFile: () => Promise.resolve('') };
  const at = (endpoint: string) => withTokenService(cloud, new Fields({ endpoint }));

  test('is asked at its endpoint', () => {
    const endpoint = 'https://vpce-1.sts.us-east-1.vpce.amazonaws.com';
    expect(at(endpoint).env).toEqual({ A: 'b', AWS_ENDPOINT_URL_STS: endpoint });
  });

  test.each(['https://sts.example.com', 'http://sts.amazonaws.com'])('not at %s', (endpoint) => {
    expect(() => at(endpoint)).toThrow(`invalid STS endpoint: '${endpoint}'. must match`);
  });
});
