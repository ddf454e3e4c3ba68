/** Signatures without keys, by a Sigstore of the test's own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
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
import { createSigstore } from './sources/_sigstore.ts';
import type { Who } from './sources/_sigstore.ts';
import { startMirror } from './_tuf.ts';
import type { Mirror } from './_tuf.ts';

/** Long past: nothing of what is checked is measured by the present. */
const sigstore = createSigstore(new Date('2024-05-06T07:08:09Z'));
const me: Who = {
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'https://github.com/me/app/.github/workflows/release.yaml@refs/tags/v1',
};

let stage: Stage;
let mirror: Mirror;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'toolkit-tuf'));
  mirror = await startMirror('trusted_root.json', JSON.stringify(sigstore.root));
  const rootFile = path.join(folder, 'root.json');
  await writeFile(rootFile, mirror.root);
  const env = { TUF_MIRROR: mirror.url, TUF_ROOT_JSON: rootFile, TUF_ROOT: folder };
  stage = await startStage([], () => Promise.resolve(), env);
  await stage.secret('root', { 'trusted_root.json': JSON.stringify(sigstore.root) });
  await stage.secret('empty', { 'root.json': '{}' });
  await stage.secret('broken', { 'trusted_root.json': '{' });
}, 60_000);
afterAll(async () => {
  await stage.close();
  await mirror.close();
  await rm(folder, { recursive: true });
});

type Layout = 'bundle' | 'layer';

/** Signs an artifact. @param claimed of which the signature speaks */
async function attach(
  repository: string,
  digest: string,
  layout: Layout,
  claimed = digest,
): Promise<void> {
  const place = placeOf(stage, repository);
  if (layout === 'bundle') {
    await putBundle(place, digest, sigstore.bundle(claimed, me));
    return;
  }
  const payload = payloadOf(repository, claimed);
  await putSigned(place, digest, payload, sigstore.annotations(payload, me));
}

const artifact = (repository: string) => putArtifact(stage, repository);

const kind = 'OCIRepository';
const watch = (name: string, verify: Record<string, unknown>) =>
  watchArtifact(stage, name, { provider: 'cosign', ...verify });
const rooted = (name: string) => ({ trustedRootSecretRef: { name } });
const mine = { issuer: '^https://token\\.actions', subject: '/me/app/.*@refs/tags/v\\d+$' };
const theirs = { issuer: '^https://token\\.actions', subject: '/you/' };
const elsewhere = { issuer: '^https://accounts\\.', subject: '/me/app/' };

const layouts: Layout[] = ['bundle', 'layer'];
describe.each(layouts)('OCIRepository.spec.verify without keys, %s', (layout) => {
  test.each([
    ['the root of a Secret', { ...rooted('root'), matchOIDCIdentity: [mine] }],
    ['the public root', { matchOIDCIdentity: [mine] }],
    ['one of the identities', { ...rooted('root'), matchOIDCIdentity: [theirs, mine] }],
  ])('verified: %s', async (why, verify) => {
    const name = `${why.replaceAll(' ', '-').toLowerCase()}-${layout}`;
    const digest = await artifact(name);
    await attach(name, digest, layout);
    await watch(name, verify);
    expect(await stage.says(kind, name, 'SourceVerified', 'Succeeded')).toBe(
      `True verified signature of revision 1.0.0@${digest}`,
    );
  });

  const anyone = { ...rooted('root'), matchOIDCIdentity: [mine] };
  test.each<[string, string | undefined, Record<string, unknown>, RegExp]>([
    [
      'by another',
      undefined,
      { ...rooted('root'), matchOIDCIdentity: [theirs, elsewhere] },
      layout === 'layer'
        ? /none of the expected identities matched what was in the certificate, got subjects \[https:\/\/github\.com\/me\/app\/.* with issuer https:\/\/token\.actions/
        : /failed to verify certificate identity: no matching CertificateIdentity found, last error: expected issuer value to match regex "\^https:\/\/accounts\\\.", got "https:\/\/token\.actions/,
    ],
    ['of another artifact', sha256('other'), anyone, /does not match any digest/],
    [
      'by a pattern that is none',
      undefined,
      { ...rooted('root'), matchOIDCIdentity: [{ issuer: '(', subject: 'b' }] },
      /malformed issuer in identity: \( : /,
    ],
  ])('refused: %s', async (why, claimed, verify, message) => {
    const name = `${why.replaceAll(' ', '-').toLowerCase()}-${layout}`;
    await attach(name, await artifact(name), layout, claimed);
    await watch(name, verify);
    const said = await stage.says(kind, name, 'Ready', 'VerificationError');
    const what = layout === 'bundle' ? 'attestations' : 'signatures';
    expect(said).toContain(
      `False failed to verify the signature using provider 'cosign keyless': no matching ${what}: `,
    );
    expect(said).toMatch(message);
  });
});

describe('OCIRepository.spec.verify without keys', () => {
  test('anybody without identities in the older layout, nobody by a bundle', async () => {
    await attach('anybody', await artifact('anybody'), 'layer');
    await watch('anybody', rooted('root'));
    await stage.says(kind, 'anybody', 'SourceVerified', 'Succeeded');
    await attach('nobody', await artifact('nobody'), 'bundle');
    await watch('nobody', rooted('root'));
    expect(await stage.says(kind, 'nobody', 'Ready', 'VerificationError')).toMatch(
      /: failed to build policy: can't verify identities without providing at least one identity$/,
    );
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['unsigned', rooted('root'), 'no signatures found'],
    [
      'without-a-secret',
      rooted('none'),
      `failed to read trusted root from secret 'apps/none': secrets "none" not found`,
    ],
    [
      'without-a-root',
      rooted('empty'),
      "failed to read trusted root from secret 'apps/empty': 'trusted_root.json' not found in secret 'apps/empty'",
    ],
    ['a-broken-root', rooted('broken'), 'unable to parse trusted root: '],
  ])('refused: %s', async (name, verify, why) => {
    await artifact(name);
    await watch(name, verify);
    expect(await stage.says(kind, name, 'Ready', 'VerificationError')).toContain(
      `False failed to verify the signature using provider 'cosign keyless': ${why}`,
    );
  });
});

test('HelmChart.spec.verify without keys, by the public root', async () => {
  const { host } = stage.sandbox.registry;
  await attach('charts/small', await putChart(stage), 'bundle');
  const chart = (name: string, identity: Record<string, string>) =>
    watchChart(stage, name, { provider: 'cosign', matchOIDCIdentity: [identity] });
  await chart('mine', mine);
  expect(await stage.says('HelmChart', 'mine', 'SourceVerified', 'Succeeded')).toBe(
    'True verified signature of version 1.0.0',
  );
  await chart('theirs', theirs);
  expect(await stage.says('HelmChart', 'theirs', 'Ready', 'VerificationError')).toContain(
    `False chart verification error: failed to verify oci://${host}/charts/small:1.0.0: no matching attestations: failed to verify certificate identity: no matching CertificateIdentity found, last error: expected SAN value to match regex "/you/", got "https://github.com/me/app/`,
  );
});
