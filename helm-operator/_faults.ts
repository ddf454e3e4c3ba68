/** A proxy between a program and its API server that answers late, wrongly or not at all, as it is told. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request as send } from 'undici';
import type { KubeConnection } from '../lib/kube/mod.ts';

export interface Asked {
  method: string;
  /** With query. */
  path: string;
  isWatch: boolean;
  isWrite: boolean;
}

/** What happens to a request instead of an answer, or before it. */
export type Mishap =
  /** Refused; it is not carried out. */
  | { do: 'answer'; status: number; headers?: Readonly<Record<string, string>>; body?: string }
  /** The connection breaks before the server has heard of it. */
  | { do: 'break' }
  /** Carried out, and the connection breaks before the answer. */
  | { do: 'lose' }
  /** Carried out, and a gateway says that it got no answer in time. */
  | { do: 'time-out' }
  | { do: 'delay'; ms: number }
  /** A watch that ends after so long. */
  | { do: 'cut'; afterMs: number }
  /** A watch whose resourceVersion is too old. */
  | { do: 'expire' };

export interface FaultyServer {
  /** Of the API server, through the proxy. */
  connection: KubeConnection;
  /** Asked of each request from now on. */
  obey(rule: (asked: Asked) => Mishap | undefined): void;
  /** Mishaps that have come about. */
  mishaps(): number;
  /** As if the API server's process was killed: connections break, and new ones are refused. */
  kill(): Promise<void>;
  /** On the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startFaultyServer(behind: KubeConnection): Promise<FaultyServer> {
  const agent = new Agent({
    connect: { ca: behind.ca ?? '', rejectUnauthorized: !behind.insecure },
    connections: 64,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  let rule: (asked: Asked) => Mishap | undefined = () => undefined;
  let mishaps = 0;
  const sockets = new Set<Socket>();

  const serve = async (asking: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const method = asking.method ?? 'GET';
    const path = asking.url ?? '/';
    const isWatch = path.includes('watch=true');
    const mishap = rule({ method, path, isWatch, isWrite: method !== 'GET' });
    if (mishap !== undefined) mishaps += 1;
    switch (mishap?.do) {
      case 'answer':
        asking.resume();
        answer.writeHead(mishap.status, mishap.headers).end(mishap.body ?? statusOf(mishap.status));
        return;
      case 'expire':
        answer.writeHead(200, { 'content-type': 'application/json' });
        answer.end(`${JSON.stringify({ type: 'ERROR', object: JSON.parse(statusOf(410)) })}\n`);
        return;
      case 'break':
        answer.destroy();
        return;
      case 'delay':
        await delay(mishap.ms);
        break;
      case 'lose':
      case 'time-out':
      case 'cut':
      case undefined:
    }
    const gone = new AbortController();
    answer.on('close', () => {
      gone.abort();
    });
    const isCarriedOut = mishap?.do === 'lose' || mishap?.do === 'time-out';
    const { host: _host, connection: _connection, ...headers } = asking.headers;
    const got = await send(`${behind.server}${path}`, {
      dispatcher: agent,
      method: method as 'GET',
      headers,
      body: method === 'GET' ? null : asking,
      signal: isCarriedOut ? null : gone.signal,
    });
    if (isCarriedOut) {
      await got.body.dump();
      if (mishap.do === 'lose') answer.destroy();
      else answer.writeHead(504).end(statusOf(504));
      return;
    }
    const { 'transfer-encoding': _encoding, connection: _kept, ...kept } = got.headers;
    answer.writeHead(got.statusCode, kept);
    answer.flushHeaders();
    const end = mishap?.do === 'cut' ? setTimeout(() => answer.destroy(), mishap.afterMs) : 0;
    try {
      for await (const chunk of got.body) answer.write(chunk);
      answer.end();
    } finally {
      clearTimeout(end);
    }
  };
  const server = createServer((asking, answer) => {
    serve(asking, answer).catch(() => answer.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const kill = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    connection: { ...behind, server: `http://127.0.0.1:${port}`, ca: undefined },
    obey: (next) => {
      rule = next;
    },
    mishaps: () => mishaps,
    kill,
    restart: () => listen(port),
    close: async () => {
      await kill();
      await agent.destroy();
    },
  };
}

/** As the API server says it. */
function statusOf(code: number): string {
  const words: Readonly<Record<number, readonly [reason: string, message: string]>> = {
    410: ['Expired', 'too old resource version'],
    429: ['TooManyRequests', 'too many requests, please try again later'],
    500: ['InternalError', 'Internal error occurred: etcdserver: leader changed'],
    503: ['ServiceUnavailable', 'apiserver is shutting down'],
    504: ['Timeout', 'request did not complete within the allowed duration'],
  };
  const [reason = '', message = ''] = words[code] ?? [];
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code,
  });
}
