import { describe, expect, test } from 'vitest';
import { decide, wasInterrupted } from './decide.ts';
import type { Observation } from './decide.ts';

const settled: Observation = {
  release: { version: 3, status: 'deployed', interrupted: false },
  owner: 'dev:helmrelease/app',
  self: 'dev:helmrelease/app',
  generation: 2,
  observedGeneration: 2,
  rolledBack: false,
  chartChanged: false,
  differs: false,
  rollback: { retry: false, maxRetries: 5, count: 0 },
};

const release = (status: NonNullable<Observation['release']>['status']) => ({
  release: { version: 3, status, interrupted: true },
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
      seen: { rolledBack: true, rollback: { retry: true, maxRetries: 1, count: 1 } },
      want: 'upgrade',
    },
    {
      why: 'rolled back, retries used up',
      seen: { rolledBack: true, rollback: { retry: true, maxRetries: 1, count: 2 } },
      want: 'none',
    },
    {
      why: 'rolled back, retries without limit',
      seen: { rolledBack: true, rollback: { retry: true, maxRetries: 0, count: 99 } },
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
  ])('$why: $want', ({ seen, want }) => {
    expect(decide({ ...settled, ...seen }).action).toBe(want);
  });

  test.each([
    [{ owner: 'x:helmrelease/y' }, "release appears to be managed by 'x:helmrelease/y'"],
    [release('failed'), "status 'failed' of release does not allow a safe upgrade"],
    [
      { release: { version: 3, status: 'pending-upgrade', interrupted: false } as const },
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
