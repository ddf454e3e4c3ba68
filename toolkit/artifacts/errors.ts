/** Faults of artifacts. */
import { Fault } from '../../lib/runtime/mod.ts';
import type { FaultOptions, Next } from '../../lib/runtime/mod.ts';

const nextByReason = {
  /** There is no such file, here or at the server. */
  ArtifactMissing: 'wait',
  /** The bytes are not those that the digest names. */
  DigestMismatch: 'retry',
  ArtifactUnreachable: 'retry',
  /** A tarball whose paths leave its folder, or that is none. */
  InvalidTarball: 'stall',
} as const satisfies Record<string, Next>;

export type ArtifactReason = keyof typeof nextByReason;

export class ArtifactError extends Fault {
  declare readonly reason: ArtifactReason;

  constructor(
    reason: ArtifactReason,
    subject: string,
    message: string,
    options: FaultOptions = {},
  ) {
    super(reason, nextByReason[reason], subject, message, options);
  }
}
