/** Starts the registry on a loopback port. */
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Clock } from '../../lib/runtime/mod.ts';
import { createBlobStore, digestOf } from './blobs.ts';
import { createGate } from './gate.ts';
import type { GateOptions } from './gate.ts';
import { createRegistryHandler } from './handler.ts';
import type { PushEvent } from './handler.ts';

export interface RegistryOptions extends Omit<GateOptions, 'clock'> {
  clock: Clock;
  /** 0, the default, takes any free port. */
  port?: number;
  /** Keeps everything here as well, and starts with what is there; in memory when absent. */
  folder?: string;
  /** Speaks TLS; key and certificate in PEM. */
  tls?: { key: string; cert: string };
}

export interface SeedOptions {
  /** RFC 3339; the image says nothing of its age without it. */
  created?: string;
  labels?: Record<string, string>;
  architecture?: string;
}

export interface SandboxRegistry {
  /** `http://127.0.0.1:port`, or `https://…` */
  url: string;
  /** `127.0.0.1:port`, as image references write it. */
  host: string;
  /** Whether an image can be pulled: by path and tag, whatever host the reference names. */
  imageExists(reference: string): boolean;
  /** Puts a small valid image there, as a push would; returns its digest. */
  seedImage(repository: string, tag: string, options?: SeedOptions): string;
  /** Requests so far, by method and path; for counting what a client costs. */
  requests(): readonly string[];
  onPush(listener: (event: PushEvent) => void): void;
  close(): Promise<void>;
}

/** The end of an archive that holds no files. */
const emptyTar = Buffer.alloc(1024);
const emptyLayer = gzipSync(emptyTar);

export async function startRegistry(options: RegistryOptions): Promise<SandboxRegistry> {
  const store = createBlobStore(options.folder);
  const listeners = new Set<(event: PushEvent) => void>();
  const requests: string[] = [];
  const tell = (event: PushEvent) => {
    for (const listener of listeners) listener(event);
  };
  const gate = createGate(options);
  const handle = createRegistryHandler({ store, onPush: tell });
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`);
    if (!gate(request, response)) void handle(request, response);
  };
  const { tls } = options;
  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    host,
    imageExists: (reference) => {
      const { path, tag, digest } = splitReference(reference);
      const repository = store.repository(path);
      return digest === ''
        ? repository?.tags.has(tag) === true
        : repository?.manifests.has(digest) === true;
    },
    seedImage: (repository, tag, seed = {}) => {
      const config = Buffer.from(
        JSON.stringify({
          architecture: seed.architecture ?? 'amd64',
          os: 'linux',
          ...(seed.created === undefined ? {} : { created: seed.created }),
          config: { Labels: seed.labels ?? {} },
          rootfs: { type: 'layers', diff_ids: [digestOf(emptyTar)] },
          // Tells images apart that say the same otherwise.
          history: [{ created_by: `seeded as ${repository}:${tag}` }],
        }),
      );
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
          config: {
            mediaType: 'application/vnd.docker.container.image.v1+json',
            size: config.length,
            digest: store.putBlob(repository, config),
          },
          layers: [
            {
              mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
              size: emptyLayer.length,
              digest: store.putBlob(repository, emptyLayer),
            },
          ],
        }),
      );
      const { digest } = store.putManifest(
        repository,
        tag,
        'application/vnd.docker.distribution.manifest.v2+json',
        manifest,
      );
      tell({ repository, tag, digest });
      return digest;
    },
    requests: () => requests,
    onPush: (listener) => {
      listeners.add(listener);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function splitReference(reference: string): { path: string; tag: string; digest: string } {
  const at = reference.indexOf('@');
  const digest = at < 0 ? '' : reference.slice(at + 1);
  const [first = '', ...rest] = (at < 0 ? reference : reference.slice(0, at)).split('/');
  const hosted = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const named = hosted ? rest.join('/') : [first, ...rest].join('/');
  const colon = named.lastIndexOf(':');
  return {
    path: colon < 0 ? named : named.slice(0, colon),
    tag: colon < 0 ? 'latest' : named.slice(colon + 1),
    digest,
  };
}
