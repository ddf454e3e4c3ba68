/** Releases that helm 3.19.0 stored (testdata, taken from a cluster with `kubectl get -o json`), read and written again. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKubeClient } from '../../kube/mod.ts';
import type { KubeClient } from '../../kube/mod.ts';
import type { KubeObject } from '../../objects/mod.ts';
import { systemClock } from '../../runtime/mod.ts';
import { startApiServer } from '../../../sandbox/mod.ts';
import type { ApiServer } from '../../../sandbox/mod.ts';
import { HelmError } from '../chart/mod.ts';
import { createObjectStore, decodeRelease, encodeRelease, pruneHistory } from './mod.ts';
import type { Release } from './mod.ts';

const folder = new URL('testdata/', import.meta.url);

function stored(name: string): { object: KubeObject; text: string } {
  const object = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as KubeObject;
  const data = object['data'] as { release: string };
  const text =
    object.kind === 'Secret'
      ? Buffer.from(data.release, 'base64').toString('latin1')
      : data.release;
  return { object, text };
}

const jsonOf = (text: string) => gunzipSync(Buffer.from(text, 'base64')).toString('utf8');

describe('what helm stored', () => {
  test.each(readdirSync(folder).filter((name) => name.endsWith('.json')))(
    '%s is written again to the byte',
    (name) => {
      const { text } = stored(name);
      expect(jsonOf(encodeRelease(decodeRelease(text)))).toBe(jsonOf(text));
    },
  );

  test('is read with everything in it', () => {
    const release = decodeRelease(stored('helm-3.19.0-gold-secret.json').text);
    expect(release).toMatchObject({
      name: 'gold',
      namespace: 'gold',
      version: 1,
      info: { status: 'deployed', description: 'by hand', notes: 'notes for gold\n' },
    });
    expect(release.chart.metadata.dependencies?.[0]).toMatchObject({
      alias: 'other',
      enabled: true,
    });
    expect(release.hooks.map(({ name, weight }) => [name, weight])).toEqual([
      ['hook', -5],
      ['test', 0],
    ]);
    expect(release.chart.files.find(({ name }) => name === 'files/b.bin')?.data).toEqual(
      Buffer.from('\0\x01binary'),
    );
  });
});

test('how objects were applied is kept as Helm 4 writes it, and left out when nobody noted it', () => {
  const release = decodeRelease(stored('helm-3.19.0-gold-secret.json').text);
  expect(release.applyMethod).toBeUndefined();
  const text = encodeRelease({ ...release, applyMethod: 'ssa' });
  expect(decodeRelease(text).applyMethod).toBe('ssa');
  expect(jsonOf(text)).toMatch(/"namespace":"[^"]*","apply_method":"ssa"}$/);
});

describe('a text that is no release', () => {
  test.each([
    ['no base64 at all', '%%%'],
    ['no gzip', Buffer.from('hello').toString('base64')],
    ['another shape', Buffer.from('{"name":[]}').toString('base64')],
  ])('%s', (_, text) => {
    expect(() => decodeRelease(text)).toThrow(HelmError);
  });
});

describe.each(['secret', 'configmap'] as const)('releases in a %s', (driver) => {
  let server: ApiServer;
  let kube: KubeClient;
  beforeAll(async () => {
    server = await startApiServer({ clock: systemClock });
    kube = createKubeClient({
      connection: {
        server: server.url,
        ca: server.ca,
        insecure: false,
        namespace: undefined,
        headers: () => Promise.resolve({ authorization: `Bearer ${server.token}` }),
      },
    });
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'gold' } });
  });
  afterAll(async () => {
    await kube.close();
    await server.close();
  });

  const kind = driver === 'secret' ? 'Secret' : 'ConfigMap';
  const store = () => createObjectStore({ kube, clock: systemClock, namespace: 'gold', driver });
  const release = (version: number, status: Release['info']['status']): Release => {
    const read = decodeRelease(stored('helm-3.19.0-gold-secret.json').text, { team: 'a' });
    return { ...read, version, info: { ...read.info, status } };
  };

  test('look as those that helm makes', async () => {
    const golden = stored(
      driver === 'secret' ? 'helm-3.19.0-gold-secret.json' : 'helm-3.19.0-goldcm-configmap.json',
    ).object;
    await store().create(release(1, 'pending-install'));
    await store().update(release(1, 'deployed'));
    const name = 'sh.helm.release.v1.gold.v1';
    const made = await kube.get({ apiVersion: 'v1', kind, namespace: 'gold', name });
    expect(made?.['type']).toBe(golden['type']);
    const labels = { ...golden.metadata.labels, name: 'gold', team: 'a' };
    expect(Object.keys(made?.metadata.labels ?? {}).sort()).toEqual(Object.keys(labels).sort());
    expect(made?.metadata.labels).toMatchObject({
      name: 'gold',
      owner: 'helm',
      status: 'deployed',
      team: 'a',
      version: '1',
    });
    expect((await store().get('gold', 1))?.labels).toEqual({ team: 'a' });
  });

  test('are refused twice, and listed by number', async () => {
    await expect(store().create(release(1, 'deployed'))).rejects.toThrow('release: already exists');
    await store().create(release(10, 'failed'));
    await store().create(release(2, 'superseded'));
    expect((await store().records('gold')).map(({ revision }) => revision)).toEqual([1, 2, 10]);
    expect((await store().history('gold')).map(({ version }) => version)).toEqual([1, 2, 10]);
  });

  test('make room without losing the deployed one', async () => {
    await pruneHistory(store(), await store().records('gold'), 2);
    expect((await store().records('gold')).map(({ revision }) => revision)).toEqual([1]);
  });

  test('that are too large are refused before the server is asked', async () => {
    const noise = randomBytes(900_000);
    const large = release(3, 'deployed');
    const chart = { ...large.chart, files: [{ name: 'noise', data: noise }] };
    await expect(store().create({ ...large, chart })).rejects.toMatchObject({
      reason: 'ReleaseTooLarge',
    });
  });
});
