import { describe, expect, test } from 'vitest';
import { retryAfterMs } from './answers.ts';

const now = new Date('2026-01-01T00:00:00Z');
const seconds = now.getTime() / 1000;

describe('retryAfterMs', () => {
  test.each([
    { why: 'seconds', headers: { 'retry-after': '30' }, want: 30_000 },
    { why: 'a date', headers: { 'retry-after': 'Thu, 01 Jan 2026 00:02:00 GMT' }, want: 120_000 },
    { why: 'a date gone by', headers: { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, want: 0 },
    {
      why: 'a time of reset',
      headers: { 'x-ratelimit-reset': String(seconds + 90) },
      want: 90_000,
    },
    { why: 'seconds to the reset', headers: { 'x-ratelimit-reset': '45' }, want: 45_000 },
    { why: 'Docker Hub', headers: { 'x-retry-after': String(seconds + 10) }, want: 10_000 },
    { why: 'only a window', headers: { 'ratelimit-limit': '100;w=21600' }, want: 216_000 },
    {
      why: 'nonsense, then a window',
      headers: { 'retry-after': 'soon', 'ratelimit-limit': '10;w=60' },
      want: 6000,
    },
    { why: 'nothing', headers: {}, want: 60_000 },
    { why: 'more than a day', headers: { 'retry-after': '1000000' }, want: 86_400_000 },
  ])('$why', ({ headers, want }) => {
    expect(retryAfterMs(headers, now)).toBe(want);
  });
});
