import { describe, expect, test } from 'vitest';
import { Conditions } from './conditions.ts';

const at = (second: number) => () => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

describe('Conditions', () => {
  test('time moves only when something but the generation changes', () => {
    const first = new Conditions(undefined, 1, at(1));
    first.markTrue('Ready', 'Succeeded', 'all well');
    const second = new Conditions(first.list, 2, at(2));
    second.markTrue('Ready', 'Succeeded', 'all well');
    expect(second.get('Ready')).toMatchObject({
      lastTransitionTime: '2026-01-01T00:00:01Z',
      observedGeneration: 2,
    });
    second.markTrue('Ready', 'Succeeded', 'still well');
    expect(second.get('Ready')?.lastTransitionTime).toBe('2026-01-01T00:00:02Z');
  });

  test('Stalled, Reconciling and Ready come first; Stalled and Reconciling exclude one another', () => {
    const conditions = new Conditions([], 1, at(1));
    conditions.markTrue('ArtifactInStorage', 'Succeeded', '');
    conditions.markTrue('Ready', 'Succeeded', '');
    conditions.markReconciling('Progressing', '');
    conditions.markStalled('URLInvalid', '');
    expect(conditions.list.map(({ type }) => type)).toEqual([
      'Stalled',
      'Ready',
      'ArtifactInStorage',
    ]);
  });

  test.each([
    {
      why: 'a problem beats success',
      set: ['FetchFailed', 'Stored'],
      want: ['False', 'FetchFailed'],
    },
    { why: 'success alone', set: ['Stored'], want: ['True', 'Stored'] },
    {
      why: 'the first problem of the list',
      set: ['Outdated', 'FetchFailed'],
      want: ['False', 'FetchFailed'],
    },
    {
      why: 'working on it is not ready',
      set: ['Stored', 'Reconciling'],
      want: ['False', 'Reconciling'],
    },
  ])('summary: $why', ({ set, want }) => {
    const conditions = new Conditions([], 1, at(1));
    for (const type of set) conditions.markTrue(type, type, type);
    conditions.summarize(
      'Ready',
      ['FetchFailed', 'Outdated', 'Stored', 'Reconciling'],
      ['FetchFailed', 'Outdated', 'Reconciling'],
    );
    const ready = conditions.get('Ready');
    expect([ready?.status, ready?.reason]).toEqual(want);
  });

  test('what is no condition is passed over', () => {
    expect(new Conditions([{ type: 'Ready' }, 7, null], 1, at(1)).list).toEqual([]);
  });
});
