import { expect, test } from 'vitest';
import { createKindRegistry } from '../kinds.ts';
import { openApiDocument, openApiIndex } from './v3.ts';

const kinds = createKindRegistry().all();

test('the index names every version', () => {
  expect(openApiIndex(kinds)).toMatchObject({
    paths: {
      'api/v1': { serverRelativeURL: expect.stringMatching(/^\/openapi\/v3\/api\/v1\?hash=/) },
      'apis/apps/v1': {},
    },
  });
});

test.each([
  ...new Set(kinds.map(({ group, version }) => (group === '' ? version : `${group}/${version}`))),
])('every reference in the document of %s leads to a schema', (apiVersion) => {
  const document = openApiDocument(kinds, apiVersion);
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(0);
  for (const [, name = ''] of references)
    expect(document).toHaveProperty(['components', 'schemas', name]);
});

test('containers merge by name', () => {
  expect(openApiDocument(kinds, 'v1')).toMatchObject({
    components: {
      schemas: {
        'io.k8s.api.core.v1.PodSpec': {
          properties: {
            containers: {
              'x-kubernetes-patch-merge-key': 'name',
              'x-kubernetes-patch-strategy': 'merge',
            },
          },
        },
      },
    },
  });
});
