import { describe, expect, test } from 'vitest';
import { isPartOf, parseDistinguishedName } from './distinguished-name.ts';
import { policyFor, readTrustPolicies } from './trust-policy.ts';

const statement = (more: Record<string, unknown> = {}) => ({
  name: 'p',
  registryScopes: ['*'],
  signatureVerification: { level: 'strict' },
  trustStores: ['ca:one'],
  trustedIdentities: ['*'],
  ...more,
});
const document = (...trustPolicies: unknown[]) => ({ version: '1.0', trustPolicies });
const level = (level: string, more: Record<string, unknown> = {}) => ({
  signatureVerification: { level, ...more },
});
const me = 'x509.subject: C=US, ST=WA, O=Notary';
const p = 'trust policy: trust policy statement "p"';

describe('readTrustPolicies()', () => {
  test.each<[unknown, string]>([
    ['none', 'trust policy document has empty version, version must be specified'],
    [{ version: '2.0' }, 'trust policy document uses unsupported version "2.0"'],
    [document(), 'trust policy document can not have zero trust policy statements'],
    [
      document(statement(), statement()),
      'multiple trust policy statements use the same name "p", statement names must be unique',
    ],
    [
      document(statement(), statement({ name: 'q' })),
      'registry scope "*" is present in multiple trust policy statements, one registry scope value can only be associated with one statement',
    ],
  ])('%j: %s', (value, message) => {
    expect(() => readTrustPolicies(value)).toThrow(message);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ name: '' }, 'a trust policy statement is missing a name, every statement requires a name'],
    [level(''), `${p} has invalid signatureVerification: signature verification level is empty`],
    [level('nice'), `${p} has invalid signatureVerification: invalid signature verification level`],
    [
      level('strict', { override: { integrity: 'log' } }),
      '"integrity" verification can not be overridden in custom signature verification',
    ],
    [
      level('strict', { override: { expiry: 'skip' } }),
      '"expiry" verification can not be skipped in custom signature verification',
    ],
    [
      level('strict', { override: { x: 'log' } }),
      'verification type "x" in custom signature verification is not supported, supported values are ["integrity" "authenticity" "authenticTimestamp" "expiry" "revocation"]',
    ],
    [
      level('strict', { override: { expiry: 'x' } }),
      'verification action "x" in custom signature verification is not supported, supported values are ["enforce" "log" "skip"]',
    ],
    [
      level('skip', { override: { expiry: 'log' } }),
      'signature verification level "skip" can\'t be used to customize signature verification',
    ],
    [
      level('strict', { verifyTimestamp: 'x' }),
      'verifyTimestamp must be "always" or "afterCertExpiry", but got "x"',
    ],
    [
      { trustStores: [] },
      `${p} is either missing trust stores or trusted identities, both must be specified`,
    ],
    [
      { trustStores: ['ca'] },
      `${p} has malformed trust store value "ca". The required format is <TrustStoreType>:<TrustStoreName>`,
    ],
    [
      { trustStores: ['x:y'] },
      `${p} uses an unsupported trust store type "x" in trust store value "x:y"`,
    ],
    [{ trustStores: ['ca:a b'] }, `${p} uses an unsupported trust store name "a b" in trust`],
    [{ trustedIdentities: ['*', me] }, `${p} uses a wildcard trusted identity '*', a wildcard`],
    [{ trustedIdentities: [''] }, `${p} has an empty trusted identity`],
    [{ trustedIdentities: ['x'] }, `${p} has trusted identity "x" missing separator`],
    [{ trustedIdentities: ['x509.subject:'] }, 'without an identity value'],
    [
      { trustedIdentities: [me, `${me}, CN=a`] },
      `${p} has overlapping x509 trustedIdentities, "${me}" overlaps with "${me}, CN=a"`,
    ],
    [{ registryScopes: [] }, 'trust policy statement "p" has zero registry scopes'],
    [{ registryScopes: ['*', 'a/b'] }, 'trust policy statement "p" uses wildcard registry scope'],
    [{ registryScopes: ['a*/b'] }, 'registry scope "a*/b" with wild card(s) is not valid'],
    [{ registryScopes: ['abc'] }, 'registry scope "abc" is not valid, make sure it is'],
    [{ registryScopes: 'a/b' }, '"registryScopes" has to be a list'],
  ])('%j: %s', (more, message) => {
    expect(() => readTrustPolicies(document(statement(more)))).toThrow(message);
  });

  test('a level with changes', () => {
    const override = { expiry: 'log', revocation: 'skip' };
    const [policy] = readTrustPolicies(document(statement(level('strict', { override }))));
    expect(policy?.level).toEqual({
      name: 'custom',
      enforcement: {
        integrity: 'enforce',
        authenticity: 'enforce',
        authenticTimestamp: 'enforce',
        expiry: 'log',
        revocation: 'skip',
      },
    });
  });

  test('to skip is to pass over stores and identities', () => {
    const [policy] = readTrustPolicies(
      document(statement({ ...level('skip'), trustStores: ['x'] })),
    );
    expect(policy?.trustStores).toEqual([]);
  });
});

describe('policyFor()', () => {
  const policies = readTrustPolicies(
    document(statement(), statement({ name: 'q', registryScopes: ['example.com:5000/a/b'] })),
  );
  test.each([
    ['example.com:5000/a/b', 'q'],
    ['example.com:5000/a', 'p'],
    ['example.com:5000/a/b/c', 'p'],
  ])('%s: %s', (repository, name) => {
    expect(policyFor(policies, `${repository}@sha256:0`).name).toBe(name);
  });

  test('none', () => {
    expect(() => policyFor(policies.slice(1), 'example.com/c@sha256:0')).toThrow(
      'artifact "example.com/c@sha256:0" has no applicable trust policy statement.',
    );
  });
});

describe('distinguished names', () => {
  test.each([
    [
      'C=US, ST=WA, O=Acme\\, Inc.',
      [
        ['C', 'US'],
        ['ST', 'WA'],
        ['O', 'Acme, Inc.'],
      ],
    ],
    [
      'C=US;S=WA;O=a\\41\\ ',
      [
        ['C', 'US'],
        ['ST', 'WA'],
        ['O', 'aA '],
      ],
    ],
  ])('%s', (text, parts) => {
    expect([...parseDistinguishedName(text)]).toEqual(parts);
  });

  test.each([
    ['C=US', 'has no mandatory RDN attribute for "ST", it must contain'],
    ['CN', 'failed with err: DN ended with incomplete type, value pair. A valid DN'],
    ['C=US,ST,O=x', 'failed with err: incomplete type, value pair'],
    ['C=US,C=DE', 'has duplicate RDN attribute for "C", DN can only have unique'],
    ['C=US+ST=WA,O=x', 'has multi-valued RDN attributes, remove'],
    ['C=US,ST=WA,O=#13', 'notation does not support x509.subject identities containing "=#"'],
    ['C=US,ST=WA,O=\\zz', 'failed to decode escaped character'],
  ])('%s: %s', (text, message) => {
    expect(() => parseDistinguishedName(text)).toThrow(message);
  });

  test('parts of others', () => {
    const [part, whole] = ['C=US,ST=WA,O=x', 'CN=y,O=x,ST=WA,C=US'].map(parseDistinguishedName);
    if (part === undefined || whole === undefined) throw new Error('none');
    expect([isPartOf(part, whole), isPartOf(whole, part)]).toEqual([true, false]);
  });
});
