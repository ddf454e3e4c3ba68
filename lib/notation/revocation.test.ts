/** Certificates and answers made by openssl: `testdata/revocation.json`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { isRecord } from '../runtime/mod.ts';
import { readCertificate } from './certificate.ts';
import { revocationOf } from './revocation.ts';

const fixture: unknown = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'testdata/revocation.json'), 'utf8'),
);
const { now, chains, answers } = isRecord(fixture) ? fixture : {};
const day = 24 * 60 * 60 * 1000;

function chainOf(name: string) {
  const found = isRecord(chains) ? chains[name] : undefined;
  if (!Array.isArray(found)) throw new Error(`no chain ${name}`);
  return found.map((each) => readCertificate(Buffer.from(String(each), 'base64')));
}

type Change = (data: Buffer) => Buffer;

/** @param change of answers on their way */
async function statusOf(
  name: string,
  { afterMs = 0, change = (data: Buffer) => data }: { afterMs?: number; change?: Change } = {},
): Promise<string> {
  const found = await revocationOf(chainOf(name), undefined, {
    now: () => new Date(new Date(String(now)).getTime() + afterMs),
    ask: ({ url }) => {
      const answer = isRecord(answers) ? answers[url] : undefined;
      if (typeof answer !== 'string') throw new Error(`nobody answers at ${url}`);
      return Promise.resolve(change(Buffer.from(answer, 'base64')));
    },
  });
  return found === undefined ? 'good' : `${found.status}: ${found.subject}`;
}
/** Within the signature. */
const broken: Change = (data) => {
  const changed = Buffer.from(data);
  changed[changed.length - 5] = (changed.at(-5) ?? 0) ^ 1;
  return changed;
};
const subject = 'CN=signer,O=Notary,L=Seattle,ST=WA,C=US';

describe('revocationOf()', () => {
  test.each([
    ['ocsp-good', 'good'],
    ['ocsp-revoked', `revoked: ${subject}`],
    ['ocsp-unknown', `unknown: ${subject}`],
    // The list knows.
    ['ocsp-unknown-crl', 'good'],
    ['ocsp-wrong-issuer', `unknown: ${subject}`],
    ['crl-good', 'good'],
    ['crl-revoked', `revoked: ${subject}`],
    ['crl-hold', `revoked: ${subject}`],
    ['crl-wrong-issuer', `unknown: ${subject}`],
  ])('%s: %s', async (name, status) => {
    expect(await statusOf(name)).toBe(status);
  });

  test.each(['ocsp-good', 'crl-good', 'ocsp-revoked', 'crl-revoked'])(
    '%s: an answer that was changed, is old, or is none says nothing',
    async (name) => {
      const unknown = `unknown: ${subject}`;
      expect(await statusOf(name, { change: broken })).toBe(unknown);
      expect(await statusOf(name, { afterMs: 40 * day })).toBe(unknown);
      expect(await statusOf(name, { change: () => Buffer.from('none') })).toBe(unknown);
      expect(await statusOf(name, { change: (data) => data.subarray(0, 100) })).toBe(unknown);
    },
  );
});
