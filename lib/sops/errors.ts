/** Faults of encrypted files; messages name keys and places, never content. */
import { Fault } from '../runtime/mod.ts';
import type { FaultOptions, Next } from '../runtime/mod.ts';

const nextByReason = {
  /** No key of ours opens the file; one may be mounted later. */
  NoKey: 'retry',
  /** What is there was not encrypted so, or was changed since. */
  Corrupt: 'stall',
  /** A way of encrypting that is not served here. */
  Unsupported: 'stall',
} as const satisfies Record<string, Next>;

export type SopsReason = keyof typeof nextByReason;

export class SopsError extends Fault {
  declare readonly reason: SopsReason;

  constructor(reason: SopsReason, message: string, options: FaultOptions = {}) {
    super(reason, nextByReason[reason], 'sops', message, options);
  }
}
