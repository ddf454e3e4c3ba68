import { expect, test } from 'vitest';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { createReferenceIndex } from './reference-index.ts';

const naming = (...names: string[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: names.join() },
});

test('tells who names what, as it is now', () => {
  const index = createReferenceIndex(({ metadata }) => (metadata.name ?? '').split(','));
  index.set('a', naming('x', 'y', 'x'));
  index.set('b', naming('y'));
  expect([index.usersOf('x'), index.usersOf('y'), index.usersOf('z')]).toEqual([
    ['a'],
    ['a', 'b'],
    [],
  ]);
  index.set('a', naming('z'));
  expect([index.usersOf('x'), index.usersOf('y'), index.usersOf('z')]).toEqual([[], ['b'], ['a']]);
  index.set('b', undefined);
  expect(index.usersOf('y')).toEqual([]);
});
