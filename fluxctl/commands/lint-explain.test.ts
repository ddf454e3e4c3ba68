import { describe, expect, test } from 'vitest';
import type { ControllerStatus } from '../../lib/wire/mod.ts';
import { explainWorkload, printExplanation } from './explain.ts';
import { lintFiles } from './lint.ts';

describe('lint finds', () => {
  const app = (extra = '') =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\n${extra}spec: {template: {spec: {containers: [{name: app, image: x}]}}}\n`;
  test.each([
    { why: 'nothing', files: { 'a.yaml': app() }, want: [] },
    {
      why: 'what cannot be read, with its line',
      files: { 'a.yaml': 'a: b\nc: [\n' },
      want: [['error', expect.stringContaining('a.yaml:2: not valid YAML')]],
    },
    {
      why: 'what is there twice, the namespace given or not',
      files: { 'a.yaml': app(), 'b.yaml': app('  namespace: demo\n') },
      want: [['error', "duplicate definition of 'demo:deployment/app' (in a.yaml and b.yaml)"]],
    },
    {
      why: 'annotations that do nothing',
      files: { 'a.yaml': app('  annotations: {fluxcd.io/automatd: "true"}\n') },
      want: [['warning', expect.stringContaining('did you mean fluxcd.io/automated?')]],
    },
  ])('$why', ({ files, want }) => {
    const found = lintFiles(new Map(Object.entries(files)), 'demo');
    expect(found.map(({ level, message }) => [level, message])).toEqual(want);
  });
});

describe('explain', () => {
  const workload = (over: Partial<ControllerStatus> = {}): ControllerStatus => ({
    ID: 'demo:deployment/app',
    Containers: [{ Name: 'app', Current: { ID: 'o/app:1.0.0' } }],
    ReadOnly: '',
    Status: 'ready',
    Rollout: { Desired: 1, Updated: 1, Ready: 1, Available: 1, Outdated: 0, Messages: null },
    SyncError: '',
    Antecedent: '',
    Labels: null,
    Automated: true,
    Locked: false,
    Ignore: false,
    Policies: { automated: 'true', 'tag.app': 'semver:~1' },
    ...over,
  });
  const images = (...tags: [string, string?][]) => [
    {
      Name: 'app',
      Current: {},
      Available: tags.map(([tag, CreatedAt]) => ({
        ID: `o/app:${tag}`,
        ...(CreatedAt === undefined ? {} : { CreatedAt }),
      })),
    },
  ];

  test.each([
    {
      why: 'a newer version',
      policies: { 'tag.app': 'semver:~1' },
      tags: images(['2.0.0'], ['1.2.0'], ['1.0.0'], ['latest']),
      decision: '1.2.0 is the newest match, by its version; 1.0.0 is in use',
      verdicts: ['does not match', 'matches, newest', 'in use, matches', 'latest never matches'],
    },
    {
      why: 'times that are not known',
      policies: { 'tag.app': 'glob:dev-*' },
      tags: images(['dev-b'], ['dev-a', '2020-01-01T00:00:00Z']),
      decision: 'dev-a is the newest match, by its time; 1.0.0 is in use',
      verdicts: ['matches, but its time is not known', 'matches, newest'],
    },
    {
      why: 'no match',
      policies: { 'tag.app': 'glob:stg-*' },
      tags: images(['dev-a']),
      decision: 'no tag matches the filter',
      verdicts: ['does not match'],
    },
    {
      why: 'nothing scanned',
      policies: {},
      tags: [],
      decision: 'nothing is known of the image: it was not scanned',
      verdicts: [],
    },
  ])('$why', ({ policies, tags, decision, verdicts }) => {
    const { containers } = explainWorkload(workload({ Policies: policies }), tags);
    expect(containers[0]?.decision).toBe(decision);
    expect(containers[0]?.candidates.map(({ verdict }) => verdict)).toEqual(verdicts);
  });

  test.each([
    [{ Automated: false }, 'it is not automated'],
    [{ ReadOnly: 'NotInRepo' as const }, 'it is not in the Git repository'],
    [
      { Locked: true, Policies: { locked: 'true', locked_user: 'Ann', locked_msg: 'no' } },
      'it is locked by Ann: no',
    ],
  ])('says what is in the way: %j', (over, want) => {
    expect(explainWorkload(workload(over), []).obstacle).toBe(want);
  });

  test('suggests what was meant, and prints', () => {
    const Policies = { automatd: 'true', 'tag.ap': 'x' };
    const explanation = explainWorkload(workload({ Policies }), images(['1.0.0']));
    const text = printExplanation(explanation, 10);
    expect(text).toContain('! the annotation automatd is not known; did you mean automated?\n');
    expect(text).toContain(
      '! a filter is for ap, and no container is called so; did you mean app?',
    );
    expect(text).toContain('filter    glob:* (no annotation)');
  });
});
