import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { readEvent } from './event.ts';
import { commitStatusOf, headersOf } from './provider.ts';

const object = (kind: string, spec: Record<string, unknown>): KubeObject => ({
  apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
  kind,
  metadata: { namespace: 'apps', name: kind.toLowerCase(), uid: '9be1d199-0000-0000' },
  spec,
});
const alert = object('Alert', { eventSeverity: 'info' });

describe('the name of a state of a commit', () => {
  const involvedObject = { kind: 'HelmRelease', name: 'web', namespace: 'apps' };
  const event = readEvent({ involvedObject, severity: 'info', metadata: { foo: 'Bar' } });
  if (event === undefined) throw new Error('no event');
  const statusOf = (type: string, commitStatusExpr: string | undefined) =>
    commitStatusOf(object('Provider', { type, commitStatusExpr }), alert, event);

  test.each([
    { type: 'slack', expression: undefined, want: '' },
    { type: 'github', expression: undefined, want: 'helmrelease/web/9be1d199' },
    {
      type: 'github',
      expression:
        "event.involvedObject.kind + '/' + alert.metadata.name + '/' + provider.spec.type",
      want: 'HelmRelease/alert/github',
    },
    { type: 'gitea', expression: "event.metadata.foo + '/' + 'X'.lowerAscii()", want: 'Bar/x' },
    { type: 'gitlab', expression: "has(event.involvedObject.uid) ? 'yes' : 'no'", want: 'no' },
  ])('$type, $expression', ({ type, expression, want }) => {
    expect(statusOf(type, expression)).toBe(want);
  });

  const failing =
    'failed to create commit status: failed to evaluate the spec.commitStatusExpr CEL expression for the event: ';
  test.each([
    {
      expression: '1',
      says: 'failed to compile expression: CEL expression output type mismatch: expected string, got int',
    },
    { expression: "''", says: 'commit status cannot be empty' },
    {
      expression: 'string(event.involvedObject.uid)',
      says: "failed to evaluate the CEL expression 'string(event.involvedObject.uid)': ",
    },
  ])('$expression is refused', ({ expression, says }) => {
    expect(() => statusOf('github', expression)).toThrow(failing + says);
  });
});

describe('headers of a Secret', () => {
  const read = (headers: string) => headersOf(new Map([['headers', headers]]));

  test('numbers and the like are texts', () => {
    const headers = 'X-My: v\nX-Number: 1\nX-Flag: true\nX-None:\n';
    const want = { 'X-My': 'v', 'X-Number': '1', 'X-Flag': 'true', 'X-None': '' };
    expect(read(headers)).toEqual(want);
  });

  test.each(['- a\n- b', 'a: [b]', 'a: {b: c}'])('%j is refused', (headers) => {
    expect(() => read(headers)).toThrow('failed to read headers from secret: ');
  });
});
