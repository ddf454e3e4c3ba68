import { describe, expect, test } from 'vitest';
import { createKindRegistry } from '../kinds.ts';
import { at } from '../../conformance/probe.ts';
import { swaggerDocument } from './v2.ts';

const document = swaggerDocument(createKindRegistry().all());
const definition = (name: string, ...path: string[]) =>
  at(document, 'definitions', `io.k8s.${name}`, ...path);

describe('the OpenAPI v2 document', () => {
  test.each([
    {
      why: 'kinds are tagged',
      value: definition('api.apps.v1.Deployment', 'x-kubernetes-group-version-kind'),
      want: [{ group: 'apps', version: 'v1', kind: 'Deployment' }],
    },
    {
      why: 'types refer to each other',
      value: definition('api.apps.v1.Deployment', 'properties', 'spec'),
      want: { $ref: '#/definitions/io.k8s.api.apps.v1.DeploymentSpec' },
    },
    {
      why: 'lists of types',
      value: definition('api.core.v1.PodSpec', 'properties', 'containers'),
      want: {
        type: 'array',
        items: { $ref: '#/definitions/io.k8s.api.core.v1.Container' },
        'x-kubernetes-patch-strategy': 'merge',
        'x-kubernetes-patch-merge-key': 'name',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      },
    },
    {
      why: 'numbers or texts',
      value: definition('apimachinery.pkg.util.intstr.IntOrString'),
      want: { type: 'string', format: 'int-or-string' },
    },
    {
      why: 'parameters',
      value: at(document, 'paths', '/api/v1/namespaces/{namespace}/pods', 'post', 'parameters', 2),
      want: { name: 'fieldValidation', in: 'query', type: 'string', uniqueItems: true },
    },
    {
      why: 'answers',
      value: at(document, 'paths', '/api/v1/nodes/{name}', 'get', 'responses', '200', 'schema'),
      want: { $ref: '#/definitions/io.k8s.api.core.v1.Node' },
    },
  ])('$why', ({ value, want }) => {
    expect(value).toEqual(want);
  });

  test('refers to nothing that is missing', () => {
    const names = new Set(Object.keys((at(document, 'definitions') ?? {}) as object));
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, reference = '']) => reference,
    );
    expect(references.length).toBeGreaterThan(500);
    const missing = references.filter(
      (reference) => !names.has(reference.replace(/^#\/definitions\//, '')),
    );
    expect(missing).toEqual([]);
  });
});
