import { describe, expect, test } from 'vitest';
import { readEvent } from './event.ts';
import { eventJson, timeOf, unixSeconds } from './providers/text.ts';

describe('times of events', () => {
  test.each([
    { given: '2026-01-02T03:04:05Z', want: '2026-01-02T03:04:05Z' },
    { given: '2026-01-02T03:04:05.987654+02:00', want: '2026-01-02T01:04:05Z' },
    { given: '1969-12-31T23:59:58.5Z', want: '1969-12-31T23:59:58Z' },
    { given: undefined, want: '' },
    { given: null, want: '' },
  ])('$given', ({ given, want }) => {
    expect(readEvent({ timestamp: given })?.timestamp).toBe(want);
  });

  test.each(['', 'yesterday', '2026-01-02', '2026-13-02T03:04:05Z', 1767323045])(
    '%j is none: the event is refused',
    (timestamp) => {
      expect(readEvent({ timestamp })).toBeUndefined();
    },
  );

  test("an event without one has Go's zero time", () => {
    const event = readEvent({});
    if (event === undefined) throw new Error('no event');
    expect(timeOf(event)).toBe('0001-01-01T00:00:00Z');
    expect(unixSeconds(event)).toBe(-62135596800);
    expect(eventJson(event)['timestamp']).toBeNull();
  });
});

test('a part of an object is passed on', () => {
  const event = readEvent({ involvedObject: { kind: 'Any', fieldPath: 'spec.x' } });
  expect(event && eventJson(event)['involvedObject']).toEqual({ kind: 'Any', fieldPath: 'spec.x' });
});
