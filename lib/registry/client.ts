/** Tags and images of a repository (OCI Distribution Specification 1.1). */
import { canonicalName, formatImageName } from '../policy/mod.ts';
import type { ImageName } from '../policy/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import { RegistryError } from './errors.ts';
import { createTransport } from './transport.ts';
import type { RegistryTransport, TransportOptions } from './transport.ts';
import type { ImageInfo, Keychain, RegistryClient } from './types.ts';

export interface RegistryClientOptions extends TransportOptions {
  clock: Clock;
}

const mostTags = 20_000;
const pageSize = 1000;

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
].join(', ');

/** A client for any number of registries. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const transport = createTransport(options);
  return {
    listTags: async (name, { keychain, signal }) => {
      const { domain: host, image: repository } = canonicalName(name);
      const tags = new Set<string>();
      let path: string | undefined = `${repository}/tags/list?n=${pageSize}`;
      while (path !== undefined) {
        const { status, headers, body } = await transport.send({
          host,
          repository,
          method: 'GET',
          path,
          keychain,
          signal,
        });
        if (status === 404) {
          throw new RegistryError(
            'RepositoryUnknown',
            `${host}/${repository}`,
            `repository ${formatImageName(name)} does not exist in ${host}`,
          );
        }
        const page = JSON.parse(body.toString('utf8')) as { tags?: string[] | null };
        for (const tag of page.tags ?? []) tags.add(tag);
        if (tags.size > mostTags) {
          throw new RegistryError(
            'ListingTooLong',
            `${host}/${repository}`,
            `repository ${formatImageName(name)} has more than ${mostTags} tags`,
          );
        }
        path = nextPage(headers.link);
      }
      return [...tags];
    },
    tagDigest: async (name, tag, { keychain, signal }) => {
      const { domain: host, image: repository } = canonicalName(name);
      const { status, headers } = await transport.send({
        host,
        repository,
        method: 'HEAD',
        path: `${repository}/manifests/${tag}`,
        accept: manifestTypes,
        keychain,
        signal,
      });
      const digest = headers['docker-content-digest'];
      return status === 404 || typeof digest !== 'string' ? undefined : digest;
    },
    imageInfo: (name, tag, { keychain, signal }) =>
      readImage(transport, options.clock, name, tag, keychain, signal),
    close: () => transport.close(),
  };
}

interface Manifest {
  schemaVersion?: number;
  manifests?: {
    digest: string;
    mediaType?: string;
    platform?: { os?: string; architecture?: string };
    annotations?: Record<string, string>;
  }[];
  config?: { digest: string };
  history?: { v1Compatibility?: string }[];
  annotations?: Record<string, string>;
}

async function readImage(
  transport: RegistryTransport,
  clock: Clock,
  name: ImageName,
  tag: string,
  keychain: Keychain,
  signal: AbortSignal | undefined,
): Promise<ImageInfo | undefined> {
  const { domain: host, image: repository } = canonicalName(name);
  const get = (path: string) =>
    transport.send({
      host,
      repository,
      method: 'GET',
      path: `${repository}/${path}`,
      accept: manifestTypes,
      keychain,
      signal,
    });
  const first = await get(`manifests/${tag}`);
  if (first.status === 404) return undefined;
  const digest = String(first.headers['docker-content-digest'] ?? '');
  let manifest = JSON.parse(first.body.toString('utf8')) as Manifest;
  const annotations = manifest.annotations ?? {};
  if (manifest.manifests !== undefined) {
    const chosen = choosePlatform(manifest.manifests);
    if (chosen === undefined) {
      throw new RegistryError(
        'UnknownManifest',
        `${host}/${repository}`,
        `no image in the index of ${formatImageName(name)}:${tag}`,
      );
    }
    const { status, body } = await get(`manifests/${chosen.digest}`);
    if (status === 404) return undefined;
    manifest = JSON.parse(body.toString('utf8')) as Manifest;
  }
  const lastFetched = clock.now().toISOString();
  const history = manifest.history?.[0]?.v1Compatibility;
  if (manifest.config === undefined && history !== undefined) {
    const old = JSON.parse(history) as ImageConfig;
    return { tag, digest, imageId: '', labels: labelsOf(old), createdAt: old.created, lastFetched };
  }
  if (manifest.config === undefined) {
    throw new RegistryError(
      'UnknownManifest',
      `${host}/${repository}`,
      `unknown manifest type of ${formatImageName(name)}:${tag}`,
    );
  }
  const { status, body } = await get(`blobs/${manifest.config.digest}`);
  if (status === 404) return undefined;
  const config = JSON.parse(body.toString('utf8')) as ImageConfig;
  return {
    tag,
    digest,
    imageId: manifest.config.digest,
    labels: { ...annotations, ...manifest.annotations, ...labelsOf(config) },
    createdAt: config.created,
    lastFetched,
  };
}

interface ImageConfig {
  created?: string;
  config?: { Labels?: Record<string, string> | null };
  container_config?: { Labels?: Record<string, string> | null };
}

/** Builders of today write `config`, old ones `container_config`. */
const labelsOf = (config: ImageConfig): Record<string, string> => ({
  ...config.container_config?.Labels,
  ...config.config?.Labels,
});

/** linux/amd64, else the first that runs on some machine (attestations do not). */
function choosePlatform(all: NonNullable<Manifest['manifests']>) {
  const runnable = all.filter(({ platform }) => platform?.os !== 'unknown');
  return (
    runnable.find(
      ({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64',
    ) ?? runnable[0]
  );
}

/** `</v2/x/tags/list?n=…>; rel="next"`; whole URLs count by their path. */
function nextPage(link: string | string[] | undefined): string | undefined {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/.exec(String(link ?? ''))?.[1];
  if (target === undefined) return undefined;
  const url = new URL(target, 'https://registry');
  return `${url.pathname}${url.search}`;
}
