import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDocuments } from '../../lib/manifest/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { customResourceDefinitions, definitionsText } from './mod.ts';

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
