import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock as clock } from '../../lib/runtime/mod.ts';
import { hasDockerRegistry, startDockerRegistry } from './_docker-registry.ts';
import { startRegistry } from './mod.ts';

const digestOf = (data: Buffer) => `sha256:${createHash('sha256').update(data).digest('hex')}`;
const imageType = 'application/vnd.docker.distribution.manifest.v2+json';
const indexType = 'application/vnd.oci.image.index.v1+json';

const servers = [
  { name: 'sandbox', runs: true, start: () => startRegistry({ clock }) },
  { name: 'docker-registry', runs: hasDockerRegistry(), start: startDockerRegistry },
];

for (const { name: server, runs, start } of servers) {
  describe.skipIf(!runs)(`distribution protocol: ${server}`, () => {
    let url: string;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ url, close } = await start());
    });
    afterAll(() => close());

    const call = (method: string, target: string, body?: Buffer, headers = {}) =>
      fetch(new URL(target, url), {
        method,
        headers,
        ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      });
    const codeOf = async (response: Response) =>
      ((await response.json()) as { errors: { code: string }[] }).errors[0]?.code;

    async function pushBlob(repository: string, data: Buffer) {
      const started = await call('POST', `/v2/${repository}/blobs/uploads/`);
      expect(started.status).toBe(202);
      const location = new URL(started.headers.get('location') ?? '', url);
      location.searchParams.set('digest', digestOf(data));
      const response = await call('PUT', location.href, data, {
        'content-type': 'application/octet-stream',
      });
      expect(response.status).toBe(201);
      return digestOf(data);
    }
    async function pushImage(repository: string, tag: string) {
      const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', tag }));
      const layer = Buffer.from(`layer of ${tag}`);
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: imageType,
          config: {
            mediaType: 'application/vnd.docker.container.image.v1+json',
            size: config.length,
            digest: await pushBlob(repository, config),
          },
          layers: [
            {
              mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
              size: layer.length,
              digest: await pushBlob(repository, layer),
            },
          ],
        }),
      );
      const pushed = await call('PUT', `/v2/${repository}/manifests/${tag}`, manifest, {
        'content-type': imageType,
      });
      expect(pushed.status).toBe(201);
      return { digest: digestOf(manifest), manifest, config: digestOf(config) };
    }
    const accept = { accept: `${imageType}, ${indexType}` };

    test('says that it speaks the protocol', async () => {
      const response = await call('GET', '/v2/');
      expect(response.status).toBe(200);
      expect(response.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    });

    test('gives back what was pushed, by tag and by digest, and its head', async () => {
      const { digest, manifest, config } = await pushImage('a/image', 'v1');
      for (const reference of ['v1', digest]) {
        const got = await call('GET', `/v2/a/image/manifests/${reference}`, undefined, accept);
        expect(got.headers.get('docker-content-digest')).toBe(digest);
        expect(got.headers.get('content-type')).toBe(imageType);
        expect(Buffer.from(await got.arrayBuffer()).equals(manifest)).toBe(true);
      }
      const head = await call('HEAD', '/v2/a/image/manifests/v1', undefined, accept);
      expect(head.status).toBe(200);
      expect(head.headers.get('docker-content-digest')).toBe(digest);
      expect(head.headers.get('content-length')).toBe(String(manifest.length));
      expect(await head.text()).toBe('');
      const blob = await call('GET', `/v2/a/image/blobs/${config}`);
      expect(digestOf(Buffer.from(await blob.arrayBuffer()))).toBe(config);
    });

    test('takes a blob in chunks, and refuses one out of order', async () => {
      const [first, second] = [Buffer.from('first half, '), Buffer.from('second half')];
      const started = await call('POST', '/v2/a/chunks/blobs/uploads/');
      const chunk = (location: string, data: Buffer, from: number) =>
        call('PATCH', location, data, {
          'content-type': 'application/octet-stream',
          'content-range': `${from}-${from + data.length - 1}`,
        });
      const one = await chunk(started.headers.get('location') ?? '', first, 0);
      expect(one.status).toBe(202);
      expect(one.headers.get('range')).toBe(`0-${first.length - 1}`);
      if (server === 'sandbox') {
        // As the OCI specification has it; docker-registry 2.8.2 does not look at the range.
        const wrong = await chunk(one.headers.get('location') ?? '', second, 99);
        expect(wrong.status).toBe(416);
      }
      const two = await chunk(one.headers.get('location') ?? '', second, first.length);
      expect(two.status).toBe(202);
      const digest = digestOf(Buffer.concat([first, second]));
      const end = new URL(two.headers.get('location') ?? '', url);
      end.searchParams.set('digest', digest);
      const ended = await call('PUT', end.href);
      expect(ended.status).toBe(201);
      expect(ended.headers.get('docker-content-digest')).toBe(digest);
      expect((await call('HEAD', `/v2/a/chunks/blobs/${digest}`)).status).toBe(200);
    });

    test('mounts a blob of another repository', async () => {
      const digest = await pushBlob('a/from', Buffer.from('shared'));
      expect((await call('HEAD', `/v2/a/to/blobs/${digest}`)).status).toBe(404);
      const mounted = await call(
        'POST',
        `/v2/a/to/blobs/uploads/?mount=${encodeURIComponent(digest)}&from=a/from`,
      );
      expect(mounted.status).toBe(201);
      expect((await call('HEAD', `/v2/a/to/blobs/${digest}`)).status).toBe(200);
    });

    test('keeps an index of images', async () => {
      const { digest, manifest } = await pushImage('a/index', 'amd64');
      const index = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: indexType,
          manifests: [
            {
              mediaType: imageType,
              digest,
              size: manifest.length,
              platform: { os: 'linux', architecture: 'amd64' },
            },
          ],
        }),
      );
      const pushed = await call('PUT', '/v2/a/index/manifests/all', index, {
        'content-type': indexType,
      });
      expect(pushed.status).toBe(201);
      const got = await call('GET', '/v2/a/index/manifests/all', undefined, accept);
      expect(got.headers.get('content-type')).toBe(indexType);
      expect(got.headers.get('docker-content-digest')).toBe(digestOf(index));
    });

    test('lists tags, all of them by following the links', async () => {
      for (const tag of ['c', 'a', 'b']) await pushImage('a/tags', tag);
      const found: string[] = [];
      let next: string | undefined = '/v2/a/tags/tags/list?n=2';
      for (let pages = 0; next !== undefined && pages < 5; pages += 1) {
        const response: Response = await call('GET', next);
        const body = (await response.json()) as { name: string; tags: string[] };
        expect(body.name).toBe('a/tags');
        found.push(...body.tags);
        next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
      }
      expect(found.sort()).toEqual(['a', 'b', 'c']);
    });

    test('deletes a manifest, and its tags with it', async () => {
      const { digest } = await pushImage('a/deleted', 'v1');
      expect((await call('DELETE', `/v2/a/deleted/manifests/${digest}`)).status).toBe(202);
      const response = await call('GET', '/v2/a/deleted/manifests/v1', undefined, accept);
      expect(response.status).toBe(404);
      expect(await codeOf(response)).toBe('MANIFEST_UNKNOWN');
    });

    test.each([
      ['GET', '/v2/no/such/tags/list', 404, 'NAME_UNKNOWN'],
      ['GET', `/v2/a/image/blobs/sha256:${'0'.repeat(64)}`, 404, 'BLOB_UNKNOWN'],
      ['GET', '/v2/a/image/manifests/nope', 404, 'MANIFEST_UNKNOWN'],
    ])('%s %s is refused', async (method, target, status, code) => {
      await pushImage('a/image', 'v1');
      const response = await call(method, target, undefined, accept);
      expect([response.status, await codeOf(response)]).toEqual([status, code]);
    });

    test('refuses a blob with another digest', async () => {
      const started = await call('POST', '/v2/a/bad/blobs/uploads/');
      const location = new URL(started.headers.get('location') ?? '', url);
      location.searchParams.set('digest', digestOf(Buffer.from('something else')));
      const response = await call('PUT', location.href, Buffer.from('this'));
      expect([response.status, await codeOf(response)]).toEqual([400, 'DIGEST_INVALID']);
    });

    test('refuses a manifest whose blobs are missing', async () => {
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: imageType,
          config: {
            mediaType: 'application/vnd.docker.container.image.v1+json',
            size: 1,
            digest: `sha256:${'1'.repeat(64)}`,
          },
          layers: [],
        }),
      );
      const response = await call('PUT', '/v2/a/bad/manifests/v1', manifest, {
        'content-type': imageType,
      });
      expect([response.status, await codeOf(response)]).toEqual([400, 'MANIFEST_BLOB_UNKNOWN']);
    });
  });
}

