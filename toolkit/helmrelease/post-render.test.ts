/** What objects of a release become, and the digests that say so. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseYamlMap, toYaml } from '../../lib/helm/yaml/mod.ts';
import { defaultGates, Fields, readOnlyDraft } from '../runtime/mod.ts';
import { digestsOf } from './digests.ts';
import { postRendererOf } from './post-render.ts';
import { readSpec } from './spec.ts';

const specOf = (spec: Record<string, unknown>, gates = {}) =>
  readSpec(
    readOnlyDraft(
      {
        apiVersion: 'helm.toolkit.fluxcd.io/v2',
        kind: 'HelmRelease',
        metadata: { namespace: 'apps', name: 'podinfo' },
        spec,
      },
      () => new Date(0),
    ),
    { ...defaultGates, ...gates },
  );
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: apps}
spec: {template: {spec: {containers: [{name: main, image: "example.org/web:1.0.0"}]}}}
`;
const rendered = (spec: Record<string, unknown>) =>
  postRendererOf(specOf(spec))
    .run([parseYamlMap(deployment)])
    .map(toYaml)
    .join('---\n');
const renderers = (...each: Record<string, unknown>[]) => ({
  postRenderers: each.map((kustomize) => ({ kustomize })),
});
const target = { kind: 'Deployment', name: 'web' };
const patchOf = (rest: string) =>
  `apiVersion: apps/v1\nkind: Deployment\n${rest.replace('metadata: {', 'metadata: {name: web, ')}\n`;
const operation = { op: 'add', path: '/spec/replicas', value: 3 };

describe('postRendererOf', () => {
  test.each([
    {
      why: 'a strategic merge patch',
      kustomize: { patches: [{ patch: patchOf('metadata: {}\nspec: {replicas: 3}'), target }] },
      want: 'replicas: 3',
    },
    {
      why: 'a JSON patch',
      kustomize: { patches: [{ patch: JSON.stringify([operation]), target }] },
      want: 'replicas: 3',
    },
    {
      why: 'images',
      kustomize: { images: [{ name: 'example.org/web', newName: 'mirror/web', newTag: '2.0.0' }] },
      want: 'image: mirror/web:2.0.0',
    },
    {
      why: 'an older strategic merge patch',
      kustomize: {
        patchesStrategicMerge: [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: 'web', namespace: 'apps' },
            spec: { replicas: 3 },
          },
        ],
      },
      want: 'replicas: 3',
    },
    {
      why: 'an older JSON patch',
      kustomize: { patchesJson6902: [{ patch: [operation], target }] },
      want: 'replicas: 3',
    },
  ])('$why', ({ kustomize, want }) => {
    expect(rendered(renderers(kustomize))).toContain(want);
  });

  test('one after the other, and what says where objects come from last of all', () => {
    const label = (value: string) => ({
      patches: [
        {
          patch: patchOf(`metadata: {labels: {a: ${value}, helm.toolkit.fluxcd.io/name: b}}`),
          target,
        },
      ],
    });
    const text = rendered({
      ...renderers(label('first'), label('second')),
      commonMetadata: { labels: { a: 'third' }, annotations: { b: 'c' } },
    });
    expect(text).toContain(
      '  labels:\n    a: third\n    helm.toolkit.fluxcd.io/name: podinfo\n    helm.toolkit.fluxcd.io/namespace: apps\n',
    );
    expect(text).toContain('  annotations:\n    b: c\n');
  });

  test('a patch that fits nothing is refused', () => {
    const patch = 'apiVersion: v1\nkind: Service\nmetadata: {name: none}\n';
    expect(() => rendered(renderers({ patches: [{ patch }] }))).toThrow(
      'no matches for Id Service.v1.[noGrp]/none.[noNs]; failed to find unique target for patch Service.v1.[noGrp]/none.[noNs]',
    );
  });

  test.each([
    { given: undefined, gates: {}, want: 'combined' },
    { given: undefined, gates: { UseHelm3Defaults: true }, want: 'nohooks' },
    { given: 'separate', gates: { UseHelm3Defaults: true }, want: 'separate' },
  ])('$given with $gates is $want', ({ given, gates, want }) => {
    const spec = specOf(given === undefined ? {} : { postRenderStrategy: given }, gates);
    expect(postRendererOf(spec).strategy).toBe(want);
  });
});

describe('digestsOf', () => {
  const of = (json: string) => `sha256:${createHash('sha256').update(`${json}\n`).digest('hex')}`;
  test.each([
    {
      why: 'fields in the order of the types',
      spec: renderers({
        images: [{ newTag: '2', name: 'a', digest: '' }],
        patches: [{ target: { name: 'web', kind: 'Deployment' }, patch: '<a>' }],
      }),
      want: '[{"kustomize":{"patches":[{"patch":"\\u003ca\\u003e","target":{"kind":"Deployment","name":"web"}}],"images":[{"name":"a","newTag":"2"}]}}]',
    },
    {
      why: 'structs that are empty stay',
      spec: renderers({ patches: [{ patch: '', target: {} }] }),
      want: '[{"kustomize":{"patches":[{"patch":"","target":{}}]}}]',
    },
    { why: 'an empty list is something', spec: { postRenderers: [] }, want: '[]' },
  ])('$why', ({ spec, want }) => {
    expect(digestsOf(new Fields(spec)).postRenderers).toBe(of(want));
  });

  test('common metadata, and nothing at all', () => {
    const commonMetadata = { labels: { b: '1', a: '2' }, annotations: {} };
    expect(digestsOf(new Fields({ commonMetadata }))).toEqual({
      postRenderers: '',
      commonMetadata: of('{"labels":{"a":"2","b":"1"}}'),
    });
  });
});
