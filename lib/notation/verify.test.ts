import { describe, expect, test } from 'vitest';
import { createSigner, signEnvelope } from './_signer.ts';
import type { SignerOptions, Signing } from './_signer.ts';
import { pemOf } from './_der.ts';
import { policyFor, readTrustPolicies } from './trust-policy.ts';
import { envelopeTypes, verifySignature } from './verify.ts';

const now = new Date('2025-03-04T05:06:07Z');
const hours = (count: number) => new Date(now.getTime() + count * 60 * 60 * 1000);
const target = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'a'.repeat(64)}`,
  size: 123,
};
const payload = Buffer.from(JSON.stringify({ targetArtifact: target }));
const strict = { level: 'strict' };

interface Case {
  signer?: SignerOptions;
  signing?: Partial<Signing>;
  payload?: Buffer;
  /** Of the policy's statement. */
  statement?: Record<string, unknown>;
  certificates?: readonly Buffer[];
  /** Done to the envelope afterwards. */
  tamper?: (data: Buffer) => Buffer;
}

async function verify(format: Signing['format'], asked: Case): Promise<string> {
  const signer = createSigner(now, asked.signer);
  const signing = { ...asked.signing, format };
  const data = signEnvelope(signer, asked.payload ?? payload, hours(-1), signing);
  const policies = readTrustPolicies({
    version: '1.0',
    trustPolicies: [
      {
        name: 'p',
        registryScopes: ['*'],
        signatureVerification: strict,
        trustStores: ['ca:one'],
        trustedIdentities: ['*'],
        ...asked.statement,
      },
    ],
  });
  const findings = await verifySignature(
    { mediaType: envelopeTypes[format], data: asked.tamper?.(data) ?? data },
    target,
    {
      policy: policyFor(policies, `example.com/app@${target.digest}`),
      certificates: asked.certificates ?? [Buffer.from(pemOf(signer.root))],
    },
    { now: () => now, ask: () => Promise.reject(new Error('nobody answers')) },
  );
  return JSON.stringify(Object.fromEntries(findings));
}

const formats: Signing['format'][] = ['jws', 'cose'];
const other = createSigner(now).root;
const identities = (...trustedIdentities: string[]) => ({ statement: { trustedIdentities } });
const audit = { signatureVerification: { level: 'audit' } };
const expired = { signer: { until: hours(-5) }, signing: { signingTime: hours(-6) } };
/** An octet of the signature, which comes last in COSE. */
const broken = (data: Buffer) =>
  data[0] === 0xd2
    ? Buffer.concat([data.subarray(0, -1), Buffer.from([(data.at(-1) ?? 0) ^ 1])])
    : Buffer.from(data.toString().replace(/"signature":"..../, '"signature":"AAAA'));

describe.each(formats)('verifySignature of %s', (format) => {
  test.each<[string, Case]>([
    ['P-256', {}],
    ['P-384', { signer: { key: 'p384' } }],
    ['P-521', { signer: { key: 'p521' } }],
    ['RSA', { signer: { key: 'rsa2048' } }],
    ['by whom the policy names', identities('x509.subject: C=US, S=WA, O=Notary')],
    ['not expired', { signing: { expiry: hours(1) } }],
    ['what is not critical is nobody’s business', { signing: { others: { a: 'b' } } }],
    [
      'a signing authority: certificates that were valid then',
      {
        signer: { until: hours(-5) },
        signing: { signingTime: hours(-6), scheme: 'notary.x509.signingAuthority' },
        statement: { trustStores: ['signingAuthority:a'] },
      },
    ],
  ])('good: %s', async (_why, asked) => {
    expect(await verify(format, asked)).toBe('{}');
  });

  test.each<[string, Case, string]>([
    [
      'nobody trusted',
      { certificates: [other] },
      "the signature's certificate chain does not contain any trusted certificate",
    ],
    ['no certificates', { certificates: [] }, 'no trusted certificates are found'],
    [
      'broken certificates',
      { certificates: [Buffer.from('none')] },
      "failed to parse certificate 'one': x509: malformed certificate",
    ],
    [
      'another identity',
      identities('x509.subject: C=DE, ST=BE, O=x'),
      'signing certificate from the digital signature does not match the X.509 trusted identities [map["C":"DE" "O":"x" "ST":"BE"]] defined in the trust policy "p"',
    ],
    [
      'identities of a plugin',
      identities('other:x'),
      'no x509 trusted identities are configured in the trust policy "p"',
    ],
    [
      'expired',
      { signing: { expiry: hours(-0.5) } },
      'digital signature has expired on "Tue, 04 Mar 2025 04:36:07 +0000"',
    ],
    [
      'an expired certificate',
      expired,
      'verification time is after certificate "CN=signer,O=Notary,L=Seattle,ST=WA,C=US" validity period, it was expired at "Tue, 04 Mar 2025 00:06:07 +0000"',
    ],
    [
      'a certificate of the future',
      { signer: { from: hours(1) } },
      'verification time is before certificate',
    ],
    [
      'a signing authority out of time',
      {
        signer: { until: hours(-5) },
        signing: { scheme: 'notary.x509.signingAuthority' },
        statement: { trustStores: ['signingAuthority:a'] },
      },
      'certificate "CN=signer,O=Notary,L=Seattle,ST=WA,C=US" was not valid when the digital signature was produced at "Tue, 04 Mar 2025 04:06:07 +0000"',
    ],
    [
      'a signing authority among others',
      { signing: { scheme: 'notary.x509.signingAuthority' } },
      'no trusted certificates are found to verify authenticity',
    ],
    ['a broken signature', { tamper: broken }, 'signature is invalid. Error: '],
    [
      'another artifact',
      { payload: Buffer.from('{"targetArtifact":{"digest":"sha256:0"}}') },
      'content descriptor mismatch',
    ],
    [
      'an unknown critical header',
      { signing: { critical: { 'com.example.x': 'y' } } },
      'extended critical attribute "com.example.x" is not understood',
    ],
    [
      'a plugin',
      { signing: { critical: { 'io.cncf.notary.verificationPlugin': 'x' } } },
      'plugin unsupported due to nil verifier.pluginManager',
    ],
    [
      'a critical header that is not there',
      { signing: { named: ['io.cncf.notary.signingScheme', 'nothing'] } },
      format === 'jws'
        ? '"nothing" header is marked critical but not present'
        : 'missing critical header: nothing',
    ],
    [
      'an expiry that is not critical',
      { signing: { expiry: hours(1), named: ['io.cncf.notary.signingScheme'] } },
      'these required headers are not marked as critical: [io.cncf.notary.expiry]',
    ],
    [
      'expired before it was signed',
      { signing: { expiry: hours(-2) } },
      'expiry cannot be equal or before the signing time',
    ],
    [
      'another kind of payload',
      { signing: { contentType: 'a/b' } },
      'payload content type "a/b" not supported',
    ],
    [
      'a key for other things',
      { signer: { keyUsage: 0xa0 } },
      'certificate-chain is invalid, the certificate with subject "CN=signer,O=Notary,L=Seattle,ST=WA,C=US" is invalid. The key usage must be "Digital Signature" only, but found "KeyEncipherment"',
    ],
    [
      'a certificate for servers',
      { signer: { purposes: ['1.3.6.1.5.5.7.3.1'] } },
      'extended key usage must not contain ServerAuth eku',
    ],
    [
      'a leaf without its root',
      { signing: { chain: [createSigner(now).chain[0] ?? Buffer.alloc(0)] } },
      'signature is invalid. Error: ',
    ],
  ])('refused: %s', async (_why, asked, message) => {
    await expect(verify(format, asked)).rejects.toThrow(message);
  });

  test('what the policy only logs is told', async () => {
    expect(await verify(format, { ...expired, statement: audit, certificates: [other] })).toBe(
      '{"authenticity":"the signature\'s certificate chain does not contain any trusted certificate","authenticTimestamp":"verification time is after certificate \\"CN=signer,O=Notary,L=Seattle,ST=WA,C=US\\" validity period, it was expired at \\"Tue, 04 Mar 2025 00:06:07 +0000\\""}',
    );
    await expect(verify(format, { statement: audit, tamper: broken })).rejects.toThrow(
      'signature is invalid',
    );
  });

  test('what is no envelope', async () => {
    await expect(verify(format, { tamper: () => Buffer.from('{') })).rejects.toThrow(
      'unable to parse the digital signature, error : ',
    );
  });
});

test('a format that is none', async () => {
  const policies = readTrustPolicies({
    version: '1.0',
    trustPolicies: [
      {
        name: 'p',
        registryScopes: ['*'],
        signatureVerification: strict,
        trustStores: ['ca:one'],
        trustedIdentities: ['*'],
      },
    ],
  });
  await expect(
    verifySignature(
      { mediaType: 'a/b', data: Buffer.alloc(0) },
      target,
      { policy: policyFor(policies, `example.com/app@${target.digest}`), certificates: [] },
      { now: () => now, ask: () => Promise.reject(new Error('nobody answers')) },
    ),
  ).rejects.toThrow('signature envelope format with media type "a/b" is not supported');
});