describe('what only the sandbox has', () => {
  test('finds images whatever host the reference names, and says when one is pushed', async () => {
    const registry = await startRegistry({ clock });
    const pushed: string[] = [];
    registry.onPush(({ repository, tag }) => pushed.push(`${repository}:${tag}`));
    const digest = registry.seedImage('stefanprodan/podinfo', '3.1.0');
    for (const [reference, want] of [
      ['stefanprodan/podinfo:3.1.0', true],
      [`${registry.host}/stefanprodan/podinfo:3.1.0`, true],
      ['docker.io/stefanprodan/podinfo:3.1.0', true],
      [`stefanprodan/podinfo@${digest}`, true],
      ['stefanprodan/podinfo', false],
      ['stefanprodan/podinfo:3.1.1', false],
      ['stefanprodan/other:3.1.0', false],
    ] as const) {
      expect([reference, registry.imageExists(reference)]).toEqual([reference, want]);
    }
    expect(pushed).toEqual(['stefanprodan/podinfo:3.1.0']);
    await registry.close();
  });

  test('a seeded layer unpacks to what the config says', async () => {
    const registry = await startRegistry({ clock });
    registry.seedImage('a/b', 'v1');
    const get = async (target: string) =>
      Buffer.from(await (await fetch(`${registry.url}/v2/a/b/${target}`)).arrayBuffer());
    const manifest = JSON.parse(String(await get('manifests/v1'))) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    const config = JSON.parse(String(await get(`blobs/${manifest.config.digest}`))) as {
      rootfs: { diff_ids: string[] };
    };
    const { gunzipSync } = await import('node:zlib');
    const layer = gunzipSync(await get(`blobs/${manifest.layers[0]?.digest ?? ''}`));
    expect(config.rootfs.diff_ids).toEqual([digestOf(layer)]);
    await registry.close();
  });

  test('keeps images in a folder', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-registry'));
    const first = await startRegistry({ clock, folder });
    const digest = first.seedImage('a/b', 'v1');
    first.seedImage('a/b', 'v2');
    const removed = await fetch(`${first.url}/v2/a/b/manifests/v2`, { method: 'DELETE' });
    expect(removed.status).toBe(202);
    await first.close();
    const second = await startRegistry({ clock, folder });
    expect([second.imageExists('a/b:v1'), second.imageExists('a/b:v2')]).toEqual([true, false]);
    const response = await fetch(`${second.url}/v2/a/b/manifests/v1`);
    expect(response.headers.get('docker-content-digest')).toBe(digest);
    const { config } = (await response.json()) as { config: { digest: string } };
    expect((await fetch(`${second.url}/v2/a/b/blobs/${config.digest}`)).status).toBe(200);
    await second.close();
    rmSync(folder, { recursive: true });
  });

  test('asks for a token, and gives one for the right password only', async () => {
    const registry = await startRegistry({
      clock,
      auth: { credentials: { username: 'me', password: 'secret' } },
    });
    registry.seedImage('a/b', 'v1');
    const refused = await fetch(`${registry.url}/v2/a/b/tags/list`);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe(
      `Bearer realm="${registry.url}/token",service="sandbox",scope="repository:a/b:pull,push"`,
    );
    const tokenFor = (login: string) =>
      fetch(`${registry.url}/token?service=sandbox&scope=repository:a/b:pull`, {
        headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}` },
      });
    expect((await tokenFor('me:wrong')).status).toBe(401);
    const { token } = (await (await tokenFor('me:secret')).json()) as { token: string };
    const allowed = await fetch(`${registry.url}/v2/a/b/tags/list`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await allowed.json()).toEqual({ name: 'a/b', tags: ['v1'] });
    await registry.close();
  });

  test('limits manifest reads as Docker Hub does, and not their heads', async () => {
    let at = 0;
    const registry = await startRegistry({
      clock: { now: () => new Date(at), sleep: clock.sleep },
      rateLimit: { requests: 2, windowSeconds: 60 },
    });
    registry.seedImage('a/b', 'v1');
    const read = (method = 'GET') => fetch(`${registry.url}/v2/a/b/manifests/v1`, { method });
    expect((await read()).headers.get('ratelimit-remaining')).toBe('1;w=60');
    at = 10_000;
    expect((await read()).status).toBe(200);
    const limited = await read();
    expect(limited.status).toBe(429);
    expect(limited.headers.get('ratelimit-limit')).toBe('2;w=60');
    expect(limited.headers.get('retry-after')).toBe('50');
    expect((await read('HEAD')).status).toBe(200);
    at = 60_000;
    expect((await read()).status).toBe(200);
    await registry.close();
  });
});
