import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApiServer } from '../../sandbox/mod.ts';
import type { ApiServer } from '../../sandbox/mod.ts';
import type { KubeObject } from '../objects/mod.ts';
import { systemClock } from '../runtime/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import { createKubeClient, loadConnection } from './mod.ts';
import type { KubeClient, KubeConnection, WatchEvent } from './mod.ts';

let server: ApiServer;
let connection: KubeConnection;
let client: KubeClient;
let folder: string;
let lateMs = 0;
const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + lateMs) };

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kube-test'));
  server = await startApiServer({ clock: systemClock });
  const kubeconfig = path.join(folder, 'kubeconfig');
  await writeFile(kubeconfig, server.kubeconfig);
  connection = await loadConnection({ env: {}, path: kubeconfig });
  client = createKubeClient({ connection, clock });
});

afterAll(async () => {
  await client.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const configMap = (name: string, data: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'default', name, labels: { test: 'client' } },
  data,
});
const ref = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'default',
  name,
});

describe('client', () => {
  test('creates, reads, patches, replaces and deletes', async () => {
    const made = await client.create(configMap('verbs', { a: '1' }));
    expect(made.metadata.uid).toBeDefined();
    await client.patch(ref('verbs'), 'merge', { data: { b: '2' } });
    const patched = await client.get(ref('verbs'));
    expect(patched?.data).toEqual({ a: '1', b: '2' });
    await expect(client.update(made)).rejects.toMatchObject({ reason: 'Conflict', status: 409 });
    await client.update({ ...made, ...patched, data: { c: '3' } });
    expect((await client.get(ref('verbs')))?.data).toEqual({ c: '3' });
    expect(await client.delete(ref('verbs'))).toBe(true);
    expect(await client.delete(ref('verbs'))).toBe(false);
    expect(await client.get(ref('verbs'))).toBeUndefined();
  });

  test('a conflict of server-side apply is an error, unless forced', async () => {
    await client.apply(configMap('applied', { a: '1' }), { fieldManager: 'one', force: false });
    const other = configMap('applied', { a: '2' });
    await expect(client.apply(other, { fieldManager: 'two', force: false })).rejects.toMatchObject({
      reason: 'Conflict',
    });
    await client.apply(other, { fieldManager: 'two', force: true });
    expect((await client.get(ref('applied')))?.data).toEqual({ a: '2' });
  });

  test('a dry run writes nothing', async () => {
    await client.create(configMap('dry'), { dryRun: true });
    expect(await client.get(ref('dry'))).toBeUndefined();
  });

  test.each([
    {
      why: 'it exists',
      act: () =>
        client.create({
          ...configMap('kube-root-ca.crt'),
          metadata: { name: 'default' },
          kind: 'Namespace',
        }),
      reason: 'AlreadyExists',
      message: /namespaces "default" already exists/,
    },
    {
      why: 'its name is not allowed',
      act: () => client.create(configMap('Not_Allowed')),
      reason: 'Invalid',
      message: /Not_Allowed/,
    },
    {
      why: 'its kind is not served',
      act: () => client.create({ ...configMap('x'), apiVersion: 'example.com/v1', kind: 'Gizmo' }),
      reason: 'UnknownKind',
      message: /"Gizmo" in version "example.com\/v1"/,
    },
    {
      why: 'it has no namespace',
      act: () => client.create({ ...configMap('x'), metadata: { name: 'x' } }),
      reason: 'BadRequest',
      message: /a namespace is required/,
    },
  ])(
    'refuses an object when $why, with the words of the server',
    async ({ act, reason, message }) => {
      await expect(act()).rejects.toMatchObject({
        reason,
        message: expect.stringMatching(message) as string,
      });
    },
  );

  test('follows the pages of a list', async () => {
    const names = ['p1', 'p2', 'p3', 'p4', 'p5'];
    for (const name of names) await client.create(configMap(name, { k: name }));
    const of = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' };
    const { items, resourceVersion } = await client.list(of, { pageSize: 2 });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(names));
    expect(new Set(items.map(({ metadata }) => metadata.name)).size).toBe(items.length);
    expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(Number(resourceVersion)).toBeGreaterThan(0);
    const metadata = await client.listMetadata(of, { labelSelector: 'test=client' });
    expect(metadata.items.length).toBeGreaterThanOrEqual(names.length);
    for (const item of metadata.items) expect(item).not.toHaveProperty('data');
    const cached = await client.list(of, { pageSize: 2, mayBeStale: true });
    expect(cached.items).toEqual(items);
  });

  test('watches from a version on', async () => {
    const of = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' };
    const { resourceVersion } = await client.list(of);
    await client.create(configMap('watched', { a: '1' }));
    await client.delete(ref('watched'));
    const stop = new AbortController();
    const events: WatchEvent[] = [];
    for await (const event of client.watch(of, { resourceVersion, signal: stop.signal })) {
      events.push(event);
      if (event.type === 'DELETED') break;
    }
    stop.abort();
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
    expect(events[0]?.object.data).toEqual({ a: '1' });
  });

  test('learns of new kinds, but asks at most every ten seconds', async () => {
    const kind = { apiVersion: 'test.example/v1', kind: 'Widget' };
    expect(await client.resourceType(kind)).toBeUndefined();
    await client.create({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.test.example' },
      spec: {
        group: 'test.example',
        scope: 'Namespaced',
        names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        ],
      },
    });
    expect(await client.resourceType(kind)).toBeUndefined();
    lateMs += 10_001;
    expect(await client.resourceType(kind)).toMatchObject({
      resource: 'widgets',
      namespaced: true,
    });
  });

  test('a wrong token is told apart', async () => {
    const stranger = createKubeClient({
      connection: { ...connection, headers: () => Promise.resolve({ authorization: 'Bearer x' }) },
    });
    await expect(stranger.list({ apiVersion: 'v1', kind: 'Namespace' })).rejects.toMatchObject({
      reason: 'Unauthorized',
    });
    await stranger.close();
  });
});

describe('loadConnection', () => {
  test.each([
    {
      why: 'the file is not there',
      text: undefined,
      context: undefined,
      message: /cannot be used/,
    },
    {
      why: 'the context is not there',
      text: 'given',
      context: 'nope',
      message: /"nope" does not exist/,
    },
  ])('says so when $why', async ({ text, context, message }) => {
    const file = path.join(folder, text === undefined ? 'missing' : 'kubeconfig');
    await expect(
      loadConnection({ env: {}, path: file, ...(context === undefined ? {} : { context }) }),
    ).rejects.toMatchObject({
      reason: 'InvalidKubeconfig',
      message: expect.stringMatching(message) as string,
    });
  });
});
