import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRegistryClient } from '../lib/registry/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import { startRegistry } from '../sandbox/mod.ts';
import type { SandboxRegistry } from '../sandbox/mod.ts';

const script = fileURLToPath(new URL('ci-mock.sh', import.meta.url));
const run = (...args: string[]) =>
  promisify(execFile)(script, args, { env: { PATH: process.env.PATH, HOME: '/nonexistent' } });

let registry: SandboxRegistry;

beforeAll(async () => {
  registry = await startRegistry({ clock: systemClock });
});
afterAll(async () => {
  await registry.close();
});

describe('ci-mock.sh', () => {
  test.each([
    { args: ['-b', 'dev'], tag: /^dev-[a-z0-9]{8}$/, version: '0.4.0' },
    { args: ['-v', '0.4.10'], tag: /^0\.4\.10$/, version: '0.4.10' },
  ])(
    '$args pushes an image that says when and from what it was made',
    async ({ args, tag, version }) => {
      const { stdout } = await run('--no-docker', '-r', `${registry.host}/me/podinfo`, ...args);
      const pushed = /^Successfully tagged (\S+)\/me\/podinfo:(\S+)$/m.exec(stdout);
      expect(pushed?.[1]).toBe(registry.host);
      expect(pushed?.[2]).toMatch(tag);
      expect(stdout).toContain('>>>> Building image ');
      const client = createRegistryClient({ clock: systemClock, insecureHosts: [registry.host] });
      const info = await client.imageInfo(
        { domain: registry.host, image: 'me/podinfo' },
        pushed?.[2] ?? '',
        {
          keychain: () => Promise.resolve(undefined),
        },
      );
      await client.close();
      expect(info?.labels['org.opencontainers.image.version']).toBe(version);
      expect(Math.abs(Date.now() - Date.parse(info?.createdAt ?? ''))).toBeLessThan(60_000);
    },
  );

  test.each([[['--nope']], [['-r']], [['stray']]])('refuses %j', async (args) => {
    await expect(run(...args)).rejects.toMatchObject({ code: 2 });
  });
});
