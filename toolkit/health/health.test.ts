import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { readHealthExpressions } from './expressions.ts';
import { unreadyBy } from './ready-expression.ts';
import { statusOf } from './status.ts';
import type { StatusOptions } from './status.ts';

const object = (more: Record<string, unknown>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'b', generation: 2 },
  ...more,
});

describe('statusOf', () => {
  const now = new Date('2026-01-01T00:01:00Z');
  const condition = (type: string, status: string, reason = 'R') => ({ type, status, reason });
  const runningJob = { apiVersion: 'batch/v1', kind: 'Job', status: { startTime: 'now' } };
  test.each<[string, Record<string, unknown>, string, StatusOptions?]>([
    ['a ConfigMap', {}, 'Current'],
    ['one that goes', { metadata: { deletionTimestamp: 'now' } }, 'Terminating'],
    ['an old generation', { kind: 'X', status: { observedGeneration: 1 } }, 'InProgress'],
    ['Ready', { kind: 'X', status: { conditions: [condition('Ready', 'True')] } }, 'Current'],
    [
      'not Ready',
      { kind: 'X', status: { conditions: [condition('Ready', 'False')] } },
      'InProgress',
    ],
    ['Stalled', { kind: 'X', status: { conditions: [condition('Stalled', 'True')] } }, 'Failed'],
    ['no status at all', { kind: 'X' }, 'Current'],
    [
      'a Deployment out of time',
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        status: { conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded')] },
      },
      'Failed',
    ],
    [
      'a Deployment that is there',
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        status: {
          replicas: 1,
          updatedReplicas: 1,
          availableReplicas: 1,
          readyReplicas: 1,
          conditions: [condition('Available', 'True')],
        },
      },
      'Current',
    ],
    ['a Deployment', { apiVersion: 'apps/v1', kind: 'Deployment' }, 'InProgress'],
    ['a Job', { apiVersion: 'batch/v1', kind: 'Job' }, 'InProgress'],
    [
      'a Job that failed',
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        status: { conditions: [condition('Failed', 'True')] },
      },
      'Failed',
    ],
    [
      'a suspended Job',
      { apiVersion: 'batch/v1', kind: 'Job', spec: { suspend: true } },
      'Current',
    ],
    [
      'a Pod that crashes',
      {
        kind: 'Pod',
        status: {
          phase: 'Running',
          containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }],
        },
      },
      'Failed',
    ],
    ['a Job that runs, where Jobs do not count', runningJob, 'Current', { jobs: false }],
    ['a Job that runs', runningJob, 'InProgress'],
    ['a claim', { kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } }, 'InProgress'],
    ['a DaemonSet', { apiVersion: 'apps/v1', kind: 'DaemonSet', status: {} }, 'InProgress'],
    ['a StatefulSet', { apiVersion: 'apps/v1', kind: 'StatefulSet' }, 'InProgress'],
    [
      'a definition',
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        status: { conditions: [condition('Established', 'True')] },
      },
      'Current',
    ],
  ])('%s', (_, more, state, options = {}) => {
    expect(statusOf(object(more), now, options).state).toBe(state);
  });
});

describe('readHealthExpressions', () => {
  const read = (...given: Record<string, unknown>[]) =>
    readHealthExpressions(given.map((each) => new Fields(each)));
  const database = { apiVersion: 'example.com/v1', kind: 'Database' };
  const phase = (of: string) => `status.phase == '${of}'`;

  test.each([
    { why: 'the first that is true, in progress before failed', phase: 'On', want: 'InProgress' },
    { why: 'failed', phase: 'Bad', want: 'Failed' },
    { why: 'current', phase: 'Good', want: 'Current' },
    { why: 'nothing of it', phase: 'Else', want: 'InProgress' },
    { why: 'what is not there is not known', phase: undefined, want: 'Unknown' },
  ])('$why', ({ phase: now, want }) => {
    const [rules] = read({
      ...database,
      inProgress: phase('On'),
      failed: phase('Bad'),
      current: phase('Good'),
    });
    expect(rules?.concerns({ group: 'example.com', kind: 'Database' })).toBe(true);
    expect(rules?.evaluate(object({ ...database, status: { phase: now } })).state).toBe(want);
  });

  test('what is no bool is not known', () => {
    const [rules] = read({ ...database, current: 'metadata.name' });
    expect(rules?.evaluate(object(database))).toEqual({
      state: 'Unknown',
      error: "failed to evaluate CEL expression as boolean: 'metadata.name'",
    });
  });

  test.each([
    {
      given: [{ ...database }],
      want: 'failed to create custom status evaluator for healthchecks[0]: expression Current not specified',
    },
    {
      given: [
        { ...database, current: 'true' },
        { ...database, current: 'true' },
      ],
      want: 'duplicate custom health check for GroupKind Database.example.com at healthchecks[1]',
    },
    {
      given: [{ ...database, current: 'status.' }],
      want: /^failed to create custom status evaluator for healthchecks\[0\]: failed to parse the expression Current: failed to parse/,
    },
  ])('$want', ({ given, want }) => {
    expect(() => read(...given)).toThrow(want);
  });
});

describe('unreadyBy', () => {
  const self = object({ metadata: { name: 'self', namespace: 'b', labels: { version: '2' } } });
  const dep = object({ metadata: { name: 'dep', namespace: 'b', labels: { version: '1' } } });

  test.each([
    { expression: "dep.metadata.labels.version == '1'", want: undefined },
    {
      expression: 'dep.metadata.labels.version == self.metadata.labels.version',
      want: "dependency 'b/dep' is not ready according to readyExpr eval",
    },
    { expression: 'dep.status.ready == true', want: /^failed to evaluate the CEL expression/ },
  ])('$expression', ({ expression, want }) => {
    const said = unreadyBy(expression, { self, dep });
    if (want instanceof RegExp) expect(said).toMatch(want);
    else expect(said).toBe(want);
  });

  test.each([
    {
      expression: 'dep.',
      want: /^terminal error: failed to evaluate dependency dep: failed to parse/,
    },
    { expression: 'other.x == 1', want: /^terminal error: failed to evaluate dependency dep:/ },
    {
      expression: 'dep.spec.suspend',
      want: 'terminal error: failed to evaluate dependency dep: CEL expression output type mismatch: expected bool, got dyn',
    },
  ])('$expression never can be answered', ({ expression, want }) => {
    expect(() => unreadyBy(expression, { self, dep })).toThrow(want);
  });
});
