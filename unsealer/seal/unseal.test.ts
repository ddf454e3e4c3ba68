/** The envelope and the scopes: what the original sealed, round trips, and everything that must not open. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { systemClock } from '../../lib/runtime/mod.ts';
import { decrypt, encrypt } from './hybrid.ts';
import { createRenderer } from './render.ts';
import { labelOf } from './scope.ts';
import { fields, parseSealedSecret } from './sealed-secret.ts';
import golden from './testdata/kubeseal-0.27.3.json' with { type: 'json' };
import { reseal, unseal } from './unseal.ts';

const ours = createPrivateKey(golden['tls.key']);
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const options = { keys: [ours], render: createRenderer(systemClock), acceptOldData: true };
const sealedBy = (scope: keyof typeof golden.sealed) =>
  parseSealedSecret(JSON.stringify(golden.sealed[scope]));
const moved = (object: KubeObject, metadata: KubeObject['metadata']): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, ...metadata },
});
const plainOf = (secret: KubeObject) =>
  Object.fromEntries(
    Object.entries(fields(secret.data)).map(([key, text]) => [
      key,
      Buffer.from(String(text), 'base64').toString('utf8'),
    ]),
  );

describe('what kubeseal 0.27.3 sealed', () => {
  const scopes = ['strict', 'namespace-wide', 'cluster-wide'] as const;
  test.each(scopes)('unseal() opens %s', (scope) => {
    expect(plainOf(unseal(sealedBy(scope), options))).toEqual(golden.plain);
  });

  test.each([
    ['strict', { name: 'other' }, false],
    ['strict', { namespace: 'other' }, false],
    ['namespace-wide', { name: 'other' }, true],
    ['namespace-wide', { namespace: 'other' }, false],
    ['cluster-wide', { name: 'other', namespace: 'other' }, true],
    ['cluster-wide', { annotations: {} }, false],
  ] as const)('%s moved to %j opens: %s', (scope, to, opens) => {
    const object = moved(sealedBy(scope), to);
    if (opens) expect(plainOf(unseal(object, options))).toEqual(golden.plain);
    else
      expect(() => unseal(object, options)).toThrow(
        'no key could decrypt secret (empty, note, user)',
      );
  });

  test('unseal() fails with a key of somebody else, and opens with ours behind it', () => {
    const object = sealedBy('strict');
    expect(() => unseal(object, { ...options, keys: [other.privateKey] })).toThrow('no key could');
    expect(unseal(object, { ...options, keys: [other.privateKey, ours] }).type).toBe('Opaque');
  });

  test('reseal() moves to the newest key and keeps scope and template', () => {
    const object = sealedBy('namespace-wide');
    const again = reseal(object, [ours], other.publicKey);
    expect(plainOf(unseal(again, { ...options, keys: [other.privateKey] }))).toEqual(golden.plain);
    expect(() => unseal(again, options)).toThrow('no key could');
    expect(fields(again.spec).template).toEqual(fields(object.spec).template);
    expect(again.metadata).toEqual(object.metadata);
  });

  test('reseal() takes the scope of the object, never of its template', () => {
    const object = sealedBy('strict');
    const annotations = { 'sealedsecrets.bitnami.com/cluster-wide': 'true' };
    const widened = {
      ...object,
      spec: { ...fields(object.spec), template: { metadata: { annotations } } },
    };
    const again = reseal(widened, [ours], other.publicKey);
    const elsewhere = moved(again, { annotations, namespace: 'other' });
    expect(() => unseal(elsewhere, { ...options, keys: [other.privateKey] })).toThrow('no key');
  });
});

describe('hybrid', () => {
  const publicKey = createPublicKey(ours);

  test('decrypt() is the inverse of encrypt()', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (plain, label) => {
        const sealed = encrypt(publicKey, plain, label);
        expect(sealed.readUInt16BE(0)).toBe(256);
        expect(decrypt([ours], sealed, label)).toEqual(Buffer.from(plain));
        expect(decrypt([ours], sealed, `${label}x`)).toBeUndefined();
      }),
      { numRuns: 25 },
    );
  });

  test('decrypt() opens nothing in which a bit was turned or that was cut', () => {
    const sealed = encrypt(publicKey, Buffer.from('hello'), 'adm/demo');
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.nat(7), (at, bit) => {
        const changed = Buffer.from(sealed);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        expect(decrypt([ours], changed, 'adm/demo')).toBeUndefined();
        expect(decrypt([ours], sealed.subarray(0, at), 'adm/demo')).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });
});

describe('unseal', () => {
  const seal = (spec: Record<string, unknown>): KubeObject => {
    const metadata = { name: 'demo', namespace: 'adm', uid: 'u1' };
    const value = encrypt(createPublicKey(ours), Buffer.from('ann'), labelOf(metadata));
    return {
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata,
      spec: { encryptedData: { user: value.toString('base64') }, ...spec },
    };
  };

  test('fills templates, and takes type, metadata and ownership', () => {
    const template = {
      type: 'example.com/x',
      immutable: true,
      metadata: { name: 'ignored', labels: { a: 'b' }, annotations: { c: 'd' } },
      data: { conf: 'user={{ .user | upper }} {{ index . "user" }}' },
    };
    const secret = unseal(seal({ template }), options);
    expect(plainOf(secret)).toEqual({ user: 'ann', conf: 'user=ANN ann' });
    expect(secret).toMatchObject({
      type: 'example.com/x',
      immutable: true,
      metadata: {
        name: 'demo',
        namespace: 'adm',
        labels: { a: 'b' },
        annotations: { c: 'd' },
        ownerReferences: [{ kind: 'SealedSecret', name: 'demo', uid: 'u1', controller: true }],
      },
    });
  });

  test('sets no owner where the template says so', () => {
    const annotations = { 'sealedsecrets.bitnami.com/skip-set-owner-references': 'true' };
    const secret = unseal(seal({ template: { metadata: { annotations } } }), options);
    expect(secret.metadata.ownerReferences).toBeUndefined();
  });

  test.each([
    [{ encryptedData: { b: 'AAAA', a: 'AAAA' } }, 'no key could decrypt secret (a, b)'],
    [{ encryptedData: { a: '%' } }, 'illegal base64 data (a)'],
    [{ template: { data: { x: '{{ nope }}' } } }, 'function "nope" not defined'],
    [{ data: 'AAAA' }, "cannot use the field 'encryptedData' and the deprecated field 'data'"],
    [{ data: 'AAAA', encryptedData: {} }, 'no key could decrypt secret'],
  ])('%j fails: %s', (spec, message) => {
    expect(() => unseal(seal(spec), options)).toThrow(message);
  });

  test('opens the old form only where it is accepted', () => {
    const whole = JSON.stringify({ data: { user: 'YW5u' }, metadata: { labels: { a: 'b' } } });
    const data = encrypt(createPublicKey(ours), Buffer.from(whole), 'adm/demo').toString('base64');
    const object = seal({ data, encryptedData: {} });
    expect(plainOf(unseal(object, options))).toEqual({ user: 'ann' });
    expect(() => unseal(object, { ...options, acceptOldData: false })).toThrow('deprecated');
  });
});
