import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDurationMs } from './duration.ts';

describe('parseDurationMs', () => {
  test.each([
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['250ms', 250],
    ['0', 0],
    ['-2s', -2000],
    ['.5s', 500],
    ['100us', 0.1],
    ['525600m', 31_536_000_000],
  ])('%s is %d ms', (text, want) => {
    expect(parseDurationMs(text)).toBeCloseTo(want, 9);
  });

  test.each(['', '5', 's', '5 m', '1h 30m', 'five', '1d', '-'])('refuses %j', (text) => {
    expect(() => parseDurationMs(text)).toThrow(`time: invalid duration ${JSON.stringify(text)}`);
  });
});

describe('formatDuration', () => {
  test.each([
    [300_000, '5m0s'],
    [20_000, '20s'],
    [5_400_000, '1h30m0s'],
    [1500, '1.5s'],
    [250, '250ms'],
    [0, '0s'],
    [0.0015, '1.5µs'],
    [-2000, '-2s'],
  ])('%d ms prints as Go prints it: %s', (ms, want) => {
    expect(formatDuration(ms)).toBe(want);
  });

  test('parses back to the same value', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 9 }), (ms) => {
        expect(parseDurationMs(formatDuration(ms))).toBeCloseTo(ms, 3);
      }),
    );
  });
});
