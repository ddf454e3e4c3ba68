import { expect, test } from 'vitest';
import { writtenBy } from './managed-fields.ts';
import type { KubeObject, ManagedFieldsEntry } from './object.ts';

const entry = (
  manager: string,
  fieldsV1: Record<string, unknown>,
  more: Partial<ManagedFieldsEntry> = {},
): ManagedFieldsEntry => ({
  manager,
  operation: 'Update',
  fieldsV1,
  ...more,
});
const live: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    labels: { app: 'web', team: 'a' },
    finalizers: ['x', 'y'],
    managedFields: [
      entry('edit-1', {
        'f:metadata': { 'f:labels': { '.': {}, 'f:team': {} }, 'f:finalizers': { 'v:"x"': {} } },
        'f:spec': {
          'f:paused': {},
          'f:gone': {},
          'f:template': {
            'f:spec': {
              'f:containers': {
                'k:{"name":"side"}': { '.': {}, 'f:image': {}, 'f:name': {} },
                'k:{"name":"main"}': { 'f:ports': {} },
                'k:{"name":"gone"}': { 'f:image': {} },
              },
            },
          },
        },
      }),
      entry('edit-2', { 'f:spec': { 'f:args': { 'v:"b"': {} } } }),
      entry('edit-3', { 'f:status': { 'f:ready': {} } }, { subresource: 'status' }),
      entry('helm', { 'f:spec': { 'f:replicas': {} } }),
    ],
  },
  spec: {
    replicas: 1,
    paused: true,
    args: ['a', 'b'],
    template: {
      spec: {
        containers: [
          { name: 'main', image: 'i', ports: [{ containerPort: 80 }] },
          { name: 'side', image: 's', tty: true },
        ],
      },
    },
  },
  status: { ready: true },
};

test('what managers have written, by fields, keys and values', () => {
  expect(writtenBy(live, ({ manager }) => manager?.startsWith('edit') === true)).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { labels: { team: 'a' } },
    spec: {
      paused: true,
      args: ['b'],
      template: {
        spec: {
          containers: [
            { name: 'side', image: 's' },
            { name: 'main', ports: [{ containerPort: 80 }] },
          ],
        },
      },
    },
  });
});

test('of others nothing', () => {
  expect(writtenBy(live, () => false)).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {},
  });
});
