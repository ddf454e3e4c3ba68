/** Signatures beside artifacts of the sandbox's registry, as cosign puts them there. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadChart } from '../lib/helm/chart/mod.ts';
import { createOciTransport, packChart, parseOci, pushOci } from '../lib/helm/fetch/mod.ts';
import { namespace, smallChart, startStage } from './_harness.ts';
import type { Stage } from './_harness.ts';
import { putBundle, putManifest, sha256, signaturesTag } from './_signing.ts';
import { envelopeOf, keyBundle } from './sources/_sigstore.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  await stage.secret('mine', {
    'cosign.pub': mine.publicKey.export(pem).toString(),
    'other.pub': theirs.publicKey.export(pem).toString(),
  });
  await stage.secret('theirs', { 'cosign.pub': theirs.publicKey.export(pem).toString() });
  await stage.secret('broken', { 'cosign.pub': 'no key' });
  await stage.secret('empty', { 'cosign.key': 'none' });
}, 60_000);
afterAll(() => stage.close());

const pem = { type: 'spki', format: 'pem' } as const;
const mine = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const theirs = generateKeyPairSync('ed25519');

const at = (repository: string) => ({ registry: stage.sandbox.registry.url, repository });

interface Signing {
  /** Of which the payload speaks; the artifact's own when absent. */
  claimed?: string;
  /** What is signed when it is not the payload. */
  instead?: string;
  type?: string;
}

/** An artifact with a signature of mine. @returns its digest */
async function artifact(repository: string, signing: Signing | undefined): Promise<string> {
  const data = `files of ${repository}`;
  const digest = await putManifest(at(repository), '1.0.0', [{ mediaType: 'a/b', data }]);
  if (signing !== undefined) await attach(repository, digest, signing);
  return digest;
}

async function attach(repository: string, digest: string, signing: Signing): Promise<void> {
  const { claimed = digest, instead, type = 'cosign container image signature' } = signing;
  const payload = JSON.stringify({
    critical: {
      identity: { 'docker-reference': repository },
      image: { 'docker-manifest-digest': claimed },
      type,
    },
    optional: null,
  });
  const signature = sign('sha256', Buffer.from(instead ?? payload), mine.privateKey);
  await putManifest(at(repository), signaturesTag(digest), [
    {
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      data: payload,
      annotations: { 'dev.cosignproject.cosign/signature': signature.toString('base64') },
    },
  ]);
}

const kind = 'OCIRepository';
const watch = (name: string, repository: string, verify: Record<string, unknown> | undefined) =>
  stage.apply({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind,
    metadata: { namespace, name },
    spec: {
      interval: '1h',
      url: `oci://${stage.sandbox.registry.host}/${repository}`,
      insecure: true,
      ref: { tag: '1.0.0' },
      layerSelector: { operation: 'copy' },
      ...(verify === undefined ? {} : { verify }),
    },
  });
const by = (name: string) => ({ provider: 'cosign', secretRef: { name } });

