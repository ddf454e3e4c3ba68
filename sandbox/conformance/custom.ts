import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { newNamespace } from './context.ts';
import type { Context } from './context.ts';
import { at, freshName } from './probe.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Custom resources: served, checked, defaulted, pruned, shown. */
export function customCases(context: () => Context): void {
  // Letters only: it is a group as well as a name.
  const group = `${freshName('g')}.example.com`;
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wd'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
            { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' }, // prettier-ignore
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          ],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  required: ['size'],
                  properties: {
                    size: { type: 'integer', minimum: 1, maximum: 10 },
                    color: { type: 'string', enum: ['red', 'blue'], default: 'red' },
                    code: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
                    port: { 'x-kubernetes-int-or-string': true },
                    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                    parts: {
                      type: 'array',
                      maxItems: 2,
                      items: {
                        type: 'object',
                        properties: { on: { type: 'boolean', default: true } },
                      },
                    },
                  },
                },
                status: {
                  type: 'object',
                  default: { observedGeneration: -1 },
                  'x-kubernetes-preserve-unknown-fields': true,
                },
              },
            },
          },
        },
      ],
    },
  };
  const widget = (name: string, spec: Record<string, unknown>) => ({
    apiVersion: `${group}/v1`,
    kind: 'Widget',
    metadata: { name },
    spec,
  });
  let widgets = '';

  describe('custom resources', () => {
    beforeAll(async () => {
      const { probe } = context();
      expect((await probe.post(definitions, definition)).status).toBe(201);
      await vi.waitFor(
        async () => {
          const { body } = await probe.get(`${definitions}/widgets.${group}`);
          expect(at(body, 'status', 'conditions')).toEqual(
            expect.arrayContaining([
              expect.objectContaining({ type: 'NamesAccepted', status: 'True' }),
              expect.objectContaining({ type: 'Established', status: 'True' }),
            ]),
          );
          expect(body).toMatchObject({
            status: {
              acceptedNames: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets' },
              storedVersions: ['v1'],
            },
          });
          expect((await probe.get(`/apis/${group}/v1`)).status).toBe(200);
        },
        { timeout: 15_000, interval: 50 },
      );
      widgets = `/apis/${group}/v1/namespaces/${await newNamespace(probe)}/widgets`;
      // A real server serves the kind a moment after it says so.
      await vi.waitFor(async () => expect((await probe.get(widgets)).status).toBe(200), {
        timeout: 15_000,
        interval: 50,
      });
    });
    afterAll(async () => {
      await context().probe.delete(`${definitions}/widgets.${group}`);
    });

    test('are discovered', async () => {
      const { body } = await context().probe.get(`/apis/${group}/v1`);
      expect(at(body, 'resources')).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: 'widgets', kind: 'Widget', shortNames: ['wd'] }),
          expect.objectContaining({ name: 'widgets/status', kind: 'Widget' }),
        ]),
      );
    });

    test('are defaulted and pruned, and say their kind in lists', async () => {
      const { probe } = context();
      const made = await probe.post(
        `${widgets}?fieldValidation=Ignore`,
        widget('a', {
          size: 1,
          port: 'http',
          unknown: true,
          free: { any: ['thing'] },
          parts: [{ odd: 1 }],
        }),
      );
      expect(made).toMatchObject({ status: 201, body: { metadata: { generation: 1 } } });
      expect(at(made.body, 'spec')).toEqual({
        size: 1,
        color: 'red',
        port: 'http',
        free: { any: ['thing'] },
        parts: [{ on: true }],
      });
      expect((await probe.get(widgets)).body).toMatchObject({
        kind: 'WidgetList',
        apiVersion: `${group}/v1`,
        items: [{ kind: 'Widget', apiVersion: `${group}/v1` }],
      });
    });

    test.each([
      { why: 'missing', spec: {}, reason: 'FieldValueRequired', field: 'spec.size' },
      { why: 'too big', spec: { size: 11 }, reason: 'FieldValueInvalid', field: 'spec.size' },
      { why: 'type', spec: { size: 'x' }, reason: 'FieldValueTypeInvalid', field: 'spec.size' },
      { why: 'enum', spec: { size: 1, color: 'green' }, reason: 'FieldValueNotSupported', field: 'spec.color' }, // prettier-ignore
      { why: 'pattern', spec: { size: 1, code: 'A1' }, reason: 'FieldValueInvalid', field: 'spec.code' }, // prettier-ignore
      { why: 'too long', spec: { size: 1, code: 'abcdef' }, reason: 'FieldValueTooLong', field: 'spec.code' }, // prettier-ignore
      { why: 'too many', spec: { size: 1, parts: [{}, {}, {}] }, reason: 'FieldValueTooMany', field: 'spec.parts' }, // prettier-ignore
    ])('are refused: $why', async ({ spec, reason, field }) => {
      expect(await context().probe.post(widgets, widget('bad', spec))).toMatchObject({
        status: 422,
        body: {
          reason: 'Invalid',
          details: {
            name: 'bad',
            group,
            kind: 'Widget',
            causes: expect.arrayContaining([expect.objectContaining({ reason, field })]),
          },
        },
      });
    });

    test('refuse unknown fields when asked to be strict', async () => {
      expect(
        await context().probe.post(
          `${widgets}?fieldValidation=Strict`,
          widget('strict', { size: 1, unknown: true }),
        ),
      ).toMatchObject({
        status: 400,
        body: { message: expect.stringContaining('unknown field "spec.unknown"') },
      });
    });

    test('keep their status apart', async () => {
      const { probe } = context();
      const made = await probe.post(widgets, {
        ...widget('status', { size: 1 }),
        status: { phase: 'Early' },
      });
      expect(at(made.body, 'status')).toEqual({ observedGeneration: -1 });
      const patched = await probe.patch(`${widgets}/status/status`, 'merge', {
        spec: { size: 2 },
        status: { conditions: [{ type: 'Ready', status: 'True' }] },
      });
      expect(patched).toMatchObject({
        status: 200,
        body: { metadata: { generation: 1 }, spec: { size: 1 } },
      });
      const changed = await probe.patch(`${widgets}/status`, 'merge', { spec: { size: 3 } });
      expect(changed).toMatchObject({
        body: { metadata: { generation: 2 }, status: { conditions: [{ type: 'Ready' }] } },
      });
    });

    test('have columns of their own', async () => {
      const { probe } = context();
      await probe.post(widgets, widget('table', { size: 7 }));
      await probe.patch(`${widgets}/table/status`, 'merge', {
        status: { conditions: [{ type: 'Ready', status: 'True' }] },
      });
      const { body } = await probe.get(
        `${widgets}/table`,
        'application/json;as=Table;g=meta.k8s.io;v=v1',
      );
      const columns = at(body, 'columnDefinitions');
      expect(Array.isArray(columns) && columns.map((each) => at(each, 'name'))).toEqual([
        'Name',
        'Size',
        'Ready',
        'Age',
      ]);
      expect(at(body, 'rows', 0, 'cells')).toEqual(['table', 7, 'True', expect.any(String)]);
    });

    test('take merge patches and applies, no strategic ones', async () => {
      const { probe } = context();
      await probe.post(widgets, widget('patch', { size: 1 }));
      expect(
        (await probe.patch(`${widgets}/patch`, 'strategic', { spec: { size: 2 } })).status,
      ).toBe(415);
      const applied = await probe.patch(
        `${widgets}/patch?fieldManager=one&force=true`,
        'apply',
        widget('patch', { size: 3 }),
      );
      expect(applied).toMatchObject({ status: 200, body: { spec: { size: 3, color: 'red' } } });
      expect((await probe.put(`${widgets}/patch`, widget('patch', { size: 4 }))).status).toBe(422);
    });

    test('have no metadata that is empty', async () => {
      const { probe } = context();
      const metadata = { name: 'bare', annotations: {}, labels: { a: 'b' } };
      const path = `${widgets}/bare?fieldManager=one`;
      const made = await probe.patch(path, 'apply', {
        ...widget('bare', { size: 1 }),
        metadata: { ...metadata, annotations: { 'example.com/note': 'x' } },
      });
      expect(made).toMatchObject({ body: { metadata: { labels: { a: 'b' } } } });
      const emptied = await probe.patch(path, 'apply', widget('bare', { size: 1 }));
      const created = await probe.post(widgets, {
        ...widget('empty', { size: 1 }),
        metadata: { ...metadata, name: 'empty' },
      });
      for (const { body } of [emptied, await probe.get(`${widgets}/bare`), created])
        expect(at(body, 'metadata')).not.toHaveProperty('annotations');
      expect(at(emptied.body, 'metadata')).not.toHaveProperty('labels');
    });

    test('go with their definition', async () => {
      const { probe } = context();
      const other = freshName('h') + '.example.com';
      const name = `widgets.${other}`;
      await probe.post(definitions, {
        ...definition,
        metadata: { name },
        spec: { ...definition.spec, group: other },
      });
      await vi.waitFor(
        async () => expect((await probe.get(`/apis/${other}/v1/widgets`)).status).toBe(200),
        { timeout: 15_000, interval: 50 },
      );
      expect((await probe.delete(`${definitions}/${name}`)).status).toBe(200);
      await vi.waitFor(
        async () => {
          expect((await probe.get(`${definitions}/${name}`)).status).toBe(404);
          expect((await probe.get(`/apis/${other}/v1/widgets`)).status).toBe(404);
        },
        { timeout: 15_000, interval: 50 },
      );
    });

    test.each([
      { why: 'name', change: { metadata: { name: 'wrong.example.com' } } },
      { why: 'no schema', change: { spec: { ...definition.spec, versions: [{ name: 'v1', served: true, storage: true }] } } }, // prettier-ignore
      { why: 'scope', change: { spec: { ...definition.spec, scope: 'Everywhere' } } },
    ])('definitions are refused: $why', async ({ change }) => {
      expect((await context().probe.post(definitions, { ...definition, ...change })).status).toBe(
        422,
      );
    });
  });
}
