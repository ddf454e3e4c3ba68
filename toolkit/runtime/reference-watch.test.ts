import { expect, test } from 'vitest';
import { stalled } from './kind.ts';
import type { Kind } from './kind.ts';
import { referenceWatch, withoutReferenceWatches } from './reference-watch.ts';

test('a kind without watches of what its objects name keeps the others', () => {
  const other = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'Bucket', affected: () => [] };
  const kind: Kind = {
    name: 'Thing',
    apiVersion: 'example.com/v1',
    controller: 'c',
    watches: [referenceWatch('Secret', () => []), other, referenceWatch('ConfigMap', () => [])],
    reconcile: () => Promise.resolve(stalled),
    remove: () => Promise.resolve(),
  };
  expect(withoutReferenceWatches(kind).watches).toEqual([other]);
});
