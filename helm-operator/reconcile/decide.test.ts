import { describe, expect, test } from 'vitest';
import { decide, wasInterrupted } from './decide.ts';
import type { Observation } from './decide.ts';

const deployed = {
  version: 3,
  status: 'deployed',
  interrupted: false,
  fits: true,
  isOfThatRun: true,
  isRollback: false,
} as const;

const settled: Observation = {
  release: deployed,
  phase: 'Succeeded',
  owner: 'dev:helmrelease/app',
  self: 'dev:helmrelease/app',
  generation: 2,
  observedGeneration: 2,
  converted: false,
  forced: false,
  rolledBack: false,
  chartChanged: false,
  differs: false,
  rollback: { enable: false, retry: false, maxRetries: 5, count: 0 },
};

const release = (status: NonNullable<Observation['release']>['status']) => ({
  release: { ...deployed, status, interrupted: true, fits: false },
});

describe('decide', () => {
  test.each([
    { why: 'nothing changed', seen: {}, want: 'none' },
    { why: 'there is no release', seen: { release: undefined }, want: 'install' },
    {
      why: 'somebody else manages it',
      seen: { owner: 'x:helmrelease/y', differs: true },
      want: 'refuse',
    },
    {
      why: 'nobody manages it yet: it is taken over',
      seen: { owner: undefined, differs: true },
      want: 'upgrade',
    },
    { why: 'the spec is new, even if nothing differs', seen: { generation: 3 }, want: 'upgrade' },
    { why: 'it comes from Helm 2', seen: { converted: true }, want: 'upgrade' },
    { why: 'the chart has a newer revision', seen: { chartChanged: true }, want: 'upgrade' },
    { why: 'values differ', seen: { differs: true }, want: 'upgrade' },
    { why: 'rolled back, nothing new', seen: { rolledBack: true }, want: 'none' },
    {
      why: 'rolled back, a new chart',
      seen: { rolledBack: true, chartChanged: true },
      want: 'upgrade',
    },
    {
      why: 'rolled back, values fixed',
      seen: { rolledBack: true, differs: true },
      want: 'upgrade',
    },
    {
      why: 'rolled back, retries left',
      seen: { rolledBack: true, rollback: { enable: true, retry: true, maxRetries: 1, count: 1 } },
      want: 'upgrade',
    },
    {
      why: 'rolled back, retries used up',
      seen: { rolledBack: true, rollback: { enable: true, retry: true, maxRetries: 1, count: 2 } },
      want: 'none',
    },
    {
      why: 'rolled back, retries without limit',
      seen: { rolledBack: true, rollback: { enable: true, retry: true, maxRetries: 0, count: 99 } },
      want: 'upgrade',
    },
    { why: 'failed, nothing new', seen: release('failed'), want: 'refuse' },
    {
      why: 'failed, the spec was mended',
      seen: { ...release('failed'), generation: 3 },
      want: 'upgrade',
    },
    {
      why: 'failed, the values were mended',
      seen: { ...release('failed'), differs: true },
      want: 'upgrade',
    },
    {
      why: 'the first install was interrupted',
      seen: release('pending-install'),
      want: 'reinstall',
    },
    { why: 'an upgrade was interrupted', seen: release('pending-upgrade'), want: 'recover' },
    { why: 'a rollback was interrupted', seen: release('pending-rollback'), want: 'recover' },
    { why: 'history was kept by an uninstall', seen: release('uninstalled'), want: 'refuse' },
    {
      why: 'failed, nothing new, but somebody asks for it',
      seen: { ...release('failed'), forced: true },
      want: 'upgrade',
    },
  ])('$why: $want', ({ seen, want }) => {
    expect(decide({ ...settled, ...seen }).action).toBe(want);
  });

  const cutOff = (
    phase: Observation['phase'],
    status: NonNullable<Observation['release']>['status'] = 'deployed',
    release: Partial<NonNullable<Observation['release']>> = {},
  ) => ({
    phase,
    release: { ...deployed, interrupted: true, ...release, status },
    observedGeneration: 1,
  });
  const enable = { rollback: { enable: true, retry: false, maxRetries: 5, count: 0 } };
  test.each([
    {
      why: 'an install stopped half-way',
      seen: cutOff('Installing', 'pending-install'),
      want: 'install-again',
    },
    {
      why: 'an upgrade stopped half-way',
      seen: cutOff('Upgrading', 'pending-upgrade'),
      want: 'upgrade-again',
    },
    {
      why: 'an upgrade stopped half-way, and something else is wanted now',
      seen: cutOff('Upgrading', 'pending-upgrade', { fits: false }),
      want: 'recover',
    },
    { why: 'an upgrade ended but did not say so', seen: cutOff('Upgrading'), want: 'finish' },
    {
      why: 'an upgrade had not even begun',
      seen: cutOff('Upgrading', 'deployed', { isOfThatRun: false }),
      want: 'upgrade',
    },
    { why: 'the tests stopped half-way', seen: cutOff('Testing'), want: 'finish' },
    {
      why: 'the spec changed after tests that stopped half-way',
      seen: cutOff('Testing', 'deployed', { fits: false }),
      want: 'upgrade',
    },
    {
      why: 'an upgrade failed and was not rolled back yet, or the server was away',
      seen: { ...cutOff('Upgrading', 'failed'), ...enable },
      want: 'upgrade-again',
    },
    {
      why: 'an upgrade failed, and nobody wants a rollback',
      seen: cutOff('Upgrading', 'failed'),
      want: 'upgrade-again',
    },
    {
      why: 'an upgrade had failed long before',
      seen: { ...cutOff('Upgrading', 'failed', { isOfThatRun: false }), observedGeneration: 2 },
      want: 'refuse',
    },
    {
      why: 'an upgrade failed, and something else is wanted now',
      seen: { ...cutOff('Upgrading', 'failed', { fits: false }), differs: true },
      want: 'upgrade',
    },
    {
      why: 'an install failed and was not purged yet, or the server was away',
      seen: cutOff('Installing', 'failed'),
      want: 'install-again',
    },
    {
      why: 'an install failed, and something else is wanted now',
      seen: cutOff('Installing', 'failed', { fits: false }),
      want: 'reinstall',
    },
    {
      why: 'the purge of a failed install stopped half-way',
      seen: cutOff('Installing', 'uninstalling', { fits: false }),
      want: 'reinstall',
    },
    {
      why: 'a rollback failed while the server was away',
      seen: { ...cutOff('RollingBack', 'failed', { isRollback: true, fits: false }), ...enable },
      want: 'roll-back',
    },
    {
      why: 'tests failed, and the rollback had not begun',
      seen: { ...cutOff('RollingBack'), ...enable },
      want: 'roll-back',
    },
    {
      why: 'a rollback stopped half-way',
      seen: { ...cutOff('RollingBack', 'pending-rollback', { fits: false }), ...enable },
      want: 'roll-back',
    },
    {
      why: 'a rollback ended but did not say so',
      seen: { ...cutOff('RollingBack', 'deployed', { isRollback: true, fits: false }), ...enable },
      want: 'finish-rollback',
    },
  ])('cut off: $why: $want', ({ seen, want }) => {
    expect(decide({ ...settled, ...seen }).action).toBe(want);
  });

  test.each([
    [{ owner: 'x:helmrelease/y' }, "release appears to be managed by 'x:helmrelease/y'"],
    [release('failed'), "status 'failed' of release does not allow a safe upgrade"],
    [
      { release: { ...deployed, status: 'pending-upgrade' } as const },
      "status 'pending-upgrade' of release does not allow a safe upgrade: another operation seems to be running on it",
    ],
  ])('refuses in the words of the original', (seen, message) => {
    expect(decide({ ...settled, ...seen })).toMatchObject({ action: 'refuse', message });
  });
});

