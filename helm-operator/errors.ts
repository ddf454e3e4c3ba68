/** Faults of the operator itself; those of git, Kubernetes and the engine pass through. */
import { Fault, messageOf } from '../lib/runtime/mod.ts';
import type { FaultOptions, Next } from '../lib/runtime/mod.ts';

const nextByReason = {
  /** The chart could not be had; its source may come back. */
  ChartFetchFailed: 'retry',
  ChartSourceInvalid: 'stall',
  ValuesFailed: 'retry',
  HelmVersionUnsupported: 'stall',
  CorruptHelm2Release: 'stall',
  NotOurs: 'stall',
  UnsafeUpgrade: 'stall',
  /** Somebody else works on the release now; come back. */
  ReleaseBusy: 'wait',
  /** The failed revision is stored; only a change is worth another try. */
  UpgradeFailed: 'stall',
  TestFailed: 'stall',
  /** What is about to be done could not be written down; whoever goes on from a crash has to know it. */
  StatusUnwritten: 'retry',
  /** Something newer is wanted, and waits its turn already. */
  Outdated: 'retry',
  /** Helm has no releases of such a name. */
  InvalidReleaseName: 'stall',
  /** HelmReleases that depend on one another in a ring. */
  DependencyCycle: 'stall',
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

/** A message for statuses, events and logs: URLs in it lose their user names and passwords. */
export function safeMessage(thrown: unknown): string {
  return messageOf(thrown).replace(/\/\/[^/@\s]+@/g, '//');
}

/** Whether trying again soon may help, by the outermost fault; what is no fault may pass. */
export function worthRetrying(thrown: unknown): boolean {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    if (at instanceof Fault) return at.next !== 'stall';
  }
  return true;
}
