/** Why a migration does not go on. */
import { Fault } from '../../lib/runtime/mod.ts';
import type { FaultOptions, Next } from '../../lib/runtime/mod.ts';

const nextByReason = {
  ChartUnavailable: 'retry',
  /** What is needed is not in the cluster, or is not as it has to be. */
  NotReady: 'stall',
  /** An engine did not say in time what was to be waited for. */
  NoAnswer: 'retry',
  /** Something else has changed the release meanwhile. */
  Changed: 'stall',
} as const satisfies Record<string, Next>;

export type MigrateReason = keyof typeof nextByReason;

export class MigrateError extends Fault {
  declare readonly reason: MigrateReason;

  constructor(reason: MigrateReason, subject: string, message: string, options: FaultOptions = {}) {
    super(reason, nextByReason[reason], subject, message, options);
  }
}
