import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Collection } from '../runtime/mod.ts';
import { readOnlyDraft } from '../runtime/mod.ts';
import { watchForNewer } from './newer.ts';

const release = (more: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  metadata: { namespace: 'apps', name: 'web', generation: 1, ...more },
  spec: {
    chart: {},
    dependsOn: [{ name: 'base' }],
    valuesFrom: [
      { kind: 'ConfigMap', name: 'values' },
      { kind: 'Secret', name: 'optional' },
    ],
  },
  status: { helmChart: 'apps/apps-web' },
});
const chart = (revision: string): KubeObject => ({
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'HelmChart',
  metadata: { namespace: 'apps', name: 'apps-web' },
  status: {
    artifact: {
      url: 'http://x/y',
      path: 'y',
      digest: 'sha256:00',
      revision,
      lastUpdateTime: '2026-01-01T00:00:00Z',
    },
  },
});
const values = (resourceVersion: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'apps', name: 'values', resourceVersion },
});

const collectionOf = (objects: Map<string, KubeObject>): Collection => ({
  get: (key) => objects.get(key),
  list: () => [...objects.values()],
  onChange: () => undefined,
  index: () => () => [],
  wrote: () => undefined,
  synced: () => Promise.resolve(),
});

describe('watchForNewer', () => {
  const world = (hasConfigs: boolean) => {
    const [releases, charts, maps, secrets] = [
      new Map([['apps/web', release()]]),
      new Map([['apps/apps-web', chart('1.0.0')]]),
      new Map([['apps/values', values('1')]]),
      new Map<string, KubeObject>(),
    ];
    const watched = {
      all: collectionOf(releases),
      chartSources: new Map([['HelmChart', collectionOf(charts)]]),
      configs: new Map(
        hasConfigs
          ? [
              ['ConfigMap', collectionOf(maps)],
              ['Secret', collectionOf(secrets)],
            ]
          : [],
      ),
    };
    const draft = readOnlyDraft(release(), () => new Date(0));
    const newer = watchForNewer(watched, draft)(chart('1.0.0'));
    return { releases, charts, maps, newer };
  };
  type World = ReturnType<typeof world>;

  test.each<{ why: string; change: (world: World) => void; want: string | undefined }>([
    { why: 'nothing has changed', change: () => undefined, want: undefined },
    {
      why: 'another generation',
      change: ({ releases }) => releases.set('apps/web', release({ generation: 2 })),
      want: 'HelmRelease/apps/web',
    },
    {
      why: 'a look is asked for',
      change: ({ releases }) =>
        releases.set(
          'apps/web',
          release({ annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } }),
        ),
      want: 'HelmRelease/apps/web',
    },
    {
      why: 'another annotation is nothing',
      change: ({ releases }) =>
        releases.set('apps/web', release({ annotations: { other: 'now' } })),
      want: undefined,
    },
    {
      why: 'it is to go',
      change: ({ releases }) =>
        releases.set('apps/web', release({ deletionTimestamp: '2026-01-01T00:00:00Z' })),
      want: 'HelmRelease/apps/web',
    },
    {
      why: 'it is gone',
      change: ({ releases }) => releases.delete('apps/web'),
      want: 'HelmRelease/apps/web',
    },
    {
      why: 'another chart',
      change: ({ charts }) => charts.set('apps/apps-web', chart('1.1.0')),
      want: 'HelmChart/apps/apps-web',
    },
    {
      why: 'a chart that is gone is no other one',
      change: ({ charts }) => charts.delete('apps/apps-web'),
      want: undefined,
    },
    {
      why: 'other values',
      change: ({ maps }) => maps.set('apps/values', values('2')),
      want: 'ConfigMap/apps/values',
    },
    {
      why: 'values that are gone',
      change: ({ maps }) => maps.delete('apps/values'),
      want: 'ConfigMap/apps/values',
    },
  ])('$why: $want', ({ change, want }) => {
    const found = world(true);
    change(found);
    expect(found.newer()).toBe(want);
  });

  test('values that are not watched are as they were', () => {
    const { maps, newer } = world(false);
    maps.set('apps/values', values('2'));
    expect(newer()).toBeUndefined();
  });
});
