import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../objects/mod.ts';
import { threeWayPatch } from './strategic-patch.ts';

const pod = (...containers: Record<string, unknown>[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers },
});

const custom = (spec: Record<string, unknown>): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Thing',
  metadata: { name: 't' },
  spec,
});

describe('threeWayPatch', () => {
  test.each([
    {
      why: 'nothing changed and the server added defaults',
      before: pod({ name: 'a', image: 'x:1' }),
      after: pod({ name: 'a', image: 'x:1' }),
      live: pod({ name: 'a', image: 'x:1', imagePullPolicy: 'IfNotPresent' }),
      want: undefined,
    },
    {
      why: 'a container is found by its name',
      before: pod({ name: 'a', image: 'x:1' }),
      after: pod({ name: 'a', image: 'x:2' }),
      live: pod({ name: 'side', image: 's' }, { name: 'a', image: 'x:1' }),
      want: {
        type: 'strategic',
        patch: {
          spec: {
            '$setElementOrder/containers': [{ name: 'a' }],
            containers: [{ name: 'a', image: 'x:2' }],
          },
        },
      },
    },
    {
      why: 'a container that left the manifest is deleted, a foreign one stays',
      before: pod({ name: 'a', image: 'x' }, { name: 'b', image: 'y' }),
      after: pod({ name: 'a', image: 'x' }),
      live: pod({ name: 'a', image: 'x' }, { name: 'b', image: 'y' }, { name: 'c', image: 'z' }),
      want: {
        type: 'strategic',
        patch: {
          spec: {
            '$setElementOrder/containers': [{ name: 'a' }],
            containers: [{ $patch: 'delete', name: 'b' }],
          },
        },
      },
    },
    {
      why: 'a drifted field is set back',
      before: pod({ name: 'a', image: 'x:1' }),
      after: pod({ name: 'a', image: 'x:1' }),
      live: pod({ name: 'a', image: 'x:9' }),
      want: {
        type: 'strategic',
        patch: {
          spec: {
            '$setElementOrder/containers': [{ name: 'a' }],
            containers: [{ name: 'a', image: 'x:1' }],
          },
        },
      },
    },
    {
      why: 'custom kinds follow the manifests only',
      before: custom({ a: 1, gone: true, list: [1] }),
      after: custom({ a: 2, list: [1, 2] }),
      live: custom({ a: 7, gone: true, list: [1], extra: 1 }),
      want: { type: 'merge', patch: { spec: { a: 2, gone: null, list: [1, 2] } } },
    },
  ])('$why', ({ before, after, live, want }) => {
    expect(threeWayPatch(before, after, live)).toEqual(want);
  });
});
