/** Faults of the operator itself; those of git, Kubernetes and the engine pass through. */
import { Fault } from '../lib/runtime/mod.ts';
import type { FaultOptions, Next } from '../lib/runtime/mod.ts';

const nextByReason = {
  /** The chart could not be had; its source may come back. */
  ChartFetchFailed: 'retry',
  ChartSourceInvalid: 'stall',
  ValuesFailed: 'retry',
  HelmVersionUnsupported: 'stall',
  NotOurs: 'stall',
  UnsafeUpgrade: 'stall',
  TestFailed: 'stall',
} as const satisfies Record<string, Next>;

export type OperatorReason = keyof typeof nextByReason;

export class OperatorError extends Fault {
  declare readonly reason: OperatorReason;

  constructor(
    reason: OperatorReason,
    subject: string,
    message: string,
    options: FaultOptions = {},
  ) {
    super(reason, nextByReason[reason], subject, message, options);
  }
}
