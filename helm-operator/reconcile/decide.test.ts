import { describe, expect, test } from 'vitest';
import { decide } from './decide.ts';
import type { Observation } from './decide.ts';

const settled: Observation = {
  release: { version: 3, status: 'deployed' },
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
  release: { version: 3, status },
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
  ])('refuses in the words of the original', (seen, message) => {
    expect(decide({ ...settled, ...seen })).toMatchObject({ action: 'refuse', message });
  });
});
