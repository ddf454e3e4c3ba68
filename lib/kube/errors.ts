/** Faults of talking to an API server. */
import { Fault } from '../runtime/mod.ts';
import type { FaultOptions, Next } from '../runtime/mod.ts';

const nextByReason = {
  NotFound: 'stall',
  AlreadyExists: 'stall',
  /** Optimistic concurrency or server-side apply ownership. */
  Conflict: 'retry',
  Invalid: 'stall',
  BadRequest: 'stall',
  Unauthorized: 'stall',
  Forbidden: 'stall',
  /** 410: the resourceVersion is too old; list again. */
  Expired: 'retry',
  TooManyRequests: 'wait',
  UnknownKind: 'wait',
  ServerError: 'retry',
  ServerUnreachable: 'retry',
  InvalidKubeconfig: 'stall',
} as const satisfies Record<string, Next>;

export type KubeReason = keyof typeof nextByReason;

export class KubeError extends Fault {
  declare readonly reason: KubeReason;
  /** HTTP status, 0 when no answer came. */
  readonly status: number;

  constructor(
    reason: KubeReason,
    subject: string,
    message: string,
    options: FaultOptions & { status?: number } = {},
  ) {
    super(reason, nextByReason[reason], subject, message, options);
    this.status = options.status ?? 0;
  }
}

/**
 * Whether something failed for no other reason than that the server was away, overburdened or ailing: it says nothing
 * about what was asked. By the fault itself or by what caused it.
 */
export function isServerAway(thrown: unknown): boolean {
  for (let at = thrown; at instanceof Error; at = at.cause)
    if (at instanceof KubeError) return away.has(at.reason);
  return false;
}

const away: ReadonlySet<KubeReason> = new Set([
  'ServerUnreachable',
  'ServerError',
  'TooManyRequests',
]);
