/** What a signature without a key has to have, by a Sigstore of the test's own. */
import { bundleFromJSON } from '@sigstore/bundle';
import { describe, expect, test } from 'vitest';
import { createSigstore } from './_sigstore.ts';
import type { Wrongs } from './_sigstore.ts';
import { Fields } from '../runtime/mod.ts';
import { keyless, readIdentities, readTrustedRoot } from './cosign-keyless.ts';
import type { Signed } from './cosign-signed.ts';

/** Long past: nothing of what is checked is measured by the present. */
const at = new Date('2024-05-06T07:08:09Z');
const sigstore = createSigstore(at);
const others = createSigstore(at);
const me = { issuer: 'https://issuer.example', subject: 'https://git.example/me' };
const digest = `sha256:${'0'.repeat(64)}`;
const payload = 'what is signed';

const layerWith = (annotations: Record<string, string>): Signed => ({
  layout: 'layer',
  payload: Buffer.from(payload),
  signature: Buffer.from(annotations['dev.cosignproject.cosign/signature'] ?? '', 'base64'),
  annotations: new Fields(annotations),
});

const layouts: Record<Signed['layout'], (wrongs?: Wrongs, by?: typeof sigstore) => Signed> = {
  bundle: (wrongs, by = sigstore) => ({
    layout: 'bundle',
    bundle: bundleFromJSON(by.bundle(digest, me, wrongs)),
  }),
  layer: (wrongs, by = sigstore) => layerWith(by.annotations(payload, me, wrongs)),
};

const judgeBy = async (root: Record<string, unknown>, identities: readonly object[]) =>
  keyless(
    await readTrustedRoot(JSON.stringify(root)),
    readIdentities(identities.map((each) => new Fields(each))),
  );
const anyPattern = { issuer: '^https://issuer', subject: 'me$' };

describe.each([['bundle'], ['layer']] as const)('keyless(), %s', (layout) => {
  const make = layouts[layout];

  test('takes what has all of it', async () => {
    const judge = await judgeBy(sigstore.root, [anyPattern]);
    judge(make());
  });

  test.each<[string, Wrongs, RegExp]>([
    ['an SCT', { withoutSct: true }, /expected 1 SCTs, got 0/],
    ["an SCT by the root's log", { strangeSct: true }, /SCT verification failed/],
    ['the word of Rekor', { strangeLog: true }, /inclusion promise could not be verified/],
    ['a certificate of the time when it was logged', { late: true }, /certificate chain/],
  ])('asks for %s', async (_, wrongs, why) => {
    const judge = await judgeBy(sigstore.root, [anyPattern]);
    expect(() => judge(make(wrongs))).toThrow(why);
  });

  test('asks for a certificate that leads back to the root', async () => {
    const judge = await judgeBy(sigstore.root, [anyPattern]);
    expect(() => judge(make({}, others))).toThrow(/certificate chain/);
  });

  test.each([
    ['issuer', { issuer: '^http://', subject: 'me' }],
    ['subject', { issuer: 'issuer', subject: '^me' }],
  ])('asks for the %s', async (_, identity) => {
    const judge = await judgeBy(sigstore.root, [identity]);
    expect(() => judge(make())).toThrow(
      layout === 'layer'
        ? `got subjects [${me.subject}] with issuer ${me.issuer}`
        : 'failed to verify certificate identity: no matching CertificateIdentity found, last error: expected ',
    );
    const either = await judgeBy(sigstore.root, [identity, anyPattern]);
    either(make());
  });

  test('asks for the signature over what is signed', async () => {
    const judge = await judgeBy(sigstore.root, [anyPattern]);
    const signed = make();
    if (signed.layout === 'layer') signed.payload = Buffer.from('something else');
    else if (signed.bundle.content.$case === 'dsseEnvelope')
      signed.bundle.content.dsseEnvelope.payload = Buffer.from('{}');
    expect(() => judge(signed)).toThrow(/mismatch/);
  });
});

describe('keyless(), layer', () => {
  test.each([
    ['dev.sigstore.cosign/certificate', 'no certificate found on signature'],
    ['dev.sigstore.cosign/bundle', 'no entry of the transparency log found on signature'],
  ])('asks for %s', async (missing, why) => {
    const judge = await judgeBy(sigstore.root, [anyPattern]);
    const { [missing]: gone, ...annotations } = sigstore.annotations(payload, me);
    expect(gone).toBeDefined();
    expect(() => judge(layerWith(annotations))).toThrow(why);
  });
});

describe('readTrustedRoot()', () => {
  test.each([
    ['{', 'unable to parse trusted root: '],
    [
      '{"mediaType":"a/b"}',
      'unable to parse trusted root: unsupported TrustedRoot media type: a/b',
    ],
    [
      JSON.stringify({ ...sigstore.root, tlogs: [] }),
      'unable to extract Rekor URL from trusted root: no transparency log entries found in trusted root',
    ],
    [
      JSON.stringify({ ...sigstore.root, tlogs: [{ baseUrl: '' }] }),
      'unable to extract Rekor URL from trusted root: no transparency log entry with a BaseURL found in trusted root',
    ],
  ])('refuses %.30s', async (json, why) => {
    await expect(readTrustedRoot(json)).rejects.toThrow(why);
  });
});
