/** Requests as they reach a server, or a proxy before it. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../lib/runtime/mod.ts';
import { sending } from './send.ts';

const got: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
const server = createServer((request, response) => {
  got.push({ url: request.url, headers: request.headers });
  request.resume();
  response.end('done');
});
let here = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  here = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
beforeEach(() => got.splice(0));

const post = (proxy: string | undefined, url: string, headers: Record<string, string>) =>
  sending(
    { clock: systemClock, proxy, tls: undefined, signal: AbortSignal.timeout(10_000) },
    (send) => send({ url, headers, body: '{}' }),
  );

test.each([
  { why: 'JSON unless told', headers: { 'X-My': 'v' }, want: 'application/json' },
  { why: 'the other one alone', headers: { 'Content-Type': 'text/plain' }, want: 'text/plain' },
])('the type of a body: $why', async ({ headers, want }) => {
  expect(await post(undefined, `http://${here}/h`, headers)).toEqual({ status: 200, text: 'done' });
  expect(got.map((each) => each.headers['content-type'])).toEqual([want]);
});

test('a proxy is asked for what HTTP reaches, without a tunnel', async () => {
  await post(`http://me:p%40w@${here}`, 'http://recipient.example/h?a=b', {});
  expect(got).toHaveLength(1);
  expect(got[0]).toMatchObject({
    url: 'http://recipient.example/h?a=b',
    headers: { host: 'recipient.example', 'proxy-authorization': 'Basic bWU6cEB3' },
  });
});
