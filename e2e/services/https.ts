/** An HTTPS server on loopback. */
import { createServer } from 'node:https';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificate.ts';

export interface HttpsServer {
  /** `https://127.0.0.1:port` */
  url: string;
  close(): Promise<void>;
}

export async function serveHttps(tls: Certificate, answer: RequestListener): Promise<HttpsServer> {
  const server = createServer(tls, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
