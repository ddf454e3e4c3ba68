import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { sourceFiles, within } from './files.ts';
import { writeKustomization } from './generate.ts';
import { addToHistory } from './history.ts';
import { cleanupPatch } from './managed-fields.ts';
import { isMarked, mark } from './metadata.ts';
import { normalized } from './normalize.ts';
import { compareIds, inventoryId, parseInventoryId, stageOf } from './object-id.ts';
import { withoutUndeclared } from './undeclared.ts';

const object = (more: Record<string, unknown>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'b', generation: 2 },
  ...more,
});

describe('inventory', () => {
  const part = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,10}[a-z0-9])?$/);
  test('entries lead back to their objects', () => {
    fc.assert(
      fc.property(part, part, part, (namespace, name, group) => {
        const id = { namespace, name, group, kind: 'Thing' };
        expect(parseInventoryId(inventoryId(id))).toEqual(id);
      }),
    );
  });
  test('a role may have colons in its name, a core object no group', () => {
    const role = {
      namespace: '',
      name: 'a:b',
      group: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
    };
    expect(inventoryId(role)).toBe('_a__b_rbac.authorization.k8s.io_ClusterRole');
    expect(parseInventoryId(inventoryId(role))).toEqual(role);
    expect(parseInventoryId('apps_x__ConfigMap')).toEqual({
      namespace: 'apps',
      name: 'x',
      group: '',
      kind: 'ConfigMap',
    });
    expect(parseInventoryId('nothing')).toBeUndefined();
  });
  test('order and stages', () => {
    const of = (kind: string, group = '') => ({ kind, group, namespace: '', name: 'a' });
    const kinds = [of('ValidatingWebhookConfiguration'), of('Pod'), of('Deployment', 'apps')];
    const sorted = [...kinds, of('Secret'), of('Namespace')].sort(compareIds);
    expect(sorted.map(({ kind }) => kind)).toEqual([
      'Namespace',
      'Secret',
      'Deployment',
      'Pod',
      'ValidatingWebhookConfiguration',
    ]);
    const chosen = new Set(['Secret', 'Namespace', 'example.com/Role']);
    expect(stageOf(of('Namespace'), chosen)).toBe('definitions');
    expect(stageOf(of('Namespace', 'example.com'), chosen)).toBe('rest');
    expect(stageOf(of('StorageClass', 'storage.k8s.io'), chosen)).toBe('classes');
    expect(stageOf(of('Role', 'example.com'), chosen)).toBe('chosen');
    expect(stageOf(of('Role'), chosen)).toBe('rest');
    expect(stageOf(of('Secret'), chosen)).toBe('chosen');
  });
});

describe('withoutUndeclared', () => {
  const deployment = object({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { foo: 1, template: { spec: { containers: [{ name: 'web', bar: 1, image: 'a' }] } } },
  });
  test('drops what the server names', () => {
    const message =
      'errors:\n  .spec.foo: field not declared in schema\n  .spec.template.spec.containers[name="web"].bar: field not declared in schema';
    expect(withoutUndeclared(deployment, message)?.['spec']).toEqual({
      template: { spec: { containers: [{ name: 'web', image: 'a' }] } },
    });
  });
  test('of built-in kinds only, and only for that reason', () => {
    const message = '.spec.foo: field not declared in schema';
    expect(withoutUndeclared({ ...deployment, apiVersion: 'a.b/v1' }, message)).toBeUndefined();
    expect(withoutUndeclared(deployment, '.spec.foo: expected string')).toBeUndefined();
  });
});

test('fields of kubectl become ours, those of others stay theirs', () => {
  const entry = (manager: string, operation: 'Apply' | 'Update', field: string) => ({
    manager,
    operation,
    apiVersion: 'v1',
    fieldsV1: { 'f:data': { [`f:${field}`]: {} } },
  });
  const live = object({
    metadata: {
      name: 'a',
      labels: { 'fluxcd.io/sync-gc-mark': 'x' },
      managedFields: [
        entry('kubectl-client-side-apply', 'Update', 'a'),
        entry('hpa', 'Update', 'b'),
        entry('kustomize-controller', 'Apply', 'c'),
      ],
    },
  });
  expect(cleanupPatch(live, 'kustomize-controller', [])).toEqual([
    { op: 'remove', path: '/metadata/labels/fluxcd.io~1sync-gc-mark' },
    {
      op: 'replace',
      path: '/metadata/managedFields',
      value: [
        entry('hpa', 'Update', 'b'),
        {
          ...entry('kustomize-controller', 'Apply', 'c'),
          fieldsV1: { 'f:data': { 'f:a': {}, 'f:c': {} } },
        },
      ],
    },
  ]);
  expect(cleanupPatch(live, 'kustomize-controller', ['hp'])?.at(-1)?.value).toEqual([
    {
      ...entry('kustomize-controller', 'Apply', 'c'),
      fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {}, 'f:c': {} } },
    },
  ]);
  expect(cleanupPatch(object({}), 'kustomize-controller', ['hp'])).toBeUndefined();
});

