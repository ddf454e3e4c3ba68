/** Conditions in a status. */
import { objectsAt, textAt } from './fields.ts';
import type { JsonObject } from './fields.ts';

export interface ConditionText {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
}

/**
 * A status's conditions with one of them set. `lastTransitionTime` moves only when the status of the condition does,
 * `lastUpdateTime` (workloads only) with any change.
 */
export function withCondition(
  conditions: readonly JsonObject[],
  next: ConditionText,
  now: string,
  options: { updateTime: boolean } = { updateTime: false },
): JsonObject[] {
  const known = conditions.find((each) => each['type'] === next.type);
  const same =
    known !== undefined &&
    known['status'] === next.status &&
    (known['reason'] ?? '') === next.reason &&
    (known['message'] ?? '') === next.message;
  if (same) return [...conditions];
  const moved = known?.['status'] !== next.status;
  const built: JsonObject = {
    type: next.type,
    status: next.status,
    ...(options.updateTime ? { lastUpdateTime: now } : {}),
    lastTransitionTime: moved ? now : (known?.['lastTransitionTime'] ?? now),
    reason: next.reason,
    message: next.message,
  };
  return known === undefined
    ? [...conditions, built]
    : conditions.map((each) => (each === known ? built : each));
}

export function conditionStatus(object: unknown, type: string): string | undefined {
  return textAt(
    objectsAt(object, 'status', 'conditions').find((each) => each['type'] === type),
    'status',
  );
}
