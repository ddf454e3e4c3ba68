/** Requests per second and host: a token bucket that slows down where a registry complains (spec flux-v1 §6.5). */
import type { Clock } from '../runtime/mod.ts';

export interface LimiterOptions {
  clock: Clock;
  /** Per host; 0 or absent sets no limit. */
  requestsPerSecond?: number | undefined;
  /** Requests that may go at once after a pause, default 10. */
  burst?: number | undefined;
}

export interface Limiter {
  /** Resolves when a request to the host may go; in the order of asking. */
  take(host: string, signal: AbortSignal | undefined): Promise<void>;
  /** The host answered 429: half the rate, at most once in a minute, never below 0.1/s. */
  slowDown(host: string): void;
  /** A repository was read without complaint: half as much again, 20 minutes after the last slowing at the earliest. */
  speedUp(host: string): void;
  /** Requests per second that the host gets now; `Infinity` without a limit. */
  rate(host: string): number;
}

interface Bucket {
  rate: number;
  tokens: number;
  /** When `tokens` was counted, in milliseconds. */
  countedAt: number;
  slowedAt: number;
}

const slowest = 0.1;
const slowAgainMs = 60_000;
const speedUpAfterMs = 20 * 60_000;

export function createLimiter(options: LimiterOptions): Limiter {
  const { clock, burst = 10 } = options;
  const full = options.requestsPerSecond ?? 0;
  const buckets = new Map<string, Bucket>();
  const now = () => clock.now().getTime();
  const bucketOf = (host: string): Bucket => {
    const known = buckets.get(host);
    if (known !== undefined) return known;
    const bucket = {
      rate: full,
      tokens: burst,
      countedAt: now(),
      slowedAt: Number.NEGATIVE_INFINITY,
    };
    buckets.set(host, bucket);
    return bucket;
  };
  /** Tokens may be owed: each waiter owes one and sleeps until it is earned. */
  const count = (bucket: Bucket) => {
    const at = now();
    bucket.tokens = Math.min(burst, bucket.tokens + ((at - bucket.countedAt) / 1000) * bucket.rate);
    bucket.countedAt = at;
  };
  return {
    take: async (host, signal) => {
      signal?.throwIfAborted();
      if (full <= 0) return;
      const bucket = bucketOf(host);
      count(bucket);
      bucket.tokens -= 1;
      if (bucket.tokens >= 0) return;
      try {
        await clock.sleep(Math.ceil((-bucket.tokens / bucket.rate) * 1000), signal);
      } catch (thrown) {
        bucket.tokens += 1;
        throw thrown;
      }
    },
    slowDown: (host) => {
      if (full <= 0) return;
      const bucket = bucketOf(host);
      if (now() - bucket.slowedAt < slowAgainMs) return;
      count(bucket);
      bucket.rate = Math.max(slowest, bucket.rate / 2);
      bucket.slowedAt = now();
    },
    speedUp: (host) => {
      const bucket = buckets.get(host);
      if (bucket === undefined || bucket.rate >= full) return;
      if (now() - bucket.slowedAt < speedUpAfterMs) return;
      count(bucket);
      bucket.rate = Math.min(full, bucket.rate * 1.5);
    },
    rate: (host) => (full <= 0 ? Number.POSITIVE_INFINITY : (buckets.get(host)?.rate ?? full)),
  };
}
