/** `--set`, `--set-string`, `--set-file`, `--set-json`, `--set-literal` (helm 3.19 pkg/strvals). */
import { messageOf } from '../../runtime/mod.ts';
import { GoInt } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { parseJson } from '../yaml/mod.ts';
import { HelmError } from './errors.ts';

export type SetKind = 'typed' | 'string' | 'json' | 'literal';

const maxIndex = 65536;
const maxNesting = 30;

/**
 * Sets `a.b[0].c=1,d={x,y}` into values, in place.
 *
 * @param kind how values are read: `typed` knows true, false, null and int64; `string` keeps text; `json` reads JSON
 * @throws HelmError `InvalidValues` with Helm's message, without the flag's own prefix
 */
export function setValues(values: GoMap, text: string, kind: SetKind = 'typed'): void {
  if (kind === 'literal') {
    new LiteralParser(text).parse(values);
    return;
  }
  const read = kind === 'string' ? (value: string) => value : typedValue;
  new SetParser(text, read, kind === 'json').parse(values);
}

/** As `setValues` with text values, each the content of the file named. */
export function setFileValues(
  values: GoMap,
  text: string,
  readFile: (name: string) => string,
): void {
  new SetParser(text, readFile, false).parse(values);
}

function typedValue(text: string): GoValue {
  const folded = text.toLowerCase();
  if (folded === 'true') return true;
  if (folded === 'false') return false;
  if (folded === 'null') return null;
  if (text === '0') return GoInt.int64(0n);
  if (/^[+-]?[0-9]+$/.test(text) && !text.startsWith('0')) {
    const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
    if (BigInt.asIntN(64, value) === value) return GoInt.int64(value);
  }
  return text;
}

/** Reading position over code points. */
class Cursor {
  readonly #runes: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#runes = Array.from(text);
  }

  get rest(): string {
    return this.#runes.slice(this.#at).join('');
  }

  next(): string | undefined {
    const rune = this.#runes[this.#at];
    if (rune !== undefined) this.#at += 1;
    return rune;
  }

  back(): void {
    this.#at -= 1;
  }

  skipUnits(units: number): void {
    for (let left = units; left > 0;) left -= this.next()?.length ?? left;
  }

  /** Text up to one of the stops; a backslash takes the next character as it is. `stop` is undefined at the end. */
  until(stops: string, escapes = true): { text: string; stop: string | undefined } {
    let text = '';
    for (;;) {
      const rune = this.next();
      if (rune === undefined) return { text, stop: undefined };
      if (stops.includes(rune)) return { text, stop: rune };
      if (rune === '\\' && escapes) {
        const escaped = this.next();
        if (escaped === undefined) return { text, stop: undefined };
        text += escaped;
      } else text += rune;
    }
  }
}

class SetParser {
  readonly #input: Cursor;
  readonly #read: (text: string) => GoValue;
  readonly #json: boolean;

  constructor(text: string, read: (text: string) => GoValue, json: boolean) {
    this.#input = new Cursor(text);
    this.#read = read;
    this.#json = json;
  }

  parse(values: GoMap): void {
    while (this.#key(values, 0) === 'more');
  }

  #key(table: GoMap, nesting: number): 'more' | 'end' {
    const { text: key, stop } = this.#input.until('=[,.');
    switch (stop) {
      case undefined:
        if (key === '') return 'end';
        throw invalid(`key ${quote(key)} has no value`);
      case '[': {
        const index = this.#index();
        const existing = table.get(key);
        if (existing !== undefined && !Array.isArray(existing))
          throw invalid(`unable to parse key: ${conversion(existing, '[]interface {}')}`);
        const { list, state } = this.#item(existing ?? [], index, nesting);
        assign(table, key, list);
        return state;
      }
      case '=': {
        const { value, state } = this.#value();
        assign(table, key, value);
        return state;
      }
      case ',':
        assign(table, key, '');
        throw invalid(`key ${quote(key)} has no value (cannot end with ,)`);
      default: {
        if (nesting + 1 > maxNesting) {
          throw invalid(
            `value name nested level is greater than maximum supported nested level of ${maxNesting}`,
          );
        }
        const existing = table.get(key);
        if (existing !== undefined && !(existing instanceof Map))
          throw invalid(`unable to parse key: ${conversion(existing, 'map[string]interface {}')}`);
        const inner: GoMap = existing ?? new Map();
        const state = this.#key(inner, nesting + 1);
        if (state === 'more' && inner.size === 0)
          throw invalid(`key map ${quote(key)} has no value`);
        if (inner.size !== 0) assign(table, key, inner);
        return state;
      }
    }
  }

