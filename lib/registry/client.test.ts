import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import forge from 'node-forge';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRegistry } from '../../sandbox/mod.ts';
import type { SandboxRegistry } from '../../sandbox/mod.ts';
import { systemClock } from '../runtime/mod.ts';
import { createRegistryClient } from './mod.ts';
import type { Keychain } from './mod.ts';

const anonymous: Keychain = () => Promise.resolve(undefined);
const login: Keychain = () =>
  Promise.resolve({ username: 'me', password: 'secret', origin: 'test' });
const clock = systemClock;

let open: SandboxRegistry;
let closed: SandboxRegistry;
let limited: SandboxRegistry;

beforeAll(async () => {
  open = await startRegistry({ clock });
  closed = await startRegistry({
    clock,
    auth: { credentials: { username: 'me', password: 'secret' } },
  });
  limited = await startRegistry({ clock, rateLimit: { requests: 1, windowSeconds: 3600 } });
});

afterAll(async () => {
  await Promise.all([open.close(), closed.close(), limited.close()]);
});

const clientOf = (registry: SandboxRegistry) =>
  createRegistryClient({ clock, insecureHosts: [registry.host] });
const nameIn = (registry: SandboxRegistry, image: string) => ({ domain: registry.host, image });

describe('registry client', () => {
  test('lists all tags over several pages', async () => {
    for (let at = 0; at < 1500; at += 1) open.seedImage('many/tags', `v${at}`);
    const client = clientOf(open);
    const tags = await client.listTags(nameIn(open, 'many/tags'), { keychain: anonymous });
    expect(new Set(tags).size).toBe(1500);
    await client.close();
  });

  test('reads date and labels of an image, and says when there is none', async () => {
    const digest = open.seedImage('o/app', 'v1', {
      created: '2026-01-02T03:04:05Z',
      labels: { a: 'b' },
    });
    const client = clientOf(open);
    await expect(
      client.imageInfo(nameIn(open, 'o/app'), 'v1', { keychain: anonymous }),
    ).resolves.toMatchObject({
      tag: 'v1',
      digest,
      createdAt: '2026-01-02T03:04:05Z',
      labels: { a: 'b' },
    });
    await expect(
      client.tagDigest(nameIn(open, 'o/app'), 'v1', { keychain: anonymous }),
    ).resolves.toBe(digest);
    await expect(
      client.imageInfo(nameIn(open, 'o/app'), 'nope', { keychain: anonymous }),
    ).resolves.toBeUndefined();
    await expect(
      client.tagDigest(nameIn(open, 'o/app'), 'nope', { keychain: anonymous }),
    ).resolves.toBeUndefined();
    await client.close();
  });

  test('gets a token for its credentials, and is refused without', async () => {
    closed.seedImage('o/app', 'v1');
    const client = clientOf(closed);
    await expect(client.listTags(nameIn(closed, 'o/app'), { keychain: login })).resolves.toEqual([
      'v1',
    ]);
    await client.close();
    const stranger = clientOf(closed);
    await expect(
      stranger.listTags(nameIn(closed, 'o/app'), { keychain: anonymous }),
    ).rejects.toMatchObject({
      reason: 'Unauthorized',
    });
    await stranger.close();
  });

  test('says how long a limited registry wants it to wait', async () => {
    limited.seedImage('o/app', 'v1');
    const client = clientOf(limited);
    await client.imageInfo(nameIn(limited, 'o/app'), 'v1', { keychain: anonymous });
    const again = await client
      .imageInfo(nameIn(limited, 'o/app'), 'v1', { keychain: anonymous })
      .catch((thrown: unknown) => thrown);
    expect(again).toMatchObject({ reason: 'RateLimited', next: 'wait' });
    expect((again as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(3_000_000);
    await client.close();
  });

  test.each([
    ['a repository that does not exist', () => nameIn(open, 'no/such'), 'RepositoryUnknown'],
    [
      'a registry that does not answer',
      () => ({ domain: '127.0.0.1:1', image: 'x/y' }),
      'RegistryUnreachable',
    ],
  ])('%s is a fault', async (_why, name, reason) => {
    const client = createRegistryClient({ clock, insecureHosts: [open.host] });
    await expect(client.listTags(name(), { keychain: anonymous })).rejects.toMatchObject({
      reason,
    });
    await client.close();
  });
});

/** A server that answers as told, by method and path; what it was asked is kept. */
async function scripted(answer: (path: string, headers: IncomingHttpHeaders) => Scripted) {
  const asked: { path: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push({ path, authorization: request.headers.authorization });
    const { status = 200, headers = {}, body = '' } = answer(path, request.headers);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    asked,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
interface Scripted {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('answers of registries in the world', () => {
  test('follows a blob to another server, and leaves the authorization behind', async () => {
    const config = JSON.stringify({
      created: '2026-01-02T03:04:05Z',
      config: { Labels: { a: 'b' } },
    });
    const store = await scripted(() => ({ body: config }));
    const registry = await scripted((path, { authorization }) => {
      if (authorization === undefined)
        return { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
      if (path.includes('/blobs/'))
        return { status: 307, headers: { location: `http://${store.host}/kept?sig=1` } };
      return { body: JSON.stringify({ schemaVersion: 2, config: { digest: sha256(config) } }) };
    });
    const client = createRegistryClient({ clock, insecureHosts: [registry.host, store.host] });
    await expect(
      client.imageInfo({ domain: registry.host, image: 'o/app' }, 'v1', { keychain: login }),
    ).resolves.toMatchObject({ createdAt: '2026-01-02T03:04:05Z', labels: { a: 'b' } });
    expect(store.asked).toEqual([{ path: '/kept?sig=1', authorization: undefined }]);
    await Promise.all([client.close(), registry.close(), store.close()]);
  });

  test('gives up on redirects without end', async () => {
    const registry = await scripted((path) => ({ status: 302, headers: { location: path } }));
    const client = createRegistryClient({ clock, insecureHosts: [registry.host] });
    await expect(
      client.listTags({ domain: registry.host, image: 'o/app' }, { keychain: anonymous }),
    ).rejects.toMatchObject({ reason: 'RegistryUnreachable' });
    expect(registry.asked.length).toBeLessThan(10);
    await Promise.all([client.close(), registry.close()]);
  });

  test('takes linux/amd64 from an index, and passes over attestations', async () => {
    const config = (created: string) => JSON.stringify({ created });
    const texts = new Map<string, string>();
    const child = (created: string) => {
      const text = JSON.stringify({
        config: { digest: sha256(config(created)) },
        annotations: { of: created },
      });
      texts.set(sha256(text), text);
      texts.set(sha256(config(created)), config(created));
      return sha256(text);
    };
    const indexes: Record<string, { platform: string; created: string }[]> = {
      both: [
        { platform: 'linux/arm64', created: '2026-01-01T00:00:00Z' },
        { platform: 'linux/amd64', created: '2026-02-02T00:00:00Z' },
      ],
      attested: [
        { platform: 'unknown/unknown', created: '2026-01-01T00:00:00Z' },
        { platform: 'linux/arm64', created: '2026-03-03T00:00:00Z' },
      ],
      none: [{ platform: 'unknown/unknown', created: '2026-01-01T00:00:00Z' }],
    };
    for (const [tag, children] of Object.entries(indexes)) {
      const manifests = children.map(({ platform, created }) => {
        const [os, architecture] = platform.split('/');
        return { digest: child(created), platform: { os, architecture } };
      });
      texts.set(tag, JSON.stringify({ schemaVersion: 2, annotations: { index: tag }, manifests }));
    }
    const registry = await scripted((path) => {
      const body = texts.get(path.split('/').at(-1) ?? '');
      return body === undefined ? { status: 404 } : { body };
    });
    const client = createRegistryClient({ clock, insecureHosts: [registry.host] });
    const info = (tag: string) =>
      client.imageInfo({ domain: registry.host, image: 'o/app' }, tag, { keychain: anonymous });
    await expect(info('both')).resolves.toMatchObject({
      createdAt: '2026-02-02T00:00:00Z',
      digest: sha256(texts.get('both') ?? ''),
      labels: { index: 'both', of: '2026-02-02T00:00:00Z' },
    });
    await expect(info('attested')).resolves.toMatchObject({ createdAt: '2026-03-03T00:00:00Z' });
    await expect(info('none')).rejects.toMatchObject({ reason: 'UnknownManifest' });
    await Promise.all([client.close(), registry.close()]);
  });

  test('reads the date of a manifest of schema 1', async () => {
    const created = '2016-07-20T13:19:00Z';
    const registry = await scripted(() => ({
      headers: { 'docker-content-digest': 'sha256:old' },
      body: JSON.stringify({
        schemaVersion: 1,
        history: [
          {
            v1Compatibility: JSON.stringify({ created, container_config: { Labels: { a: 'b' } } }),
          },
        ],
      }),
    }));
    const client = createRegistryClient({ clock, insecureHosts: [registry.host] });
    await expect(
      client.imageInfo({ domain: registry.host, image: 'o/app' }, 'v1', { keychain: anonymous }),
    ).resolves.toMatchObject({ createdAt: created, labels: { a: 'b' }, digest: 'sha256:old' });
    await Promise.all([client.close(), registry.close()]);
  });

  test('does not let one workload read with the token of another', async () => {
    closed.seedImage('o/private', 'v1');
    const client = clientOf(closed);
    const name = nameIn(closed, 'o/private');
    await expect(client.listTags(name, { keychain: login })).resolves.toEqual(['v1']);
    await expect(client.listTags(name, { keychain: anonymous })).rejects.toMatchObject({
      reason: 'Unauthorized',
    });
    await client.close();
  });

  test.each([
    { why: 'a page of a proxy', body: '<html>', reason: 'RegistryFailed' },
    { why: 'tags that are no list', body: '{"tags": 7}', reason: 'RegistryFailed' },
  ])('$why is a fault of the registry', async ({ body, reason }) => {
    const registry = await scripted(() => ({ body }));
    const client = createRegistryClient({ clock, insecureHosts: [registry.host] });
    await expect(
      client.listTags({ domain: registry.host, image: 'o/app' }, { keychain: anonymous }),
    ).rejects.toMatchObject({ reason });
    await Promise.all([client.close(), registry.close()]);
  });

  test('a listing whose next page is itself ends', async () => {
    const registry = await scripted((path) => ({
      headers: { link: `<${path}>; rel="next"` },
      body: '{"tags": ["a"]}',
    }));
    const client = createRegistryClient({ clock, insecureHosts: [registry.host] });
    await expect(
      client.listTags({ domain: registry.host, image: 'o/app' }, { keychain: anonymous }),
    ).resolves.toEqual(['a']);
    await Promise.all([client.close(), registry.close()]);
  });

  test('refuses content that has another digest', async () => {
    const registry = await scripted((path) =>
      path.includes('/blobs/')
        ? { body: '{"created":"2026-01-01T00:00:00Z"}' }
        : { body: JSON.stringify({ config: { digest: sha256('something else') } }) },
    );
    const client = createRegistryClient({ clock, insecureHosts: [registry.host] });
    await expect(
      client.imageInfo({ domain: registry.host, image: 'o/app' }, 'v1', { keychain: anonymous }),
    ).rejects.toMatchObject({ reason: 'RegistryFailed' });
    await Promise.all([client.close(), registry.close()]);
  });

  test('checks certificates, except of insecure hosts', async () => {
    const registry = await startRegistry({ clock, tls: selfSigned() });
    registry.seedImage('o/app', 'v1');
    const strict = createRegistryClient({ clock });
    const name = { domain: registry.host, image: 'o/app' };
    await expect(strict.listTags(name, { keychain: anonymous })).rejects.toMatchObject({
      reason: 'RegistryUnreachable',
    });
    const lax = createRegistryClient({ clock, insecureHosts: ['127.0.0.1'] });
    await expect(lax.listTags(name, { keychain: anonymous })).resolves.toEqual(['v1']);
    await Promise.all([strict.close(), lax.close(), registry.close()]);
  });
});

function selfSigned(): { key: string; cert: string } {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  certificate.validity.notBefore = new Date(Date.now() - 60_000);
  certificate.validity.notAfter = new Date(Date.now() + 3_600_000);
  const name = [{ name: 'commonName', value: '127.0.0.1' }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  return {
    key: forge.pki.privateKeyToPem(keys.privateKey),
    cert: forge.pki.certificateToPem(certificate),
  };
}
