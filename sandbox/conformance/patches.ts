import { describe, expect, test } from 'vitest';
import { configMap, deployment, newNamespace } from './context.ts';
import type { Context } from './context.ts';
import { at, versionOf } from './probe.ts';

/** The four kinds of patches, and who owns what after an apply. */
export function patchCases(context: () => Context): void {
  const start = async () => {
    const { probe } = context();
    const namespace = await newNamespace(probe);
    return {
      probe,
      maps: `/api/v1/namespaces/${namespace}/configmaps`,
      deployments: `/apis/apps/v1/namespaces/${namespace}/deployments`,
    };
  };

  describe('patches', () => {
    test('JSON patch: adds, replaces, removes, tests', async () => {
      const { probe, maps } = await start();
      const metadata = { name: 'a', annotations: { 'example.com/note': 'old' } };
      await probe.post(maps, configMap('a', { metadata, data: { one: '1', two: '2' } }));
      const patched = await probe.patch(`${maps}/a`, 'json', [
        { op: 'test', path: '/data/one', value: '1' },
        { op: 'replace', path: '/data/one', value: 'I' },
        { op: 'remove', path: '/data/two' },
        { op: 'add', path: '/metadata/annotations/example.com~1note', value: 'new' },
      ]);
      expect(patched).toMatchObject({ status: 200 });
      expect(at(patched.body, 'data')).toEqual({ one: 'I' });
      expect(at(patched.body, 'metadata', 'annotations')).toEqual({ 'example.com/note': 'new' });
      expect(
        await probe.patch(`${maps}/a`, 'json', [{ op: 'test', path: '/data/one', value: 'x' }]),
      ).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
      expect(
        (await probe.patch(`${maps}/a`, 'json', [{ op: 'remove', path: '/data/none' }])).status,
      ).toBe(422);
    });

    test('merge patch: null removes, lists are replaced', async () => {
      const { probe, deployments, maps } = await start();
      await probe.post(maps, configMap('a', { data: { one: '1', two: '2' } }));
      const patched = await probe.patch(`${maps}/a`, 'merge', { data: { one: null, three: '3' } });
      expect(at(patched.body, 'data')).toEqual({ two: '2', three: '3' });
      await probe.post(deployments, deployment('web'));
      const replaced = await probe.patch(`${deployments}/web`, 'merge', {
        spec: { template: { spec: { containers: [{ name: 'only', image: 'x:1' }] } } },
      });
      expect(at(replaced.body, 'spec', 'template', 'spec', 'containers')).toMatchObject([
        { name: 'only' },
      ]);
    });

    test('strategic patch: lists merge by their key, $patch deletes', async () => {
      const { probe, deployments } = await start();
      await probe.post(deployments, deployment('web'));
      const containers = (list: unknown) => ({
        spec: { template: { spec: { containers: list } } },
      });
      const added = await probe.patch(
        `${deployments}/web`,
        'strategic',
        containers([
          { name: 'side', image: 'side:1' },
          { name: 'app', env: [{ name: 'A', value: '1' }] },
        ]),
      );
      const names = (body: unknown) => {
        const list = at(body, 'spec', 'template', 'spec', 'containers');
        return Array.isArray(list) ? list.map((each) => at(each, 'name')).sort() : list;
      };
      expect(names(added.body)).toEqual(['app', 'side']);
      const removed = await probe.patch(
        `${deployments}/web`,
        'strategic',
        containers([{ name: 'side', $patch: 'delete' }]),
      );
      expect(at(removed.body, 'spec', 'template', 'spec', 'containers')).toMatchObject([
        { name: 'app', image: 'registry.example.com/app:1', env: [{ name: 'A', value: '1' }] },
      ]);
    });

    test('a patch with a version is refused when the object has moved on', async () => {
      const { probe, maps } = await start();
      const made = await probe.post(maps, configMap('a'));
      await probe.patch(`${maps}/a`, 'merge', { data: { key: '1' } });
      expect(
        await probe.patch(`${maps}/a`, 'merge', {
          metadata: { resourceVersion: versionOf(made.body) },
          data: { key: '2' },
        }),
      ).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    });

    test('an unknown kind of patch, and a patch of nothing', async () => {
      const { probe, maps } = await start();
      await probe.post(maps, configMap('a'));
      expect(
        await probe.call('PATCH', `${maps}/a`, { body: {}, type: 'application/json' }),
      ).toMatchObject({ status: 415, body: { reason: 'UnsupportedMediaType' } });
      expect((await probe.patch(`${maps}/none`, 'merge', {})).status).toBe(404);
    });
  });

  describe('server-side apply', () => {
    const one = (data: Record<string, string>) => configMap('a', { data });

    test('creates, then owns what was applied', async () => {
      const { probe, maps } = await start();
      const made = await probe.patch(`${maps}/a?fieldManager=one`, 'apply', one({ key: '1' }));
      expect(made).toMatchObject({
        status: 201,
        body: {
          metadata: {
            managedFields: [
              { manager: 'one', operation: 'Apply', fieldsV1: { 'f:data': { 'f:key': {} } } },
            ],
          },
        },
      });
      const same = await probe.patch(`${maps}/a?fieldManager=one`, 'apply', one({ key: '1' }));
      expect(same.status).toBe(200);
      expect(versionOf(same.body)).toBe(versionOf(made.body));
    });

    test('what is applied no more goes away', async () => {
      const { probe, maps } = await start();
      await probe.patch(`${maps}/a?fieldManager=one`, 'apply', one({ key: '1', other: '2' }));
      await probe.patch(`${maps}/a`, 'merge', { data: { theirs: '3' } });
      const less = await probe.patch(`${maps}/a?fieldManager=one`, 'apply', one({ key: '1' }));
      expect(at(less.body, 'data')).toEqual({ key: '1', theirs: '3' });
    });

    test('a field of another manager is a conflict, unless forced', async () => {
      const { probe, maps } = await start();
      await probe.patch(`${maps}/a?fieldManager=one`, 'apply', one({ key: '1' }));
      expect(
        await probe.patch(`${maps}/a?fieldManager=two`, 'apply', one({ key: '2' })),
      ).toMatchObject({
        status: 409,
        body: {
          reason: 'Conflict',
          message: 'Apply failed with 1 conflict: conflict with "one": .data.key',
          details: {
            causes: [
              {
                reason: 'FieldManagerConflict',
                message: 'conflict with "one"',
                field: '.data.key',
              },
            ],
          },
        },
      });
      const forced = await probe.patch(
        `${maps}/a?fieldManager=two&force=true`,
        'apply',
        one({ key: '2' }),
      );
      expect(forced).toMatchObject({ status: 200, body: { data: { key: '2' } } });
      expect(at(forced.body, 'metadata', 'managedFields')).toMatchObject([{ manager: 'two' }]);
    });

    test('two managers that agree share a field', async () => {
      const { probe, maps } = await start();
      await probe.patch(`${maps}/a?fieldManager=one`, 'apply', one({ key: '1' }));
      const shared = await probe.patch(`${maps}/a?fieldManager=two`, 'apply', one({ key: '1' }));
      const managers = at(shared.body, 'metadata', 'managedFields');
      expect(
        Array.isArray(managers) && managers.map((each) => String(at(each, 'manager'))).sort(),
      ).toEqual(['one', 'two']);
      const left = await probe.patch(`${maps}/a?fieldManager=one`, 'apply', configMap('a'));
      expect(at(left.body, 'data')).toEqual({ key: '1' });
    });

    test('lists with keys are owned item by item', async () => {
      const { probe, deployments } = await start();
      const path = `${deployments}/web`;
      expect(
        (await probe.patch(`${path}?fieldManager=one`, 'apply', deployment('web'))).status,
      ).toBe(201);
      const side = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: { template: { spec: { containers: [{ name: 'side', image: 'side:1' }] } } },
      };
      expect((await probe.patch(`${path}?fieldManager=two`, 'apply', side)).status).toBe(200);
      const again = await probe.patch(
        `${path}?fieldManager=one`,
        'apply',
        deployment('web', 'registry.example.com/app:2'),
      );
      expect(at(again.body, 'spec', 'template', 'spec', 'containers')).toMatchObject([
        { name: 'app', image: 'registry.example.com/app:2' },
        { name: 'side', image: 'side:1' },
      ]);
    });

    test.each([
      { why: 'no manager', query: '', body: configMap('a'), status: 422 },
      { why: 'another name', query: '?fieldManager=one', body: configMap('b'), status: 400 },
    ])('is refused: $why', async ({ query, body, status }) => {
      const { probe, maps } = await start();
      expect((await probe.patch(`${maps}/a${query}`, 'apply', body)).status).toBe(status);
    });
  });
}
