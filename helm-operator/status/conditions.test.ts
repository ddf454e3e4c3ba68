import { describe, expect, test } from 'vitest';
import type { HelmReleasePhase } from '../../lib/objects/mod.ts';
import { enterPhase } from './conditions.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const change = (phase: HelmReleasePhase) => ({
  phase,
  releaseName: 'app',
  targetNamespace: 'dev',
});

describe('enterPhase', () => {
  test.each([
    [
      'ChartFetchFailed',
      { ChartFetched: 'False', Released: 'False' },
      "Chart fetch failed for Helm release 'app' in 'dev'.",
    ],
    [
      'Installing',
      { Deployed: 'Unknown' },
      "Running installation for Helm release 'app' in 'dev'.",
    ],
    [
      'DeployFailed',
      { Deployed: 'False', Released: 'False' },
      "Installation or upgrade failed for Helm release 'app' in 'dev'.",
    ],
    ['Testing', { Tested: 'Unknown' }, "Testing Helm release 'app' in 'dev'."],
    ['Succeeded', { Released: 'True' }, "Release was successful for Helm release 'app' in 'dev'."],
    ['RolledBack', { RolledBack: 'True' }, "Rolled back Helm release 'app' in 'dev'."],
  ] as const)('%s sets its conditions, with itself as the reason', (phase, conditions, message) => {
    const status = enterPhase({}, change(phase), at(0));
    expect(status.phase).toBe(phase);
    expect(
      Object.fromEntries((status.conditions ?? []).map(({ type, status: state }) => [type, state])),
    ).toEqual(conditions);
    for (const condition of status.conditions ?? [])
      expect(condition).toMatchObject({ reason: phase, message });
  });

  test('appends the cause to the sentence', () => {
    const status = enterPhase({}, { ...change('Failed'), cause: 'no such key' }, at(0));
    expect(status.conditions?.[0]?.message).toBe(
      "Release failed for Helm release 'app' in 'dev'. no such key",
    );
  });

  test('success removes RolledBack and the count, a rollback counts up', () => {
    let status = enterPhase({}, change('RolledBack'), at(0));
    status = enterPhase(status, change('RolledBack'), at(1));
    expect(status.rollbackCount).toBe(2);
    status = enterPhase(status, { ...change('Succeeded'), revision: 'abc' }, at(2));
    expect(status).not.toHaveProperty('rollbackCount');
    expect(status.revision).toBe('abc');
    expect(status.conditions?.map(({ type }) => type)).toEqual(['Released']);
  });

  test('keeps the time of the transition while the status stays the same', () => {
    const first = enterPhase({}, change('Failed'), at(0));
    const second = enterPhase(first, { ...change('Failed'), cause: 'other' }, at(5));
    expect(second.conditions?.[0]).toMatchObject({
      lastTransitionTime: '2026-01-01T00:00:00Z',
      lastUpdateTime: '2026-01-01T00:00:05Z',
    });
  });

  test('the same again changes nothing', () => {
    const first = enterPhase({}, change('Succeeded'), at(0));
    expect(enterPhase(first, change('Succeeded'), at(9))).toEqual(first);
  });

  test('an ignored test failure leaves Released alone', () => {
    const status = enterPhase(
      enterPhase({}, change('Succeeded'), at(0)),
      { ...change('TestFailed'), ignoreFailure: true },
      at(1),
    );
    expect(status.conditions?.map(({ type, status: state }) => [type, state])).toEqual([
      ['Released', 'True'],
      ['Tested', 'False'],
    ]);
  });
});
