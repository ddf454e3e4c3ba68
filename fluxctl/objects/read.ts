/** Reading fields of objects that others wrote: what has another type counts as not given. Pure. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';

export type Json = Readonly<Record<string, unknown>>;

/** What stands at a path; `undefined` where the way ends. */
export const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((now, key) => (isRecord(now) ? now[key] : undefined), value);

/** '' for no text. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

export function countAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** The maps of a list. */
export function eachAt(value: unknown, ...path: readonly string[]): Json[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter(isRecord) : [];
}

export interface ReadCondition {
  type: string;
  status: string;
  reason: string;
  message: string;
  lastTransitionTime: string;
  /** 0 for not given. */
  observedGeneration: number;
}

export const conditionsOf = (object: KubeObject): ReadCondition[] =>
  eachAt(object, 'status', 'conditions').map((each) => ({
    type: textAt(each, 'type'),
    status: textAt(each, 'status'),
    reason: textAt(each, 'reason'),
    message: textAt(each, 'message'),
    lastTransitionTime: textAt(each, 'lastTransitionTime'),
    observedGeneration: countAt(each, 'observedGeneration') ?? 0,
  }));

export const conditionOf = (object: KubeObject, type: string): ReadCondition | undefined =>
  conditionsOf(object).find((each) => each.type === type);

export const annotationOf = (object: KubeObject, key: string): string =>
  object.metadata.annotations?.[key] ?? '';

/** Hashes of 40 to 128 digits, by their first eight. */
export const shortHashes = (text: string): string =>
  text.replaceAll(/\b[a-f0-9]{40,128}\b/g, (hash) => hash.slice(0, 8));
