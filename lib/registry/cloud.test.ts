/** Credentials of clouds, from servers that answer as theirs do. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { signAws } from '../cloud/mod.ts';
import { cloudKeychains, ecrAllows } from './cloud.ts';

const host = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
let server: Server;
let base: string;
let asked: { line: string; headers: IncomingMessage['headers']; body: string }[];
let answers: Record<string, unknown>;
let now: Date;

beforeEach(async () => {
  [asked, answers, now] = [[], {}, new Date('2020-01-02T03:04:05Z')];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const line = `${request.method} ${request.url}`;
      asked.push({ line, headers: request.headers, body });
      const answer = answers[line];
      if (answer === undefined) response.writeHead(403).end('no');
      else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

const keychains = (env: Record<string, string> = {}, files: Record<string, string> = {}) =>
  cloudKeychains({
    clock: { now: () => now, sleep: () => Promise.resolve() },
    env: {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: base,
      GCE_METADATA_HOST: base.slice('http://'.length),
      AWS_ENDPOINT_URL_ECR: base,
      AWS_ENDPOINT_URL_STS: `${base}/sts`,
      ...env,
    },
    readFile: (file) =>
      files[file] === undefined
        ? Promise.reject(Object.assign(new Error('none'), { code: 'ENOENT' }))
        : Promise.resolve(files[file]),
  });

const ecrAnswer = {
  authorizationData: [
    {
      authorizationToken: Buffer.from('AWS:secret').toString('base64'),
      expiresAt: Date.parse('2020-01-02T15:00:00Z') / 1000,
    },
  ],
};
const keys = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'SECRET' };

describe('ECR', () => {
  test('gives a token for the keys of the environment, once until it runs out', async () => {
    answers['POST /'] = ecrAnswer;
    const { ecr } = keychains(keys);
    const want = { username: 'AWS', password: 'secret', origin: 'ECR in eu-west-1' };
    expect([await ecr(host), await ecr(host)]).toEqual([want, want]);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/20200102\/eu-west-1\/ecr\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$/,
    );
    now = new Date('2020-01-02T14:59:30Z');
    await ecr(host);
    expect(asked).toHaveLength(2);
  });

  test('for a web identity', async () => {
    answers['POST /sts'] = {
      AssumeRoleWithWebIdentityResponse: {
        AssumeRoleWithWebIdentityResult: {
          Credentials: { AccessKeyId: 'A', SecretAccessKey: 'S', SessionToken: 'T' },
        },
      },
    };
    answers['POST /'] = ecrAnswer;
    const env = { AWS_WEB_IDENTITY_TOKEN_FILE: '/token', AWS_ROLE_ARN: 'arn:r' };
    expect(await keychains(env, { '/token': 'jwt\n' }).ecr(host)).toBeDefined();
    expect(asked[0]?.body).toContain('WebIdentityToken=jwt');
    expect(asked[1]?.headers['x-amz-security-token']).toBe('T');
  });

  test("for the instance's role", async () => {
    const roles = '/latest/meta-data/iam/security-credentials/';
    answers['PUT /latest/api/token'] = 'session';
    answers[`GET ${roles}`] = 'node';
    answers[`GET ${roles}node`] = { AccessKeyId: 'A', SecretAccessKey: 'S', Token: 'T' };
    answers['POST /'] = ecrAnswer;
    expect(await keychains().ecr(host)).toBeDefined();
    expect(asked[1]?.headers['x-aws-ec2-metadata-token']).toBe('session');
  });

  test('is not asked again for a while when it refuses', async () => {
    const { ecr } = keychains(keys);
    await expect(ecr(host)).rejects.toThrow('ECR in eu-west-1 answered 403: no');
    await expect(ecr(host)).rejects.toThrow('asked in vain');
    expect(asked).toHaveLength(1);
  });

  test('is not asked for other hosts', async () => {
    expect(await keychains(keys).ecr('example.com')).toBeUndefined();
  });
});

test.each([
  ['123456789012', 'eu-west-1', {}, true],
  ['602401143452', 'eu-west-1', {}, false],
  ['123456789012', 'eu-west-1', { regions: ['us-east-1'] }, false],
  ['123456789012', 'eu-west-1', { includeIds: ['999999999999'] }, false],
  ['123456789012', 'eu-west-1', { includeIds: ['123456789012'], regions: ['eu-west-1'] }, true],
])('images of %s in %s with %j may be scanned: %s', (account, region, over, want) => {
  const filter = { regions: [], includeIds: [], excludeIds: ['602401143452'], ...over };
  expect(ecrAllows(`${account}.dkr.ecr.${region}.amazonaws.com`, filter)).toBe(want);
  expect(ecrAllows('quay.io', filter)).toBe(true);
});

test.each(['gcr.io', 'eu.gcr.io', 'europe-docker.pkg.dev'])(
  '%s takes a token of the instance',
  async (name) => {
    answers['GET /computeMetadata/v1/instance/service-accounts/default/token'] = {
      access_token: 'ya29',
      expires_in: 3600,
    };
    expect(await keychains().platform(name)).toEqual({
      username: 'oauth2accesstoken',
      password: 'ya29',
      origin: 'GCE metadata',
    });
    expect(asked[0]?.headers['metadata-flavor']).toBe('Google');
  },
);

test("ACR takes the cluster's client", async () => {
  const file = '{"aadClientId":"id","aadClientSecret":"s"}';
  const { platform } = keychains({}, { '/etc/kubernetes/azure.json': file });
  expect(await platform('x.azurecr.io')).toMatchObject({ username: 'id', password: 's' });
  expect(await keychains().platform('x.azurecr.io')).toBeUndefined();
});

/** The example "post-vanilla" of AWS's published test suite for Signature Version 4. */
test('requests are signed as AWS wants it', () => {
  const { authorization } = signAws({
    keys: {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      sessionToken: undefined,
    },
    region: 'us-east-1',
    service: 'service',
    url: new URL('https://example.amazonaws.com/'),
    headers: {},
    body: '',
    at: new Date('2015-08-30T12:36:00Z'),
  });
  expect(authorization).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  );
});
