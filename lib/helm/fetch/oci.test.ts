/** Charts pushed to a registry that asks for a token, and pulled again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../runtime/mod.ts';
import { startRegistry } from '../../../sandbox/mod.ts';
import type { SandboxRegistry } from '../../../sandbox/mod.ts';
import { loadChart } from '../chart/mod.ts';
import {
  createOciTransport,
  isOci,
  packChart,
  parseOci,
  pullOci,
  pushOci,
  resolveOci,
} from './mod.ts';
import { formatOci } from './oci-reference.ts';

const credentials = { username: 'user', password: 'secret' };
let registry: SandboxRegistry;

beforeAll(async () => {
  registry = await startRegistry({ clock: systemClock, auth: { credentials } });
});
afterAll(() => registry.close());

const chart = (version: string) =>
  loadChart([
    {
      name: 'Chart.yaml',
      data: Buffer.from(`apiVersion: v2\nname: podinfo\nversion: ${version}\ndescription: about\n`),
    },
    { name: 'templates/a.yaml', data: Buffer.from('a: 1\n') },
  ]);

async function push(version: string, provenance?: string): Promise<string> {
  const one = chart(version);
  return pushOci(createOciTransport({ credentials }), {
    reference: parseOci(`oci://${registry.host}/charts/podinfo:${version}`),
    archive: await packChart(one),
    provenance: provenance === undefined ? undefined : Buffer.from(provenance),
    metadata: one.metadata,
    created: '2024-01-02T03:04:05Z',
  });
}

describe('OCI registries', () => {
  test('give back what was pushed, by version, range and digest', async () => {
    const digest = await push('1.2.3', 'signed');
    await push('1.3.0-rc.1');
    await push('1.2.4+build.5');
    const transport = createOciTransport({ credentialsFor: () => Promise.resolve(credentials) });
    const place = `oci://${registry.host}/charts/podinfo`;
    const tagOf = async (version: string) => (await resolveOci(transport, place, version)).tag;
    expect(await tagOf('1.2.3')).toBe('1.2.3');
    expect(await tagOf('')).toBe('1.2.4_build.5');
    expect(await tagOf('~1.2.0 <1.2.4')).toBe('1.2.3');
    expect(await tagOf('>1.3.0-0')).toBe('1.3.0-rc.1');
    const pulled = await pullOci(transport, await resolveOci(transport, `${place}@${digest}`, ''));
    expect(pulled).toMatchObject({ digest, archive: await packChart(chart('1.2.3')) });
    expect(Buffer.from(pulled.provenance ?? []).toString()).toBe('signed');
  });

  test('are not sent the same blob twice', async () => {
    await push('2.0.0');
    const before = registry.requests().length;
    await push('2.0.0');
    const uploads = registry
      .requests()
      .slice(before)
      .filter((line) => line.includes('/blobs/uploads/'));
    expect(uploads).toEqual([]);
  });

  test.each([
    ['nothing in range', 'podinfo', '^9', /Could not locate a version matching/],
    [
      'another tag than the version',
      'podinfo:1.2.3',
      '1.2.4',
      /version mismatch: 1.2.4 is not 1.2.3/,
    ],
    ['a repository that is not there', 'nothing', '', /not found/],
  ])('say when there is %s', async (_, name, version, message) => {
    const transport = createOciTransport({ credentials });
    const place = `oci://${registry.host}/charts/${name}`;
    await expect(resolveOci(transport, place, version)).rejects.toThrow(message);
  });

  test('refuse those who have no password', async () => {
    const reference = parseOci(`oci://${registry.host}/charts/podinfo:1.2.3`);
    await expect(pullOci(createOciTransport({}), reference)).rejects.toMatchObject({
      reason: 'DownloadFailed',
      message: expect.stringContaining('401') as string,
    });
    const wrong = { username: 'user', password: 'wrong' };
    await expect(
      pullOci(createOciTransport({ credentials: wrong }), reference),
    ).rejects.not.toThrow('wrong');
  });
});

describe('references', () => {
  test.each([
    ['oci://h/a/b', 'h/a/b@'],
    ['oci://h:5000/a:1.0.0+x', 'h:5000/a:1.0.0_x'],
    [`OCI://h/a@sha256:${'0'.repeat(64)}`, `h/a@sha256:${'0'.repeat(64)}`],
  ])('%s', (text, shown) => {
    expect(isOci(text)).toBe(true);
    expect(formatOci(parseOci(text))).toBe(shown);
  });

  test.each(['oci://h', 'oci://h/', 'oci://h/A', 'oci://h/a:b:c', 'oci://h/a@md5:1', 'oci:///a'])(
    '%s is none',
    (text) => {
      expect(() => parseOci(text)).toThrow('invalid reference');
    },
  );
});
