/** `fromToml`: texts as BurntSushi/toml 1.5 reads them, with its words for what it refuses. */
import { quote } from '../template/mod.ts';
import { goClass, GoSlice, isLetter } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { TomlCursor } from './toml-cursor.ts';
import { readTomlNumberOrDate } from './toml-number.ts';
import { readTomlString } from './toml-string.ts';

/** Tables within tables beyond this are no configuration. */
const deepest = 500;

const letter = new RegExp(goClass('\\p{L}'), 'v');

/**
 * @throws TomlSyntaxError with the message that Go's parser gives, `toml: line 1: …`
 */
export function parseToml(text: string): GoMap {
  const cursor = new TomlCursor(text.replace(/^\ufeff/, ''));
  return new TomlReader(cursor).document();
}

/** How a table came to be decides who may add to it. */
type Origin = 'implicit' | 'defined';

class TomlReader {
  private readonly cursor: TomlCursor;
  private readonly root: GoMap = new Map();
  private readonly origins = new Map<GoMap, Origin>();
  private table: GoMap;
  private context: string[] = [];
  private depth = 0;

  constructor(cursor: TomlCursor) {
    this.cursor = cursor;
    this.table = this.root;
  }

  document(): GoMap {
    const { cursor } = this;
    for (;;) {
      cursor.skip(/[ \t\r\n]/);
      if (cursor.atEnd()) return this.root;
      if (cursor.peek() === '#') cursor.comment();
      else if (cursor.peek() === '[') this.header();
      else {
        this.pair(this.table);
        cursor.lastKey = this.context;
      }
      this.endOfLine();
    }
  }

  private endOfLine(): void {
    const { cursor } = this;
    cursor.skip(/[ \t]/);
    if (cursor.atEnd() || /[\r\n]/.test(cursor.peek())) return;
    if (cursor.peek() === '#') cursor.comment();
    else
      cursor.fail(
        `expected a top-level item to end with a newline, comment, or EOF, but got ${cursor.quoted()} instead`,
        { consumed: true },
      );
  }

  /** `[a.b]` or `[[a.b]]`. */
  private header(): void {
    const { cursor } = this;
    cursor.take();
    const isArray = cursor.peek() === '[';
    if (isArray) cursor.take();
    const key: string[] = [];
    do {
      cursor.skip(/[ \t]/);
      const next = cursor.peek();
      if (next === ']' || cursor.atEnd())
        cursor.fail('unexpected end of table name (table names cannot be empty)');
      if (next === '.') cursor.fail('unexpected table separator (table names cannot be empty)');
      key.push(this.keyPart());
      cursor.skip(/[ \t]/);
    } while (cursor.accept('.'));
    if (!cursor.accept(']'))
      cursor.fail(`expected '.' or ']' to end table name, but got ${cursor.quoted()} instead`, {
        consumed: true,
      });
    if (isArray && !cursor.accept(']'))
      cursor.fail(
        `expected end of table array name delimiter ']', but got ${cursor.quoted()} instead`,
        { consumed: true },
      );
    this.open(key, isArray);
  }

  private open(key: readonly string[], isArray: boolean): void {
    const { cursor } = this;
    const parent = this.descend(this.root, key.slice(0, -1), []);
    const last = key.at(-1) ?? '';
    const known = parent.get(last);
    const made: GoMap = new Map();
    if (isArray) {
      cursor.lastKey = key.slice(0, -1);
      if (known === undefined) parent.set(last, tables([made]));
      else if (isTables(known)) parent.set(last, tables([...known.items, made]));
      else cursor.fail(`Key '${dotted(key)}' was already created and cannot be used as an array.`);
      this.table = made;
    } else {
      cursor.lastKey = key.slice(0, -1);
      this.table = this.define(parent, last, key, made);
    }
    this.context = [...key];
    cursor.lastKey = this.context;
  }

  /** A table of its own at a key; one that was only implied so far becomes it. */
  private define(parent: GoMap, last: string, key: readonly string[], made: GoMap): GoMap {
    const known = parent.get(last);
    if (known instanceof Map && this.origins.get(known) === 'implicit') {
      this.origins.set(known, 'defined');
      return known;
    }
    if (known !== undefined) this.cursor.fail(`Key '${dotted(key)}' has already been defined.`);
    parent.set(last, made);
    this.origins.set(made, 'defined');
    return made;
  }

  /** Through tables (of an array the last one), making those that are missing. */
  private descend(from: GoMap, path: readonly string[], above: readonly string[]): GoMap {
    let table = from;
    path.forEach((name, at) => {
      const known = table.get(name);
      if (known === undefined) {
        const made: GoMap = new Map();
        this.origins.set(made, 'implicit');
        table.set(name, made);
        table = made;
      } else if (known instanceof Map) table = known;
      else if (isTables(known)) table = lastOf(known);
      else {
        const key = [...above, ...path.slice(0, at + 1)];
        this.cursor.fail(`Key '${dotted(key)}' has already been defined.`);
      }
    });
    return table;
  }

  /** `a.b = value`; gives the last part of the key */
  private pair(table: GoMap): string {
    const { cursor } = this;
    const context = this.context;
    const key = this.key();
    const last = key.at(-1) ?? '';
    const target = this.descend(table, key.slice(0, -1), context);
    cursor.lastKey = [...context, ...key];
    const value = this.value(cursor.lastKey);
    if (target.has(last)) {
      cursor.lastKey = [...context, ...key];
      cursor.fail(`Key '${dotted([...context, ...key])}' has already been defined.`);
    }
    target.set(last, value);
    return last;
  }

