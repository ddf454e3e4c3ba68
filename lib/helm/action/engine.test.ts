/** Releases on the sandbox's API server: what is stored and what the cluster holds after each verb. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApiServer } from '../../../sandbox/mod.ts';
import type { ApiServer } from '../../../sandbox/mod.ts';
import { createKubeClient } from '../../kube/mod.ts';
import type { KubeClient } from '../../kube/mod.ts';
import { systemClock } from '../../runtime/mod.ts';
import { loadChart } from '../chart/mod.ts';
import type { Chart } from '../chart/mod.ts';
import { createHelmEngine } from './mod.ts';
import type { HelmEngine } from './mod.ts';

let server: ApiServer;
let kube: KubeClient;
let engine: HelmEngine;
let namespace: string;
let count = 0;

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
  engine = createHelmEngine({ kube, clock: systemClock, log: () => undefined });
});
afterAll(async () => {
  await kube.close();
  await server.close();
});
beforeEach(async () => {
  count += 1;
  namespace = `ns-${count}`;
  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});

const map = (name: string, value: string, annotations = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  annotations: {${annotations}}\ndata: {k: "${value}"}\n`;

function chart(...templates: string[]): Chart {
  const files = { 'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 0.1.0\n' };
  const all = templates.map((text, at) => [`templates/${at}.yaml`, text] as const);
  return loadChart(
    [...Object.entries(files), ...all].map(([name, text]) => ({ name, data: Buffer.from(text) })),
  );
}

const target = () => ({ releaseName: 'r', namespace, values: new Map() });
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
const dataOf = async (name: string) => (await kube.get(configMap(name)))?.['data'];
const statuses = async () =>
  (await engine.history(target())).map(({ version, info }) => `${version} ${info.status}`);

/** Refused by the API server: names have no capitals. */
const refused = map('Bad', '1');

