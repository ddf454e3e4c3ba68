import { describe, expect, test } from 'vitest';
import type { GoMap, GoValue } from '../../lib/helm/values/mod.ts';
import type { HelmRelease, HelmReleaseSpec, KubeObject } from '../../lib/objects/mod.ts';
import { composeValues, valuesReferences } from './compose.ts';
import type { ValuesSources } from './compose.ts';

function hr(spec: Partial<HelmReleaseSpec>): HelmRelease {
  return {
    apiVersion: 'helm.fluxcd.io/v1',
    kind: 'HelmRelease',
    metadata: { name: 'app', namespace: 'demo' },
    spec: { chart: {}, ...spec },
  };
}

const objects: Record<string, Record<string, string>> = {
  'ConfigMap/demo/base': {
    'values.yaml': 'a: 1\nb: {c: 1, d: 1}\nl: [1, 2]\n',
    'other.yaml': 'a: other\n',
    bad: 'a: [',
  },
  'ConfigMap/far/base': { 'values.yaml': 'a: far\n' },
  'Secret/demo/secret': {
    'values.yaml': Buffer.from('b: {d: hidden}\nl: [3]\n').toString('base64'),
  },
};

const sources: ValuesSources = {
  configMap: (namespace, name) => Promise.resolve(found('ConfigMap', namespace, name)),
  secret: (namespace, name) => Promise.resolve(found('Secret', namespace, name)),
  url: (url) =>
    url.endsWith('/ok') ? Promise.resolve('u: 1\n') : Promise.reject(new Error('no answer')),
  chartFile: (path) => Promise.resolve(path === 'extra.yaml' ? Buffer.from('f: yes\n') : undefined),
  crossNamespace: true,
  decrypt: () => Promise.resolve(new Map([['opened', true]])),
};

function found(kind: string, namespace: string, name: string): KubeObject | undefined {
  const data = objects[`${kind}/${namespace}/${name}`];
  return data === undefined
    ? undefined
    : { apiVersion: 'v1', kind, metadata: { name, namespace }, data };
}

function plain(value: GoValue): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...(value as GoMap)].map(([key, each]) => [key, plain(each)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

const compose = async (spec: Partial<HelmReleaseSpec>) =>
  plain(await composeValues(hr(spec), sources));

describe('composeValues', () => {
  test('later sources win, maps merge, lists are replaced, inline values come last', async () => {
    await expect(
      compose({
        valuesFrom: [{ configMapKeyRef: { name: 'base' } }, { secretKeyRef: { name: 'secret' } }],
        values: { a: null, b: { c: 2 } },
      }),
    ).resolves.toEqual({ a: null, b: { c: 2, d: 'hidden' }, l: [3] });
  });

  test.each([
    ['another key', { configMapKeyRef: { name: 'base', key: 'other.yaml' } }, { a: 'other' }],
    ['another namespace', { configMapKeyRef: { name: 'base', namespace: 'far' } }, { a: 'far' }],
    ['a URL', { externalSourceRef: { url: 'http://x/ok' } }, { u: 1 }],
    ['a file of the chart, in YAML 1.1', { chartFileRef: { path: 'extra.yaml' } }, { f: true }],
    ['an item without reference', {}, {}],
    ['a missing optional ConfigMap', { configMapKeyRef: { name: 'nope', optional: true } }, {}],
    [
      'a missing optional key',
      { configMapKeyRef: { name: 'base', key: 'nope', optional: true } },
      {},
    ],
    [
      'an unreadable optional value',
      { configMapKeyRef: { name: 'base', key: 'bad', optional: true } },
      {},
    ],
    [
      'an optional URL that fails',
      { externalSourceRef: { url: 'http://x/down', optional: true } },
      {},
    ],
    ['an optional file that is missing', { chartFileRef: { path: 'nope', optional: true } }, {}],
  ])('reads %s', async (_why, source, want) => {
    await expect(compose({ valuesFrom: [source] })).resolves.toEqual(want);
  });

  test.each([
    [{ configMapKeyRef: { name: 'nope' } }, 'ConfigMap demo/nope does not exist'],
    [
      { configMapKeyRef: { name: 'base', key: 'nope' } },
      'could not find key nope in ConfigMap demo/base',
    ],
    [
      { configMapKeyRef: { name: 'base', key: 'bad' } },
      'unable to yaml.Unmarshal key bad of ConfigMap demo/base',
    ],
    [
      { externalSourceRef: { url: 'http://x/down' } },
      'unable to read value file from URL http://x/down',
    ],
    [{ chartFileRef: { path: 'nope' } }, 'unable to read value file from path nope'],
  ])('says what is missing: %j', async (source, message) => {
    await expect(compose({ valuesFrom: [source] })).rejects.toThrow(message);
  });

  test('the old form reads values.yaml of Secrets, before the others', async () => {
    await expect(
      compose({ valueFileSecrets: [{ name: 'secret' }], values: { l: 1 } }),
    ).resolves.toEqual({
      b: { d: 'hidden' },
      l: 1,
    });
  });
});

test('valuesReferences names what has to be watched', () => {
  expect(
    valuesReferences(
      hr({
        valueFileSecrets: [{ name: 'old' }],
        valuesFrom: [
          { configMapKeyRef: { name: 'a' } },
          { secretKeyRef: { name: 'b', namespace: 'far' } },
          {},
        ],
      }),
    ),
  ).toEqual(['Secret/demo/old', 'ConfigMap/demo/a', 'Secret/far/b']);
});

test('composeValues() opens what SOPS has encrypted', async () => {
  const sealed = 'a: sealed\nsops: {mac: sealed, lastmodified: now}\n';
  const secrets: GoMap[] = [];
  const values = await composeValues(
    hr({ valuesFrom: [{ externalSourceRef: { url: 'https://x/sealed' } }], values: { b: 1 } }),
    { ...sources, url: () => Promise.resolve(sealed), onSecret: (found) => secrets.push(found) },
  );
  expect(plain(values)).toEqual({ opened: true, b: 1 });
  expect(secrets.map(plain)).toEqual([{ opened: true }]);
});

describe('composeValues without references to other namespaces', () => {
  test('refuses them, and only them', async () => {
    const own = { configMapKeyRef: { name: 'base', namespace: 'demo', key: 'other.yaml' } };
    const far = { configMapKeyRef: { name: 'base', namespace: 'far', optional: true } };
    const confined = { ...sources, crossNamespace: false };
    await expect(composeValues(hr({ valuesFrom: [own] }), confined)).resolves.toEqual(
      new Map([['a', 'other']]),
    );
    await expect(composeValues(hr({ valuesFrom: [far] }), confined)).rejects.toThrow(
      'values from far/base are refused',
    );
  });
});
