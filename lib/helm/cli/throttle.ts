/** How fast the API server may be asked: client-go's token bucket, for `--qps` and `--burst-limit`. */
import type { Clock } from '../../runtime/mod.ts';

/** What client-go takes for an unset rate, in requests a second. */
const defaultRate = 5;

/**
 * @param perSecond 0 for the default; a negative rate or burst sets no limit
 * @param burst requests that need not wait, at the beginning and after a pause
 * @returns resolves when the next request may go
 */
export function throttle(perSecond: number, burst: number, clock: Clock): () => Promise<void> {
  if (perSecond < 0 || burst < 0) return () => Promise.resolve();
  const rate = perSecond === 0 ? defaultRate : perSecond;
  const most = burst === 0 ? 10 : burst;
  let tokens = most;
  let at = clock.now().getTime();
  return async () => {
    const now = clock.now().getTime();
    tokens = Math.min(most, tokens + ((now - at) / 1000) * rate) - 1;
    at = now;
    if (tokens < 0) await clock.sleep((-tokens / rate) * 1000);
  };
}
