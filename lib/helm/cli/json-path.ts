/** What a JSONPath template takes of a value (k8s.io/client-go v0.34 util/jsonpath). Pure. */
import { sprintValue } from '../template/mod.ts';
import { compareText, GoInt } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { writeJson } from '../yaml/mod.ts';
import { JsonPathError, parseJsonPath } from './json-path-parse.ts';
import type { Path, Step, Template } from './json-path-parse.ts';

/** Cannot be had of this value. Holds what was found before: to a filter for presence, that counts. */
class Unfound extends Error {
  readonly found: readonly GoValue[];

  constructor(message: string, found: readonly GoValue[]) {
    super(message);
    this.found = found;
  }
}

/**
 * Text with selections in braces, as `kubectl -o jsonpath` takes it. As in Helm, what is not there leaves nothing at all.
 *
 * @throws JsonPathError for a template that cannot be read
 */
export function jsonPath(text: string, root: GoValue): string {
  const template = parseJsonPath(text);
  try {
    return runAll(template, root, 0)
      .parts.map((values) => values.map(textOf).join(' '))
      .join('');
  } catch (thrown) {
    if (thrown instanceof Unfound) return '';
    throw thrown;
  }
}

export { JsonPathError };

interface Ran {
  parts: (readonly GoValue[])[];
  /** Where the `end` of this block stands; the length of the template when there is none. */
  end: number;
}

/** @param depth of ranges */
function runAll(template: Template, current: GoValue, depth: number, from = 0): Ran {
  const parts: (readonly GoValue[])[] = [];
  for (let at = from; at < template.length; at += 1) {
    const part = template[at] ?? '';
    if (typeof part === 'string') {
      parts.push([part]);
      continue;
    }
    if (part.some(({ type }) => type === 'end')) {
      if (depth === 0) throw new Unfound('not in range, nothing to end', []);
      return { parts, end: at };
    }
    const values = walk(part, [current]);
    if (!part.some(({ type }) => type === 'range')) {
      parts.push(values);
      continue;
    }
    // Without an item the block is gone through all the same, of nothing, in search of its end.
    const rounds = (values.length === 0 ? [undefined] : values).map((value) => ({
      ...runAll(template, value ?? null, depth + 1, at + 1),
      isShown: value !== undefined,
    }));
    for (const round of rounds) if (round.isShown) parts.push(...round.parts);
    const end = rounds.at(-1)?.end ?? template.length;
    // A block that nobody ends is followed by itself.
    if (end < template.length) at = end;
  }
  return { parts, end: template.length };
}

const walk = (path: Path, values: readonly GoValue[]): readonly GoValue[] =>
  path.reduce(follow, values);

function follow(values: readonly GoValue[], step: Step): readonly GoValue[] {
  switch (step.type) {
    case 'constant':
      return typeof step.value === 'string' ? [step.value] : values.map(() => step.value);
    case 'field':
      return fieldsOf(values, step.name);
    case 'items':
      return values.flatMap((value) => itemsOf(values, value, step));
    case 'union':
      return step.paths.flatMap((path) => walk(path, values));
    case 'filter':
      return values.flatMap((value) => filtered(values, value, step));
    case 'wildcard':
      return values.flatMap(childrenOf);
    case 'recursive':
      return values.flatMap(within);
    case 'range':
      return values;
    case 'end':
      return [];
    case 'unknown':
      throw new Unfound(`unrecognized identifier ${step.word}`, values);
  }
}

function fieldsOf(values: readonly GoValue[], name: string): readonly GoValue[] {
  if (values.length === 0) return [];
  const found = values.flatMap((value) => (value instanceof Map ? present(value, name) : []));
  if (found.length === 0) throw new Unfound(`${name} is not found`, []);
  return found;
}

const present = (map: GoMap, key: string): GoValue[] =>
  map.has(key) ? [map.get(key) ?? null] : [];

function itemsOf(
  input: readonly GoValue[],
  value: GoValue,
  { from, to, step = 1, isOne }: Extract<Step, { type: 'items' }>,
): readonly GoValue[] {
  if (value === null) return [];
  const fail = (message: string) => new Unfound(message, input);
  if (!Array.isArray(value)) throw fail('not array or slice');
  const { length } = value;
  const start = (from ?? 0) < 0 ? (from ?? 0) + length : (from ?? 0);
  let end = isOne ? (from ?? 0) + 1 : (to ?? length);
  if (end < 0 || (end === 0 && isOne)) end += length;
  if (start === end) return [];
  const isOut = (index: number) => index < 0 || index > length;
  if (isOut(start) || start === length || isOut(end)) throw fail('array index out of bounds');
  if (start > end) throw fail(`starting index ${start} is greater than ending index ${end}`);
  if (step <= 0) throw fail('step must be > 0');
  return value.slice(start, end).filter((_, at) => at % step === 0);
}

/** Of a text, its bytes. */
function childrenOf(value: GoValue): GoValue[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map)
    return [...value].sort(([a], [b]) => compareText(a, b)).map(([, child]) => child);
  if (typeof value !== 'string') return [];
  return [...Buffer.from(value)].map((byte) => new GoInt('uint8', BigInt(byte)));
}

function within(value: GoValue): GoValue[] {
  const children = childrenOf(value);
  return children.length === 0 ? [] : [value, ...children.flatMap(within)];
}

function filtered(
  input: readonly GoValue[],
  value: GoValue,
  { left, operator, right }: Extract<Step, { type: 'filter' }>,
): readonly GoValue[] {
  if (!Array.isArray(value)) throw new Unfound('not array or slice and cannot be filtered', input);
  const one = (path: Path, item: GoValue) => {
    const found = walk(path, [item]);
    if (found.length > 1) throw new Unfound('can only compare one element at a time', input);
    return found;
  };
  return value.filter((item) => {
    if (operator === 'exists') return isThere(left, item);
    const [a, b] = [one(left, item), one(right, item)];
    return a.length > 0 && b.length > 0 && compares(a[0] ?? null, operator, b[0] ?? null);
  });
}

function isThere(path: Path, item: GoValue): boolean {
  try {
    return walk(path, [item]).length > 0;
  } catch (thrown) {
    if (thrown instanceof Unfound) return thrown.found.length > 0;
    throw thrown;
  }
}

/** Only what is of one kind compares: an integer is no float, which is what numbers of YAML are. */
function compares(a: GoValue, operator: string, b: GoValue): boolean {
  const kind = kindOf(a);
  if (kind !== kindOf(b)) throw new Unfound('incompatible types for comparison', []);
  const isOrdered = operator !== '==' && operator !== '!=';
  if (kind === undefined || (isOrdered && kind === 'boolean'))
    throw new Unfound('invalid type for comparison', []);
  const order = orderOf(a, b);
  switch (operator) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return !(order <= 0);
    case '>=':
      return !(order < 0);
    default:
      throw new Unfound(`unrecognized filter operator ${operator}`, []);
  }
}

function kindOf(value: GoValue): string | undefined {
  if (value instanceof GoInt) return value.kind.replace(/\d+$/, '');
  return ['string', 'number', 'boolean'].find((kind) => typeof value === kind);
}

/** NaN where there is none. */
function orderOf(a: GoValue, b: GoValue): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  const [x, y] = [a, b].map((each) => (each instanceof GoInt ? Number(each.value) : Number(each)));
  if (x === undefined || y === undefined || Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  return x < y ? -1 : x > y ? 1 : 0;
}

function textOf(value: GoValue): string {
  if (value === null) return 'null';
  return Array.isArray(value) || value instanceof Map ? writeJson(value) : sprintValue(value);
}
