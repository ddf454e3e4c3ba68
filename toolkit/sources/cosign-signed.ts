/** Signatures as cosign leaves them beside an artifact: bundles (since 3), or layers of an image `sha256-<hex>.sig`. */
import type { Bundle } from '@sigstore/bundle';
import type { Fields } from '../runtime/mod.ts';
import { packageOf } from './sigstore-packages.ts';
import { findManifest, readBlob } from './oci-remote.ts';
import type { Remote } from './oci-remote.ts';
import { fieldsOf, findReferrers } from './referrers.ts';

export interface SignedLayer {
  layout: 'layer';
  payload: Buffer;
  signature: Buffer;
  /** `dev.sigstore.cosign/…`: without a key, its certificate and the transparency log's answer. */
  annotations: Fields;
}

export type Signed = { layout: 'bundle'; bundle: Bundle } | SignedLayer;

const simpleSigning = 'application/vnd.dev.cosign.simplesigning.v1+json';
const signatureAnnotation = 'dev.cosignproject.cosign/signature';
const claimType = 'cosign container image signature';
const statementType = 'application/vnd.in-toto+json';
const bundleType = 'application/vnd.dev.sigstore.bundle';
/** In registries there are bundles since 0.3. */
const tooOld = /^application\/vnd\.dev\.sigstore\.bundle\+json;version=0\.[12]$/;
/** More than anybody signs one artifact with. */
const mostSignatures = 100;

/** All of one layout: where there is a bundle, the older one is not looked at. */
export async function findSigned(remote: Remote, digest: string): Promise<Signed[]> {
  const bundles = await findBundles(remote, digest);
  return bundles.length > 0 ? bundles : findLayers(remote, digest);
}

async function findLayers(remote: Remote, digest: string): Promise<SignedLayer[]> {
  const found = await findManifest(remote, `${digest.replace(':', '-')}.sig`);
  const signed: SignedLayer[] = [];
  for (const layer of found?.fields.each('layers').slice(0, mostSignatures) ?? []) {
    const annotations = layer.at('annotations');
    const signature = annotations.text(signatureAnnotation);
    if (signature === undefined || layer.text('mediaType') !== simpleSigning) continue;
    const payload = await readBlob(remote, layer.text('digest') ?? '');
    signed.push({
      layout: 'layer',
      payload: Buffer.from(payload),
      signature: Buffer.from(signature, 'base64'),
      annotations,
    });
  }
  return signed;
}

/** What refers to the artifact and is no bundle, or none that can be read, is passed over. */
async function findBundles(remote: Remote, digest: string): Promise<Signed[]> {
  const bundles: Signed[] = [];
  for (const referrer of (await findReferrers(remote, digest)).slice(0, mostSignatures)) {
    const named = referrer.text('digest');
    if (named?.startsWith('sha256:') !== true) continue;
    const manifest = await findManifest(remote, named);
    const layers = manifest?.fields.each('layers') ?? [];
    const [layer] = layers;
    if (layer === undefined || layers.length !== 1) continue;
    if (layer.text('mediaType')?.startsWith(bundleType) !== true) continue;
    const bundle = await readBundle(await readBlob(remote, layer.text('digest') ?? ''));
    if (bundle !== undefined) bundles.push({ layout: 'bundle', bundle });
  }
  return bundles;
}

async function readBundle(data: Uint8Array): Promise<Bundle | undefined> {
  const format = packageOf(await import('@sigstore/bundle'));
  try {
    const bundle = format.bundleFromJSON(JSON.parse(Buffer.from(data).toString('utf8')));
    return tooOld.test(bundle.mediaType) ? undefined : bundle;
  } catch {
    return undefined;
  }
}

/** What is signed, and with what. */
export interface Content {
  /** Over which the signature goes. */
  data: Buffer;
  payload: Buffer;
  signature: Buffer;
}

/** @throws Error for a bundle without an envelope that has one signature */
export function contentOf(signed: Signed): Content {
  if (signed.layout === 'layer') {
    const { payload, signature } = signed;
    return { data: payload, payload, signature };
  }
  const { content } = signed.bundle;
  if (content.$case !== 'dsseEnvelope') throw new Error('bundle does not contain a DSSE envelope');
  const { payload, payloadType, signatures } = content.dsseEnvelope;
  const [signature] = signatures;
  if (signature === undefined || signatures.length !== 1)
    throw new Error('the envelope of a bundle has to have one signature');
  const before = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return { data: Buffer.concat([Buffer.from(before), payload]), payload, signature: signature.sig };
}

/** @throws Error when it speaks of another artifact */
export function checkClaim(signed: Signed, digest: string): void {
  const claimed =
    signed.layout === 'layer' ? [claimedDigest(signed.payload)] : subjectDigests(signed.bundle);
  if (!claimed.includes(digest))
    throw new Error(
      `${signed.layout === 'bundle' ? 'failed to verify signature: ' : ''}provided artifact digest does not match any digest in statement`,
    );
}

/** Of which artifact a payload speaks. */
export function claimedDigest(payload: Uint8Array): string | undefined {
  const critical = fieldsOf(payload).at('critical');
  if (critical.text('type') !== claimType) return undefined;
  return critical.at('image').text('docker-manifest-digest');
}

function subjectDigests({ content }: Bundle): string[] {
  if (content.$case !== 'dsseEnvelope' || content.dsseEnvelope.payloadType !== statementType)
    return [];
  return fieldsOf(content.dsseEnvelope.payload)
    .each('subject')
    .flatMap((subject) => {
      const hex = subject.at('digest').text('sha256');
      return hex === undefined ? [] : [`sha256:${hex.toLowerCase()}`];
    });
}
