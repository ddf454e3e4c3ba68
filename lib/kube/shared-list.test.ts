import { expect, test } from 'vitest';
import type { KubeObject } from '../objects/mod.ts';
import { systemClock } from '../runtime/mod.ts';
import type { ResourceType } from './client.ts';
import { KubeError } from './errors.ts';
import { createSharedList } from './shared-list.ts';

const type: ResourceType = {
  group: 'example.com',
  version: 'v1',
  kind: 'Thing',
  resource: 'things',
  namespaced: true,
  verbs: ['list'],
};

/** A server whose lists end when they are told to. */
function stage({ served = true, forbidden = false } = {}) {
  const open: (() => void)[] = [];
  let begun = 0;
  const objects: string[] = [];
  const complaints: string[] = [];
  const list = createSharedList({
    client: {
      resourceType: ({ apiVersion }) =>
        Promise.resolve(served && apiVersion === 'example.com/v1' ? type : undefined),
      list: async <T extends KubeObject>() => {
        if (forbidden) throw new KubeError('Forbidden', 'things', 'no');
        const items = objects.map((name) => ({ metadata: { name } }) as T);
        begun += 1;
        await new Promise<void>((resolve) => open.push(resolve));
        return { resourceVersion: '1', items };
      },
    },
    clock: systemClock,
    apiVersions: ['example.com/v2', 'example.com/v1'],
    kind: 'Thing',
    namespace: '',
    read: ({ metadata }) => metadata.name,
    onForbidden: ({ message }) => complaints.push(message),
  });
  const end = async () => {
    await expect.poll(() => open.length).toBe(1);
    open.pop()?.();
  };
  return { list, end, objects, complaints, begun: () => begun };
}

test('one list serves all who asked before it began, and nobody who asked after', async () => {
  const { list, end, objects, begun } = stage();
  const first = list.get(0);
  await expect.poll(begun).toBe(1);
  objects.push('new');
  const later = [list.get(0), list.get(0), list.get(0)];
  await end();
  expect(await first).toEqual([]);
  await end();
  expect(await Promise.all(later)).toEqual([['new'], ['new'], ['new']]);
  expect(begun()).toBe(2);
});

test('what was asked a moment ago is old enough for those who say so', async () => {
  const { list, end, objects } = stage();
  const asked = list.get(0);
  await end();
  await asked;
  objects.push('new');
  expect(await list.get(60_000)).toEqual([]);
});

test('a kind that is not served, or may not be listed, has no objects', async () => {
  expect(await stage({ served: false }).list.get(0)).toEqual([]);
  const { list, complaints } = stage({ forbidden: true });
  expect(await list.get(0)).toEqual([]);
  expect(await list.get(0)).toEqual([]);
  expect(complaints).toEqual(['no']);
});
