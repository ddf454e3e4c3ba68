/**
 * What expressions of the toolkit may call beside CEL itself: the extensions `strings`, `sets` and `encoders` of cel-go, and of its
 * optional values what the evaluator leaves out. Positions and lengths in texts count characters, not bytes. Pure.
 */
import { Optional, parse } from '@marcbachmann/cel-js';
import type { Environment } from '@marcbachmann/cel-js';
import { isRecord } from '../../lib/runtime/mod.ts';
import { formatText } from './expression-format.ts';

type Handler = (...values: never[]) => unknown;

class Sets {}
class Base64 {}
class Strings {}

/** As expressions compare: numbers of different types by what they are worth. */
const equality = parse('a == b');
const isEqual = (a: unknown, b: unknown): boolean => equality({ a, b }) === true;
const hasAll = (list: readonly unknown[], wanted: readonly unknown[]): boolean =>
  wanted.every((each) => list.some((other) => isEqual(each, other)));

const isZero = (value: unknown): boolean => {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true;
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length === 0;
  if (value instanceof Map) return value.size === 0;
  return isRecord(value) && Object.getPrototypeOf(value) === Object.prototype
    ? Object.keys(value).length === 0
    : false;
};

const present = (list: readonly unknown[]): unknown[] =>
  list.flatMap((each): unknown[] =>
    each instanceof Optional && each.hasValue() ? [each.value()] : [],
  );

function characterAt(text: string, index: bigint): string {
  const characters = [...text];
  if (index < 0n || index > BigInt(characters.length))
    throw new RangeError(`index out of range: ${index}`);
  return characters[Number(index)] ?? '';
}

/** @param limit of replacements; below zero without end */
function replaced(text: string, old: string, by: string, limit = -1n): string {
  if (limit < 0n) return text.replaceAll(old, () => by);
  let left = limit;
  return text.replaceAll(old, () => (left-- > 0n ? by : old));
}

const escapes: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};
const quoted = (text: string): string =>
  `"${[...text].map((each) => escapes[each] ?? each).join('')}"`;

/** Base64 with or without its padding. */
function decoded(text: string): Uint8Array {
  const bare = text.replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(bare) || bare.length % 4 === 1)
    throw new TypeError('illegal base64 data');
  return Buffer.from(bare, 'base64');
}

const functions: Readonly<Record<string, Handler>> = {
  'list<A>.first(): optional<A>': (list: unknown[]) => Optional.of(list[0]),
  'list<A>.last(): optional<A>': (list: unknown[]) => Optional.of(list.at(-1)),
  'list.unwrapOpt(): list': present,
  'OptionalNamespace.unwrap(list): list': (_: unknown, list: unknown[]) => present(list),
  'OptionalNamespace.ofNonZeroValue(A): optional<A>': (_: unknown, value: unknown) =>
    isZero(value) ? Optional.none() : Optional.of(value),
  'string.charAt(int): string': characterAt,
  'string.replace(string, string): string': replaced,
  'string.replace(string, string, int): string': replaced,
  'string.reverse(): string': (text: string) => [...text].reverse().join(''),
  'string.format(list): string': formatText,
  'Strings.quote(string): string': (_: unknown, text: string) => quoted(text),
  'Sets.contains(list, list): bool': (_: unknown, list: unknown[], wanted: unknown[]) =>
    hasAll(list, wanted),
  'Sets.equivalent(list, list): bool': (_: unknown, one: unknown[], other: unknown[]) =>
    hasAll(one, other) && hasAll(other, one),
  'Sets.intersects(list, list): bool': (_: unknown, one: unknown[], other: unknown[]) =>
    one.some((each) => hasAll(other, [each])),
  'Base64.encode(bytes): string': (_: unknown, bytes: Uint8Array) =>
    Buffer.from(bytes).toString('base64'),
  'Base64.decode(string): bytes': (_: unknown, text: string) => decoded(text),
};

/** Adds them to an environment that is to be copied. */
export function withFunctions(environment: Environment): Environment {
  for (const [name, Of] of Object.entries({ Sets, Base64, Strings })) {
    environment.registerType(name, Of);
    environment.registerConstant(name.toLowerCase(), name, new Of());
  }
  for (const [signature, handler] of Object.entries(functions))
    environment.registerFunction(signature, handler, { async: false });
  return environment;
}
