/** Envelopes that notation-go has signed, with tokens by openssl: `testdata/timestamps.json`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { isRecord } from '../runtime/mod.ts';
import { policyFor, readTrustPolicies } from './trust-policy.ts';
import { verifySignature } from './verify.ts';

const fixture: unknown = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'testdata/timestamps.json'), 'utf8'),
);
const fields = (value: unknown, key: string): Record<string, unknown> => {
  const found = isRecord(value) ? value[key] : undefined;
  if (!isRecord(found)) throw new Error(`no ${key}`);
  return found;
};
const text = (value: unknown, key: string): string => {
  const found = isRecord(value) ? value[key] : undefined;
  if (typeof found !== 'string') throw new Error(`no ${key}`);
  return found;
};
const day = 24 * 60 * 60 * 1000;

interface Asked {
  afterDays?: number;
  verifyTimestamp?: string;
  /** Without the authority's certificate. */
  untrusted?: true;
  change?: (data: Buffer) => Buffer;
}

async function verify(name: string, asked: Asked = {}): Promise<void> {
  const envelope = fields(fields(fixture, 'envelopes'), name);
  const target = fields(envelope, 'target');
  const { afterDays = 0, verifyTimestamp = '', untrusted, change = (data) => data } = asked;
  const policies = readTrustPolicies({
    version: '1.0',
    trustPolicies: [
      {
        name: 'p',
        registryScopes: ['*'],
        signatureVerification: { level: 'strict', verifyTimestamp },
        trustStores: ['ca:one', 'tsa:two'],
        trustedIdentities: ['*'],
      },
    ],
  });
  const certificates = [
    text(envelope, 'root'),
    ...(untrusted === true ? [] : [text(fixture, 'authority')]),
  ];
  await verifySignature(
    {
      mediaType: text(envelope, 'mediaType'),
      data: change(Buffer.from(text(envelope, 'data'), 'base64')),
    },
    {
      mediaType: text(target, 'mediaType'),
      digest: text(target, 'digest'),
      size: Number(target['size']),
    },
    {
      policy: policyFor(policies, 'example.com/app@sha256:0'),
      certificates: certificates.map((each) => Buffer.from(each)),
    },
    {
      now: () => new Date(new Date(text(fixture, 'now')).getTime() + afterDays * day),
      ask: () => Promise.reject(new Error('nobody answers')),
    },
  );
}

/** Another token, or none. */
const stamped =
  (token: (own: string) => string | undefined) =>
  (data: Buffer): Buffer => {
    const value: unknown = JSON.parse(data.toString());
    const header = fields(value, 'header');
    const key = 'io.cncf.notary.timestampSignature';
    const changed = { ...header, [key]: token(text(header, key)) };
    return Buffer.from(JSON.stringify({ ...(isRecord(value) ? value : {}), header: changed }));
  };

describe('timestamps', () => {
  test.each(['jws', 'cose'])(
    '%s: good, also when the certificate has ended since',
    async (name) => {
      await verify(name);
      await verify(name, { afterDays: 200 });
      await verify(name, { afterDays: 200, verifyTimestamp: 'afterCertExpiry' });
    },
  );

  test.each<[string, string, Asked, string]>([
    ['without a token', 'jws', { change: stamped(() => undefined) }, 'no timestamp countersig'],
    [
      'a token that is none',
      'jws',
      { change: stamped(() => 'AAAA') },
      'failed to parse timestamp countersignature with error: cms: syntax error: ',
    ],
    [
      'a broken token',
      'jws',
      {
        change: stamped((own) => {
          const token = Buffer.from(own, 'base64');
          token[token.length - 5] = (token.at(-5) ?? 0) ^ 1;
          return token.toString('base64');
        }),
      },
      'failed to verify the timestamp countersignature with error: failed to verify signed token: cms verification failure: crypto/rsa: verification error',
    ],
    [
      'of another signature',
      'jws',
      {
        change: stamped(() => {
          const other = fields(fields(fixture, 'envelopes'), 'outside');
          const value: unknown = JSON.parse(Buffer.from(text(other, 'data'), 'base64').toString());
          return text(fields(value, 'header'), 'io.cncf.notary.timestampSignature');
        }),
      },
      'failed to get timestamp from timestamp countersignature with error: invalid TSTInfo: mismatched message',
    ],
    [
      'by an authority that is not trusted',
      'jws',
      { untrusted: true },
      'certificate signed by unknown authority',
    ],
    [
      'when the certificate had ended',
      'outside',
      {},
      'timestamp can be after certificate "CN=signer,O=Notary,L=Seattle,ST=WA,C=US" validity period, it was expired at',
    ],
  ])('refused: %s', async (_why, name, asked, message) => {
    await expect(verify(name, asked)).rejects.toThrow(message);
  });

  test('not asked for while the certificate is valid', async () => {
    const change = stamped(() => undefined);
    await verify('jws', { verifyTimestamp: 'afterCertExpiry', change });
    await expect(
      verify('jws', { verifyTimestamp: 'afterCertExpiry', change, afterDays: 200 }),
    ).rejects.toThrow('no timestamp countersignature was found in the signature envelope');
  });
});
