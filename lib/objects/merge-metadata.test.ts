import { describe, expect, test } from 'vitest';
import { mergeFieldAt, mergeTypeOf } from './merge-metadata.ts';

const podSpec = ['spec', 'template', 'spec'];

describe('mergeFieldAt', () => {
  test.each([
    {
      path: [...podSpec, 'containers'],
      want: {
        strategies: ['merge'],
        patchMergeKey: 'name',
        listType: 'map',
        listMapKeys: ['name'],
      },
    },
    {
      path: [...podSpec, 'containers', 'ports'],
      want: {
        strategies: ['merge'],
        patchMergeKey: 'containerPort',
        listType: 'map',
        listMapKeys: ['containerPort', 'protocol'],
      },
    },
    {
      path: [...podSpec, 'volumes'],
      want: { strategies: ['merge', 'retainKeys'], patchMergeKey: 'name', listType: 'map' },
    },
    { path: [...podSpec, 'containers', 'command'], want: { strategies: [], listType: 'atomic' } },
    { path: ['spec', 'strategy'], want: { strategies: ['retainKeys'], shape: 'object' } },
    { path: ['spec', 'selector'], want: { atomic: true } },
    { path: ['metadata', 'finalizers'], want: { strategies: ['merge'], listType: 'set' } },
    { path: ['metadata', 'ownerReferences'], want: { patchMergeKey: 'uid', listType: 'map' } },
    { path: ['spec', 'replicas'], want: undefined },
    { path: ['metadata', 'labels'], want: undefined },
  ])('Deployment $path', ({ path, want }) => {
    const found = mergeFieldAt('apps/v1', 'Deployment', path);
    if (want === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(want);
  });

  test('a kind outside the table has no facts', () => {
    expect(mergeTypeOf('helm.fluxcd.io/v1', 'HelmRelease')).toBeUndefined();
    expect(mergeFieldAt('helm.fluxcd.io/v1', 'HelmRelease', ['spec'])).toBeUndefined();
  });

  test('every kind has the metadata of an object', () => {
    expect(mergeFieldAt('v1', 'ConfigMap', ['metadata', 'finalizers'])?.listType).toBe('set');
  });
});
