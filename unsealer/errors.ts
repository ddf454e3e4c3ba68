/** Faults of sealing and unsealing; messages name keys of a Secret, never their content. */
import { Fault } from '../lib/runtime/mod.ts';
import type { FaultOptions, Next } from '../lib/runtime/mod.ts';

const nextByReason = {
  /** No sealing key of ours opens it: sealed for another cluster, name or namespace, or changed since. */
  UnsealFailed: 'retry',
  /** What was sent is no SealedSecret. */
  NotSealedSecret: 'stall',
  /** A Secret of that name belongs to somebody else. */
  Unmanaged: 'retry',
  /** The Secret is immutable; only deleting it helps. */
  Immutable: 'stall',
  /** A Secret with the label of sealing keys holds none. */
  BadKey: 'stall',
  BadFlag: 'stall',
} as const satisfies Record<string, Next>;

export type UnsealerReason = keyof typeof nextByReason;

export class UnsealerError extends Fault {
  declare readonly reason: UnsealerReason;

  constructor(
    reason: UnsealerReason,
    subject: string,
    message: string,
    options: FaultOptions = {},
  ) {
    super(reason, nextByReason[reason], subject, message, options);
  }
}
