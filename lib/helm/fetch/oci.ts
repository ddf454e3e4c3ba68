/** Charts in OCI registries (helm 3.19 pkg/registry). */
import { createHash } from 'node:crypto';
import { messageOf } from '../../runtime/mod.ts';
import { compareVersions, parseConstraint, parseVersion } from '../../policy/mod.ts';
import { HelmError } from '../chart/mod.ts';
import type { ChartMetadata } from '../chart/mod.ts';
import { metadataFields } from '../storage/encode.ts';
import { writeJson } from '../yaml/mod.ts';
import { formatOci, parseOci, tagOf } from './oci-reference.ts';
import type { OciReference } from './oci-reference.ts';
import type { OciTransport } from './oci-transport.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const configType = 'application/vnd.cncf.helm.config.v1+json';
const chartType = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const oldChartType = 'application/tar+gzip';
const provenanceType = 'application/vnd.cncf.helm.chart.provenance.v1.prov';

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

export interface PulledChart {
  archive: Uint8Array;
  provenance: Uint8Array | undefined;
  /** As Helm prints it. */
  reference: string;
  /** Of the manifest. */
  digest: string;
}

/**
 * Which tag or digest a version or range means; '' is the newest release.
 *
 * @throws HelmError `ChartNotFound`; PolicyError for a range that cannot be read
 */
export async function resolveOci(
  transport: OciTransport,
  text: string,
  version: string,
): Promise<OciReference> {
  const reference = parseOci(text);
  if (version !== '' && reference.tag !== '' && reference.tag !== tagOf(version)) {
    throw new HelmError(
      'ChartNotFound',
      text,
      `chart reference and version mismatch: ${version} is not ${reference.tag}`,
    );
  }
  if (reference.digest !== '') return reference;
  const wanted = version === '' ? reference.tag : version;
  if (parseVersion(wanted) !== undefined) return { ...reference, tag: tagOf(wanted) };
  const tags = await listVersions(transport, reference);
  if (tags.length === 0) {
    throw new HelmError(
      'ChartNotFound',
      text,
      `Unable to locate any tags in provided repository: ${text}`,
    );
  }
  const range = parseConstraint(wanted === '' ? '*' : wanted);
  const found = tags.find((tag) => {
    const parsed = parseVersion(tag);
    return tag === wanted || (parsed !== undefined && range.allows(parsed));
  });
  if (found !== undefined) return { ...reference, tag: tagOf(found) };
  throw new HelmError(
    'ChartNotFound',
    text,
    `Could not locate a version matching provided version string ${wanted}`,
  );
}

/** The versions of a repository, newest first; tags that are no versions are passed over. */
export async function listVersions(
  transport: OciTransport,
  { host, repository }: OciReference,
): Promise<string[]> {
  const found = new Map<string, NonNullable<ReturnType<typeof parseVersion>>>();
  let path: string | undefined = `${repository}/tags/list`;
  const seen = new Set<string>();
  while (path !== undefined && !seen.has(path)) {
    seen.add(path);
    const { status, headers, body } = await transport.send({
      method: 'GET',
      host,
      repository,
      path,
      access: 'pull',
    });
    if (status === 404) throw notFound(`${host}/${repository}`);
    const json = parse(body);
    const tags = typeof json === 'object' && json !== null && 'tags' in json ? json.tags : [];
    for (const tag of Array.isArray(tags) ? (tags as unknown[]) : []) {
      if (typeof tag !== 'string') continue;
      const version = tag.replaceAll('_', '+');
      const parsed = /^\d+\.\d+\.\d+/.test(version) ? parseVersion(version) : undefined;
      if (parsed !== undefined) found.set(version, parsed);
    }
    const next = /<([^>]+)>;\s*rel="?next/.exec(headers.get('link') ?? '')?.[1];
    path = next?.replace(/^(https?:\/\/[^/]+)?\/v2\//, '');
  }
  return [...found].sort(([, a], [, b]) => compareVersions(b, a)).map(([version]) => version);
}

/** @throws HelmError `ChartNotFound`, `DownloadFailed` when what comes is no chart */
export async function pullOci(
  transport: OciTransport,
  reference: OciReference,
): Promise<PulledChart> {
  const { host, repository, tag, digest } = reference;
  const shown = formatOci(reference);
  const refused = (message: string, cause?: unknown) =>
    new HelmError(
      cause === undefined ? 'ChartNotFound' : 'DownloadFailed',
      shown,
      `failed to perform "FetchReference" on source: ${message}`,
      { cause },
    );
  const answer = await transport
    .send({
      method: 'GET',
      host,
      repository,
      path: `${repository}/manifests/${digest === '' ? tag : digest}`,
      access: 'pull',
      headers: { accept: manifestType },
    })
    .catch((cause: unknown) => {
      throw refused(messageOf(cause), cause);
    });
  if (answer.status === 404) throw refused(`${shown}: not found`);
  const actual = digestOf(answer.body);
  if (digest !== '' && digest !== actual) throw mismatch(shown, digest, actual);
  const layers = readLayers(answer.body);
  const chart = layers.find(
    (each) => each.mediaType === chartType || each.mediaType === oldChartType,
  );
  if (chart === undefined) {
    throw new HelmError(
      'DownloadFailed',
      shown,
      `manifest does not contain a layer with mediatype ${chartType}`,
    );
  }
  const blob = async (descriptor: Descriptor) => {
    const got = await transport.send({
      method: 'GET',
      host,
      repository,
      path: `${repository}/blobs/${descriptor.digest}`,
      access: 'pull',
    });
    if (got.status === 404) throw notFound(`${shown}@${descriptor.digest}`);
    const found = digestOf(got.body);
    if (found !== descriptor.digest) throw mismatch(shown, descriptor.digest, found);
    return got.body;
  };
  const provenance = layers.find((each) => each.mediaType === provenanceType);
  return {
    archive: await blob(chart),
    provenance: provenance === undefined ? undefined : await blob(provenance),
    reference: shown,
    digest: actual,
  };
}

export interface PushRequest {
  reference: OciReference;
  archive: Uint8Array;
  provenance: Uint8Array | undefined;
  metadata: ChartMetadata;
  /** RFC 3339; when the archive was written. */
  created: string;
}

/** @returns the manifest's digest */
export async function pushOci(transport: OciTransport, request: PushRequest): Promise<string> {
  const { reference, archive, provenance, metadata, created } = request;
  const config = Buffer.from(writeJson(metadataFields(metadata)));
  const layers = [
    describe(chartType, archive),
    ...(provenance === undefined ? [] : [describe(provenanceType, provenance)]),
  ].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  for (const data of [archive, config, ...(provenance === undefined ? [] : [provenance])])
    await uploadBlob(transport, reference, data);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      config: describe(configType, config),
      layers,
      annotations: annotationsOf(metadata, created),
    }),
  );
  const { host, repository, tag } = reference;
  const answer = await transport.send({
    method: 'PUT',
    host,
    repository,
    path: `${repository}/manifests/${tag}`,
    access: 'pull,push',
    headers: { 'content-type': manifestType },
    body: manifest,
  });
  if (answer.status === 404) throw notFound(formatOci(reference));
  return digestOf(manifest);
}

