/** Errors that say what the loop handling them should do. */

/**
 * What a loop does after a fault.
 *
 * - `retry`: the cause is likely to pass; try again with back-off.
 * - `wait`: come back after a known time (`retryAfterMs`).
 * - `stall`: a person has to change something; do not hammer.
 */
export type Next = 'retry' | 'wait' | 'stall';

export interface FaultOptions {
  cause?: unknown;
  /** For `wait`: how long, in milliseconds. */
  retryAfterMs?: number;
}

/**
 * An error with a machine-readable reason.
 *
 * `reason` is CamelCase and is copied as it is into conditions, events and metric labels. `subject` names the thing
 * that was acted on (a repository, an object, a file). Callers branch on `reason` or `next`, never on the message.
 */
export class Fault extends Error {
  readonly reason: string;
  readonly next: Next;
  readonly subject: string;
  readonly retryAfterMs: number | undefined;

  constructor(
    reason: string,
    next: Next,
    subject: string,
    message: string,
    options: FaultOptions = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.reason = reason;
    this.next = next;
    this.subject = subject;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The message of anything that was thrown, for a log line or a status. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Whatever was thrown, as an Error (the value itself when it is one). */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

/** True when an operation ended because its AbortSignal fired. */
export function isAbort(thrown: unknown): boolean {
  return (
    thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError')
  );
}
