/** The routes of the OCI Distribution Specification 1.1: push, pull, tags, deletion. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { digestOf } from './blobs.ts';
import type { BlobStore, Manifest } from './blobs.ts';

export interface PushEvent {
  repository: string;
  /** '' for a push by digest. */
  tag: string;
  digest: string;
}

export interface HandlerOptions {
  store: BlobStore;
  onPush: (event: PushEvent) => void;
}

class RegistryRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
}

const largestUpload = 256 * 1024 * 1024;

export function createRegistryHandler({
  store,
  onPush,
}: HandlerOptions): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  /** Uploads that are under way, by their ID. */
  const uploads = new Map<string, Buffer[]>();

  const manifestOf = (name: string, reference: string): Manifest => {
    const repository = store.repository(name);
    if (repository === undefined)
      throw new RegistryRefusal(404, 'NAME_UNKNOWN', 'repository name not known to registry');
    const digest = reference.startsWith('sha256:') ? reference : repository.tags.get(reference);
    const manifest = digest === undefined ? undefined : repository.manifests.get(digest);
    if (manifest === undefined)
      throw new RegistryRefusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    return manifest;
  };

  const manifests = async ({ request, response }: Call, name: string, reference: string) => {
    if (request.method === 'GET' || request.method === 'HEAD') {
      const manifest = manifestOf(name, reference);
      response.writeHead(200, {
        'content-type': manifest.mediaType,
        'content-length': manifest.data.length,
        'docker-content-digest': manifest.digest,
        etag: `"${manifest.digest}"`,
      });
      response.end(request.method === 'HEAD' ? undefined : manifest.data);
      return;
    }
    if (request.method === 'PUT') {
      const data = await readAll(request);
      checkManifest(store, name, data);
      if (reference.startsWith('sha256:') && reference !== digestOf(data)) {
        throw new RegistryRefusal(
          400,
          'DIGEST_INVALID',
          'provided digest did not match uploaded content',
        );
      }
      const manifest = store.putManifest(
        name,
        reference,
        request.headers['content-type'] ?? 'application/octet-stream',
        data,
      );
      response.writeHead(201, {
        location: `/v2/${name}/manifests/${manifest.digest}`,
        'docker-content-digest': manifest.digest,
      });
      response.end();
      onPush({
        repository: name,
        tag: reference.startsWith('sha256:') ? '' : reference,
        digest: manifest.digest,
      });
      return;
    }
    if (request.method !== 'DELETE') throw unsupported();
    if (reference.startsWith('sha256:')) {
      manifestOf(name, reference);
      store.deleteManifest(name, reference);
    } else if (!store.deleteTag(name, reference)) {
      throw new RegistryRefusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    }
    response.writeHead(202).end();
  };

  const blobs = ({ request, response }: Call, name: string, digest: string) => {
    const data =
      store.repository(name)?.blobs.has(digest) === true ? store.blob(digest) : undefined;
    if (data === undefined)
      throw new RegistryRefusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    if (request.method === 'DELETE') {
      store.deleteBlob(name, digest);
      response.writeHead(202).end();
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') throw unsupported();
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': data.length,
      'docker-content-digest': digest,
    });
    response.end(request.method === 'HEAD' ? undefined : data);
  };

  const created = (response: ServerResponse, name: string, digest: string) => {
    response.writeHead(201, {
      location: `/v2/${name}/blobs/${digest}`,
      'docker-content-digest': digest,
    });
    response.end();
  };

  const finish = (response: ServerResponse, name: string, data: Buffer, digest: string) => {
    if (digestOf(data) !== digest) {
      throw new RegistryRefusal(
        400,
        'DIGEST_INVALID',
        'provided digest did not match uploaded content',
      );
    }
    created(response, name, store.putBlob(name, data));
  };

  const startUpload = async ({ request, response, url }: Call, name: string) => {
    if (request.method !== 'POST') throw unsupported();
    const mount = url.searchParams.get('mount');
    const from = url.searchParams.get('from');
    const known =
      mount !== null && from !== null && store.repository(from)?.blobs.has(mount) === true
        ? store.blob(mount)
        : undefined;
    if (known !== undefined) {
      created(response, name, store.putBlob(name, known));
      return;
    }
    const digest = url.searchParams.get('digest');
    if (digest !== null) {
      finish(response, name, await readAll(request), digest);
      return;
    }
    const id = randomUUID();
    uploads.set(id, []);
    response.writeHead(202, {
      location: `/v2/${name}/blobs/uploads/${id}`,
      'docker-upload-uuid': id,
      range: '0-0',
    });
    response.end();
  };

  const upload = async ({ request, response, url }: Call, name: string, id: string) => {
    const chunks = uploads.get(id);
    if (chunks === undefined)
      throw new RegistryRefusal(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    const size = () => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const progress = { location: `/v2/${name}/blobs/uploads/${id}`, 'docker-upload-uuid': id };
    switch (request.method) {
      case 'GET':
        response.writeHead(204, { ...progress, range: `0-${Math.max(0, size() - 1)}` }).end();
        return;
      case 'PATCH': {
        const range = /^(\d+)-\d+$/.exec(request.headers['content-range'] ?? '');
        if (range !== null && Number(range[1]) !== size()) {
          response.writeHead(416, { ...progress, range: `0-${Math.max(0, size() - 1)}` }).end();
          return;
        }
        chunks.push(await readAll(request));
        response.writeHead(202, { ...progress, range: `0-${Math.max(0, size() - 1)}` }).end();
        return;
      }
      case 'PUT':
        chunks.push(await readAll(request));
        uploads.delete(id);
        finish(response, name, Buffer.concat(chunks), url.searchParams.get('digest') ?? '');
        return;
      case 'DELETE':
        uploads.delete(id);
        response.writeHead(204).end();
        return;
      default:
        throw unsupported();
    }
  };

  const tags = ({ request, response, url }: Call, name: string) => {
    if (request.method !== 'GET') throw unsupported();
    const repository = store.repository(name);
    if (repository === undefined)
      throw new RegistryRefusal(404, 'NAME_UNKNOWN', 'repository name not known to registry');
    const all = [...repository.tags.keys()].sort();
    sendPage(response, url, `/v2/${name}/tags/list`, all, (page) => ({ name, tags: page }));
  };

  const routes: readonly [RegExp, (call: Call, ...groups: string[]) => void | Promise<void>][] = [
    [/^\/v2\/$/, ({ response }) => sendJson(response, 200, {})],
    [
      /^\/v2\/_catalog$/,
      ({ response, url }) =>
        sendPage(response, url, '/v2/_catalog', store.names(), (page) => ({ repositories: page })),
    ],
    [/^\/v2\/(.+)\/manifests\/([^/]+)$/, manifests],
    [/^\/v2\/(.+)\/blobs\/uploads\/?$/, startUpload],
    [/^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/, upload],
    [/^\/v2\/(.+)\/blobs\/(sha256:[0-9a-f]{64})$/, blobs],
    [/^\/v2\/(.+)\/tags\/list$/, tags],
  ];

  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://registry');
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    try {
      const path = url.pathname === '/v2' ? '/v2/' : url.pathname;
      for (const [pattern, route] of routes) {
        const match = pattern.exec(path);
        if (match === null) continue;
        await route({ request, response, url }, ...match.slice(1));
        return;
      }
      throw new RegistryRefusal(404, 'UNSUPPORTED', 'no such route');
    } catch (thrown) {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const refusal =
        thrown instanceof RegistryRefusal
          ? thrown
          : new RegistryRefusal(500, 'UNKNOWN', String(thrown));
      sendJson(response, refusal.status, {
        errors: [{ code: refusal.code, message: refusal.message }],
      });
    }
  };
}

