/** The two listeners: events of controllers, and webhooks from outside. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf, readUpTo } from '../../lib/runtime/mod.ts';
import type { Logger } from '../../lib/runtime/mod.ts';
import { listenOn } from '../runtime/mod.ts';
import type { HttpListener, Listen } from '../runtime/mod.ts';
import type { Dispatcher } from './dispatch.ts';
import { readEvent } from './event.ts';
import { takeDelivery } from './hook.ts';
import type { HookOptions } from './hook.ts';

/** Of bodies, in bytes. */
const longestBody = 3 * 1024 * 1024;
const limits = { maxHeaderSize: 256 * 1024, headersTimeout: 10_000, requestTimeout: 30_000 };

type Handler = (request: IncomingMessage, body: Buffer, response: ServerResponse) => Promise<void>;

function serve(listen: Listen, log: Logger, handle: Handler): Promise<HttpListener> {
  const server = createServer(limits, (request, response) => {
    const work = async () => {
      const body = await readBody(request);
      if (body === undefined) {
        // The rest is not read: the connection is of no use any more.
        response.writeHead(413, { connection: 'close' }).end();
        return;
      }
      await handle(request, body, response);
    };
    work().catch((thrown: unknown) => {
      log.log({ warning: 'a request failed', err: messageOf(thrown) });
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  return listenOn(server, listen);
}

/** @returns `undefined` when it is too long */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > longestBody) return undefined;
  return readUpTo(request, longestBody);
}

/** As Go's servers say it of what is for people. */
const plainText = {
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
};

/** `/hook/…`, by any method. */
export const listenForHooks = (listen: Listen, options: HookOptions): Promise<HttpListener> =>
  serve(listen, options.log, async (request, body, response) => {
    const path = request.url ?? '/';
    if (path === '/hook') {
      // As Go's router answers for a folder without its slash.
      response.writeHead(307, { location: '/hook/' }).end();
      return;
    }
    if (!path.startsWith('/hook/')) {
      response.writeHead(404, plainText).end('404 page not found\n');
      return;
    }
    const { headers } = request;
    response.writeHead(await takeDelivery(options, path, { headers, body })).end();
  });

/** Any path: 202 when taken, 429 for what was told already, 400 for what is no event. */
export const listenForEvents = (
  listen: Listen,
  dispatcher: Dispatcher,
  log: Logger,
): Promise<HttpListener> =>
  serve(listen, log, (_request, body, response) => {
    let value: unknown;
    try {
      value = JSON.parse(body.toString('utf8'));
    } catch (thrown) {
      log.log({ info: 'an event is no JSON', err: messageOf(thrown) });
    }
    const event = readEvent(value);
    if (event === undefined) {
      response.writeHead(400).end();
      return Promise.resolve();
    }
    const taken = dispatcher.take(event);
    const again = taken.againAt.toUTCString();
    const quiet = {
      'x-ratelimit-limit': '1',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': again,
    };
    if (taken.taken) response.writeHead(202, quiet).end();
    else
      response
        .writeHead(429, { ...quiet, 'retry-after': again, ...plainText })
        .end('Too Many Requests\n');
    return Promise.resolve();
  });
