/** Signatures of Notation beside artifacts of the sandbox's registry. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pemOf } from '../lib/notation/_der.ts';
import { createSigner, signEnvelope } from '../lib/notation/_signer.ts';
import type { Signing } from '../lib/notation/_signer.ts';
import { startStage } from './_harness.ts';
import type { Stage } from './_harness.ts';
import {
  placeOf,
  putArtifact,
  putChart,
  putSignatures,
  watchArtifact,
  watchChart,
} from './_signing.ts';

const now = new Date();
const mine = createSigner(now);
const theirs = createSigner(now, { subject: 'C=DE,ST=BE,O=Others,CN=x' });
const types = { jws: 'application/jose+json', cose: 'application/cose' } as const;
type Format = Signing['format'];

const policy = (statement: Record<string, unknown>) =>
  JSON.stringify({
    version: '1.0',
    trustPolicies: [
      {
        name: 'p',
        registryScopes: ['*'],
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:mine'],
        trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary'],
        ...statement,
      },
    ],
  });
const level = (name: string) => ({ signatureVerification: { level: name } });

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  const certificate = pemOf(mine.root);
  const secret = (name: string, statement: Record<string, unknown>) =>
    stage.secret(name, { 'trustpolicy.json': policy(statement), 'ca.crt': certificate });
  await secret('strict', {});
  await secret('audit', level('audit'));
  await secret('skip', level('skip'));
  await secret('elsewhere', { registryScopes: ['example.com/app'] });
  await secret('invalid', level('nice'));
  await stage.secret('without-policy', { 'ca.crt': certificate });
  await stage.secret('without-certificates', { 'trustpolicy.json': policy({}) });
}, 60_000);
afterAll(() => stage.close());

/** @returns the digest of what is signed */
async function signed(
  repository: string,
  { format = 'jws', by = [mine] }: { format?: Format; by?: readonly (typeof mine)[] },
  digest?: string,
): Promise<string> {
  const place = placeOf(stage, repository);
  const target = digest ?? (await putArtifact(stage, repository));
  const answer = await fetch(`${place.registry}/v2/${repository}/manifests/${target}`, {
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  const [mediaType] = (answer.headers.get('content-type') ?? '').split(';');
  const size = (await answer.arrayBuffer()).byteLength;
  const payload = JSON.stringify({ targetArtifact: { mediaType, digest: target, size } });
  const envelopes = by.map((signer) => signEnvelope(signer, Buffer.from(payload), now, { format }));
  await putSignatures(place, target, types[format], envelopes);
  return target;
}

const kind = 'OCIRepository';
const by = (name: string) => ({ provider: 'notation', secretRef: { name } });
const failed = "False failed to verify the signature using provider 'notation': ";

describe('OCIRepository.spec.verify with Notation', () => {
  const formats: Format[] = ['jws', 'cose'];
  test.each(formats)('verified: %s, the second of two signatures', async (format) => {
    const digest = await signed(`good-${format}`, { format, by: [theirs, mine] });
    await watchArtifact(stage, `good-${format}`, by('strict'));
    expect(await stage.says(kind, `good-${format}`, 'SourceVerified', 'Succeeded')).toBe(
      `True verified signature of revision 1.0.0@${digest}`,
    );
  });

  test.each<[string, readonly (typeof mine)[], Record<string, unknown>, RegExp]>([
    [
      'by-others',
      [theirs],
      by('strict'),
      /^False .*: signature verification failed\nfailed to verify signature with digest sha256:\w+, the signature's certificate chain does not contain any trusted certificate$/,
    ],
    [
      'by-too-many-others',
      [theirs, theirs, theirs, mine],
      by('strict'),
      /: signature evaluation stopped\. The configured limit of 3 signatures to verify per artifact exceeded$/,
    ],
    [
      'out-of-scope',
      [mine],
      by('elsewhere'),
      /: artifact "[^"]+\/out-of-scope@sha256:\w+" has no applicable trust policy statement\. /,
    ],
    ['invalid', [mine], by('invalid'), /invalid signature verification level "nice"$/],
    [
      'without-policy',
      [mine],
      by('without-policy'),
      /: 'trustpolicy\.json' not found in secret 'apps\/without-policy'$/,
    ],
    [
      'without-certificates',
      [mine],
      by('without-certificates'),
      /: no certificates found in secret 'apps\/without-certificates'$/,
    ],
    ['without-secret', [mine], by('none'), /provider 'notation': secrets "none" not found$/],
    [
      'without-name',
      [mine],
      { provider: 'notation' },
      /: verification secret cannot be empty: '[^']+\/without-name@sha256:\w+'$/,
    ],
    [
      'unsigned',
      [],
      by('strict'),
      /: no signature is associated with "[^"]+\/unsigned@sha256:\w+", make sure the artifact was signed successfully$/,
    ],
  ])('refused: %s', async (name, signers, verify, message) => {
    await signed(name, { by: signers });
    await watchArtifact(stage, name, verify);
    const said = await stage.says(kind, name, 'SourceVerified', 'VerificationError');
    expect(said).toContain(failed);
    expect(said).toMatch(message);
  });

  test.each([
    ['audit', [theirs]],
    ['skip', []],
  ])('%s lets pass, and says nothing of it', async (name, signers) => {
    await signed(`${name}-only`, { by: signers });
    await watchArtifact(stage, `${name}-only`, by(name));
    await stage.says(kind, `${name}-only`, 'Ready', 'Succeeded');
    await stage.until(
      kind,
      `${name}-only`,
      (status) => !status.each('conditions').some((each) => each.text('type') === 'SourceVerified'),
    );
  });
});

test('HelmChart.spec.verify with Notation', async () => {
  const digest = await putChart(stage);
  await signed('charts/small', {}, digest);
  await watchChart(stage, 'mine', by('strict'));
  expect(await stage.says('HelmChart', 'mine', 'SourceVerified', 'Succeeded')).toBe(
    'True verified signature of version 1.0.0',
  );
  await watchChart(stage, 'nameless', { provider: 'notation' });
  expect(await stage.says('HelmChart', 'nameless', 'Ready', 'VerificationError')).toBe(
    `${failed}verification secret cannot be empty: 'nameless'`,
  );
  const { host } = stage.sandbox.registry;
  await watchChart(stage, 'elsewhere', by('elsewhere'));
  expect(await stage.says('HelmChart', 'elsewhere', 'Ready', 'VerificationError')).toContain(
    `False chart verification error: failed to verify oci://${host}/charts/small:1.0.0: artifact "${host}/charts/small@${digest}" has no applicable trust policy statement`,
  );
});
