/** For tests: an API server over plain HTTP that serves one kind and does what the test says to each request. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeConnection } from './connection.ts';

export interface ScriptedServer {
  connection: KubeConnection;
  /** `METHOD /path` of each request that was not discovery, in order; a watch counts as WATCH. */
  requests: string[];
  close(): Promise<void>;
}

/** @param answer gets each request that is not discovery, and how many came before it */
export async function startScriptedServer(
  answer: (request: string, response: ServerResponse, before: number) => void,
): Promise<ScriptedServer> {
  const requests: string[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const url = new URL(request.url ?? '/', 'http://server');
    const document = discovery[url.pathname];
    if (document !== undefined) {
      response.end(JSON.stringify(document));
      return;
    }
    const method = url.searchParams.get('watch') === 'true' ? 'WATCH' : (request.method ?? '');
    const line = `${method} ${url.pathname}`;
    requests.push(line);
    request.resume();
    answer(line, response, requests.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    connection: {
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      insecure: false,
      namespace: undefined,
      headers: () => Promise.resolve({}),
    },
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const discovery: Readonly<Record<string, unknown>> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    resources: [
      { name: 'configmaps', kind: 'ConfigMap', namespaced: true, verbs: ['get', 'list', 'watch'] },
    ],
  },
};
