import { describe, expect, test, vi } from 'vitest';
import { configMap, makeConfigMaps, newNamespace } from './context.ts';
import type { Context } from './context.ts';
import { at, namesOf } from './probe.ts';
import type { Answer } from './probe.ts';

/** Finalizers, dependents, collections, namespaces. */
export function deletionCases(context: () => Context): void {
  const start = async () => {
    const { probe } = context();
    const namespace = await newNamespace(probe);
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    /** A real cluster collects garbage in its own time. */
    const gone = (path: string) =>
      vi.waitFor(async () => expect((await probe.get(path)).status).toBe(404), {
        timeout: 15_000,
        interval: 50,
      });
    const owned = async (name: string, owner: Answer, more: Record<string, unknown> = {}) => {
      const ownerReferences = [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          name: at(owner.body, 'metadata', 'name'),
          uid: at(owner.body, 'metadata', 'uid'),
          blockOwnerDeletion: true,
        },
      ];
      const made = await probe.post(maps, configMap(name, { metadata: { name, ownerReferences, ...more } })); // prettier-ignore
      expect(made.status).toBe(201);
    };
    return { probe, namespace, maps, gone, owned };
  };

  describe('deletion', () => {
    test('answers with what went', async () => {
      const { probe, maps } = await start();
      const made = await probe.post(maps, configMap('a'));
      expect(await probe.delete(`${maps}/a`)).toMatchObject({
        status: 200,
        body: {
          kind: 'Status',
          status: 'Success',
          details: { name: 'a', kind: 'configmaps', uid: at(made.body, 'metadata', 'uid') },
        },
      });
      expect((await probe.get(`${maps}/a`)).status).toBe(404);
    });

    test('holds to its preconditions', async () => {
      const { probe, maps } = await start();
      await probe.post(maps, configMap('a'));
      const options = { apiVersion: 'v1', kind: 'DeleteOptions' };
      const refused = await probe.delete(`${maps}/a`, {
        ...options,
        preconditions: { uid: 'another' },
      });
      expect(refused).toMatchObject({
        status: 409,
        body: {
          message: expect.stringMatching(
            /^Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition \(another\) does not match the UID in record /,
          ),
        },
      });
      expect((await probe.get(`${maps}/a`)).status).toBe(200);
    });

    test('waits for finalizers, and takes no new ones meanwhile', async () => {
      const { probe, maps } = await start();
      await probe.post(maps, configMap('a', { metadata: { name: 'a', finalizers: ['example.com/hold'] } })); // prettier-ignore
      expect(await probe.delete(`${maps}/a`)).toMatchObject({
        status: 200,
        body: {
          kind: 'ConfigMap',
          metadata: {
            deletionTimestamp: expect.any(String),
            deletionGracePeriodSeconds: 0,
            finalizers: ['example.com/hold'],
          },
        },
      });
      const more = await probe.patch(`${maps}/a`, 'merge', {
        metadata: { finalizers: ['example.com/hold', 'example.com/more'] },
      });
      expect(more).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
      expect((await probe.patch(`${maps}/a`, 'merge', { data: { still: 'here' } })).status).toBe(
        200,
      );
      const last = await probe.patch(`${maps}/a`, 'merge', { metadata: { finalizers: null } });
      expect(last.status).toBe(200);
      expect((await probe.get(`${maps}/a`)).status).toBe(404);
    });

    test('takes dependents along', async () => {
      const { probe, maps, gone, owned } = await start();
      const owner = await probe.post(maps, configMap('owner'));
      await owned('child', owner);
      expect((await probe.delete(`${maps}/owner?propagationPolicy=Background`)).status).toBe(200);
      await gone(`${maps}/child`);
    });

    test('leaves orphans when asked', async () => {
      const { probe, maps, gone, owned } = await start();
      const owner = await probe.post(maps, configMap('owner'));
      await owned('child', owner);
      await probe.delete(`${maps}/owner?propagationPolicy=Orphan`);
      await gone(`${maps}/owner`);
      const child = await probe.get(`${maps}/child`);
      expect(child.status).toBe(200);
      expect(at(child.body, 'metadata', 'ownerReferences')).toBeUndefined();
    });

    test('in the foreground the owner goes last', async () => {
      const { probe, maps, gone, owned } = await start();
      const owner = await probe.post(maps, configMap('owner'));
      await owned('child', owner, { finalizers: ['example.com/hold'] });
      expect((await probe.delete(`${maps}/owner?propagationPolicy=Foreground`)).status).toBe(200);
      await vi.waitFor(
        async () =>
          expect(
            at((await probe.get(`${maps}/child`)).body, 'metadata', 'deletionTimestamp'),
          ).toBeDefined(),
        { timeout: 15_000, interval: 50 },
      );
      expect(at((await probe.get(`${maps}/owner`)).body, 'metadata', 'finalizers')).toEqual([
        'foregroundDeletion',
      ]);
      await probe.patch(`${maps}/child`, 'merge', { metadata: { finalizers: null } });
      await gone(`${maps}/owner`);
    });

    test('of a collection spares what is not selected', async () => {
      const { probe, namespace, maps } = await start();
      await makeConfigMaps(probe, namespace, ['a', 'b', 'c'], (name) => ({
        metadata: { name, labels: { go: name === 'b' ? 'no' : 'yes' } },
      }));
      expect((await probe.delete(`${maps}?labelSelector=go%3Dyes`)).status).toBe(200);
      expect(namesOf((await probe.get(`${maps}?labelSelector=go`)).body)).toEqual(['b']);
    });
  });

  describe('namespaces', () => {
    test('carry their name as a label, and end with what they hold', async () => {
      const { probe, namespace, maps, gone } = await start();
      const path = `/api/v1/namespaces/${namespace}`;
      expect((await probe.get(path)).body).toMatchObject({
        metadata: { labels: { 'kubernetes.io/metadata.name': namespace } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      });
      await probe.post(maps, configMap('a', { metadata: { name: 'a', finalizers: ['example.com/hold'] } })); // prettier-ignore
      expect(await probe.delete(path)).toMatchObject({
        status: 200,
        body: { kind: 'Namespace', status: { phase: 'Terminating' } },
      });
      expect(await probe.post(maps, configMap('b'))).toMatchObject({
        status: 403,
        body: {
          reason: 'Forbidden',
          message: `configmaps "b" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
        },
      });
      await vi.waitFor(
        async () =>
          expect(
            at((await probe.get(`${maps}/a`)).body, 'metadata', 'deletionTimestamp'),
          ).toBeDefined(),
        { timeout: 15_000, interval: 50 },
      );
      expect((await probe.get(path)).status).toBe(200);
      await probe.patch(`${maps}/a`, 'merge', { metadata: { finalizers: null } });
      await gone(path);
    });

    test('get a service account and the authority of the server', async () => {
      const { probe, namespace, maps } = await start();
      await vi.waitFor(
        async () => {
          expect(
            (await probe.get(`/api/v1/namespaces/${namespace}/serviceaccounts/default`)).status,
          ).toBe(200);
          expect((await probe.get(`${maps}/kube-root-ca.crt`)).status).toBe(200);
        },
        { timeout: 15_000, interval: 50 },
      );
    });
  });
}
