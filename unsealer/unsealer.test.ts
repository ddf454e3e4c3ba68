/** The whole on the sandbox's API server, asked as kubeseal asks: through the proxy of the Service. */
import { readFile } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { load } from 'js-yaml';
import { createKubeClient } from '../lib/kube/mod.ts';
import type { KubeClient, KubeConnection, WatchEvent } from '../lib/kube/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { memoryLogger, systemClock } from '../lib/runtime/mod.ts';
import { startSandbox } from '../sandbox/mod.ts';
import type { Sandbox } from '../sandbox/mod.ts';
import { readCommandLine } from './config.ts';
import { encrypt } from './seal/hybrid.ts';
import { labelOf } from './seal/scope.ts';
import { runUnsealer } from './unsealer.ts';

const proxied = '/api/v1/namespaces/kube-system/services/http:sealed-secrets-controller:http/proxy';
let sandbox: Sandbox;
let kube: KubeClient;
let renew: () => Promise<void>;
let ended: Promise<void>;
const stop = new AbortController();
const log = memoryLogger();

beforeAll(async () => {
  sandbox = await startSandbox({ clock: systemClock, log: memoryLogger(), env: process.env });
  const { token, url: server, ca } = sandbox.api;
  const headers = () => Promise.resolve({ authorization: `Bearer ${token}` });
  const connection: KubeConnection = { server, ca, insecure: false, namespace: undefined, headers };
  kube = createKubeClient({ connection });
  const crd = load(await readFile(new URL('../crds/sealedsecrets.yaml', import.meta.url), 'utf8'));
  await kube.create(crd as KubeObject);
  kube.invalidateDiscovery();
  const argv = ['--key-size=2048', '--listen-addr=127.0.0.1:0', '--advertise=127.0.0.1'];
  const command = readCommandLine([...argv, '--rate-limit=1000'], {});
  if (command.ask !== 'run') throw new Error('no run');
  const { config } = command;
  renew = await new Promise((resolve, reject) => {
    ended = runUnsealer(
      {
        config,
        kube,
        clock: systemClock,
        log,
        namespace: 'kube-system',
        onReady: (ready) => {
          resolve(ready.renew);
        },
      },
      stop.signal,
    );
    ended.catch(reject);
  });
});

afterAll(async () => {
  stop.abort();
  await ended;
  await kube.close();
  await sandbox.close();
});

const certificate = () => kube.raw('GET', `${proxied}/v1/cert.pem`);
const ref = (kind: string, name: string) => ({
  ...(kind === 'Secret' ? { apiVersion: 'v1' } : { apiVersion: 'bitnami.com/v1alpha1' }),
  kind,
  namespace: 'default',
  name,
});
const secretOf = (name: string) => kube.get(ref('Secret', name));
const syncedOf = async (name: string) => {
  const status = (await kube.get(ref('SealedSecret', name)))?.status;
  return (status as { conditions?: { status: string; message?: string }[] } | undefined)
    ?.conditions?.[0];
};

async function sealed(name: string, values: Record<string, string>): Promise<KubeObject> {
  const { publicKey } = new X509Certificate(await certificate());
  const metadata = { name, namespace: 'default' };
  const encryptedData = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      encrypt(publicKey, Buffer.from(value), labelOf(metadata)).toString('base64'),
    ]),
  );
  return {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata,
    spec: { encryptedData },
  };
}

test('a start that fails leaves nothing running', async () => {
  const command = readCommandLine(['--listen-addr=127.0.0.1:0', '--advertise=127.0.0.1'], {});
  if (command.ask !== 'run') throw new Error('no run');
  let watching = 0;
  const refused = new Error('Endpoints "sealed-secrets-controller" is invalid');
  const failing: KubeClient = {
    ...kube,
    apply: () => Promise.reject(refused),
    watch: async function* <T extends KubeObject>(
      ...asked: Parameters<KubeClient['watch']>
    ): AsyncGenerator<WatchEvent<T>> {
      watching += 1;
      try {
        yield* kube.watch<T>(...asked);
      } finally {
        watching -= 1;
      }
    },
  };
  const { config } = command;
  const options = { config, kube: failing, clock: systemClock, log, namespace: 'kube-system' };
  await expect(runUnsealer(options, new AbortController().signal)).rejects.toBe(refused);
  expect(watching).toBe(0);
});

