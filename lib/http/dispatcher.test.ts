import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetch, request } from 'undici';
import { createDispatcher } from './mod.ts';

let server: Server;
let proxy: Server;
/** What the proxy was asked for. */
const asked: string[] = [];

const addressOf = (of: Server) => `127.0.0.1:${(of.address() as AddressInfo).port}`;

beforeAll(async () => {
  server = createServer((request, response) => response.end(`here is ${request.url ?? ''}`));
  proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
    response.end('by the proxy');
  });
  // Every name leads to the one server.
  proxy.on('connect', (request, socket: Socket) => {
    if (request.url === 'refused.example.com:443') {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
    const [host, port] = addressOf(server).split(':');
    const there = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
    there.on('error', () => socket.destroy());
    socket.on('error', () => there.destroy());
  });
  for (const each of [server, proxy]) await once(each.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  for (const each of [server, proxy]) each.close().closeAllConnections();
});

/** @returns the answer, or why there is none, and what the proxy was asked for */
async function get(url: string, options: Parameters<typeof createDispatcher>) {
  asked.length = 0;
  const dispatcher = createDispatcher(...options);
  try {
    const answer = await fetch(url, { dispatcher }).then(
      (response) => response.text(),
      () => 'failed',
    );
    return { answer, asked: [...asked] };
  } finally {
    await dispatcher.destroy();
  }
}

test('without a proxy, and in spite of one for this machine, the server is asked itself', async () => {
  const url = `http://${addressOf(server)}/a`;
  const HTTP_PROXY = `http://${addressOf(proxy)}`;
  expect(await get(url, [{}, {}])).toEqual({ answer: 'here is /a', asked: [] });
  expect(await get(url, [{}, { HTTP_PROXY }])).toEqual({ answer: 'here is /a', asked: [] });
});

test('HTTP_PROXY is asked for the whole address, with its user', async () => {
  const HTTP_PROXY = `http://me:se%40cret@${addressOf(proxy)}`;
  const basic = `Basic ${Buffer.from('me:se@cret').toString('base64')}`;
  expect(await get('http://charts.example.com/index.yaml', [{}, { HTTP_PROXY }])).toEqual({
    answer: 'by the proxy',
    asked: [`GET http://charts.example.com/index.yaml ${basic}`],
  });
});

test('HTTPS_PROXY is asked for a tunnel', async () => {
  const HTTPS_PROXY = addressOf(proxy);
  // The server behind it does not speak TLS.
  expect(await get('https://ghcr.io/v2/', [{}, { HTTPS_PROXY }])).toEqual({
    answer: 'failed',
    asked: ['CONNECT ghcr.io:443 '],
  });
});

test('a proxy of its own is for every server, and goes before the environment', async () => {
  const own = { proxy: `http://${addressOf(proxy)}` };
  const env = { HTTP_PROXY: 'http://192.0.2.1:1', NO_PROXY: '*' };
  expect(await get('http://charts.example.com/b', [own, env])).toEqual({
    answer: 'here is /b',
    asked: ['CONNECT charts.example.com:80 '],
  });
});

test('a tunnel that is refused is told as that', async () => {
  const HTTPS_PROXY = `http://me:secret@${addressOf(proxy)}`;
  const dispatcher = createDispatcher({}, { HTTPS_PROXY });
  try {
    const refusal = `proxy http://${addressOf(proxy)}/ refuses a tunnel: 407`;
    const failed = fetch('https://refused.example.com/v2/', { dispatcher });
    await expect(failed).rejects.toMatchObject({ cause: { name: 'Error', message: refusal } });
    const asked = request('https://refused.example.com/v2/', { dispatcher });
    await expect(asked).rejects.toMatchObject({ name: 'Error', message: refusal });
  } finally {
    await dispatcher.destroy();
  }
});
