/** What the conformance suite cannot reach with whole requests. Expectations as kube-apiserver 1.34 behaves. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../lib/objects/mod.ts';
import { builtinType } from '../schema/builtin.ts';
import { anyType } from '../schema/type-node.ts';
import { ApplyConflict, serverSideApply, trackUpdate } from './server-side.ts';

const type = builtinType('apps/v1', 'Deployment') ?? anyType;
const now = new Date('2026-01-01T00:00:00Z');
const as = (fieldManager: string, force = false) => ({
  type,
  fieldManager,
  apiVersion: 'apps/v1',
  force,
  now,
  ignoredFields: [['status']],
});

function deployment(spec: object, annotations?: Record<string, string>): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'd',
      namespace: 'default',
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec,
  };
}

const containers = (...list: object[]) => ({ template: { spec: { containers: list } } });
const fieldsOf = (object: KubeObject, manager: string) =>
  object.metadata.managedFields?.find((each) => each.manager === manager)?.fieldsV1;

describe('serverSideApply', () => {
  test('owns what it applied', () => {
    const made = serverSideApply(
      undefined,
      deployment({ replicas: 1, ...containers({ name: 'a', image: 'x' }) }),
      as('a'),
    );
    expect(fieldsOf(made, 'a')).toEqual({
      'f:spec': {
        'f:replicas': {},
        'f:template': {
          'f:spec': {
            'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:image': {}, 'f:name': {} } },
          },
        },
      },
    });
  });

  test('the same again changes nothing', () => {
    const config = deployment({ replicas: 1 });
    const made = serverSideApply(undefined, config, as('a'));
    expect(serverSideApply(made, config, as('a'))).toBe(made);
  });

  test('removes what it applies no longer, but not what others own', () => {
    const both = containers({ name: 'a', image: 'x' }, { name: 'b', image: 'y' });
    const first = serverSideApply(
      undefined,
      deployment({ replicas: 1, paused: true, ...both }),
      as('a'),
    );
    const second = serverSideApply(first, deployment({ replicas: 1 }), as('b'));
    const third = serverSideApply(
      second,
      deployment(containers({ name: 'a', image: 'x' })),
      as('a'),
    );
    expect(third['spec']).toEqual({ replicas: 1, ...containers({ name: 'a', image: 'x' }) });
  });

  test('refuses to change what another manager owns, unless forced', () => {
    const made = trackUpdate(
      undefined,
      deployment({ replicas: 1, paused: true }),
      as('kubectl-client-side-apply'),
    );
    const config = deployment({ replicas: 2 });
    expect(() => serverSideApply(made, config, as('flux'))).toThrow(
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
    );
    const forced = serverSideApply(made, config, as('flux', true));
    expect(forced['spec']).toEqual({ replicas: 2, paused: true });
    expect(fieldsOf(forced, 'kubectl-client-side-apply')).not.toHaveProperty([
      'f:spec',
      'f:replicas',
    ]);
  });

  test('names every conflict', () => {
    const made = serverSideApply(undefined, deployment({ replicas: 1, paused: true }), as('a'));
    const apply = () => serverSideApply(made, deployment({ replicas: 2, paused: false }), as('b'));
    expect(apply).toThrow(ApplyConflict);
    expect(apply).toThrow(
      'Apply failed with 2 conflicts: conflicts with "a":\n- .spec.paused\n- .spec.replicas',
    );
  });

  test('kubectl takes over what its annotation says it applied', () => {
    const last = JSON.stringify(deployment({ replicas: 1 }));
    const live = trackUpdate(
      undefined,
      deployment({ replicas: 1 }, { 'kubectl.kubernetes.io/last-applied-configuration': last }),
      as('kubectl-client-side-apply'),
    );
    expect(serverSideApply(live, deployment({ replicas: 3 }), as('kubectl'))['spec']).toEqual({
      replicas: 3,
    });
    expect(() => serverSideApply(live, deployment({ replicas: 3 }), as('other'))).toThrow(
      ApplyConflict,
    );
  });

  test('refuses two elements with one key', () => {
    const twice = deployment(containers({ name: 'a' }, { name: 'a' }));
    expect(() => serverSideApply(undefined, twice, as('a'))).toThrow(
      '.spec.template.spec.containers: duplicate entries for key [name="a"]',
    );
  });
});

describe('trackUpdate', () => {
  test('moves changed fields to the writer and leaves the rest', () => {
    const made = serverSideApply(undefined, deployment({ replicas: 1, paused: true }), as('a'));
    const next = trackUpdate(
      made,
      { ...made, spec: { replicas: 2, paused: true } },
      as('kubectl-scale'),
    );
    expect(fieldsOf(next, 'a')).toEqual({ 'f:spec': { 'f:paused': {} } });
    expect(fieldsOf(next, 'kubectl-scale')).toEqual({ 'f:spec': { 'f:replicas': {} } });
  });
});
