import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../runtime/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import { startScriptedServer } from './_scripted-server.ts';
import type { ScriptedServer } from './_scripted-server.ts';
import { createKubeClient } from './create-client.ts';
import type { KubeClient, KubeClientOptions } from './mod.ts';

let server: ScriptedServer;
let client: KubeClient;
const slept: number[] = [];
const clock: Clock = {
  now: systemClock.now,
  sleep: (ms) => {
    slept.push(ms);
    return Promise.resolve();
  },
};

async function start(
  answer: (request: string, response: ServerResponse, before: number) => void,
  options: Partial<KubeClientOptions> = {},
): Promise<void> {
  slept.length = 0;
  server = await startScriptedServer(answer);
  client = createKubeClient({ connection: server.connection, clock, ...options });
}

afterEach(async () => {
  await client.close();
  await server.close();
});

const object = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'ns', name: 'one' },
};
const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'ns', name: 'one' };
const seen = { ...object, metadata: { ...object.metadata, resourceVersion: '7' } };
const patch = (type: 'json' | 'strategic') => () => client.patch(ref, type, []);
const status = (code: number, message: string) =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message });

describe('transport', () => {
  test('waits for Retry-After before it repeats a write that was put off', async () => {
    await start((_, response, before) => {
      if (before === 0) response.writeHead(429, { 'retry-after': '3' }).end(status(429, 'busy'));
      else response.writeHead(201).end(JSON.stringify(object));
    });
    await client.create(object);
    expect(slept).toEqual([3000]);
  });

  test('a deletion leaves the connection open', async () => {
    const ports: (number | undefined)[] = [];
    await start(
      (_, response) => {
        ports.push(response.socket?.remotePort);
        response.end(JSON.stringify(object));
      },
      { connections: 1 },
    );
    for (let times = 0; times < 3; times += 1) await client.delete(ref);
    await client.get(ref);
    expect(new Set(ports).size).toBe(1);
    expect(ports).toHaveLength(4);
  });

  test('hands back a wait that is too long', async () => {
    await start((_, response) => {
      response.writeHead(429, { 'retry-after': '600' }).end(status(429, 'busy'));
    });
    await expect(client.create(object)).rejects.toMatchObject({
      reason: 'TooManyRequests',
      retryAfterMs: 600_000,
    });
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    { verb: 'get', act: () => client.get(ref), requests: 2 },
    {
      verb: 'apply',
      act: () => client.apply(object, { fieldManager: 'f', force: true }),
      requests: 2,
    },
    { verb: 'delete', act: () => client.delete(ref), requests: 2 },
  ])('repeats $verb after a broken connection', async ({ act, requests }) => {
    await start((_, response, before) => {
      if (before === 0) response.destroy();
      else response.end(JSON.stringify(object));
    });
    await act();
    expect(server.requests).toHaveLength(requests);
  });

  test.each([
    { verb: 'get', status: 500, act: () => client.get(ref), requests: 2 },
    { verb: 'update', status: 500, act: () => client.update(object), requests: 2 },
    { verb: 'update', status: 503, act: () => client.update(object), requests: 2 },
    { verb: 'strategic patch', status: 504, act: patch('strategic'), requests: 2 },
    { verb: 'delete', status: 502, act: () => client.delete(ref), requests: 2 },
    { verb: 'json patch', status: 503, act: patch('json'), requests: 1 },
    { verb: 'strategic patch', status: 500, act: patch('strategic'), requests: 1 },
    { verb: 'create', status: 503, act: () => client.create(object), requests: 1 },
    { verb: 'versioned update', status: 503, act: () => client.update(seen), requests: 1 },
  ])('asks $requests times where $verb meets a $status', async ({ act, status, requests }) => {
    await start((_, response, before) => {
      response.writeHead(before === 0 ? status : 200).end(JSON.stringify(object));
    });
    await act().catch((thrown: unknown) => {
      expect(thrown).toMatchObject({ reason: 'ServerError', status });
    });
    expect(server.requests).toHaveLength(requests);
  });

  test('does not repeat a create after a broken connection: it may have been carried out', async () => {
    await start((_, response) => {
      response.destroy();
    });
    await expect(client.create(object)).rejects.toMatchObject({
      reason: 'ServerUnreachable',
      next: 'retry',
    });
    expect(server.requests).toHaveLength(1);
  });

  test('repeats a read whose answer breaks off', async () => {
    await start((_, response, before) => {
      const text = JSON.stringify(object);
      response.writeHead(200, { 'content-length': text.length });
      if (before > 0) response.end(text);
      else
        response.write(text.slice(0, 5), () => {
          response.destroy();
        });
    });
    expect((await client.get(ref))?.metadata.name).toBe('one');
  });

  test('gives the message of a Status, and the text of what is none', async () => {
    await start((_, response, before) => {
      if (before === 0) response.writeHead(422).end(status(422, 'spec.x: Required value'));
      else response.writeHead(502).end('<html>bad gateway</html>');
    });
    await expect(client.create(object)).rejects.toMatchObject({
      reason: 'Invalid',
      message: 'spec.x: Required value',
    });
    await expect(client.create(object)).rejects.toMatchObject({
      reason: 'ServerError',
      message: 'the server answered 502 to POST ConfigMap ns/one: <html>bad gateway</html>',
    });
  });

  test('passes warnings on', async () => {
    const warnings: string[] = [];
    await start(
      (_, response) => {
        response
          .writeHead(200, { warning: '299 - "v1 \\"X\\" is deprecated", 299 - "second"' })
          .end(JSON.stringify(object));
      },
      { warn: (text) => warnings.push(text) },
    );
    await client.get(ref);
    expect(warnings).toEqual(['v1 "X" is deprecated', 'second']);
  });

  test('ends a watch whose server has fallen silent', async () => {
    await start(
      (_, response) => {
        response.writeHead(200).write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
      },
      { watchIdleMs: 200 },
    );
    const seen: string[] = [];
    const watch = async () => {
      for await (const { type } of client.watch(ref, {
        resourceVersion: '1',
        signal: new AbortController().signal,
      }))
        seen.push(type);
    };
    await expect(watch()).rejects.toMatchObject({ reason: 'ServerUnreachable' });
    expect(seen).toEqual(['ADDED']);
  });

  test('says what it could not reach', async () => {
    await start(() => undefined);
    await server.close();
    await expect(client.get(ref)).rejects.toMatchObject({
      reason: 'ServerUnreachable',
      message: expect.stringMatching(/ECONNREFUSED/) as string,
    });
    // Discovery asks /api and /apis at the same time.
    expect(slept).toEqual([100, 100, 200, 200, 400, 400, 800, 800]);
  });
});
