/** Faults of talking to the services of clouds. */
import { Fault } from '../runtime/mod.ts';
import type { FaultOptions, Next } from '../runtime/mod.ts';

const nextByReason = {
  Unreachable: 'retry',
  /** Asked, and refused. */
  Unauthorized: 'retry',
  /** The answer is not one that can be used. */
  Failed: 'retry',
  /** A key file or a setting cannot be read. */
  BadCredentials: 'stall',
} as const satisfies Record<string, Next>;

export type CloudReason = keyof typeof nextByReason;

export class CloudError extends Fault {
  declare readonly reason: CloudReason;

  /** @param who was asked */
  constructor(reason: CloudReason, who: string, message: string, options: FaultOptions = {}) {
    super(reason, nextByReason[reason], who, message, options);
  }
}