  #index(): number {
    const { text, stop } = this.#input.until(']');
    if (stop === undefined) throw invalid('error parsing index: EOF');
    if (!/^[+-]?[0-9]+$/.test(text)) {
      throw invalid(`error parsing index: strconv.Atoi: parsing ${quote(text)}: invalid syntax`);
    }
    return Number(text);
  }

  #item(
    given: GoValue[],
    index: number,
    nesting: number,
  ): { list: GoValue[]; state: 'more' | 'end' } {
    if (index < 0) throw invalid(`negative ${index} index not allowed`);
    const { text, stop } = this.#input.until('[.=');
    if (text !== '') throw invalid(`unexpected data at end of array index: ${quote(text)}`);
    switch (stop) {
      case undefined:
        return { list: given, state: 'end' };
      case '=': {
        const { value, state } = this.#value();
        return { list: withItem(given, index, value), state };
      }
      case '[': {
        const next = this.#index();
        const existing = given[index];
        if (existing !== undefined && existing !== null && !Array.isArray(existing))
          throw invalid(`unable to parse key: ${conversion(existing, '[]interface {}')}`);
        const { list, state } = this.#item(existing ?? [], next, nesting);
        return { list: withItem(given, index, list), state };
      }
      default: {
        const existing = given[index];
        const inner: GoMap = existing instanceof Map ? existing : new Map();
        const state = this.#key(inner, nesting);
        return { list: withItem(given, index, inner), state };
      }
    }
  }

  #value(): { value: GoValue; state: 'more' | 'end' } {
    if (this.#json) return { value: this.#jsonValue(), state: 'more' };
    const first = this.#input.next();
    if (first === undefined) return { value: '', state: 'end' };
    if (first === '{') return { value: this.#listValue(), state: 'more' };
    this.#input.back();
    const { text } = this.#input.until(',');
    return { value: this.#read(text), state: 'more' };
  }

  #listValue(): GoValue[] {
    const list: GoValue[] = [];
    for (;;) {
      const { text, stop } = this.#input.until(',}');
      if (stop === undefined) throw invalid("list must terminate with '}'");
      list.push(this.#read(text));
      if (stop === ',') continue;
      const after = this.#input.next();
      if (after !== undefined && after !== ',') this.#input.back();
      return list;
    }
  }

  #jsonValue(): GoValue {
    if (this.#skipBlank()) return null;
    const rest = this.#input.rest;
    const length = jsonLength(rest);
    try {
      const value = parseJson(rest.slice(0, length));
      this.#input.skipUnits(length);
      this.#skipBlank();
      return value;
    } catch (cause) {
      throw invalid(messageOf(cause), cause);
    }
  }

  /** Skips white space; true when a comma or the end follows (the comma is taken). */
  #skipBlank(): boolean {
    for (;;) {
      const rune = this.#input.next();
      if (rune === undefined || rune === ',') return true;
      if (!/\s/u.test(rune)) {
        this.#input.back();
        return false;
      }
    }
  }
}

/** `--set-literal`: everything after the first `=` is the value, commas and backslashes included. */
class LiteralParser {
  readonly #input: Cursor;

  constructor(text: string) {
    this.#input = new Cursor(text);
  }

  parse(values: GoMap): void {
    this.#key(values, 0);
  }

  #key(table: GoMap, nesting: number): void {
    const { text: key, stop } = this.#input.until('=[.', false);
    if (stop === undefined) {
      if (key === '') return;
      throw invalid(`key ${quote(key)} has no value`);
    }
    if (stop === '=') {
      assign(table, key, this.#input.rest);
      return;
    }
    if (stop === '.') {
      if (nesting + 1 > maxNesting) {
        throw invalid(
          `value name nested level is greater than maximum supported nested level of ${maxNesting}`,
        );
      }
      const existing = table.get(key);
      const inner: GoMap = existing instanceof Map ? existing : new Map();
      this.#key(inner, nesting + 1);
      if (inner.size === 0) throw invalid(`key map ${quote(key)} has no value`);
      assign(table, key, inner);
      return;
    }
    const existing = table.get(key);
    assign(table, key, this.#item(Array.isArray(existing) ? existing : [], nesting));
  }

  #item(given: GoValue[], nesting: number): GoValue[] {
    const { text } = this.#input.until(']', false);
    if (!/^[+-]?[0-9]+$/.test(text)) {
      throw invalid(`error parsing index: strconv.Atoi: parsing ${quote(text)}: invalid syntax`);
    }
    const index = Number(text);
    if (index < 0) throw invalid(`negative ${index} index not allowed`);
    const { text: junk, stop } = this.#input.until('[.=', false);
    if (junk !== '') throw invalid(`unexpected data at end of array index: ${quote(junk)}`);
    if (stop === '=') return withItem(given, index, this.#input.rest);
    const existing = given[index];
    if (stop === '[') {
      return withItem(given, index, this.#item(Array.isArray(existing) ? existing : [], nesting));
    }
    const inner: GoMap = existing instanceof Map ? existing : new Map();
    this.#key(inner, nesting);
    return withItem(given, index, inner);
  }
}

function assign(table: GoMap, key: string, value: GoValue): void {
  if (key !== '') table.set(key, value);
}

function withItem(given: readonly GoValue[], index: number, value: GoValue): GoValue[] {
  if (index > maxIndex) {
    throw invalid(`index of ${index} is greater than maximum supported index of ${maxIndex}`);
  }
  const list = [...given];
  while (list.length < index) list.push(null);
  list[index] = value;
  return list;
}

/** Length of the JSON value a text begins with, in UTF-16 units; the whole text when it never ends. */
function jsonLength(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text[at];
    if (unit === '"') {
      for (at += 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1;
      if (depth === 0) return at + 1;
    } else if (unit === '{' || unit === '[') depth += 1;
    else if (unit === '}' || unit === ']') {
      depth -= 1;
      if (depth <= 0) return at + 1;
    } else if (depth === 0 && (unit === ',' || /\s/.test(unit ?? ''))) return at;
  }
  return text.length;
}

function conversion(value: GoValue, wanted: string): string {
  return `interface conversion: interface {} is ${goTypeOf(value)}, not ${wanted}`;
}

function goTypeOf(value: GoValue): string {
  if (value === null) return 'nil';
  if (value instanceof GoInt) return value.kind;
  if (value instanceof Map) return 'map[string]interface {}';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'number') return 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

const quote = (text: string) => JSON.stringify(text);

function invalid(message: string, cause?: unknown): HelmError {
  return new HelmError('InvalidValues', '--set', message, cause === undefined ? {} : { cause });
}
