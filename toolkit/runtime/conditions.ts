/**
 * Conditions of one object as the toolkit keeps them (fluxcd/pkg runtime/conditions): one of each type, in a fixed order,
 * their time moving only when they change, `Reconciling` and `Stalled` there only while they are true.
 */
import type { Condition, KubeObject } from '../../lib/objects/mod.ts';
import { Fields } from './fields.ts';

export interface ToolkitCondition extends Condition {
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration: number;
}

export type ConditionStatus = Condition['status'];

const longestMessage = 32_768;
const weights: Readonly<Record<string, number>> = { Stalled: 0, Reconciling: 1, Ready: 2 };

export class Conditions {
  readonly #generation: number;
  readonly #now: () => Date;
  #list: ToolkitCondition[];

  /**
   * @param given `status.conditions` as it was read
   * @param generation of the object, noted with each condition that is set
   */
  constructor(given: unknown, generation: number, now: () => Date) {
    this.#generation = generation;
    this.#now = now;
    this.#list = (Array.isArray(given) ? (given as unknown[]) : []).flatMap(readCondition);
  }

  get list(): readonly ToolkitCondition[] {
    return this.#list;
  }

  get(type: string): ToolkitCondition | undefined {
    return this.#list.find((each) => each.type === type);
  }

  has(type: string): boolean {
    return this.get(type) !== undefined;
  }

  isTrue(type: string): boolean {
    return this.get(type)?.status === 'True';
  }

  isFalse(type: string): boolean {
    return this.get(type)?.status === 'False';
  }

  /** The reason of a condition is one of these. */
  hasReason(type: string, ...reasons: readonly string[]): boolean {
    const reason = this.get(type)?.reason;
    return reason !== undefined && reasons.includes(reason);
  }

  set(type: string, status: ConditionStatus, reason: string, message: string): void {
    const before = this.get(type);
    const text =
      message.length > longestMessage ? `${message.slice(0, longestMessage - 3)}...` : message;
    const same = before?.status === status && before.reason === reason && before.message === text;
    const condition: ToolkitCondition = {
      type,
      status,
      observedGeneration: this.#generation,
      lastTransitionTime: same ? before.lastTransitionTime : secondsOf(this.#now()),
      reason,
      message: text,
    };
    this.#list = [...this.#list.filter((each) => each.type !== type), condition].sort(inOrder);
  }

  /** True, of an abnormal kind or not. */
  markTrue(type: string, reason: string, message: string): void {
    this.set(type, 'True', reason, message);
  }

  markFalse(type: string, reason: string, message: string): void {
    this.set(type, 'False', reason, message);
  }

  markUnknown(type: string, reason: string, message: string): void {
    this.set(type, 'Unknown', reason, message);
  }

  markReconciling(reason: string, message: string): void {
    this.remove('Stalled');
    this.set('Reconciling', 'True', reason, message);
  }

  /** Marks work in progress; `drift` says that what was ready is so no longer. */
  markProgressing(message: string, { drift = true } = {}): void {
    this.markReconciling('Progressing', message);
    const ready = this.get('Ready');
    if (drift || ready === undefined || ready.status === 'Unknown')
      this.markUnknown('Ready', 'Progressing', message);
  }

  markStalled(reason: string, message: string): void {
    this.remove('Reconciling');
    this.set('Stalled', 'True', reason, message);
  }

  remove(...types: readonly string[]): void {
    this.#list = this.#list.filter((each) => !types.includes(each.type));
  }

  clear(): void {
    this.#list = [];
  }

  /** Puts a condition in another one's place, keeping the time of the first. */
  replace(type: string, by: string, status: ConditionStatus, reason: string, message: string) {
    const before = this.get(type);
    if (before === undefined) return;
    this.#list = [
      ...this.#list.filter((each) => each.type !== type && each.type !== by),
      { ...before, type: by, status, reason, message, observedGeneration: this.#generation },
    ].sort(inOrder);
  }

  /**
   * Sets a condition to what others come to: a problem goes before what is fine, in the order of `types`.
   *
   * @param negative those of `types` that are bad when true
   */
  summarize(type: string, types: readonly string[], negative: readonly string[]): void {
    const ranked = types.flatMap((each) => {
      const found = this.get(each);
      return found === undefined ? [] : [{ found, rank: rankOf(found, negative.includes(each)) }];
    });
    const best = Math.min(...ranked.map(({ rank }) => rank));
    const first = ranked.find(({ rank }) => rank === best)?.found;
    if (first === undefined) return;
    const status = best === 0 || best === 1 ? 'False' : best === 4 ? 'Unknown' : 'True';
    this.set(type, status, first.reason, first.message);
  }
}

function rankOf({ status }: ToolkitCondition, isNegative: boolean): number {
  if (status === 'Unknown') return 4;
  if (status === 'True') return isNegative ? 0 : 2;
  return isNegative ? 3 : 1;
}

/** `Stalled`, `Reconciling`, `Ready`, then the newest, then by name. */
function inOrder(a: ToolkitCondition, b: ToolkitCondition): number {
  const [x, y] = [weights[a.type], weights[b.type]];
  if (x !== undefined && y !== undefined) return x - y;
  if (x !== undefined) return -1;
  if (y !== undefined) return 1;
  if (a.observedGeneration !== b.observedGeneration)
    return b.observedGeneration - a.observedGeneration;
  return a.type < b.type ? -1 : 1;
}

export const secondsOf = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');

function readCondition(value: unknown): ToolkitCondition[] {
  const fields = new Fields(value);
  const [type, status] = [fields.text('type'), fields.text('status')];
  if (type === undefined || (status !== 'True' && status !== 'False' && status !== 'Unknown'))
    return [];
  return [
    {
      type,
      status,
      observedGeneration: fields.count('observedGeneration') ?? 0,
      lastTransitionTime: fields.text('lastTransitionTime') ?? '1970-01-01T00:00:00Z',
      reason: fields.text('reason') ?? 'Unknown',
      message: fields.text('message') ?? '',
    },
  ];
}

/** Of an object that is only looked at. */
export const conditionsOf = (object: KubeObject): Conditions =>
  new Conditions(new Fields(object['status']).value['conditions'], 0, () => new Date(0));
