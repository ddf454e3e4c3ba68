/** Why a notification was not sent. */
import { Fault } from '../../lib/runtime/mod.ts';
import type { Next } from '../../lib/runtime/mod.ts';

const nextByReason = {
  /** The Provider, or its Secrets, cannot be used. */
  InvalidProvider: 'stall',
  /** The recipient did not take it. */
  NotSent: 'retry',
  /** A delivery that does not prove where it comes from. */
  NotGenuine: 'stall',
} as const satisfies Record<string, Next>;

export class NotificationError extends Fault {
  constructor(
    reason: keyof typeof nextByReason,
    subject: string,
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(reason, nextByReason[reason], subject, message, options);
  }
}

export const invalidProvider = (message: string, cause?: unknown) =>
  new NotificationError('InvalidProvider', '', message, { cause });

export const notSent = (message: string, cause?: unknown) =>
  new NotificationError('NotSent', '', message, { cause });

export const notGenuine = (message: string, cause?: unknown) =>
  new NotificationError('NotGenuine', '', message, { cause });
