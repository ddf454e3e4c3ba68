import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Caches, Collection, Listener } from './caches.ts';
import { readShard, shardOf } from './shard.ts';

const object = (name: string, labels?: Record<string, string>): KubeObject => ({
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'Bucket',
  metadata: { namespace: 'apps', name, ...(labels === undefined ? {} : { labels }) },
});

describe('readShard', () => {
  test.each([
    { selector: '', labels: undefined, served: true },
    { selector: 'shard=a', labels: { shard: 'a' }, served: true },
    { selector: 'shard==a', labels: { shard: 'b' }, served: false },
    { selector: 'shard=a', labels: undefined, served: false },
    { selector: 'shard in (a, b),!old', labels: { shard: 'b' }, served: true },
    { selector: 'shard in (a, b),!old', labels: { shard: 'b', old: '' }, served: false },
    { selector: 'shard notin (a)', labels: undefined, served: true },
    { selector: '!sharding.fluxcd.io/key', labels: undefined, served: true },
    {
      selector: '!sharding.fluxcd.io/key',
      labels: { 'sharding.fluxcd.io/key': 'a' },
      served: false,
    },
    { selector: 'shard', labels: { shard: '' }, served: true },
  ])('$selector of $labels: $served', ({ selector, labels, served }) => {
    expect(readShard(selector)(object('one', labels))).toBe(served);
  });

  test.each([
    ['shard in', "found '' expected: '('"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['shard=_', 'invalid label value: "_"'],
    ['shard>1', 'labels are not compared as numbers'],
  ])('refuses %s', (selector, why) => {
    expect(() => readShard(selector)).toThrow(why);
    expect(() => readShard(selector)).toThrow(/^--watch-label-selector: couldn't parse/);
  });
});

describe('shardOf', () => {
  const world = () => {
    const objects = new Map<string, KubeObject>();
    const listeners: Listener[] = [];
    const collection: Collection = {
      get: (key) => objects.get(key),
      list: () => [...objects.values()],
      onChange: (listener) => listeners.push(listener),
      index: () => () => [...objects.keys()],
      wrote: () => undefined,
      synced: () => Promise.resolve(),
    };
    const caches: Caches = { collection: () => collection, run: () => Promise.resolve() };
    const put = (now: KubeObject) => {
      const key = `${now.metadata.namespace ?? ''}/${now.metadata.name ?? ''}`;
      const before = objects.get(key);
      objects.set(key, now);
      for (const listener of listeners) listener(key, now, before);
    };
    return { caches: shardOf(caches, readShard('shard=a')), put };
  };

  test('shows what is served, and what comes and goes with its labels', () => {
    const { caches, put } = world();
    const buckets = caches.collection({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'Bucket',
    });
    const usersOf = buckets.index(() => []);
    const seen: string[] = [];
    buckets.onChange((key, now, before) => {
      seen.push(
        `${key} ${before === undefined ? 'no' : 'yes'} ${now === undefined ? 'no' : 'yes'}`,
      );
    });
    put(object('other'));
    put(object('own', { shard: 'a' }));
    expect(buckets.get('apps/other')).toBeUndefined();
    expect(buckets.list().map(({ metadata }) => metadata.name)).toEqual(['own']);
    expect(usersOf('anything')).toEqual(['apps/own']);
    put(object('own', { shard: 'b' }));
    put(object('own', { shard: 'c' }));
    put(object('own', { shard: 'a' }));
    expect(seen).toEqual(['apps/own no yes', 'apps/own yes no', 'apps/own no yes']);
  });

  test('leaves kinds of others alone', () => {
    const { caches, put } = world();
    const secrets = caches.collection({ apiVersion: 'v1', kind: 'Secret' });
    put({ ...object('secret'), apiVersion: 'v1', kind: 'Secret' });
    expect(secrets.list()).toHaveLength(1);
  });
});
