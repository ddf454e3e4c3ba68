/** Artifacts and what lies beside them, written to a registry as cosign does. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';

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
async function upload({ registry, repository }: Place, data: string): Promise<string> {
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
  data: string;
  annotations?: Record<string, string>;
}

/** @param tag or undefined for its digest @returns its digest */
export async function putManifest(
  place: Place,
  tag: string | undefined,
  layers: readonly Layer[],
): Promise<string> {
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
  return sha256(body);
}

/** Beside the artifact, with the list of what refers to it. */
export async function putBundle(place: Place, digest: string, bundle: unknown): Promise<void> {
  const layer = { mediaType: bundleType, data: JSON.stringify(bundle) };
  const referrer = await putManifest(place, undefined, [layer]);
  const described = {
    mediaType: manifestType,
    digest: referrer,
    size: 1,
    artifactType: bundleType,
  };
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: indexType,
    manifests: [described],
  });
  await put(place, digest.replace(':', '-'), indexType, index);
}
