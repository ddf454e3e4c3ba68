/** Why a look at an object of image automation came to nothing. */
import { Fault } from '../../lib/runtime/mod.ts';
import type { Result } from './conclude.ts';

/** `reason` is the condition's. */
export class ImageFailure extends Fault {}

/** A person has to change something. */
export const stalling = (reason: string, message: string, cause?: unknown) =>
  new ImageFailure(reason, 'stall', '', message, { cause });

/** Likely to pass. */
export const failing = (reason: string, message: string, cause?: unknown) =>
  new ImageFailure(reason, 'retry', '', message, { cause });

/** Something is missing that is likely to come by itself. */
export const lacking = (reason: string, message: string, retryAfterMs: number) =>
  new ImageFailure(reason, 'wait', '', message, { retryAfterMs });

/** @throws whatever is no failure of ours */
export function resultOf(thrown: unknown): Result {
  if (!(thrown instanceof ImageFailure)) throw thrown;
  const { reason, message, next, retryAfterMs } = thrown;
  if (next === 'stall') return { done: 'stalled', reason, message };
  return {
    done: 'failed',
    reason,
    message,
    ...(next === 'wait' && retryAfterMs !== undefined ? { afterMs: retryAfterMs } : {}),
  };
}
