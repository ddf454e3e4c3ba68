/** Why a signature of Notation does not count. Messages are those of notation-go 1.3. */
import { Fault } from '../runtime/mod.ts';
import type { FaultOptions, Next } from '../runtime/mod.ts';

const nextByReason = {
  /** `trustpolicy.json` says what it must not, or does not speak of the artifact. */
  InvalidTrustPolicy: 'stall',
  NoApplicableTrustPolicy: 'stall',
  /** What should be a certificate, an envelope, a token is none. */
  Malformed: 'stall',
  /** One of the checks that the policy enforces. */
  Refused: 'retry',
} as const satisfies Record<string, Next>;

export type NotationReason = keyof typeof nextByReason;

export class NotationError extends Fault {
  declare readonly reason: NotationReason;

  constructor(reason: NotationReason, message: string, options: FaultOptions = {}) {
    super(reason, nextByReason[reason], '', message, options);
  }
}

export const refused = (message: string, cause?: unknown): NotationError =>
  new NotationError('Refused', message, { cause });

export const malformed = (message: string, cause?: unknown): NotationError =>
  new NotationError('Malformed', message, { cause });
