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
