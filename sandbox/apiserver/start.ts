/** Starts the API server on a loopback port. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/runtime/mod.ts';
import { createApi } from './api.ts';
import { makeCertificates } from './certificates.ts';
import { createHandler } from './http.ts';
import type { HttpOptions } from './http.ts';
import { inProcessCluster } from './in-process.ts';
import type { InProcessCluster } from './in-process.ts';
import { openJournal } from './journal.ts';
import { openapiDocuments } from './openapi-documents.ts';

export interface ApiServerOptions {
  clock: Clock;
  /** 0, the default, takes any free port. */
  port?: number;
  /** Keeps the objects here and starts from what is there. */
  dataFolder?: string;
  /** `gitVersion` to claim, default `v1.34.0`. */
  gitVersion?: string;
  podLog?: HttpOptions['podLog'];
}

export interface ApiServer {
  url: string;
  token: string;
  /** PEM of the authority that signed the server's certificate. */
  ca: string;
  /** A kubeconfig for the server's one user. */
  kubeconfig: string;
  cluster: InProcessCluster;
  close(): Promise<void>;
}

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { clock } = options;
  const certificates = makeCertificates(clock.now());
  const journal = options.dataFolder === undefined ? undefined : openJournal(options.dataFolder);
  const api = createApi({
    clock,
    ca: certificates.ca,
    ...(journal === undefined ? {} : { initial: journal.initial }),
  });
  journal?.follow(api.store);
  const token = randomBytes(16).toString('hex');
  const handler = createHandler({
    api,
    tokens: new Map([[token, 'sandbox-admin']]),
    gitVersion: options.gitVersion ?? 'v1.34.0',
    openapi: openapiDocuments(api.kinds),
    podLog: options.podLog ?? (() => ''),
  });
  const server = createServer(
    { cert: certificates.cert, key: certificates.key, keepAliveTimeout: 60_000 },
    handler,
  );
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token,
    ca: certificates.ca,
    kubeconfig: kubeconfigOf(url, certificates.ca, token),
    cluster: inProcessCluster(api),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      journal?.close();
    },
  };
}

function kubeconfigOf(server: string, ca: string, token: string): string {
  return `apiVersion: v1
kind: Config
clusters:
  - name: sandbox
    cluster:
      server: ${server}
      certificate-authority-data: ${Buffer.from(ca).toString('base64')}
users:
  - name: sandbox-admin
    user:
      token: ${token}
contexts:
  - name: sandbox
    context:
      cluster: sandbox
      user: sandbox-admin
current-context: sandbox
`;
}