async function uploadBlob(
  transport: OciTransport,
  { host, repository }: OciReference,
  data: Uint8Array,
): Promise<void> {
  const base = { host, repository, access: 'pull,push' } as const;
  const digest = digestOf(data);
  const head = await transport.send({
    ...base,
    method: 'HEAD',
    path: `${repository}/blobs/${digest}`,
  });
  if (head.status === 200) return;
  const begun = await transport.send({
    ...base,
    method: 'POST',
    path: `${repository}/blobs/uploads/`,
    headers: { 'content-length': '0' },
  });
  const location = begun.headers.get('location') ?? '';
  if (begun.status === 404 || location === '') throw notFound(`${host}/${repository}`);
  const separator = location.includes('?') ? '&' : '?';
  await transport.send({
    ...base,
    method: 'PUT',
    path: `${location.replace(/^\/v2\//, '')}${separator}digest=${encodeURIComponent(digest)}`,
    headers: { 'content-type': 'application/octet-stream' },
    body: data,
  });
}

/** What a registry's user interface shows; keys of Chart.yaml's annotations do not override Helm's own. */
function annotationsOf(metadata: ChartMetadata, created: string): Record<string, string> {
  const authors = (metadata.maintainers ?? [])
    .map(({ name = '', email }) => (email ? `${name} (${email})` : name))
    .join(', ');
  const [source] = metadata.sources ?? [];
  const key = (name: string) => `org.opencontainers.image.${name}`;
  const own: Record<string, string | undefined> = {
    [key('description')]: metadata.description,
    [key('title')]: metadata.name,
    [key('version')]: metadata.version,
    [key('url')]: metadata.home,
    [key('created')]: created,
    [key('source')]: source,
    [key('authors')]: authors,
  };
  const fixed = new Set([key('version'), key('title')]);
  const given = Object.entries(metadata.annotations ?? {}).filter(([name]) => !fixed.has(name));
  const all = {
    ...Object.fromEntries(Object.entries(own).filter(([, text]) => text)),
    ...Object.fromEntries(given),
  };
  return Object.fromEntries(
    Object.entries(all as Record<string, string>).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const describe = (mediaType: string, data: Uint8Array): Descriptor => ({
  mediaType,
  digest: digestOf(data),
  size: data.byteLength,
});

function readLayers(body: Uint8Array): Descriptor[] {
  const json = parse(body);
  const layers = typeof json === 'object' && json !== null && 'layers' in json ? json.layers : [];
  return (Array.isArray(layers) ? (layers as unknown[]) : []).flatMap((layer) => {
    if (typeof layer !== 'object' || layer === null) return [];
    const { mediaType, digest, size } = layer as Record<string, unknown>;
    if (typeof mediaType !== 'string' || typeof digest !== 'string') return [];
    return [{ mediaType, digest, size: typeof size === 'number' ? size : 0 }];
  });
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch (cause) {
    throw new HelmError('DownloadFailed', 'registry', 'the registry answered with no JSON', {
      cause,
    });
  }
}

export const digestOf = (data: Uint8Array): string =>
  `sha256:${createHash('sha256').update(data).digest('hex')}`;

/** What Helm says of tags that stand for versions with `+`. */
export const underscoreNote = `
OCI artifact references (e.g. tags) do not support the plus sign (+). To support
storing semantic versions, Helm adopts the convention of changing plus (+) to
an underscore (_) in chart version tags when pushing to a registry and back to
a plus (+) when pulling from a registry.`;

const notFound = (what: string) => new HelmError('ChartNotFound', what, `${what}: not found`);

const mismatch = (what: string, wanted: string, found: string) =>
  new HelmError(
    'DownloadFailed',
    what,
    `${what}: the content of ${wanted} has the digest ${found}`,
  );
