import { expect, test } from 'vitest';
import type { Clock } from '../../runtime/mod.ts';
import { throttle } from './throttle.ts';

/** A clock that stands until somebody sleeps. */
function manualClock(): Clock & { ms: number } {
  return {
    ms: 0,
    now() {
      return new Date(this.ms);
    },
    sleep(ms) {
      this.ms += ms;
      return Promise.resolve();
    },
  };
}

/** When each of some requests in a row goes, in milliseconds. */
async function startsOf(requests: number, perSecond: number, burst: number): Promise<number[]> {
  const clock = manualClock();
  const wait = throttle(perSecond, burst, clock);
  const starts: number[] = [];
  for (let left = requests; left > 0; left -= 1) {
    await wait();
    starts.push(Math.round(clock.ms));
  }
  return starts;
}

test.each([
  {
    why: 'a burst goes at once, then the rate rules',
    perSecond: 2,
    burst: 3,
    starts: [0, 0, 0, 500, 1000],
  },
  { why: 'no rate is that of client-go', perSecond: 0, burst: 2, starts: [0, 0, 200, 400, 600] },
  {
    why: 'a rate may be a fraction',
    perSecond: 0.5,
    burst: 1,
    starts: [0, 2000, 4000, 6000, 8000],
  },
  { why: 'a negative rate is none', perSecond: -1, burst: 1, starts: [0, 0, 0, 0, 0] },
  { why: 'a negative burst is no limit', perSecond: 1, burst: -1, starts: [0, 0, 0, 0, 0] },
])('$why', async ({ perSecond, burst, starts }) => {
  expect(await startsOf(starts.length, perSecond, burst)).toEqual(starts);
});
