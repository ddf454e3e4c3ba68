/** The condition `Synced` of a SealedSecret. */
import type { Condition } from '../../lib/objects/mod.ts';
import type { SealedSecret } from '../seal/sealed-secret.ts';

export interface SealedSecretStatus {
  observedGeneration: number;
  conditions: Condition[];
}

/** @returns the status to write, or `undefined` when it says so already */
export function nextStatus(
  sealed: SealedSecret,
  error: string | undefined,
  now: Date,
): SealedSecretStatus | undefined {
  const before = sealed.conditions.find((condition) => condition.type === 'Synced');
  const status = error === undefined ? 'True' : 'False';
  const message = error ?? '';
  const generation = sealed.metadata.generation ?? 0;
  const isKnown =
    before?.status === status &&
    (before.message ?? '') === message &&
    sealed.observedGeneration === generation;
  if (isKnown) return undefined;
  const time = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const changed = before?.status === status ? (before.lastTransitionTime ?? time) : time;
  const condition: Condition = {
    type: 'Synced',
    status,
    ...(message === '' ? {} : { message }),
    lastUpdateTime: time,
    lastTransitionTime: changed,
  };
  return {
    observedGeneration: generation,
    conditions: [condition, ...sealed.conditions.filter(({ type }) => type !== 'Synced')],
  };
}
