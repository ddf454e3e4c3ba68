/** Servers of HTTP, from listening to the end of their last connection. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listen {
  host: string | undefined;
  /** 0 takes any. */
  port: number;
}

export interface HttpListener {
  port: number;
  /** Ends connections that are open, too. */
  close(): Promise<void>;
}

/** @throws Error of Node when the address cannot be had */
export async function listenOn(server: Server, { host, port }: Listen): Promise<HttpListener> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
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
