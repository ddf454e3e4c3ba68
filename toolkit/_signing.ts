/** Artifacts and what lies beside them, written to a registry as cosign and Notation do; and objects that ask for it. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { loadChart } from '../lib/helm/chart/mod.ts';
import { createOciTransport, packChart, parseOci, pushOci } from '../lib/helm/fetch/mod.ts';
import { namespace, smallChart } from './_harness.ts';
import type { Stage } from './_harness.ts';

export interface Place {
  /** Its URL. */
  registry: string;
  repository: string;
}

export const sha256 = (data: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(data).digest('hex')}`;

/** Where signatures lie in the older layout. */
export const signaturesTag = (digest: string): string => `${digest.replace(':', '-')}.sig`;

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** Uploads a blob. @returns its digest */
async function upload({ registry, repository }: Place, data: string | Buffer): Promise<string> {
  const begun = await fetch(`${registry}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const at = new URL(begun.headers.get('location') ?? '', registry);
  at.searchParams.set('digest', sha256(data));
  const headers = { 'content-type': 'application/octet-stream' };
  expect((await fetch(at, { method: 'PUT', headers, body: data })).status).toBe(201);
  return sha256(data);
}

async function put({ registry, repository }: Place, tag: string, type: string, body: string) {
  const answer = await fetch(`${registry}/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    headers: { 'content-type': type },
    body,
  });
  expect(answer.status).toBe(201);
}

interface Layer {
  mediaType: string;
  data: string | Buffer;
  annotations?: Record<string, string>;
}

/** @param tag or undefined for its digest @returns its digest */
export async function putManifest(
  place: Place,
  tag: string | undefined,
  layers: readonly Layer[],
): Promise<string> {
  return (await describe(place, tag, layers)).digest;
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

async function describe(
  place: Place,
  tag: string | undefined,
  layers: readonly Layer[],
): Promise<Descriptor> {
  const config = '{}';
  await upload(place, config);
  const described = [];
  for (const { data, ...layer } of layers)
    described.push({
      ...layer,
      digest: await upload(place, data),
      size: Buffer.byteLength(data),
    });
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256(config), size: 2 },
    layers: described,
  });
  await put(place, tag ?? sha256(body), manifestType, body);
  return { mediaType: manifestType, digest: sha256(body), size: Buffer.byteLength(body) };
}

/** Beside an artifact, each with one layer, in the list of what refers to it. */
async function putReferrers(
  place: Place,
  digest: string,
  artifactType: string,
  layers: readonly Layer[],
): Promise<void> {
  const manifests = [];
  for (const layer of layers)
    manifests.push({ ...(await describe(place, undefined, [layer])), artifactType });
  const index = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests });
  await put(place, digest.replace(':', '-'), indexType, index);
}

export const putBundle = (place: Place, digest: string, bundle: unknown): Promise<void> =>
  putReferrers(place, digest, bundleType, [
    { mediaType: bundleType, data: JSON.stringify(bundle) },
  ]);

/** Signatures of Notation. */
export const putSignatures = (
  place: Place,
  digest: string,
  mediaType: string,
  envelopes: readonly Buffer[],
): Promise<void> =>
  putReferrers(
    place,
    digest,
    'application/vnd.cncf.notary.signature',
    envelopes.map((data) => ({ mediaType, data })),
  );

/** A signature in the older layout of cosign. */
export const putSigned = (
  place: Place,
  digest: string,
  payload: string,
  annotations: Record<string, string>,
): Promise<string> =>
  putManifest(place, signaturesTag(digest), [
    {
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      data: payload,
      annotations,
    },
  ]);

/** What cosign signs in the older layout. @param claimed digest of which it speaks */
export const payloadOf = (
  repository: string,
  claimed: string,
  type = 'cosign container image signature',
): string =>
  JSON.stringify({
    critical: {
      identity: { 'docker-reference': repository },
      image: { 'docker-manifest-digest': claimed },
      type,
    },
    optional: null,
  });

const apiVersion = 'source.toolkit.fluxcd.io/v1';

export const placeOf = ({ sandbox }: Stage, repository: string): Place => ({
  registry: sandbox.registry.url,
  repository,
});

/** An artifact that nobody has signed yet. @returns its digest */
export const putArtifact = (stage: Stage, repository: string): Promise<string> =>
  putManifest(placeOf(stage, repository), '1.0.0', [
    { mediaType: 'a/b', data: `files of ${repository}` },
  ]);

/** An OCIRepository. */
export const watchArtifact = (
  stage: Stage,
  name: string,
  verify: Readonly<Record<string, unknown>> | undefined,
): Promise<void> =>
  stage.apply({
    apiVersion,
    kind: 'OCIRepository',
    metadata: { namespace, name },
    spec: {
      interval: '1h',
      url: `oci://${stage.sandbox.registry.host}/${name}`,
      insecure: true,
      ref: { tag: '1.0.0' },
      layerSelector: { operation: 'copy' },
      ...(verify === undefined ? {} : { verify }),
    },
  });

/** `charts/small` 1.0.0, and the HelmRepository `charts`. @returns the digest of the chart */
export async function putChart(stage: Stage): Promise<string> {
  const { host } = stage.sandbox.registry;
  const content = Object.entries(smallChart('1.0.0'));
  const { metadata, ...rest } = loadChart(
    content.map(([name, text]) => ({ name, data: Buffer.from(text) })),
    { unpack: () => [] },
  );
  const digest = await pushOci(createOciTransport({ plainHttp: true }), {
    archive: await packChart({ metadata, ...rest }),
    metadata,
    reference: parseOci(`oci://${host}/charts/small:1.0.0`),
    created: new Date(0).toISOString(),
    provenance: undefined,
  });
  await stage.apply({
    apiVersion,
    kind: 'HelmRepository',
    metadata: { namespace, name: 'charts' },
    spec: { interval: '1h', type: 'oci', insecure: true, url: `oci://${host}/charts` },
  });
  return digest;
}

/** A HelmChart of `charts/small`. */
export const watchChart = (
  stage: Stage,
  name: string,
  verify: Readonly<Record<string, unknown>>,
): Promise<void> =>
  stage.apply({
    apiVersion,
    kind: 'HelmChart',
    metadata: { namespace, name },
    spec: {
      chart: 'small',
      version: '1.0.0',
      interval: '1h',
      sourceRef: { kind: 'HelmRepository', name: 'charts' },
      verify,
    },
  });
