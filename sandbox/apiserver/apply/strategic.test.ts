import { describe, expect, test } from 'vitest';
import { builtinType } from '../schema/builtin.ts';
import { anyType } from '../schema/type-node.ts';
import { applyStrategicPatch } from './strategic.ts';

const type = builtinType('v1', 'Pod') ?? anyType;

describe('applyStrategicPatch', () => {
  test.each([
    {
      why: 'merges containers by name',
      original: { containers: [{ name: 'a', image: 'x' }, { name: 'b' }] },
      patch: { containers: [{ name: 'a', image: 'y' }] },
      want: { containers: [{ name: 'a', image: 'y' }, { name: 'b' }] },
    },
    {
      why: 'deletes an element',
      original: { containers: [{ name: 'a' }, { name: 'b' }] },
      patch: { containers: [{ name: 'a', $patch: 'delete' }] },
      want: { containers: [{ name: 'b' }] },
    },
    {
      why: 'replaces a list when told',
      original: { containers: [{ name: 'a' }] },
      patch: { containers: [{ $patch: 'replace' }, { name: 'c' }] },
      want: { containers: [{ name: 'c' }] },
    },
    {
      why: 'replaces lists without a strategy',
      original: { tolerations: [{ key: 'a' }] },
      patch: { tolerations: [{ key: 'b' }] },
      want: { tolerations: [{ key: 'b' }] },
    },
    {
      why: 'keeps only the keys to retain',
      original: { volumes: [{ name: 'v', emptyDir: {} }] },
      patch: {
        volumes: [{ $retainKeys: ['name', 'secret'], name: 'v', secret: { secretName: 's' } }],
      },
      want: { volumes: [{ name: 'v', secret: { secretName: 's' } }] },
    },
    {
      why: 'orders elements as told, and keeps the others near their neighbours',
      original: { containers: [{ name: 'a' }, { name: 'server' }, { name: 'b' }] },
      patch: {
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }],
        containers: [{ name: 'c' }, { name: 'a', $patch: 'delete' }],
      },
      want: { containers: [{ name: 'server' }, { name: 'b' }, { name: 'c' }] },
    },
    {
      why: 'removes with null',
      original: { nodeName: 'n', hostname: 'h' },
      patch: { nodeName: null },
      want: { hostname: 'h' },
    },
  ])('$why', ({ original, patch, want }) => {
    expect(applyStrategicPatch({ spec: original }, { spec: patch }, type)).toEqual({ spec: want });
  });

  test('deletes from a list of primitives, and adds to it once', () => {
    const metadata = { finalizers: ['a', 'b'] };
    const patch = {
      metadata: { finalizers: ['b', 'c'], '$deleteFromPrimitiveList/finalizers': ['a'] },
    };
    expect(applyStrategicPatch({ metadata }, patch, type)).toEqual({
      metadata: { finalizers: ['b', 'c'] },
    });
  });
});
