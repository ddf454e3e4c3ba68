/** Serves artifacts over plain HTTP: GET and HEAD of files below the root, nothing else. */
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { listenOn } from '../runtime/mod.ts';
import type { HttpListener, Listen } from '../runtime/mod.ts';

export interface ArtifactServerOptions {
  root: string;
  listen: Listen;
  onError: (error: Error) => void;
}

export function startArtifactServer(options: ArtifactServerOptions): Promise<HttpListener> {
  const server = createServer((request, response) => {
    serve(options, request, response).catch((thrown: unknown) => {
      options.onError(thrown instanceof Error ? thrown : new Error(String(thrown)));
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
  server.requestTimeout = 60_000;
  return listenOn(server, options.listen);
}

async function serve(
  { root }: ArtifactServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  const file = await fileAt(root, request.url ?? '/');
  const info = file === undefined ? undefined : await stat(file);
  if (file === undefined || info?.isFile() !== true) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(method === 'HEAD' ? '' : '404 page not found\n');
    return;
  }
  response.writeHead(200, {
    'content-type': typeOf(file),
    'content-length': info.size,
    'last-modified': info.mtime.toUTCString(),
  });
  if (method === 'HEAD') {
    response.end();
    return;
  }
  await new Promise<void>((resolve, reject) => {
    createReadStream(file)
      .on('error', reject)
      .pipe(response)
      .on('error', reject)
      .on('close', () => {
        resolve();
      });
  });
}

/** The file behind a URL, links followed; `undefined` when there is none within the root. */
async function fileAt(root: string, url: string): Promise<string | undefined> {
  try {
    const { pathname } = new URL(url, 'http://artifacts');
    const top = await realpath(root);
    const file = await realpath(path.join(top, decodeURIComponent(pathname)));
    return file.startsWith(`${top}${path.sep}`) ? file : undefined;
  } catch (thrown) {
    // No such file, or a URL that is none.
    if (thrown instanceof URIError || (thrown instanceof Error && 'code' in thrown))
      return undefined;
    throw thrown;
  }
}

function typeOf(file: string): string {
  if (file.endsWith('.tgz') || file.endsWith('.gz')) return 'application/gzip';
  if (file.endsWith('.yaml')) return 'text/yaml; charset=utf-8';
  return 'application/octet-stream';
}
