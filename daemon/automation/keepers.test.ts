/** Where image metadata is kept: on disk, and in a server that speaks memcached's protocol. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { diskKeeper } from './disk-keeper.ts';
import { parseRecord, printRecord } from './image-records.ts';
import { keepersInTurn, memcachedKeeper } from './memcached-keeper.ts';

let folder: string;
let server: Server;
let stored: Map<string, string>;
let answer: string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'keeper'));
  [stored, answer] = [new Map(), undefined];
  server = createServer((socket) => {
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const [, command, key = '', size = '0'] =
        /^(get|set) (\S+)(?: \d+ \d+ (\d+))?\r\n/.exec(text) ?? [];
      if (command === undefined) return;
      const body = text.slice(text.indexOf('\r\n') + 2);
      if (answer !== undefined) socket.write(answer);
      else if (command === 'get') {
        const value = stored.get(key);
        // In two pieces, as networks do.
        socket.write(value === undefined ? 'END\r\n' : `VALUE ${key} 0 ${value.length}\r\n`);
        if (value !== undefined) setImmediate(() => socket.write(`${value}\r\nEND\r\n`));
      } else if (body.length >= Number(size) + 2) {
        stored.set(key, body.slice(0, Number(size)));
        socket.write('STORED\r\n');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const memcached = () =>
  memcachedKeeper({
    servers: () =>
      Promise.resolve([{ host: '127.0.0.1', port: (server.address() as AddressInfo).port }]),
    timeoutMs: 2000,
  });

describe.each([
  ['disk', () => diskKeeper(path.join(folder, 'images'))],
  ['memcached', memcached],
])('%s', (_name, make) => {
  test('keeps a text under its key, and knows none under another', async () => {
    const keeper = make();
    expect(await keeper.read('index.docker.io/o/app')).toBeUndefined();
    const long = '{"a":"\\r\\nEND\\r\\n"}'.repeat(1000);
    await keeper.write('index.docker.io/o/app', long);
    await keeper.write('index.docker.io/o/b', 'b');
    expect(await make().read('index.docker.io/o/app')).toBe(long);
    expect(await make().read('index.docker.io/o/b')).toBe('b');
  });
});

test('nothing half written is left on disk', async () => {
  await diskKeeper(folder).write('a', 'x');
  expect(await readdir(folder)).toHaveLength(1);
});

test('a server that refuses is a fault that says so', async () => {
  answer = 'SERVER_ERROR object too large for cache\r\n';
  await expect(memcached().write('a', 'x')).rejects.toThrow(
    'memcached: SERVER_ERROR object too large for cache',
  );
});

test('one keeper that fails does not stop the others', async () => {
  await writeFile(path.join(folder, 'file'), '');
  const broken = diskKeeper(path.join(folder, 'file', 'x'));
  const errors: unknown[] = [];
  const both = keepersInTurn([broken, memcached()], (thrown) => errors.push(thrown));
  await both.write('a', 'x');
  expect(await both.read('a')).toBe('x');
  expect(errors).toHaveLength(2);
});

test('a record is read as it was printed; one of another version is not', () => {
  const info = {
    tag: 'v1',
    digest: 'sha256:a',
    imageId: 'sha256:b',
    labels: { a: 'b' },
    createdAt: '2020-01-01T00:00:00Z',
    lastFetched: '2020-01-02T00:00:00Z',
  };
  const record = {
    tags: ['v1'],
    known: new Map([['v1', { info, refreshAt: 1, everyMs: 2 }]]),
    error: '',
    shrunken: false,
    scannedAt: undefined,
  };
  expect(parseRecord(printRecord(record))).toEqual(record);
  expect(parseRecord('{"version":0,"tags":["x"]}')).toBeUndefined();
});