describe('runUnsealer', () => {
  test('makes, changes, makes anew and removes the Secret', async () => {
    await kube.create(await sealed('demo', { user: 'ann' }));
    await expect.poll(() => secretOf('demo')).toMatchObject({ data: { user: 'YW5u' } });
    await expect.poll(() => syncedOf('demo')).toMatchObject({ status: 'True' });
    const { spec } = await sealed('demo', { user: 'bob' });
    await kube.patch(ref('SealedSecret', 'demo'), 'merge', { spec });
    await expect.poll(() => secretOf('demo')).toMatchObject({ data: { user: 'Ym9i' } });
    const before = await secretOf('demo');
    await kube.delete(ref('Secret', 'demo'));
    await expect
      .poll(async () => (await secretOf('demo'))?.metadata.uid ?? before?.metadata.uid)
      .not.toBe(before?.metadata.uid);
    await kube.delete(ref('SealedSecret', 'demo'));
    await expect.poll(() => secretOf('demo')).toBeUndefined();
  });

  test('leaves a Secret of somebody else alone until it may be managed', async () => {
    const meta = { name: 'foreign', namespace: 'default' };
    await kube.create({ apiVersion: 'v1', kind: 'Secret', metadata: meta, data: { x: 'eA==' } });
    await kube.create(await sealed('foreign', { user: 'ann' }));
    await expect
      .poll(() => syncedOf('foreign'))
      .toMatchObject({
        status: 'False',
        message:
          'failed update: Resource "foreign" already exists and is not managed by SealedSecret',
      });
    expect(await secretOf('foreign')).toMatchObject({ data: { x: 'eA==' } });
    const annotations = { 'sealedsecrets.bitnami.com/managed': 'true' };
    await kube.patch(ref('Secret', 'foreign'), 'merge', { metadata: { annotations } });
    await expect
      .poll(() => syncedOf('foreign'), { timeout: 10_000 })
      .toMatchObject({ status: 'True' });
    expect(await secretOf('foreign')).toMatchObject({ data: { user: 'YW5u' } });
  }, 15_000);

  test('says what does not open, and that it does not when asked', async () => {
    const object = await sealed('renamed', { user: 'ann' });
    const wrong = { ...object, metadata: { ...object.metadata, name: 'other' } };
    await expect(kube.raw('POST', `${proxied}/v1/verify`, { body: object })).resolves.toBe('');
    await expect(kube.raw('POST', `${proxied}/v1/verify`, { body: wrong })).rejects.toMatchObject({
      status: 409,
    });
    await kube.create(wrong);
    await expect
      .poll(() => syncedOf('other'))
      .toMatchObject({ status: 'False', message: 'no key could decrypt secret (user)' });
    const events = await kube.list({ apiVersion: 'v1', kind: 'Event', namespace: 'default' });
    expect(events.items).toContainEqual(
      expect.objectContaining({
        reason: 'ErrUnsealFailed',
        message: 'Failed to unseal: no key could decrypt secret (user)',
      }),
    );
  });

  test('seals with a new key after a renewal and opens what the old one sealed', async () => {
    const first = await certificate();
    const old = await sealed('old', { user: 'ann' });
    await renew();
    const second = await certificate();
    expect(new X509Certificate(second).fingerprint).not.toBe(
      new X509Certificate(first).fingerprint,
    );
    await kube.create(old);
    await expect.poll(() => secretOf('old')).toMatchObject({ data: { user: 'YW5u' } });
    const rotated = await kube.raw('POST', `${proxied}/v1/rotate`, { body: old });
    expect(rotated).not.toMatch(/"ann"|YW5u/);
    await expect(
      kube.raw('POST', `${proxied}/v1/verify`, { body: JSON.parse(rotated) }),
    ).resolves.toBe('');
    const keys = await kube.list(
      { apiVersion: 'v1', kind: 'Secret', namespace: 'kube-system' },
      { labelSelector: 'sealedsecrets.bitnami.com/sealed-secrets-key=active' },
    );
    expect(keys.items.map((key) => key.type)).toEqual(['kubernetes.io/tls', 'kubernetes.io/tls']);
  });

  test('logs nothing that was sealed', () => {
    expect(JSON.stringify(log.records)).not.toMatch(/PRIVATE KEY|"ann"|YW5u/);
  });
});
