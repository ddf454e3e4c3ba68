import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApiServer } from '../../sandbox/mod.ts';
import type { ApiServer } from '../../sandbox/mod.ts';
import type { KubeObject } from '../objects/mod.ts';
import { systemClock } from '../runtime/mod.ts';
import { createInformer, createKubeClient, createWorkQueue, loadConnection } from './mod.ts';
import type { KubeClient } from './mod.ts';

let server: ApiServer;
let client: KubeClient;
let folder: string;

const configMap = (name: string, data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data,
});
const ref = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name });

beforeAll(async () => {
  server = await startApiServer({ clock: systemClock });
  folder = mkdtempSync(path.join(tmpdir(), 'kube-test'));
  const file = path.join(folder, 'kubeconfig');
  writeFileSync(file, server.kubeconfig);
  client = createKubeClient({ connection: await loadConnection({ env: {}, path: file }) });
});

afterAll(async () => {
  await client.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

describe('client', () => {
  test('applies, reads, patches, lists and deletes', async () => {
    await client.apply(configMap('a', { x: '1' }), { fieldManager: 'flux', force: true });
    await client.patch(ref('a'), 'merge', { data: { y: '2' } });
    expect((await client.get(ref('a')))?.data).toEqual({ x: '1', y: '2' });
    const { items } = await client.listMetadata(
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' },
      { pageSize: 1 },
    );
    expect(items.map(({ metadata }) => metadata.name)).toContain('a');
    expect(items.every((item) => !('data' in item))).toBe(true);
    await expect(client.delete(ref('a'))).resolves.toBe(true);
    await expect(client.delete(ref('a'))).resolves.toBe(false);
    await expect(client.get(ref('a'))).resolves.toBeUndefined();
  });

  test.each([
    [
      'a name that is taken',
      () => client.create(configMap('kube-root-ca.crt', {})),
      'AlreadyExists',
    ],
    ['an invalid name', () => client.create(configMap('Not_Valid', {})), 'Invalid'],
    [
      'an unknown kind',
      () => client.list({ apiVersion: 'example.com/v1', kind: 'Nope' }),
      'UnknownKind',
    ],
    [
      'a version that was overtaken',
      () =>
        client.update({
          ...configMap('kube-root-ca.crt', {}),
          metadata: { ...ref('kube-root-ca.crt'), resourceVersion: '1' },
        }),
      'Conflict',
    ],
  ])('%s is a fault', async (_why, act, reason) => {
    await expect(act()).rejects.toMatchObject({ reason });
  });

  test('a server that does not answer is a fault worth another try', async () => {
    const nowhere = createKubeClient({
      connection: {
        server: 'https://127.0.0.1:1',
        insecure: true,
        namespace: undefined,
        headers: () => Promise.resolve({}),
      },
      clock: { now: () => new Date(), sleep: () => Promise.resolve() },
    });
    await expect(nowhere.serverVersion()).rejects.toMatchObject({
      reason: 'ServerUnreachable',
      next: 'retry',
    });
    await nowhere.close();
  });
});

test('an informer follows additions, changes and deletions', async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  let expected: string;
  let reached: () => void = () => undefined;
  const informer = createInformer({
    client,
    collection: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' },
    clock: systemClock,
    onError: (error) => {
      throw error;
    },
    onChange: (key, now, before) => {
      const what = now === undefined ? 'gone' : before === undefined ? 'new' : 'changed';
      seen.push(`${key} ${what}`);
      if (`${key} ${what}` === expected) reached();
    },
  });
  const until = (text: string) =>
    new Promise<void>((resolve) => {
      expected = text;
      if (seen.includes(text)) resolve();
      else reached = resolve;
    });
  const running = informer.run(stop.signal);
  await informer.synced();
  await client.create(configMap('followed', { x: '1' }));
  await until('default/followed new');
  await client.patch(ref('followed'), 'merge', { data: { x: '2' } });
  await until('default/followed changed');
  expect(informer.get('default/followed')?.data).toEqual({ x: '2' });
  await client.delete(ref('followed'));
  await until('default/followed gone');
  stop.abort();
  await running;
});

test('a work queue never works on one key twice at once, and urgent keys go first', async () => {
  const stop = new AbortController();
  const queue = createWorkQueue(systemClock);
  const order: string[] = [];
  let busy = 0;
  for (const key of ['a', 'b', 'a', 'c']) queue.add(key);
  queue.add('urgent', { urgent: true });
  expect(queue.length).toBe(4);
  await queue.run(
    1,
    async (key) => {
      busy += 1;
      expect(busy).toBe(1);
      order.push(key);
      if (order.length === 1) queue.add(key);
      await Promise.resolve();
      busy -= 1;
      if (order.length === 5) stop.abort();
    },
    stop.signal,
  );
  expect(order).toEqual(['urgent', 'a', 'b', 'c', 'urgent']);
});
