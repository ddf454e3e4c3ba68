/** Health, metrics and the sync API (spec helm-operator §1.4). */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../lib/runtime/mod.ts';
import type { Metrics } from './metrics.ts';

export interface HttpServer {
  port: number;
  close(): Promise<void>;
}

export interface HttpServerOptions {
  listen: { host: string | undefined; port: number };
  metrics: Metrics;
  log: Logger;
  /** Starts a fetch of all mirrors; not waited for. */
  syncGit: () => void;
}

export async function startHttp({
  listen,
  metrics,
  log,
  syncGit,
}: HttpServerOptions): Promise<HttpServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    const send = (status: number, text: string, contentType = 'text/plain; charset=utf-8') => {
      response.writeHead(status, { 'content-type': contentType });
      response.end(text);
    };
    if (path === '/healthz') send(200, 'OK');
    else if (path === '/metrics' && request.method === 'GET') {
      metrics.text().then(
        (text) => {
          send(200, text, metrics.contentType);
        },
        (thrown: unknown) => {
          send(500, String(thrown));
        },
      );
    } else if (path === '/api/v1/sync-git') {
      if (request.method === 'POST') {
        syncGit();
        send(200, 'OK');
      } else send(405, 'method not allowed');
    } else send(404, 'not found');
  });
  server.requestTimeout = 60_000;
  server.keepAliveTimeout = 15_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  log.log({ info: `starting HTTP server on ${listen.host ?? ''}:${port}` });
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          log.log({ info: 'HTTP server stopped' });
          resolve();
        });
        server.closeIdleConnections();
        setTimeout(() => {
          server.closeAllConnections();
        }, 5000).unref();
      }),
  };
}