describe('releases', () => {
  test('are installed, upgraded, rolled back and removed', async () => {
    await engine.install({ ...target(), chart: chart(map('a', '1')) });
    await engine.upgrade({ ...target(), chart: chart(map('a', '2'), map('b', '1')) });
    expect(await dataOf('b')).toEqual({ k: '1' });
    await engine.rollback({ ...target(), revision: 0 });
    expect([await dataOf('a'), await dataOf('b')]).toEqual([{ k: '1' }, undefined]);
    expect(await statuses()).toEqual(['1 superseded', '2 superseded', '3 deployed']);
    await engine.uninstall({ ...target() });
    expect([await dataOf('a'), await statuses()]).toEqual([undefined, []]);
  });

  test('keep what somebody else changed, and own what they made', async () => {
    await engine.install({ ...target(), chart: chart(map('a', '1')) });
    await kube.patch(configMap('a'), 'merge', { data: { hand: 'x' } });
    await engine.upgrade({ ...target(), chart: chart(map('a', '2')) });
    const live = await kube.get(configMap('a'));
    expect(live?.['data']).toEqual({ k: '2', hand: 'x' });
    expect(live?.metadata.labels).toEqual({ 'app.kubernetes.io/managed-by': 'Helm' });
    expect(live?.metadata.annotations).toMatchObject({
      'meta.helm.sh/release-name': 'r',
      'meta.helm.sh/release-namespace': namespace,
    });
  });

  test('do not touch objects of others, unless they are told to', async () => {
    await kube.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace },
      data: { k: 'theirs' },
    });
    const options = { ...target(), chart: chart(map('a', '1')) };
    await expect(engine.install(options)).rejects.toThrow(
      'ConfigMap "a" in namespace "' + namespace + '" exists and cannot be imported',
    );
    expect([await dataOf('a'), await statuses()]).toEqual([{ k: 'theirs' }, []]);
    await engine.install({ ...options, takeOwnership: true });
    expect(await dataOf('a')).toEqual({ k: '1' });
  });

  test('fail as a whole, and are mended by the next upgrade', async () => {
    await engine.install({ ...target(), chart: chart(map('a', '1')) });
    const broken = chart(map('a', '2'), map('b', '1'), refused);
    await expect(
      engine.upgrade({ ...target(), chart: broken, cleanupOnFail: true }),
    ).rejects.toThrow(/failed to create resource/);
    expect(await statuses()).toEqual(['1 deployed', '2 failed']);
    expect(await dataOf('b')).toBeUndefined();
    await engine.upgrade({ ...target(), chart: chart(map('a', '3')) });
    expect(await statuses()).toEqual(['1 superseded', '2 failed', '3 deployed']);
  });

  test('go back by themselves when they are atomic', async () => {
    await expect(
      engine.install({ ...target(), chart: chart(map('a', '1'), refused), atomic: true }),
    ).rejects.toThrow('has been uninstalled due to atomic being set');
    expect([await dataOf('a'), await statuses()]).toEqual([undefined, []]);
    await engine.install({ ...target(), chart: chart(map('a', '1')) });
    await expect(
      engine.upgrade({ ...target(), chart: chart(map('a', '2'), refused), atomic: true }),
    ).rejects.toThrow('has been rolled back due to atomic being set');
    expect(await dataOf('a')).toEqual({ k: '1' });
    expect(await statuses()).toEqual(['1 superseded', '2 failed', '3 deployed']);
  });

  test('leave what is to be kept', async () => {
    const kept = map('kept', '1', '"helm.sh/resource-policy": keep');
    await engine.install({ ...target(), chart: chart(kept, map('a', '1')) });
    const { info } = await engine.uninstall({ ...target(), keepHistory: true });
    expect(info).toContain('[ConfigMap] kept');
    expect([await dataOf('kept'), await dataOf('a')]).toEqual([{ k: '1' }, undefined]);
    expect(await statuses()).toEqual(['1 uninstalled']);
  });

  test('run hooks by weight and forget them as they say', async () => {
    const first = map('first', '1', '"helm.sh/hook": pre-install, "helm.sh/hook-weight": "-1"');
    const gone = map(
      'gone',
      '1',
      '"helm.sh/hook": pre-install, "helm.sh/hook-delete-policy": hook-succeeded',
    );
    const release = await engine.install({ ...target(), chart: chart(gone, first, map('a', '1')) });
    expect([await dataOf('first'), await dataOf('gone')]).toEqual([{ k: '1' }, undefined]);
    const runs = new Map(release.hooks.map(({ name, lastRun }) => [name, lastRun]));
    expect(runs.get('first')?.phase).toBe('Succeeded');
    expect(runs.get('gone')?.phase).toBe('Succeeded');
    // Zeros at the end of a second's fraction are not written: as texts they have no order.
    const begun = (name: string) => Date.parse(runs.get(name)?.startedAt ?? '');
    expect(begun('first')).toBeLessThanOrEqual(begun('gone'));
  });

  test('have no more history than they are allowed', async () => {
    await engine.install({ ...target(), chart: chart(map('a', '1')) });
    for (const value of ['2', '3', '4'])
      await engine.upgrade({ ...target(), chart: chart(map('a', value)), maxHistory: 2 });
    expect(await statuses()).toEqual(['3 superseded', '4 deployed']);
  });

  test('are refused while another operation is in progress', async () => {
    await engine.install({ ...target(), chart: chart(map('a', '1')) });
    const name = 'sh.helm.release.v1.r.v1';
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace, name };
    await kube.patch(secret, 'merge', { metadata: { labels: { status: 'pending-upgrade' } } });
    await expect(
      engine.upgrade({ ...target(), chart: chart(map('a', '2')) }),
    ).rejects.toMatchObject({ reason: 'OperationInProgress' });
    await engine.rollback({ ...target(), revision: 1 });
    expect((await statuses()).at(-1)).toBe('2 deployed');
  });

  test('change nothing in a dry run', async () => {
    const release = await engine.install({
      ...target(),
      chart: chart(map('a', '1')),
      dryRun: 'server',
      labels: { team: 'a' },
    });
    expect(release.info.description).toBe('Dry run complete');
    expect([await dataOf('a'), await statuses()]).toEqual([undefined, []]);
  });

  test('have labels of their own, which upgrades change and take away', async () => {
    await engine.install({ ...target(), chart: chart(map('a', '1')), labels: { a: '1', b: '2' } });
    const next = await engine.upgrade({
      ...target(),
      chart: chart(map('a', '1')),
      labels: { b: 'null', c: '3' },
    });
    expect(next.labels).toEqual({ a: '1', c: '3' });
    await expect(
      engine.upgrade({ ...target(), chart: chart(map('a', '1')), labels: { owner: 'me' } }),
    ).rejects.toThrow('system reserved label name');
  });
});

describe('a release that is likely new', () => {
  const behind: KubeClient['listMetadata'] = (of, options) =>
    options?.mayBeStale === true
      ? Promise.resolve({ resourceVersion: '1', items: [] })
      : kube.listMetadata(of, options);

  test('is looked for in the cache of the server first, in the storage when it is there', async () => {
    expect(await engine.latest(target(), { isLikelyNew: true })).toBeUndefined();
    await engine.install({ ...target(), chart: chart(map('a', '1')) });
    expect(await engine.latest(target(), { isLikelyNew: true })).toMatchObject({ version: 1 });
  });

  test('is not overwritten when the cache lags behind', async () => {
    await engine.install({ ...target(), chart: chart(map('a', '1')) });
    const lagging = createHelmEngine({
      kube: { ...kube, listMetadata: behind },
      clock: systemClock,
      log: () => undefined,
    });
    expect(await lagging.latest(target(), { isLikelyNew: true })).toBeUndefined();
    expect(await lagging.latest(target())).toMatchObject({ version: 1 });
    await expect(
      lagging.install({ ...target(), chart: chart(map('a', '2')), isUnused: true }),
    ).rejects.toMatchObject({ reason: 'ReleaseExists' });
    expect(await statuses()).toEqual(['1 deployed']);
    expect(await dataOf('a')).toEqual({ k: '1' });
  });
});
