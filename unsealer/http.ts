/** What kubeseal asks: the certificate, whether a SealedSecret opens, the same under the newest key. No secret leaves. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../lib/runtime/mod.ts';
import type { Logger } from '../lib/runtime/mod.ts';

export interface HttpOptions {
  listen: { host: string | undefined; port: number };
  /** PEM of the newest key; `undefined` when there is no key. */
  certificate: () => string | undefined;
  /** False when it does not open. @throws when it is no SealedSecret */
  verify: (content: string) => boolean;
  /** JSON of the SealedSecret under the newest key. @throws when it does not open */
  rotate: (content: string) => string;
  /** 0 to go on, else seconds to wait; for /v1/verify. */
  limit: (client: string) => number;
  log: Logger;
}

export interface HttpServer {
  port: number;
  close(): Promise<void>;
}

/** A SealedSecret is smaller than what the API server stores. */
const longestBody = 4 * 1024 * 1024;

export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { log } = options;
  const server = createServer((request, response) => {
    answer(options, request, response).catch((thrown: unknown) => {
      log.log({ err: messageOf(thrown), path: request.url });
      send(response, 500, '');
    });
  });
  server.requestTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.listen.port, options.listen.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  log.log({ info: 'HTTP server serving', addr: `${options.listen.host ?? ''}:${port}` });
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(
  options: HttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  switch ((request.url ?? '/').split('?')[0]) {
    case '/healthz':
      send(response, 200, 'ok\n');
      return;
    case '/v1/cert.pem': {
      const certificate = options.certificate();
      if (certificate === undefined) send(response, 500, 'cannot get certificate\n');
      else send(response, 200, certificate, 'application/x-pem-file');
      return;
    }
    case '/v1/verify': {
      const waitSeconds = options.limit(String(request.headers['x-forwarded-for'] ?? ''));
      if (waitSeconds > 0) {
        response.setHeader('retry-after', String(waitSeconds));
        send(response, 429, 'limit exceeded\n');
        return;
      }
      const body = await readBody(request);
      if (body === undefined) send(response, 413, '');
      else send(response, options.verify(body) ? 200 : 409, '');
      return;
    }
    case '/v1/rotate': {
      const body = await readBody(request);
      if (body === undefined) send(response, 413, '');
      else send(response, 200, options.rotate(body), 'application/json');
      return;
    }
    default:
      send(response, 404, '404 page not found\n');
  }
}

function send(
  response: ServerResponse,
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': contentType });
  response.end(text);
}

/** `undefined` when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > longestBody) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
