/** Faults of reading names, versions and filters. */
import { Fault } from '../runtime/mod.ts';

export type PolicyReason =
  'InvalidImageRef' | 'InvalidVersion' | 'InvalidConstraint' | 'InvalidPattern';

export class PolicyError extends Fault {
  declare readonly reason: PolicyReason;

  constructor(
    reason: PolicyReason,
    subject: string,
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(reason, 'stall', subject, message, options);
  }
}
