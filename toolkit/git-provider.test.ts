/** Logins with Git servers by `provider`, on servers that ask for them. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createKept } from '../lib/cloud/mod.ts';
import type { KubeReader } from '../lib/kube/mod.ts';
import { messageOf, systemClock } from '../lib/runtime/mod.ts';
import { startGitServer } from '../sandbox/mod.ts';
import type { SandboxGitServer } from '../sandbox/mod.ts';
import { createCloudIdentities, Fields } from './runtime/mod.ts';
import { accessOf } from './sources/mod.ts';
import type { KeptGitLogin } from './sources/mod.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

let folder: string;
let git: SandboxGitServer;
let base: string;
let asked: string[];
const secrets = new Map<string, Record<string, string>>();
const kube: Pick<KubeReader, 'get'> = {
  get: <T>({ name }: { name: string }) => {
    const entries = Object.entries(secrets.get(name) ?? {});
    const data = Object.fromEntries(
      entries.map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    );
    return Promise.resolve({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, data } as T);
  },
};

/** The APIs of GitHub and of Entra ID. */
const server = createServer((request, response) => {
  const line = `${request.method} ${request.url}`;
  const send = (status: number, body: unknown) => {
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(body ?? {}));
  };
  asked.push(line);
  if (line === 'POST /app/installations/42/access_tokens')
    send(201, { token: 'installed', expires_at: '2099-01-01T00:00:00Z' });
  else if (line === 'POST /t/oauth2/v2.0/token' || line === 'POST /other/oauth2/v2.0/token')
    send(200, { access_token: 'entra', expires_in: 3600 });
  else send(404, { message: 'Not Found' });
});

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'toolkit-git'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { username: 'x-access-token', password: 'installed' };
  git = await startGitServer({ env: process.env, credentials });
  await git.createRepository('app', { fromFolder: folder });
});
afterAll(async () => {
  await git.close();
  await new Promise((resolve) => server.close(resolve).closeAllConnections());
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  asked = [];
});

const app = () => ({
  githubAppID: '7',
  githubAppInstallationID: '42',
  githubAppPrivateKey: pem,
  githubAppBaseURL: base,
});

const opening = (mayNameAccount = false) => {
  const gitLogins = createKept<KeptGitLogin>(systemClock);
  const env = {
    PATH: process.env['PATH'],
    AZURE_TENANT_ID: 't',
    AZURE_CLIENT_ID: 'c',
    AZURE_CLIENT_SECRET: 's',
    AZURE_AUTHORITY_HOST: base,
    AWS_ACCESS_KEY_ID: 'A',
    AWS_SECRET_ACCESS_KEY: 'S',
  };
  const cloud = { clock: systemClock, env, readFile: () => Promise.reject(new Error('no file')) };
  const cluster = {
    get: <T>() =>
      Promise.resolve({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: {
          annotations: {
            'azure.workload.identity/tenant-id': 'other',
            'azure.workload.identity/client-id': 'robot',
          },
        },
      } as T),
    raw: () =>
      Promise.resolve(
        JSON.stringify({ status: { token: 'jwt', expirationTimestamp: '2099-01-01T00:00:00Z' } }),
      ),
  };
  const identities = createCloudIdentities({
    kube: cluster,
    cloud,
    mayNameAccount,
    defaultAccount: 'default',
  });
  return (spec: Record<string, unknown>) =>
    accessOf(
      { kube, env, cloud, identities, gitLogins },
      { namespace: 'apps', spec: new Fields({ url: `${git.url}/app.git`, ...spec }) },
      path.join(folder, 'access'),
    );
};

describe('github', () => {
  test('the token of an installation opens the repository, and is kept', async () => {
    secrets.set('app', app());
    const open = opening();
    const spec = { provider: 'github', secretRef: { name: 'app' } };
    const { git: run, url } = await open(spec);
    const { stdout } = await run(['ls-remote', url], { subject: 'ls-remote' });
    expect(stdout.toString()).toContain('refs/heads/master');
    await open(spec);
    expect(asked).toEqual(['POST /app/installations/42/access_tokens']);
  });

  test.each([
    { why: 'no Secret', spec: {}, reason: 'InvalidProviderConfiguration', next: 'stall' },
    {
      why: 'a Secret of another kind',
      spec: { secretRef: { name: 'basic' } },
      reason: 'InvalidProviderConfiguration',
      next: 'retry',
    },
    {
      why: 'a Secret that lacks something',
      spec: { secretRef: { name: 'half' } },
      reason: 'AuthenticationFailed',
      next: 'retry',
    },
    {
      why: 'an app that is not installed',
      spec: { secretRef: { name: 'stranger' } },
      reason: 'AuthenticationFailed',
      next: 'retry',
    },
  ])('$why', async ({ spec, reason, next }) => {
    secrets.set('basic', { username: 'you', password: 'pw' });
    secrets.set('half', { githubAppID: '7' });
    secrets.set('stranger', { ...app(), githubAppInstallationID: '43' });
    await expect(opening()({ provider: 'github', ...spec })).rejects.toMatchObject({
      reason,
      next,
    });
  });

  test('an app without the provider', async () => {
    secrets.set('app', app());
    await expect(opening()({ secretRef: { name: 'app' } })).rejects.toThrow(
      "secretRef 'apps/app' has github app data but provider is not set to github",
    );
  });
});

describe('clouds', () => {
  test('azure: a token of Entra ID, over TLS only', async () => {
    const failure: unknown = await opening()({ provider: 'azure' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(messageOf(failure)).toContain('a bearer token is not sent over plain HTTP');
    await opening()({ provider: 'azure', url: 'https://dev.azure.com/o/p/_git/r' });
    expect(asked).toEqual(['POST /t/oauth2/v2.0/token', 'POST /t/oauth2/v2.0/token']);
  });

  test('aws: CodeCommit only', async () => {
    await expect(opening()({ provider: 'aws' })).rejects.toMatchObject({
      reason: 'AuthenticationFailed',
      message: expect.stringContaining('requires an HTTPS Git URL') as unknown,
    });
    const url = 'https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/x';
    expect(await opening()({ provider: 'aws', url })).toMatchObject({ url });
  });

  test.each([{ serviceAccountName: 'robot' }, {}])(
    'azure: an account, or the one that is usual: %j',
    async (named) => {
      const open = opening(true);
      const spec = { provider: 'azure', url: 'https://dev.azure.com/o/p/_git/r', ...named };
      await open(spec);
      await open(spec);
      expect(asked).toEqual(['POST /other/oauth2/v2.0/token']);
    },
  );

  test.each(['azure', 'aws'])('%s: identities of accounts need a gate', async (provider) => {
    await expect(opening()({ provider, serviceAccountName: 'robot' })).rejects.toMatchObject({
      reason: 'FeatureGateDisabled',
      next: 'stall',
    });
  });
});
