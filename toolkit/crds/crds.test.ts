import { readFileSync } from 'node:fs';
import path from 'node:path';
import { evaluate } from '@marcbachmann/cel-js';
import { describe, expect, test } from 'vitest';
import { readDocuments } from '../../lib/manifest/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { customResourceDefinitions, definitionsText, storedVersions } from './mod.ts';

const fileOf = (name: string) =>
  readFileSync(path.join(import.meta.dirname, '../..', name), 'utf8');

test.each(['crds/toolkit.yaml', 'chart/toolkit/crds/toolkit.yaml'])(
  '%s is what `npx tsx toolkit/main.ts crds` prints',
  (name) => {
    expect(fileOf(name) === definitionsText()).toBe(true);
  },
);

test('the text says the same as the objects', () => {
  expect(readDocuments(definitionsText())).toEqual(customResourceDefinitions);
});

test('without older versions, the one that is stored is left as it is', () => {
  expect(storedVersions).toHaveLength(customResourceDefinitions.length);
  for (const [at, { spec }] of storedVersions.entries()) {
    const all = customResourceDefinitions[at]?.['spec'];
    const [first] = isRecord(all) && Array.isArray(all['versions']) ? all['versions'] : [];
    expect(spec).toEqual({ ...(isRecord(all) ? all : {}), versions: [first] });
    expect(first).toMatchObject({ served: true, storage: true });
  }
});

describe.each(customResourceDefinitions.map((each) => ({ name: each.metadata.name, each })))(
  '$name',
  ({ each }) => {
    test('has one version that is stored, and status as a subresource of all', () => {
      const spec = isRecord(each['spec']) ? each['spec'] : {};
      const versions = Array.isArray(spec['versions']) ? spec['versions'].filter(isRecord) : [];
      expect(versions.filter(({ storage }) => storage === true)).toHaveLength(1);
      for (const { subresources } of versions) expect(subresources).toEqual({ status: {} });
    });
  },
);

/** The schema at a path below `spec` of the stored version; `[]` stands for the items of a list. */
function schemaOf(kind: string, ...steps: readonly string[]): Record<string, unknown> {
  const found = customResourceDefinitions
    .map(({ spec }) => (isRecord(spec) ? spec : {}))
    .find(({ names }) => isRecord(names) && names['kind'] === kind);
  const versions = Array.isArray(found?.['versions']) ? found['versions'] : [];
  const all = ['0', 'schema', 'openAPIV3Schema', 'properties', 'spec'];
  const below = steps.flatMap((step) => (step === '[]' ? ['items'] : ['properties', step]));
  let at: unknown = versions;
  for (const step of [...all, ...below])
    at = Array.isArray(at) ? at[Number(step)] : isRecord(at) ? at[step] : undefined;
  return isRecord(at) ? at : {};
}

const refusalsOf = (kind: string, self: Record<string, unknown>): string[] => {
  const rules = schemaOf(kind)['x-kubernetes-validations'];
  return (Array.isArray(rules) ? rules.filter(isRecord) : [])
    .filter(({ rule }) => evaluate(String(rule), { self }) !== true)
    .map(({ message }) => String(message));
};

describe('what an object may not say all at once', () => {
  const registry = { kind: 'HelmRepository', name: 'charts' };
  const verify = { provider: 'cosign' };
  const notAlways = /^spec\.interval is only accepted/;
  test.each([
    { kind: 'HelmChart', spec: { sourceRef: registry, verify } },
    {
      kind: 'HelmChart',
      spec: { sourceRef: { kind: 'Bucket', name: 'files' }, verify },
      says: /^spec\.verify is only supported/,
    },
    { kind: 'Provider', spec: { type: 'gitea', commitStatusExpr: "'a'" } },
    {
      kind: 'Provider',
      spec: { type: 'discord', commitStatusExpr: "'a'" },
      says: /^spec\.commitStatusExpr is only supported/,
    },
    { kind: 'ImagePolicy', spec: { digestReflectionPolicy: 'Always', interval: '1m' } },
    { kind: 'ImagePolicy', spec: { interval: '1m' }, says: notAlways },
    {
      kind: 'ImagePolicy',
      spec: { digestReflectionPolicy: 'Never', interval: '1m' },
      says: notAlways,
    },
    {
      kind: 'ImagePolicy',
      spec: { digestReflectionPolicy: 'Always' },
      says: /^spec\.interval must be set/,
    },
  ])('$kind $spec', ({ kind, spec, says }) => {
    expect(refusalsOf(kind, spec)).toEqual(says === undefined ? [] : [expect.stringMatching(says)]);
  });
});

test.each([
  ['HelmRelease', 'chart', 'spec', 'verify', 'provider'],
  ['HelmRelease', 'chart', 'spec', 'verify', 'secretRef', 'name'],
  ['ImageRepository', 'accessFrom', 'namespaceSelectors', '[]', 'matchLabels'],
  ['ImageUpdateAutomation', 'policySelector', 'matchExpressions', '[]', 'operator'],
])('%s has the field %s.%s.%s…', (kind, ...steps) => {
  expect(schemaOf(kind, ...steps)).toHaveProperty('type');
});
