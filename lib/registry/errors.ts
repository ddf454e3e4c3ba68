/** Faults of talking to a registry. */
import { Fault } from '../runtime/mod.ts';
import type { FaultOptions, Next } from '../runtime/mod.ts';

const nextByReason = {
  Unauthorized: 'stall',
  /** A docker config or pull secret cannot be read. */
  BadCredentials: 'stall',
  RepositoryUnknown: 'stall',
  RateLimited: 'wait',
  ListingTooLong: 'stall',
  UnknownManifest: 'stall',
  RegistryUnreachable: 'retry',
  RegistryFailed: 'retry',
} as const satisfies Record<string, Next>;

export type RegistryReason = keyof typeof nextByReason;

export class RegistryError extends Fault {
  declare readonly reason: RegistryReason;

  /** @param subject the repository, canonical */
  constructor(
    reason: RegistryReason,
    subject: string,
    message: string,
    options: FaultOptions = {},
  ) {
    super(reason, nextByReason[reason], subject, message, options);
  }
}