  private key(): string[] {
    const { cursor } = this;
    cursor.skip(/[ \t]/);
    if (cursor.peek() === '=' || cursor.atEnd())
      cursor.fail("unexpected '=': key name appears blank");
    if (cursor.peek() === '.') cursor.fail("unexpected '.': keys cannot start with a '.'");
    const key = [this.keyPart()];
    for (;;) {
      cursor.skip(/[ \t]/);
      if (cursor.atEnd())
        cursor.fail("unexpected EOF; expected key separator '='", { consumed: true });
      if (cursor.accept('=')) return key;
      if (!cursor.accept('.'))
        cursor.fail(`expected '.' or '=', but got ${cursor.quoted()} instead`, {
          consumed: true,
          previousLine: cursor.peek() === '\n',
        });
      cursor.skip(/[ \t]/);
      if (cursor.peek() === '=' || cursor.atEnd()) cursor.fail("unexpected '='");
      if (cursor.peek() === '.') cursor.fail("unexpected '.'");
      key.push(this.keyPart());
    }
  }

  private keyPart(): string {
    const { cursor } = this;
    const around = cursor.peek();
    if (around === '"' || around === "'") {
      cursor.take();
      return readTomlString(cursor, around === '"' ? 'basic' : 'literal');
    }
    return cursor.takeRun(/[A-Za-z0-9_-]/);
  }

  private value(path: readonly string[]): GoValue {
    const { cursor } = this;
    cursor.skip(/[ \t]/);
    const first = cursor.peek();
    if (/[0-9+-]/.test(first)) return readTomlNumberOrDate(cursor);
    switch (first) {
      case '[':
        return this.nested(() => this.array(path));
      case '{':
        return this.nested(() => this.inlineTable(path));
      case '"':
        cursor.take();
        if (!cursor.acceptAll('""')) return readTomlString(cursor, 'basic');
        return readTomlString(cursor, 'multiline');
      case "'":
        cursor.take();
        if (!cursor.acceptAll("''")) return readTomlString(cursor, 'literal');
        return readTomlString(cursor, 'multilineLiteral');
      case '.':
        return cursor.fail("floats must start with a digit, not '.'", { consumed: true });
      default:
    }
    if (cursor.acceptAll('inf')) return Infinity;
    if (cursor.acceptAll('nan')) return Number.NaN;
    if (isLetter(first)) {
      const word = cursor.takeRun(letter);
      if (word === 'true' || word === 'false') return word === 'true';
      return cursor.fail(`expected value but found ${quote(word)} instead`);
    }
    if (cursor.atEnd()) return cursor.fail('unexpected EOF; expected value', { consumed: true });
    return cursor.fail(`expected value but found ${cursor.quoted()} instead`, {
      consumed: true,
      previousLine: first === '\n',
    });
  }

  private nested<T>(read: () => T): T {
    this.depth += 1;
    if (this.depth > deepest) this.cursor.fail(`nested deeper than ${deepest} levels`);
    const value = read();
    this.depth -= 1;
    return value;
  }

  private array(path: readonly string[]): GoValue[] {
    const { cursor } = this;
    cursor.take();
    const items: GoValue[] = [];
    for (;;) {
      this.skipLines();
      if (cursor.accept(']')) return items;
      if (cursor.peek() === ',') cursor.fail('unexpected comma', { consumed: true });
      items.push(this.value(path));
      this.skipLines();
      if (cursor.accept(']')) return items;
      if (!cursor.accept(','))
        cursor.fail(`expected a comma (',') or array terminator (']'), but got ${cursor.named()}`, {
          consumed: true,
        });
    }
  }

  /** Blanks, line ends and comments. */
  private skipLines(): void {
    const { cursor } = this;
    for (;;) {
      cursor.skip(/[ \t\r\n]/);
      if (cursor.peek() !== '#') return;
      cursor.comment();
    }
  }

  private inlineTable(path: readonly string[]): GoMap {
    const { cursor, context } = this;
    const table: GoMap = new Map();
    cursor.take();
    this.context = [...path];
    const noLines = () => {
      cursor.skip(/[ \t]/);
      if (/[\r\n]/.test(cursor.peek()))
        cursor.fail('newlines not allowed within inline tables', {
          consumed: true,
          previousLine: true,
        });
    };
    for (let first = true; ; first = false) {
      noLines();
      if (cursor.accept('}')) break;
      if (!first) {
        if (!cursor.accept(','))
          cursor.fail(
            `expected a comma or an inline table terminator '}', but got ${cursor.named()} instead`,
            { consumed: true },
          );
        cursor.skip(/[ \t]/);
        if (cursor.peek() === '}') cursor.fail('trailing comma not allowed in inline tables');
        noLines();
      }
      if (cursor.peek() === ',') cursor.fail('unexpected comma', { consumed: true });
      cursor.lastKey = [...path, this.pair(table)];
    }
    this.context = context;
    this.origins.set(table, 'defined');
    return table;
  }
}

const isTables = (value: GoValue): value is GoSlice =>
  value instanceof GoSlice && value.goType === '[]map[string]interface {}';

const tables = (items: readonly GoValue[]): GoSlice =>
  new GoSlice('[]map[string]interface {}', items);

function lastOf({ items }: GoSlice): GoMap {
  const last = items.at(-1);
  return last instanceof Map ? last : new Map();
}

/** A key as messages show it: parts that are not bare in quotes. */
export function dotted(key: readonly string[]): string {
  return key.map((part) => (/^[A-Za-z0-9_-]+$/.test(part) ? part : quote(part))).join('.');
}
