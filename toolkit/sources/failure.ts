/** Why a source could not be had: which condition says so, and what comes next. */
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import type { Next } from '../../lib/runtime/mod.ts';

export type FailureCondition =
  | 'FetchFailed'
  | 'BuildFailed'
  | 'StorageOperationFailed'
  | 'IncludeUnavailable'
  | 'SourceVerified';

/** `reason` is the condition's. */
export class SourceFailure extends Fault {
  readonly condition: FailureCondition | undefined;

  constructor(
    condition: FailureCondition | undefined,
    reason: string,
    next: Next,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(reason, next, '', message, options);
    this.condition = condition;
  }
}

/** Likely to pass; tried again. */
export const fetchFailed = (reason: string, message: string, cause?: unknown) =>
  new SourceFailure('FetchFailed', reason, 'retry', message, { cause });

/** A person has to change something. */
export const fetchStalled = (reason: string, message: string, cause?: unknown) =>
  new SourceFailure('FetchFailed', reason, 'stall', message, { cause });

/** A message for conditions: URLs in it lose their user names and passwords. */
export const safeMessage = (thrown: unknown): string =>
  messageOf(thrown).replaceAll(/\/\/[^/@\s]+@/g, '//');