describe('wasInterrupted', () => {
  const minute = 60_000;
  test.each([
    { why: 'we were in the middle of it', phase: 'Upgrading', ageMs: 1000, want: true },
    { why: 'a person upgrades by hand right now', phase: 'Succeeded', ageMs: 1000, want: false },
    { why: 'nobody knows whose it is', phase: undefined, ageMs: 14 * minute, want: false },
    { why: 'it is too old to be alive', phase: undefined, ageMs: 16 * minute, want: true },
    {
      why: 'long timeouts take long',
      phase: undefined,
      ageMs: 16 * minute,
      timeoutMs: 10 * minute,
      want: false,
    },
    {
      why: 'a deployed release has nothing under work',
      phase: 'Upgrading',
      status: 'deployed',
      ageMs: 99 * minute,
      want: false,
    },
    {
      why: 'our phase says nothing about an uninstall',
      phase: 'Upgrading',
      status: 'uninstalling',
      ageMs: 1000,
      want: false,
    },
  ] as const)('$why: $want', (row) => {
    expect(
      wasInterrupted({
        status: 'status' in row ? row.status : 'pending-upgrade',
        ourPhase: row.phase,
        ageMs: row.ageMs,
        timeoutMs: 'timeoutMs' in row ? row.timeoutMs : 5 * minute,
      }),
    ).toBe(row.want);
  });
});