describe('OCIRepository.spec.verify', () => {
  test('any of the keys; another spec is verified anew, and none forgets it', async () => {
    const digest = await artifact('signed', {});
    await watch('signed', 'signed', by('mine'));
    expect(await stage.says(kind, 'signed', 'SourceVerified', 'Succeeded')).toBe(
      `True verified signature of revision 1.0.0@${digest}`,
    );
    await stage.says(kind, 'signed', 'Ready', 'Succeeded');
    await watch('signed', 'signed', by('theirs'));
    const refused = `False failed to verify the signature using provider 'cosign': no matching signatures were found for '${stage.sandbox.registry.host}/signed@${digest}'`;
    expect(await stage.says(kind, 'signed', 'Ready', 'VerificationError')).toBe(refused);
    expect(await stage.says(kind, 'signed', 'SourceVerified', 'VerificationError')).toBe(refused);
    await watch('signed', 'signed', undefined);
    await stage.says(kind, 'signed', 'Ready', 'Succeeded');
    await stage.until(
      kind,
      'signed',
      (status) => !status.each('conditions').some((each) => each.text('type') === 'SourceVerified'),
    );
  });

  const none = /^False failed to verify the signature using provider 'cosign': no matching signat/;
  test.each<[string, Signing | undefined, Record<string, unknown>, RegExp]>([
    ['unsigned', undefined, by('mine'), none],
    ['of another artifact', { claimed: sha256('other') }, by('mine'), none],
    ['over something else', { instead: 'something else' }, by('mine'), none],
    ['of another kind', { type: 'atomic container signature' }, by('mine'), none],
    ['without keys', {}, by('empty'), none],
    [
      'with a broken key',
      {},
      by('broken'),
      /provider 'cosign': 'cosign\.pub' is no public key in PEM$/,
    ],
    [
      'without the Secret',
      {},
      by('none'),
      /failed to get secret 'apps\/none': secrets "none" not f/,
    ],
  ])('refused: %s', async (why, signing, verify, message) => {
    const name = why.replaceAll(' ', '-').toLowerCase();
    await artifact(name, signing);
    await watch(name, name, verify);
    expect(await stage.says(kind, name, 'Ready', 'VerificationError')).toMatch(message);
  });

  test('bundles of cosign 3, by their key; beside them older signatures do not count', async () => {
    const digest = await artifact('bundled', undefined);
    await putBundle(at('bundled'), digest, keyBundle(envelopeOf(digest, mine.privateKey)));
    await watch('bundled', 'bundled', by('mine'));
    expect(await stage.says(kind, 'bundled', 'SourceVerified', 'Succeeded')).toBe(
      `True verified signature of revision 1.0.0@${digest}`,
    );
    const other = await artifact('bundled-badly', {});
    await putBundle(at('bundled-badly'), other, keyBundle(envelopeOf(digest, mine.privateKey)));
    await watch('bundled-badly', 'bundled-badly', by('mine'));
    expect(await stage.says(kind, 'bundled-badly', 'Ready', 'VerificationError')).toMatch(none);
  });
});

describe('HelmChart.spec.verify', () => {
  const chart = (name: string, verify: Record<string, unknown>, source: string) =>
    stage.apply({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmChart',
      metadata: { namespace, name },
      spec: {
        chart: 'small',
        version: '1.0.0',
        interval: '1h',
        sourceRef: { kind: 'HelmRepository', name: source },
        verify,
      },
    });
  let digest: string;

  beforeAll(async () => {
    const { host } = stage.sandbox.registry;
    const content = Object.entries(smallChart('1.0.0'));
    const { metadata, ...rest } = loadChart(
      content.map(([name, text]) => ({ name, data: Buffer.from(text) })),
      { unpack: () => [] },
    );
    digest = await pushOci(createOciTransport({ plainHttp: true }), {
      archive: await packChart({ metadata, ...rest }),
      metadata,
      reference: parseOci(`oci://${host}/charts/small:1.0.0`),
      created: new Date(0).toISOString(),
      provenance: undefined,
    });
    await attach('charts/small', digest, {});
    const spec = { interval: '1h', type: 'oci', insecure: true, url: `oci://${host}/charts` };
    await stage.apply({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: { namespace, name: 'charts' },
      spec,
    });
  });

  test('a chart in a registry, by its key, and not by another', async () => {
    await chart('signed', by('mine'), 'charts');
    expect(await stage.says('HelmChart', 'signed', 'SourceVerified', 'Succeeded')).toBe(
      'True verified signature of version 1.0.0',
    );
    await stage.says('HelmChart', 'signed', 'Ready', 'ChartPullSucceeded');
    const refused = `False chart verification error: no matching signatures were found for '${stage.sandbox.registry.host}/charts/small@${digest}'`;
    await chart('other', by('theirs'), 'charts');
    const says = (type: string, reason: string) => stage.says('HelmChart', 'other', type, reason);
    expect(await says('SourceVerified', 'VerificationError')).toBe(refused);
    expect(await says('Ready', 'ChartVerificationError')).toBe(refused);
  });

  test('a Secret without keys', async () => {
    await chart('keyless', by('empty'), 'charts');
    expect(await stage.says('HelmChart', 'keyless', 'Ready', 'VerificationError')).toBe(
      "False failed to verify the signature using provider 'cosign': no public keys found in secret 'apps/empty'",
    );
  });
});
