import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startApiServer } from '../../sandbox/mod.ts';
import type { ApiServer } from '../../sandbox/mod.ts';
import { systemClock } from '../runtime/mod.ts';
import {
  createEventRecorder,
  createKubeClient,
  createLeaderElection,
  waitForObject,
} from './mod.ts';
import type { KubeClient } from './mod.ts';

let server: ApiServer;
let client: KubeClient;

beforeAll(async () => {
  server = await startApiServer({ clock: systemClock });
  client = createKubeClient({
    connection: {
      server: server.url,
      ca: server.ca,
      insecure: false,
      namespace: undefined,
      headers: () => Promise.resolve({ authorization: `Bearer ${server.token}` }),
    },
  });
});

afterAll(async () => {
  await client.close();
  await server.close();
});

describe('event recorder', () => {
  test('counts the same event, and keeps different ones of one moment apart', async () => {
    const about = await client.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'default', name: 'subject' },
    });
    const errors: Error[] = [];
    const moment = new Date('2026-01-01T00:00:00Z');
    const events = createEventRecorder({
      client,
      clock: { ...systemClock, now: () => moment },
      component: 'test',
      onError: (error) => errors.push(error),
    });
    await Promise.all([
      events.record(about, 'Warning', 'Broken', 'first'),
      events.record(about, 'Warning', 'Broken', 'second'),
    ]);
    await events.record(about, 'Warning', 'Broken', 'first');
    await events.record(about, 'Normal', 'Long', 'x'.repeat(5000));
    expect(errors).toEqual([]);
    const { items } = await client.list({ apiVersion: 'v1', kind: 'Event', namespace: 'default' });
    const mine = items.filter(
      ({ source }) => (source as { component?: string }).component === 'test',
    );
    expect(mine.map(({ message, count }) => [String(message).length, count])).toEqual(
      expect.arrayContaining([
        [5, 2],
        [6, 1],
        [1024, 1],
      ]),
    );
    expect(mine).toHaveLength(3);
  });
});

describe('an object without a name', () => {
  test.each([
    { name: '', namespace: 'default' },
    { name: '..', namespace: 'default' },
    { name: 'x', namespace: '' },
  ])('$name in $namespace is refused, never taken for all', async ({ name, namespace }) => {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
    await expect(client.delete(ref)).rejects.toMatchObject({ reason: 'BadRequest' });
    await expect(client.get(ref)).rejects.toMatchObject({ reason: 'BadRequest' });
  });
});

describe('leader election', () => {
  const errors: Error[] = [];
  afterEach(() => {
    expect(errors).toEqual([]);
  });
  const candidate = (identity: string, leaseName: string, leaseMs = 15_000) =>
    createLeaderElection({
      client,
      clock: systemClock,
      namespace: 'default',
      name: leaseName,
      identity,
      leaseMs,
      renewWithinMs: leaseMs / 2,
      retryMs: 20,
      onError: (error) => errors.push(error),
    });
  /** Works until told to stop; tells when it began. */
  const worker = () => {
    const state = { leading: false };
    const work = (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        state.leading = true;
        signal.addEventListener('abort', () => {
          state.leading = false;
          resolve();
        });
      });
    return { state, work };
  };

  test('one leads; the next takes over when it gives the Lease back', async () => {
    const [first, second] = [worker(), worker()];
    const [stopFirst, stopSecond] = [new AbortController(), new AbortController()];
    const one = candidate('one', 'give').run(stopFirst.signal, first.work);
    await vi.waitFor(() => expect(first.state.leading).toBe(true));
    const two = candidate('two', 'give').run(stopSecond.signal, second.work);
    await waitForObject(
      client,
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'default', name: 'give' },
      (lease) => (lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity === 'one',
      { clock: systemClock, timeoutMs: 5000 },
    );
    expect(second.state.leading).toBe(false);
    stopFirst.abort();
    await one;
    await vi.waitFor(() => expect(second.state.leading).toBe(true));
    expect(first.state.leading).toBe(false);
    stopSecond.abort();
    await two;
  });

  test('a Lease that nobody renews any more is taken', async () => {
    await client.create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: 'default', name: 'dead' },
      spec: { holderIdentity: 'dead', leaseDurationSeconds: 1 },
    });
    const { state, work } = worker();
    const stop = new AbortController();
    const run = candidate('heir', 'dead').run(stop.signal, work);
    await vi.waitFor(() => expect(state.leading).toBe(true), { timeout: 5000 });
    stop.abort();
    await run;
  });

  test('whoever loses the Lease stops working', async () => {
    const { state, work } = worker();
    const stop = new AbortController();
    const run = candidate('loser', 'lost', 400).run(stop.signal, work);
    await vi.waitFor(() => expect(state.leading).toBe(true));
    await client.patch(
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'default', name: 'lost' },
      'merge',
      { spec: { holderIdentity: 'thief', leaseDurationSeconds: 3600 } },
    );
    await vi.waitFor(() => expect(state.leading).toBe(false), { timeout: 5000 });
    stop.abort();
    await run;
  });
});

describe('waitForObject', () => {
  test('says whether it came in time', async () => {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'awaited' };
    const options = { clock: systemClock, timeoutMs: 150 };
    expect(await waitForObject(client, ref, (object) => object !== undefined, options)).toBe(false);
    const waiting = waitForObject(client, ref, (object) => object !== undefined, {
      ...options,
      timeoutMs: 10_000,
    });
    await client.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'default', name: 'awaited' },
    });
    expect(await waiting).toBe(true);
  });
});