/** Every blob and manifest that a manifest names has to be there. */
function checkManifest(store: BlobStore, name: string, data: Buffer): void {
  let manifest: {
    config?: { digest?: string };
    layers?: { digest?: string }[];
    manifests?: { digest?: string }[];
  };
  try {
    manifest = JSON.parse(data.toString('utf8')) as typeof manifest;
  } catch {
    throw new RegistryRefusal(400, 'MANIFEST_INVALID', 'manifest is not JSON');
  }
  const repository = store.repository(name);
  const missing = [manifest.config, ...(manifest.layers ?? [])].find(
    (part) => part?.digest !== undefined && repository?.blobs.has(part.digest) !== true,
  );
  if (missing !== undefined)
    throw new RegistryRefusal(
      400,
      'MANIFEST_BLOB_UNKNOWN',
      `blob unknown to registry: ${missing.digest}`,
    );
  const child = (manifest.manifests ?? []).find(
    (part) => repository?.manifests.has(part.digest ?? '') !== true,
  );
  if (child !== undefined)
    throw new RegistryRefusal(400, 'MANIFEST_UNKNOWN', `manifest unknown: ${child.digest}`);
}

/** `n` and `last` of a listing, with the Link to the next page. */
function sendPage(
  response: ServerResponse,
  url: URL,
  path: string,
  all: readonly string[],
  body: (page: readonly string[]) => unknown,
): void {
  const last = url.searchParams.get('last');
  const rest = last === null ? all : all.filter((each) => each > last);
  const n = Number(url.searchParams.get('n') ?? '0');
  const page = n > 0 ? rest.slice(0, n) : rest;
  const end = page.at(-1);
  const more = page.length < rest.length && end !== undefined;
  sendJson(
    response,
    200,
    body(page),
    more ? { link: `<${path}?n=${n}&last=${encodeURIComponent(end)}>; rel="next"` } : {},
  );
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

const unsupported = () => new RegistryRefusal(405, 'UNSUPPORTED', 'the operation is unsupported');

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > largestUpload) throw new RegistryRefusal(413, 'SIZE_INVALID', 'upload is too large');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
