import { describe, expect, test, vi } from 'vitest';
import { configMap, makeConfigMaps, newNamespace } from './context.ts';
import type { Context } from './context.ts';
import { at, versionOf } from './probe.ts';
import type { WatchEvent } from './probe.ts';

const brief = ({ type, object }: WatchEvent) => `${type} ${String(at(object, 'metadata', 'name'))}`;

export function watchCases(context: () => Context): void {
  const start = async () => {
    const { probe } = context();
    const namespace = await newNamespace(probe);
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    const version = versionOf((await probe.get(maps)).body);
    return { probe, namespace, maps, version };
  };
  const own = 'labelSelector=own';
  const labelled = (name: string) => ({ metadata: { name, labels: { own: 'yes' } } });

  describe('watches', () => {
    test('tell what happened since a version, in order', async () => {
      const { probe, namespace, maps, version } = await start();
      await makeConfigMaps(probe, namespace, ['a', 'b'], labelled);
      await probe.patch(`${maps}/a`, 'merge', { data: { key: '1' } });
      const watch = await probe.watch(`${maps}?watch=true&${own}&resourceVersion=${version}`);
      await probe.delete(`${maps}/a`);
      const events = await watch.until(({ type }) => type === 'DELETED');
      watch.close();
      expect(events.map(brief)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED a']);
      expect(events[0]?.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
      const versions = events.map(({ object }) => Number(versionOf(object)));
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
    });

    test('without a version begin with what is there', async () => {
      const { probe, namespace, maps } = await start();
      await makeConfigMaps(probe, namespace, ['a', 'b'], labelled);
      // A server with an old etcd beneath may need a moment until its cache has caught up.
      const { watch, first } = await vi.waitFor(async () => {
        const watch = await probe.watch(`${maps}?watch=1&${own}`);
        const first = await watch.until((event) => brief(event) === 'ADDED b');
        expect(at(first[0]?.object, 'reason')).not.toBe('Timeout');
        return { watch, first };
      }, 30_000);
      await probe.patch(`${maps}/a`, 'merge', { data: { key: '1' } });
      const then = await watch.until(({ type }) => type === 'MODIFIED');
      watch.close();
      expect([...first, ...then].map(brief)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a']);
    });

    test('show what leaves a selection as deleted, what enters it as added', async () => {
      const { probe, namespace, maps, version } = await start();
      await makeConfigMaps(probe, namespace, ['a'], labelled);
      await probe.patch(`${maps}/a`, 'merge', { metadata: { labels: { own: null } } });
      await probe.patch(`${maps}/a`, 'merge', { metadata: { labels: { own: 'again' } } });
      const watch = await probe.watch(`${maps}?watch=true&${own}&resourceVersion=${version}`);
      const events = await watch.until(({ object }) => at(object, 'metadata', 'labels', 'own') === 'again'); // prettier-ignore
      watch.close();
      expect(events.map(brief)).toEqual(['ADDED a', 'DELETED a', 'ADDED a']);
    });

    test('of one object', async () => {
      const { probe, namespace, maps, version } = await start();
      await makeConfigMaps(probe, namespace, ['a', 'b']);
      const watch = await probe.watch(
        `${maps}?watch=true&fieldSelector=metadata.name%3Db&resourceVersion=${version}`,
      );
      expect((await watch.until(() => true)).map(brief)).toEqual(['ADDED b']);
      watch.close();
    });

    test('mark the end of what was there, when asked', async ({ skip }) => {
      const { probe, namespace, maps } = await start();
      await makeConfigMaps(probe, namespace, ['a'], labelled);
      const watch = await probe.watch(
        `${maps}?watch=true&${own}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
      );
      const events = await watch.until(({ type }) => type === 'BOOKMARK' || type === 'ERROR');
      watch.close();
      const refusal = String(at(events[0]?.object, 'message'));
      skip(refusal.includes('RequestWatchProgress is disabled'), 'the server has an old etcd');
      expect(events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
      expect(events[1]?.object).toMatchObject({
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: {
          resourceVersion: expect.stringMatching(/^\d+$/),
          annotations: { 'k8s.io/initial-events-end': 'true' },
        },
      });
    });

    test('end after their time with a bookmark', async () => {
      const { probe, namespace, maps, version } = await start();
      const watch = await probe.watch(
        `${maps}?watch=true&${own}&allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion=${version}`,
      );
      await makeConfigMaps(probe, namespace, ['a']);
      const events = await watch.until(() => false);
      expect(events.map(({ type }) => type)).toContain('BOOKMARK');
      expect(events.every(({ type }) => type === 'BOOKMARK')).toBe(true);
      expect(Number(versionOf(events.at(-1)?.object))).toBeGreaterThanOrEqual(Number(version));
    });

    test('from a version that is forgotten are told so', async ({ skip }) => {
      const { probe, maps } = await start();
      const watch = await probe.watch(`${maps}?watch=true&resourceVersion=1`);
      const [event] = await watch.until(() => true);
      watch.close();
      skip(
        context().keepsHistory && event?.type === 'ADDED',
        'the server has not compacted its history yet',
      );
      expect(event).toMatchObject({
        type: 'ERROR',
        object: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 },
      });
    });

    test('of metadata alone', async () => {
      const { probe, namespace, maps, version } = await start();
      const watch = await probe.watch(
        `${maps}?watch=true&resourceVersion=${version}&fieldSelector=metadata.name%3Da`,
        'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
      );
      await probe.post(maps, configMap('a', { data: { key: 'secret' } }));
      const [event] = await watch.until(() => true);
      watch.close();
      expect(event).toMatchObject({
        type: 'ADDED',
        object: { kind: 'PartialObjectMetadata', metadata: { name: 'a', namespace } },
      });
      expect(at(event?.object, 'data')).toBeUndefined();
    });
  });
}
