/** Tags and images of a repository (OCI Distribution Specification 1.1). */
import { createHash } from 'node:crypto';
import { canonicalName, formatImageName } from '../policy/mod.ts';
import type { ImageName } from '../policy/mod.ts';
import { isRecord } from '../runtime/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import type { Headers } from './answers.ts';
import { RegistryError } from './errors.ts';
import { parseJson } from './json.ts';
import { choosePlatform, manifestTypes, readConfig, readManifest } from './manifest.ts';
import { createTransport } from './transport.ts';
import type { RegistryResponse, RegistryTransport, TransportOptions } from './transport.ts';
import type { ImageInfo, Keychain, RegistryClient } from './types.ts';

export interface RegistryClientOptions extends TransportOptions {
  clock: Clock;
}

const mostTags = 20_000;
const pageSize = 1000;

/** A client for any number of registries. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const transport = createTransport(options);
  return {
    listTags: (name, { keychain, signal }) => listTags(transport, name, keychain, signal),
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
      return status === 404 ? undefined : namedDigest(headers);
    },
    imageInfo: (name, tag, { keychain, signal }) =>
      readImage(transport, options.clock, name, tag, keychain, signal),
    close: () => transport.close(),
  };
}

async function listTags(
  transport: RegistryTransport,
  name: ImageName,
  keychain: Keychain,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const { domain: host, image: repository } = canonicalName(name);
  const subject = `${host}/${repository}`;
  const shown = formatImageName(name);
  const tags = new Set<string>();
  const pages = new Set<string>();
  let path: string | undefined = `/v2/${repository}/tags/list?n=${pageSize}`;
  while (path !== undefined && !pages.has(path)) {
    pages.add(path);
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
        subject,
        `repository ${shown} does not exist in ${host}`,
      );
    }
    const page = parseJson(body.toString('utf8'));
    const listed = isRecord(page) ? (page.tags ?? []) : undefined;
    if (!Array.isArray(listed)) {
      throw new RegistryError(
        'RegistryFailed',
        subject,
        `GET ${subject}: the registry's answer is no list of tags`,
      );
    }
    for (const tag of listed) if (typeof tag === 'string') tags.add(tag);
    if (tags.size > mostTags) {
      throw new RegistryError(
        'ListingTooLong',
        subject,
        `repository ${shown} has more than ${mostTags} tags`,
      );
    }
    path = nextPage(headers, path);
  }
  transport.noteSuccess(host);
  return [...tags];
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
  const subject = `${host}/${repository}`;
  const shown = `${formatImageName(name)}:${tag}`;
  const get = (path: string): Promise<RegistryResponse> =>
    transport.send({
      host,
      repository,
      method: 'GET',
      path: `${repository}/${path}`,
      accept: manifestTypes,
      keychain,
      signal,
    });
  /** By digest: what came has to be what was asked for. */
  const getExactly = async (kind: 'manifests' | 'blobs', digest: string) => {
    const { status, body } = await get(`${kind}/${digest}`);
    if (status === 404) return undefined;
    if (digest.startsWith('sha256:') && digestOf(body) !== digest) {
      throw new RegistryError(
        'RegistryFailed',
        subject,
        `GET ${subject}: the content of ${digest} has another digest`,
      );
    }
    return body.toString('utf8');
  };
  const unknown = (what: string) => new RegistryError('UnknownManifest', subject, what);

  const first = await get(`manifests/${tag}`);
  if (first.status === 404) return undefined;
  const base = {
    tag,
    digest: namedDigest(first.headers) ?? digestOf(first.body),
    lastFetched: clock.now().toISOString(),
  };
  let manifest = readManifest(first.body.toString('utf8'));
  let annotations: Record<string, string> = {};
  if (manifest?.kind === 'index') {
    annotations = manifest.annotations;
    const chosen = choosePlatform(manifest.children);
    if (chosen === undefined) throw unknown(`no image in the index of ${shown}`);
    const text = await getExactly('manifests', chosen.digest);
    if (text === undefined) return undefined;
    manifest = readManifest(text);
  }
  if (manifest?.kind === 'schema1') {
    const { created, labels } = manifest.config;
    return { ...base, imageId: '', labels: { ...annotations, ...labels }, createdAt: created };
  }
  if (manifest?.kind !== 'image') throw unknown(`unknown manifest type of ${shown}`);
  const text = await getExactly('blobs', manifest.configDigest);
  if (text === undefined) return undefined;
  const config = readConfig(text);
  if (config === undefined) throw unknown(`the config of ${shown} is not JSON`);
  return {
    ...base,
    imageId: manifest.configDigest,
    labels: { ...annotations, ...manifest.annotations, ...config.labels },
    createdAt: config.created,
  };
}

const digestOf = (data: Uint8Array): string =>
  `sha256:${createHash('sha256').update(data).digest('hex')}`;

function namedDigest(headers: Headers): string | undefined {
  const digest = headers['docker-content-digest'];
  return typeof digest === 'string' && digest !== '' ? digest : undefined;
}

/** `</v2/x/tags/list?n=…>; rel="next"`; a whole URL counts by its path, a relative one from the page it stands on. */
function nextPage(headers: Headers, page: string): string | undefined {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/.exec(String(headers.link ?? ''))?.[1];
  const base = `https://registry${page}`;
  if (target === undefined || !URL.canParse(target, base)) return undefined;
  const url = new URL(target, base);
  return `${url.pathname}${url.search}`;
}
