import { describe, expect, test } from 'vitest';
import { adviceOn, editDistance } from './advice.ts';

const deployment = (annotations: Record<string, string>) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a', annotations },
  spec: { template: { spec: { containers: [{ name: 'app', image: 'x:1' }] } } },
});

describe('adviceOn', () => {
  test.each([
    ['fluxcd.io/autmated', 'true', 'is not known; did you mean fluxcd.io/automated?'],
    ['flucd.io/automated', 'true', 'is not known; did you mean fluxcd.io/automated?'],
    ['fluxcd.io/tag.ap', 'glob:x', 'no container is called ap; did you mean app?'],
    [
      'filter.fluxcd.io/chart-image',
      'glob:x',
      'no container is called chart-image; did you mean app?',
    ],
    ['fluxcd.io/tag.app', 'semver:nope', 'invalid tag pattern: "semver:nope"'],
    ['fluxcd.io/tag.app', 'semvr:~1', 'is taken for a glob; did you mean semver:?'],
    ['fluxcd.io/automated', 'yes', '"yes" counts as unset; only true counts'],
    ['fluxcd.io/ignore', 'sync', '"sync" counts as unset; only true or sync_only counts'],
    ['fluxcd.io/foo', 'x', 'fluxcd.io/foo is not known'],
  ])('%s: %s', (key, value, want) => {
    expect(adviceOn(deployment({ [key]: value }))).toEqual([expect.stringContaining(want)]);
  });

  test.each([
    { 'fluxcd.io/automated': 'true', 'fluxcd.io/tag.app': 'semver:~1' },
    { 'flux.weave.works/locked': 'false', 'filter.fluxcd.io/app': 'glob:dev-*' },
    { 'example.com/automated': 'true', 'fluxcd.io/sync-checksum': 'x' },
    { 'fluxcd.io/tag.app': 'a:b' },
  ])('has nothing to say of %j', (annotations) => {
    const said = adviceOn(deployment(annotations));
    expect(said.filter((one) => !one.includes('taken for a glob'))).toEqual([]);
  });

  test('knows that a ConfigMap has no images, and that mappings lead to strings', () => {
    const map = { ...deployment({ 'fluxcd.io/automated': 'true' }), kind: 'ConfigMap' };
    expect(adviceOn(map)).toEqual([
      'fluxcd.io/automated does nothing on a ConfigMap: it has no images that are updated',
    ]);
    const release = {
      apiVersion: 'helm.fluxcd.io/v1',
      kind: 'HelmRelease',
      metadata: { name: 'a', annotations: { 'repository.fluxcd.io/x': 'a.b' } },
      spec: { values: { a: { c: 'x' } } },
    };
    expect(adviceOn(release)).toEqual(['repository.fluxcd.io/x: spec.values.a.b is not a string']);
  });
});

test.each([
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
  ['a', 'a', 0],
])('%s and %s are %i apart', (a, b, want) => {
  expect(editDistance(a, b)).toBe(want);
});
