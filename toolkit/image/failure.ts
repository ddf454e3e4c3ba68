/** Why a look at an object of image automation came to nothing. */
import { Fault } from '../../lib/runtime/mod.ts';

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
