/** What is wrong in an object itself, so that only a change of it can help. */
import type { Draft } from './draft.ts';

/**
 * Marks the object as stalled, and not ready for the same reason.
 *
 * @returns the message of its conditions
 */
export function markMisconfigured(
  { conditions }: Pick<Draft, 'conditions'>,
  { reason, message }: { reason: string; message: string },
): string {
  const said = `Reconciliation failed terminally due to configuration error: ${message}`;
  conditions.markFalse('Ready', reason, said);
  conditions.markStalled(reason, said);
  return said;
}
