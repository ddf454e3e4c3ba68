/** Why a HelmRelease cannot go on; the reason is that of its Ready condition. */
import { Fault } from '../../lib/runtime/mod.ts';
import type { FaultOptions, Next } from '../../lib/runtime/mod.ts';

const nextByReason = {
  ValuesError: 'retry',
  /** The release's kubeconfig or service account cannot be used. */
  RESTClientError: 'retry',
  /** What the state machine came to: no more tries. */
  RetriesExceeded: 'stall',
  MissingRollbackTarget: 'stall',
  StateError: 'retry',
  /** The storage was not written, or the wrong release was. */
  ReleaseMismatch: 'retry',
  AccessDenied: 'stall',
} as const satisfies Record<string, Next>;

export type ReleaseReason = keyof typeof nextByReason;

export class ReleaseError extends Fault {
  declare readonly reason: ReleaseReason;

  constructor(reason: ReleaseReason, subject: string, message: string, options: FaultOptions = {}) {
    super(reason, nextByReason[reason], subject, message, options);
  }
}
