/** Pushes a small valid image straight to a registry (OCI Distribution Specification 1.1). */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { canonicalName, formatImageName, formatImageRef } from '../lib/policy/mod.ts';
import { basicHeader, bearerHeader, tokenUrl } from '../lib/registry/mod.ts';
import type { RegistryCredentials } from '../lib/registry/mod.ts';
import { Fault } from '../lib/runtime/mod.ts';
import type { Build } from './ci-mock.ts';
import { credentialsFor } from './ci-mock-credentials.ts';

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';

export async function pushSmallImage(
  build: Build,
  env: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<void> {
  const { domain, image: repository } = canonicalName(build.image);
  const layer = await tarOf({
    'build-info.txt': `commit ${build.commit}\nversion ${build.version}\n`,
  });
  const compressed = gzipSync(layer);
  const created = build.created.toISOString();
  const config = json({
    architecture: 'amd64',
    os: 'linux',
    created,
    config: {
      Labels: {
        'org.opencontainers.image.created': created,
        'org.opencontainers.image.revision': build.commit,
        'org.opencontainers.image.version': build.version,
      },
    },
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    history: [{ created, created_by: 'ci-mock' }],
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: manifestType,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: config.length,
      digest: digestOf(config),
    },
    layers: [
      {
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
        size: compressed.length,
        digest: digestOf(compressed),
      },
    ],
  });
  say(`Successfully built ${digestOf(config).slice('sha256:'.length, 'sha256:'.length + 12)}`);
  const login = await credentialsFor(domain, env);
  const send = session(domain, repository, login);
  for (const blob of [compressed, config]) {
    const started = await send('POST', `/v2/${repository}/blobs/uploads/`, undefined, [202]);
    const location = new URL(started.headers.get('location') ?? '', started.url);
    location.searchParams.set('digest', digestOf(blob));
    await send('PUT', location.href, { type: 'application/octet-stream', data: blob }, [201]);
  }
  await send(
    'PUT',
    `/v2/${repository}/manifests/${build.image.tag}`,
    { type: manifestType, data: manifest },
    [201],
  );
  say(`Successfully tagged ${formatImageRef(build.image)}`);
  say(`The push refers to repository [${formatImageName({ domain, image: repository })}]`);
  say(`${build.image.tag}: digest: ${digestOf(manifest)} size: ${manifest.length}`);
}

type Send = (
  method: string,
  url: string,
  body: { type: string; data: Buffer } | undefined,
  expected: readonly number[],
) => Promise<Response>;

/** Loopback registries speak HTTP, as Docker assumes too; a challenge is answered once and its token kept. */
function session(domain: string, repository: string, login: RegistryCredentials | undefined): Send {
  const host = domain === 'index.docker.io' ? 'registry-1.docker.io' : domain;
  const scheme = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host) ? 'http' : 'https';
  let authorization = login === undefined ? undefined : basicHeader(login);
  return async (method, url, body, expected) => {
    for (let challenged = false; ; challenged = true) {
      const response = await fetch(new URL(url, `${scheme}://${host}`), {
        method,
        headers: {
          ...(authorization === undefined ? {} : { authorization }),
          ...(body === undefined ? {} : { 'content-type': body.type }),
        },
        ...(body === undefined ? {} : { body: new Uint8Array(body.data) }),
      });
      if (expected.includes(response.status)) return response;
      const text = await response.text();
      const challenge = response.headers.get('www-authenticate') ?? '';
      if (response.status !== 401 || challenged || !/^bearer/i.test(challenge)) {
        throw new Fault(
          'PushFailed',
          'stall',
          host,
          `${method} ${host}/${repository}: the registry answered ${response.status}: ${text.slice(0, 300)}`,
        );
      }
      authorization = await authorize(challenge, repository, login);
    }
  };
}

async function authorize(
  challenge: string,
  repository: string,
  login: RegistryCredentials | undefined,
): Promise<string> {
  const url = tokenUrl(challenge, { repository, access: 'pull,push' });
  if (url === undefined)
    throw new Fault('PushFailed', 'stall', repository, `cannot answer the challenge ${challenge}`);
  const response = await fetch(url, {
    headers: login === undefined ? {} : { authorization: basicHeader(login) },
  });
  const authorization = response.ok ? bearerHeader(await response.json()) : undefined;
  if (authorization !== undefined) return authorization;
  throw new Fault(
    'PushFailed',
    'stall',
    url.host,
    `no token from ${url.host}: ${response.status}; try docker login`,
  );
}

async function tarOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, text] of Object.entries(files)) archive.entry({ name }, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const digestOf = (data: Buffer): string =>
  `sha256:${createHash('sha256').update(data).digest('hex')}`;
