import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { appliedBy } from './applied.ts';
import { unifiedDiff } from './lines.ts';

describe('unifiedDiff', () => {
  test.each([
    { why: 'nothing when nothing differs', before: 'a\nb\n', after: 'a\nb\n', want: '' },
    { why: 'what is new', before: '', after: 'a\n', want: '@@ -0,0 +1,1 @@\n+a\n' },
    { why: 'what is gone', before: 'a\n', after: '', want: '@@ -1,1 +0,0 @@\n-a\n' },
    {
      why: 'three lines around a change',
      before: '1\n2\n3\n4\n5\n6\n7\n8\n9\n',
      after: '1\n2\n3\n4\nx\n6\n7\n8\n9\n',
      want: '@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n',
    },
  ])('$why', ({ before, after, want }) => {
    expect(unifiedDiff(before, after)).toBe(want);
  });

  const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
  test('what it shows leads from one to the other', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        // With few lines, one hunk or several hold every change; the rest is the same on both sides.
        const diff = unifiedDiff(before.join('\n'), after.join('\n'));
        const result: string[] = [];
        let at = 0;
        for (const line of diff.split('\n').slice(0, -1)) {
          const range = /^@@ -(\d+),(\d+)/.exec(line);
          if (range !== null) {
            const first = Number(range[1]) - (range[2] === '0' ? 0 : 1);
            result.push(...before.slice(at, first));
            at = first;
            continue;
          }
          if (!line.startsWith('+')) expect(before[at++]).toBe(line.slice(1));
          if (!line.startsWith('-')) result.push(line.slice(1));
        }
        expect([...result, ...before.slice(at)]).toEqual(after);
      }),
    );
  });
});

test('appliedBy gives back what was applied, not what the server or others added', () => {
  const entry = {
    manager: 'flux',
    operation: 'Apply' as const,
    fieldsV1: {
      'f:metadata': { 'f:annotations': { 'f:fluxcd.io/sync-checksum': {}, 'f:mine': {} } },
      'f:spec': {
        'f:finalizers': { 'v:"x"': {} },
        'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } },
        'f:template': {},
      },
    },
  };
  const object: KubeObject & { spec: unknown } = {
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    metadata: {
      name: 'x',
      uid: 'u',
      annotations: { 'fluxcd.io/sync-checksum': 'c', mine: 'm', theirs: 't' },
      managedFields: [entry],
    },
    spec: {
      finalizers: ['x', 'y'],
      ports: [{ port: 80, protocol: 'TCP' }, { port: 81 }],
      template: { all: ['of', 'it'] },
      replicas: 1,
    },
  };
  expect(appliedBy(object, 'flux')).toEqual({
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    metadata: { name: 'x', annotations: { mine: 'm' } },
    spec: { finalizers: ['x'], ports: [{ port: 80 }], template: { all: ['of', 'it'] } },
  });
});
