/** Health and metrics. */
import { createServer } from 'node:http';
import { listenOn } from './runtime/mod.ts';
import type { HttpListener, Listen, Metrics } from './runtime/mod.ts';

export interface Health {
  /** Objects are worked on and artifacts served; a replica that stands by is healthy and not ready. */
  isServing: boolean;
}

export function startHttp(
  listen: Listen,
  metrics: Metrics,
  health: Readonly<Health>,
): Promise<HttpListener> {
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
  return listenOn(server, listen);
}
