/** `healthCheckExprs`: the state of custom resources by expressions (fluxcd/pkg runtime/cel). */
import { parseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fault, isRecord, messageOf } from '../../lib/runtime/mod.ts';
import { compileExpression, Fields } from '../runtime/mod.ts';
import type { Expression } from '../runtime/mod.ts';
import type { ObjectId } from './object-id.ts';
import type { State, Status } from './status.ts';

export interface HealthExpressions {
  concerns(id: Pick<ObjectId, 'group' | 'kind'>): boolean;
  evaluate(object: KubeObject): Status;
}

const order = [
  ['inProgress', 'InProgress'],
  ['failed', 'Failed'],
  ['current', 'Current'],
] as const satisfies readonly (readonly [string, State])[];

const failed = (message: string, cause?: unknown) =>
  new Fault('InvalidCELExpression', 'stall', 'healthCheckExprs', message, { cause });

/** @throws Fault `InvalidCELExpression` */
export function readHealthExpressions(given: readonly Fields[]): HealthExpressions[] {
  const seen = new Set<string>();
  const found = given.map((each, at) => {
    const { group } = parseApiVersion(each.text('apiVersion') ?? '');
    const kind = each.text('kind') ?? '';
    const key = group === '' ? kind : `${kind}.${group}`;
    if (seen.has(key))
      throw failed(`duplicate custom health check for GroupKind ${key} at healthchecks[${at}]`);
    seen.add(key);
    const prefix = `failed to create custom status evaluator for healthchecks[${at}]`;
    if (!each.has('current')) throw failed(`${prefix}: expression Current not specified`);
    return { group, kind, rules: compileAll(each, prefix) };
  });
  // One for a kind goes before one for its whole group.
  found.sort((a, b) => (a.kind === '' ? 1 : 0) - (b.kind === '' ? 1 : 0));
  return found.map(({ group, kind, rules }) => ({
    concerns: (id) => id.group === group && (kind === '' || id.kind === kind),
    evaluate: (object) => evaluate(rules, object),
  }));
}

type Rules = readonly { text: string; expression: Expression; state: State }[];

function compileAll(each: Fields, prefix: string): Rules {
  return order.flatMap(([field, state]) => {
    const text = each.text(field);
    if (text === undefined) return [];
    try {
      return [{ text, expression: compileExpression(text, undefined, 'bool'), state }];
    } catch (cause) {
      const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
      throw failed(`${prefix}: failed to parse the expression ${name}: ${messageOf(cause)}`, cause);
    }
  });
}

function evaluate(rules: Rules, object: KubeObject): Status {
  const observed = new Fields(object['status']).count('observedGeneration');
  const { generation } = object.metadata;
  if (observed !== undefined && generation !== undefined && observed !== generation)
    return { state: 'InProgress' };
  try {
    const values = celValues(object);
    for (const { text, expression, state } of rules) {
      const result = expression(values);
      if (typeof result !== 'boolean')
        return {
          state: 'Unknown',
          error: `failed to evaluate CEL expression as boolean: '${text}'`,
        };
      if (result) return { state };
    }
    return { state: 'InProgress' };
  } catch (thrown) {
    return { state: 'Unknown', error: messageOf(thrown) };
  }
}

/** JSON as CEL has it: whole numbers are integers. */
export function celValues(object: object): Record<string, unknown> {
  const convert = (value: unknown): unknown => {
    if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
    if (Array.isArray(value)) return value.map(convert);
    return isRecord(value) ? celValues(value) : value;
  };
  return Object.fromEntries(Object.entries(object).map(([key, each]) => [key, convert(each)]));
}
