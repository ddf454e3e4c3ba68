import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../objects/mod.ts';
import { systemClock } from '../runtime/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import { startScriptedServer } from './_scripted-server.ts';
import type { ScriptedServer } from './_scripted-server.ts';
import { createInformer, createKubeClient } from './mod.ts';
import type { Informer, KubeClient } from './mod.ts';

let server: ScriptedServer;
let client: KubeClient;
let stop: AbortController;
let running: Promise<void>;
let informer: Informer<KubeObject>;
let changes: string[];
let errors: string[];

/** Pauses count, but last no time. */
const hasty = (slept: number[]): Clock => ({
  now: systemClock.now,
  sleep: async (ms, signal) => {
    slept.push(ms);
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  },
});

async function start(
  answer: (request: string, response: ServerResponse, before: number) => void,
  onChange: (change: string) => void = () => undefined,
): Promise<number[]> {
  const slept: number[] = [];
  [changes, errors] = [[], []];
  server = await startScriptedServer(answer);
  client = createKubeClient({ connection: server.connection, clock: systemClock });
  stop = new AbortController();
  informer = createInformer({
    client,
    collection: { apiVersion: 'v1', kind: 'ConfigMap' },
    clock: hasty(slept),
    random: () => 0.5,
    onChange: (key, now) => {
      const change = `${key}=${now === undefined ? 'gone' : String(now.metadata.resourceVersion)}`;
      changes.push(change);
      onChange(change);
    },
    onError: ({ message }) => errors.push(message),
  });
  running = informer.run(stop.signal);
  return slept;
}

afterEach(async () => {
  stop.abort();
  await running;
  await client.close();
  await server.close();
});

const object = (name: string, resourceVersion: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'ns', name, resourceVersion },
});
const list = (resourceVersion: string, ...items: KubeObject[]) =>
  JSON.stringify({ metadata: { resourceVersion }, items });
const event = (type: string, about: unknown) => `${JSON.stringify({ type, object: about })}\n`;
const expired = { kind: 'Status', code: 410, message: 'too old resource version' };
const watches = () => server.requests.filter((line) => line.startsWith('WATCH')).length;
const lists = () => server.requests.filter((line) => line.startsWith('GET')).length;

describe('informer', () => {
  test('lists, then follows what is added, changed and deleted', async () => {
    await start((request, response) => {
      if (request.startsWith('GET')) response.end(list('5', object('a', '3'), object('b', '4')));
      else {
        response.write(event('ADDED', object('c', '6')));
        response.write(event('MODIFIED', object('a', '7')));
        response.write(event('DELETED', object('b', '8')));
      }
    });
    await informer.synced();
    await vi.waitFor(() => expect(changes).toHaveLength(5));
    expect(changes).toEqual(['ns/a=3', 'ns/b=4', 'ns/c=6', 'ns/a=7', 'ns/b=gone']);
    expect(informer.get('ns/a')?.metadata.resourceVersion).toBe('7');
    expect(informer.list().map(({ metadata }) => metadata.name)).toEqual(['a', 'c']);
  });

  test('lists again when its version is too old, and tells only of differences', async () => {
    await start((request, response) => {
      if (request.startsWith('GET')) {
        response.end(
          lists() === 1
            ? list('5', object('a', '3'), object('b', '4'))
            : list('9', object('a', '3'), object('c', '8')),
        );
      } else if (watches() === 1) response.end(event('ERROR', expired));
      else response.flushHeaders();
    });
    await vi.waitFor(() => expect(watches()).toBe(2));
    expect(changes).toEqual(['ns/a=3', 'ns/b=4', 'ns/b=gone', 'ns/c=8']);
    expect(errors).toEqual([]);
  });

  test('goes on from the last version seen when the connection breaks', async () => {
    const versions: (string | null)[] = [];
    server = await startScriptedServer(() => undefined);
    await server.close();
    await start((request, response) => {
      if (request.startsWith('GET')) {
        response.end(list('5'));
        return;
      }
      versions.push(
        new URL(response.req.url ?? '', 'http://x').searchParams.get('resourceVersion'),
      );
      response.write(event('BOOKMARK', object('', String(10 * watches()))), () => {
        if (watches() < 2) response.destroy();
      });
    });
    await vi.waitFor(() => expect(versions).toEqual(['5', '10']));
    expect(lists()).toBe(1);
    expect(errors).toHaveLength(1);
  });

  test('does not hammer a server that ends each watch at once', async () => {
    const slept = await start((request, response) => {
      response.end(request.startsWith('GET') ? list('5') : '');
    });
    await vi.waitFor(() => expect(slept.length).toBeGreaterThan(4));
    expect(slept.slice(0, 4)).toEqual([200, 400, 800, 1600]);
  });

  test('nor one that ends each watch after an event, but sees it again soon', async () => {
    const slept = await start((request, response) => {
      response.end(
        request.startsWith('GET') ? list('5') : event('ADDED', object('a', String(10 + watches()))),
      );
    });
    await vi.waitFor(() => expect(slept.length).toBeGreaterThan(3));
    expect(slept.slice(0, 3)).toEqual([200, 200, 200]);
  });

  test('a server whose versions are always too old is asked less and less often', async () => {
    const slept = await start((request, response) => {
      response.end(request.startsWith('GET') ? list('5') : event('ERROR', expired));
    });
    await vi.waitFor(() => expect(slept.length).toBeGreaterThan(2));
    expect(slept.slice(0, 2)).toEqual([400, 800]);
  });

  test('survives a listener that throws', async () => {
    await start(
      (request, response) => {
        if (request.startsWith('GET')) response.end(list('5', object('a', '3')));
        else response.write(event('ADDED', object('b', '6')));
      },
      (change) => {
        if (change === 'ns/a=3') throw new Error('listener broke');
      },
    );
    await vi.waitFor(() => expect(changes).toEqual(['ns/a=3', 'ns/b=6']));
    expect(errors).toEqual(['listener broke']);
  });
});