describe('writeKustomization', () => {
  const write = (files: Record<string, string>, spec: Record<string, unknown> = {}) => {
    const source = sourceFiles(
      new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])),
    );
    writeKustomization(source, '/source/app', new Fields(spec));
    return source.readFile('/source/app/kustomization.yaml') ?? '';
  };
  const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';
  test('names manifests in the order of a walk, folders of their own as folders', () => {
    const text = write({
      'app/z.yaml': manifest,
      'app/a/b.yml': manifest,
      'app/own/Kustomization': '',
      'app/own/x.yaml': 'no manifest',
      'app/readme.txt': '',
    });
    expect(text).toContain('resources:\n- ./a/b.yml\n- ./own\n- ./z.yaml\n');
  });
  test('adds to a file that is there, without fields that none has', () => {
    const text = write(
      {
        'app/kustomization.yaml':
          'resources: [a.yaml]\ntypo: 1\nimages: [{name: web, newTag: "1", newName: w}]\n',
      },
      {
        targetNamespace: 'apps',
        images: [
          { name: 'web', digest: 'sha256:1' },
          { name: 'db', newTag: '2' },
        ],
      },
    );
    expect(text).not.toContain('typo');
    expect(text).toContain(
      'images:\n- digest: sha256:1\n  name: web\n  newName: w\n- name: db\n  newTag: "2"\n',
    );
    expect(text).toContain('namespace: apps\n');
  });
  test('refuses components from elsewhere', () => {
    for (const component of ['/etc', 'https://example.com/x', 'github.com/a/b', 'git@host:a']) {
      expect(() => write({ 'app/a.yaml': manifest }, { components: [component] })).toThrow(
        `component path '${component}' must be local and relative`,
      );
    }
  });
});

test('nothing outside of the source can be named', () => {
  expect(within('../../etc')).toBe('/source/etc');
  expect(within('')).toBe('/source');
  const files = sourceFiles(new Map([['a', Buffer.from('x')]]));
  expect(() => files.readFile('/etc/passwd')).toThrow("is not in or below '/source'");
  expect(files.bytes('/etc/passwd')).toBeUndefined();
  expect(files.isFolder('/etc')).toBe(false);
});

test('marks count in labels and annotations, in any case', () => {
  const marked = (annotations: Record<string, string>) =>
    object({ metadata: { name: 'a', annotations } });
  expect(isMarked(marked({ 'kustomize.toolkit.fluxcd.io/ssa': 'ignore' }), mark.excluded)).toBe(
    true,
  );
  expect(isMarked(marked({ 'kustomize.toolkit.fluxcd.io/ssa': 'Merge' }), mark.excluded)).toBe(
    false,
  );
  expect(isMarked(undefined, mark.excluded)).toBe(false);
});

test('what is applied has no status, no clear text beside encoded, and protocols', () => {
  const secret = object({ kind: 'Secret', stringData: { a: 'b' }, data: { c: 'ZA==' } });
  expect(normalized(secret)).toMatchObject({ data: { a: 'Yg==', c: 'ZA==' } });
  expect(normalized(secret)['stringData']).toBeUndefined();
  const service = object({ kind: 'Service', spec: { ports: [{ port: 80 }] }, status: {} });
  expect(normalized(service)['spec']).toEqual({ ports: [{ port: 80, protocol: 'TCP' }] });
  expect(normalized(service)['status']).toBeUndefined();
});

test('attempts that end alike are counted together, five are kept', () => {
  const attempt = (digest: string, status = 'ok') => ({
    digest,
    status,
    at: new Date(0),
    durationMs: 1500,
    metadata: { revision: 'r' },
  });
  let history: unknown;
  for (const digest of ['a', 'b', 'a', 'c', 'd', 'e', 'f'])
    history = addToHistory(history, attempt(digest));
  const entries = new Fields({ history }).each('history');
  expect(entries.map((each) => each.text('digest'))).toEqual(['f', 'e', 'd', 'c', 'a']);
  expect(entries.at(-1)?.count('totalReconciliations')).toBe(2);
  expect(entries[0]?.text('lastReconciledDuration')).toBe('1.5s');
});
