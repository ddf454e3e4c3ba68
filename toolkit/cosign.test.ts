/** Signatures beside artifacts of the sandbox's registry, as cosign puts them there. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStage } from './_harness.ts';
import type { Stage } from './_harness.ts';
import {
  payloadOf,
  placeOf,
  putArtifact,
  putBundle,
  putChart,
  putSigned,
  sha256,
  watchArtifact,
  watchChart,
} from './_signing.ts';
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

interface Signing {
  /** Of which the payload speaks; the artifact's own when absent. */
  claimed?: string;
  /** What is signed when it is not the payload. */
  instead?: string;
  type?: string;
}

/** An artifact with a signature of mine. @returns its digest */
async function artifact(repository: string, signing: Signing | undefined): Promise<string> {
  const digest = await putArtifact(stage, repository);
  if (signing !== undefined) await attach(repository, digest, signing);
  return digest;
}

async function attach(repository: string, digest: string, signing: Signing): Promise<void> {
  const { claimed = digest, instead, type } = signing;
  const payload = payloadOf(repository, claimed, type);
  const signature = sign('sha256', Buffer.from(instead ?? payload), mine.privateKey);
  await putSigned(placeOf(stage, repository), digest, payload, {
    'dev.cosignproject.cosign/signature': signature.toString('base64'),
  });
}

const kind = 'OCIRepository';
const watch = (name: string, verify: Record<string, unknown> | undefined) =>
  watchArtifact(stage, name, verify);
const by = (name: string) => ({ provider: 'cosign', secretRef: { name } });

describe('OCIRepository.spec.verify', () => {
  test('any of the keys; another spec is verified anew, and none forgets it', async () => {
    const digest = await artifact('signed', {});
    await watch('signed', by('mine'));
    expect(await stage.says(kind, 'signed', 'SourceVerified', 'Succeeded')).toBe(
      `True verified signature of revision 1.0.0@${digest}`,
    );
    await stage.says(kind, 'signed', 'Ready', 'Succeeded');
    await watch('signed', by('theirs'));
    const refused = `False failed to verify the signature using provider 'cosign': no matching signatures were found for '${stage.sandbox.registry.host}/signed@${digest}'`;
    expect(await stage.says(kind, 'signed', 'Ready', 'VerificationError')).toBe(refused);
    expect(await stage.says(kind, 'signed', 'SourceVerified', 'VerificationError')).toBe(refused);
    await watch('signed', undefined);
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
    ['without the Secret', {}, by('none'), /provider 'cosign': secrets "none" not found$/],
  ])('refused: %s', async (why, signing, verify, message) => {
    const name = why.replaceAll(' ', '-').toLowerCase();
    await artifact(name, signing);
    await watch(name, verify);
    expect(await stage.says(kind, name, 'Ready', 'VerificationError')).toMatch(message);
  });

  test('bundles of cosign 3, by their key; beside them older signatures do not count', async () => {
    const digest = await artifact('bundled', undefined);
    await putBundle(
      placeOf(stage, 'bundled'),
      digest,
      keyBundle(envelopeOf(digest, mine.privateKey)),
    );
    await watch('bundled', by('mine'));
    expect(await stage.says(kind, 'bundled', 'SourceVerified', 'Succeeded')).toBe(
      `True verified signature of revision 1.0.0@${digest}`,
    );
    const other = await artifact('bundled-badly', {});
    await putBundle(
      placeOf(stage, 'bundled-badly'),
      other,
      keyBundle(envelopeOf(digest, mine.privateKey)),
    );
    await watch('bundled-badly', by('mine'));
    expect(await stage.says(kind, 'bundled-badly', 'Ready', 'VerificationError')).toMatch(none);
  });
});

describe('HelmChart.spec.verify', () => {
  const chart = (name: string, verify: Record<string, unknown>) => watchChart(stage, name, verify);
  let digest: string;

  beforeAll(async () => {
    digest = await putChart(stage);
    await attach('charts/small', digest, {});
  });

  test('a chart in a registry, by its key, and not by another', async () => {
    await chart('signed', by('mine'));
    expect(await stage.says('HelmChart', 'signed', 'SourceVerified', 'Succeeded')).toBe(
      'True verified signature of version 1.0.0',
    );
    await stage.says('HelmChart', 'signed', 'Ready', 'ChartPullSucceeded');
    const refused = `False chart verification error: no matching signatures were found for '${stage.sandbox.registry.host}/charts/small@${digest}'`;
    await chart('other', by('theirs'));
    const says = (type: string, reason: string) => stage.says('HelmChart', 'other', type, reason);
    expect(await says('SourceVerified', 'VerificationError')).toBe(refused);
    expect(await says('Ready', 'VerificationError')).toBe(refused);
  });

  test('a Secret without keys', async () => {
    await chart('keyless', by('empty'));
    expect(await stage.says('HelmChart', 'keyless', 'Ready', 'VerificationError')).toBe(
      "False failed to verify the signature using provider 'cosign': no public keys found in secret 'apps/empty'",
    );
  });
});
