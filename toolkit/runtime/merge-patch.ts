/** The JSON merge patch (RFC 7386) between two documents. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../lib/runtime/mod.ts';

/** @returns `undefined` when both are the same; lists are replaced whole */
export function mergePatch(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[key], after[key]];
    if (isDeepStrictEqual(old, now)) continue;
    if (isRecord(old) && isRecord(now)) {
      const inner = mergePatch(old, now);
      if (inner !== undefined) patch[key] = inner;
    } else patch[key] = now === undefined ? null : now;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}
