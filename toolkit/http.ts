/** Health and metrics. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from './config.ts';
import type { Metrics } from './runtime/mod.ts';

export interface HttpServer {
  port: number;
  close(): Promise<void>;
}

export interface Health {
  /** Objects are worked on and artifacts served; a replica that stands by is healthy and not ready. */
  isServing: boolean;
}

export async function startHttp(
  listen: Address,
  metrics: Metrics,
  health: Readonly<Health>,
): Promise<HttpServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    const send = (status: number, text: string, contentType = 'text/plain; charset=utf-8') => {
      response.writeHead(status, { 'content-type': contentType }).end(text);
    };
    if (path === '/healthz') send(200, 'ok');
    else if (path === '/readyz')
      send(health.isServing ? 200 : 503, health.isServing ? 'ok' : 'standing by');
    else if (path === '/metrics') {
      metrics.text().then(
        (text) => {
          send(200, text, metrics.contentType);
        },
        (thrown: unknown) => {
          send(500, String(thrown));
        },
      );
    } else send(404, 'not found');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
