/** Which Secrets may be written, what becomes of them, and what the status says. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { readSealedSecret } from '../seal/sealed-secret.ts';
import { mergeSecret } from './merge.ts';
import { nextStatus } from './status.ts';

const owner = { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', name: 'demo', uid: 'u1' };
const owned = { ownerReferences: [{ ...owner, controller: true }] };
const mark = (name: string) => ({ annotations: { [`sealedsecrets.bitnami.com/${name}`]: 'true' } });

function secret(metadata: KubeObject['metadata'], data: Record<string, string>): KubeObject {
  const named = { name: 'demo', namespace: 'adm', ...metadata };
  return { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: named, data };
}

describe('mergeSecret', () => {
  const wanted = secret({ ...owned, labels: { a: 'b' } }, { user: 'YQ==' });

  test('refuses a Secret of somebody else', () => {
    expect(() => mergeSecret(secret({}, { x: '' }), wanted, 'u1')).toThrow(
      'Resource "demo" already exists and is not managed by SealedSecret',
    );
    expect(() => mergeSecret(secret(owned, {}), wanted, 'another')).toThrow('not managed');
  });

  test('replaces what is ours, and what may be taken over', () => {
    for (const metadata of [owned, mark('managed')]) {
      const next = mergeSecret(secret(metadata, { x: 'eA==' }), wanted, 'u1');
      expect(next?.data).toEqual({ user: 'YQ==' });
      expect(next?.metadata).toMatchObject({ ...owned, labels: { a: 'b' }, annotations: {} });
    }
  });

  test('adds to what is to be patched, and does not own it', () => {
    const next = mergeSecret(secret(mark('patch'), { x: 'eA==' }), wanted, 'u1');
    expect(next?.data).toEqual({ x: 'eA==', user: 'YQ==' });
    expect(next?.metadata).toMatchObject({ ...mark('patch'), labels: { a: 'b' } });
    expect(next?.metadata.ownerReferences).toBeUndefined();
  });

  test('writes nothing that is there already', () => {
    const live = secret({ ...owned, labels: { a: 'b' }, resourceVersion: '7' }, { user: 'YQ==' });
    expect(mergeSecret(live, wanted, 'u1')).toBeUndefined();
  });
});

describe('nextStatus', () => {
  const now = new Date('2026-01-02T03:04:05.678Z');
  const sealed = (status: unknown) =>
    readSealedSecret({ ...owner, metadata: { generation: 2 }, spec: {}, status });
  const synced = (status: string, message?: string) => ({
    observedGeneration: 2,
    conditions: [{ type: 'Synced', status, message, lastTransitionTime: '2026-01-01T00:00:00Z' }],
  });

  test.each([
    ['first success', undefined, undefined, { status: 'True', moved: true }],
    ['first failure', undefined, 'bad', { status: 'False', message: 'bad', moved: true }],
    ['again so', synced('True'), undefined, undefined],
    ['another message', synced('False', 'a'), 'b', { status: 'False', message: 'b', moved: false }],
    ['healed', synced('False', 'a'), undefined, { status: 'True', moved: true }],
    [
      'new generation',
      { ...synced('True'), observedGeneration: 1 },
      undefined,
      { status: 'True', moved: false },
    ],
  ])('%s', (_name, before, error, want) => {
    const next = nextStatus(sealed(before), error, now);
    if (want === undefined) {
      expect(next).toBeUndefined();
      return;
    }
    const { moved, ...condition } = want;
    const time = '2026-01-02T03:04:05Z';
    expect(next?.observedGeneration).toBe(2);
    expect(next?.conditions).toEqual([
      {
        type: 'Synced',
        ...condition,
        lastUpdateTime: time,
        lastTransitionTime: moved ? time : '2026-01-01T00:00:00Z',
      },
    ]);
  });
});
