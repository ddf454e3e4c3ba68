/** Health and metrics. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from './config.ts';
import type { Metrics } from './runtime/mod.ts';

export interface HttpServer {
  port: number;
  close(): Promise<void>;
}

export async function startHttp(listen: Address, metrics: Metrics): Promise<HttpServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    const send = (status: number, text: string, contentType = 'text/plain; charset=utf-8') => {
      response.writeHead(status, { 'content-type': contentType }).end(text);
    };
    if (path === '/healthz' || path === '/readyz') send(200, 'ok');
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
