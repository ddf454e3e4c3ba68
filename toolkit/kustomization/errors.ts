/** Faults of a Kustomization; `reason` is that of its Ready condition. */
import { Fault } from '../../lib/runtime/mod.ts';
import type { FaultOptions, Next } from '../../lib/runtime/mod.ts';

const nextByReason = {
  /** The source is not there, or cannot be read, or has no such folder. */
  ArtifactFailed: 'retry',
  AccessDenied: 'stall',
  DependencyNotReady: 'wait',
  /** A part of the build: kustomize, keys, decryption, substitution. */
  BuildFailed: 'retry',
  /** The server refused something, or cannot be reached. */
  ReconciliationFailed: 'retry',
  PruneFailed: 'retry',
  HealthCheckFailed: 'retry',
  /** Something newer came while waiting. */
  HealthCheckCanceled: 'retry',
  InvalidCELExpression: 'stall',
} as const satisfies Record<string, Next>;

export type KustomizationReason = keyof typeof nextByReason;

export class KustomizationError extends Fault {
  declare readonly reason: KustomizationReason;

  constructor(
    reason: KustomizationReason,
    subject: string,
    message: string,
    options: FaultOptions = {},
  ) {
    super(reason, nextByReason[reason], subject, message, options);
  }
}
