/** `toToml`: values as BurntSushi/toml 1.5 writes them. */
import { GoInt, GoObject, isNil } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { compareText } from '../yaml/mod.ts';
import { SprigError } from './errors.ts';
import { entriesOf, fieldsOf, itemsOf, kindOf } from './reflection.ts';
import { formatTime, GoTime } from './time.ts';

/** What the encoder refuses; Helm makes the message its output. */
class TomlProblem extends Error {}

type Fields = readonly (readonly [string, GoValue])[];

export function toToml(value: GoValue): string {
  if (value === null) throw new SprigError('reflect: call of reflect.Value.Type on zero Value');
  const writer = new Writer();
  try {
    writer.write([], value);
  } catch (thrown) {
    if (thrown instanceof TomlProblem) return thrown.message;
    throw thrown;
  }
  return writer.text;
}

class Writer {
  text = '';

  write(key: readonly string[], value: GoValue): void {
    const items = itemsOf(value);
    if (items !== undefined && isTableArray(items)) this.tables(key, items);
    else if (isTable(value)) this.table(key, value);
    else this.pair(key, value);
  }

  private tables(key: readonly string[], items: readonly GoValue[]): void {
    if (key.length === 0)
      throw new TomlProblem('toml: top-level values must be Go maps or structs');
    for (const item of items) {
      this.separate();
      this.text += `${indent(key)}[[${key.map(bareOrQuoted).join('.')}]]\n`;
      this.fields(key, item);
    }
  }

  private table(key: readonly string[], value: GoValue): void {
    if (key.length === 1) this.separate();
    if (key.length > 0) this.text += `${indent(key)}[${key.map(bareOrQuoted).join('.')}]\n`;
    this.fields(key, value);
  }

  /** What makes no table of its own comes first. */
  private fields(key: readonly string[], value: GoValue): void {
    const all = fieldsIn(value).filter(([, item]) => !isNil(item));
    const makesTable = all.map(([, item]) => isTable(item) || isTables(item));
    all.forEach(([name, item], at) => {
      if (makesTable[at] !== true) this.write([...key, name], item);
    });
    all.forEach(([name, item], at) => {
      if (makesTable[at] === true) this.write([...key, name], item);
    });
  }

  private pair(key: readonly string[], value: GoValue): void {
    if (key.length === 0) this.text += inline(value);
    else this.text += `${indent(key)}${bareOrQuoted(key.at(-1) ?? '')} = ${inline(value)}\n`;
  }

  private separate(): void {
    if (this.text !== '') this.text += '\n';
  }
}

const indent = (key: readonly string[]): string => '  '.repeat(key.length - 1);

const bareOrQuoted = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key));

function isTable(value: GoValue): boolean {
  if (value instanceof GoTime || isText(value)) return false;
  return entriesOf(value) !== undefined || fieldsOf(value) !== undefined;
}

function isTables(value: GoValue): boolean {
  const items = itemsOf(value);
  return items !== undefined && isTableArray(items);
}

function isTableArray(items: readonly GoValue[]): boolean {
  if (items.some(isNil)) throw new TomlProblem('toml: cannot encode array with nil element');
  return items.length > 0 && items.every(isTable);
}

/** Values that marshal to a text of their own. */
const isText = (value: GoValue): value is GoObject & { sprint(): string } =>
  value instanceof GoObject &&
  fieldsOf(value) === undefined &&
  'sprint' in value &&
  typeof value.sprint === 'function';

function fieldsIn(value: GoValue): Fields {
  const entries = entriesOf(value);
  if (entries === undefined) return (fieldsOf(value) ?? []).flatMap(promoted);
  return [...entries].sort(([a], [b]) => compareText(a, b));
}

/** The fields of an embedded struct stand beside the others. */
function promoted([name, value]: Fields[number]): Fields {
  const inner = fieldsOf(value);
  const isEmbedded =
    inner !== undefined && value instanceof GoObject && value.goType.endsWith(`.${name}`);
  return isEmbedded ? inner.flatMap(promoted) : [[name, value]];
}

function inline(value: GoValue): string {
  if (isNil(value)) throw new TomlProblem('toml: cannot encode array with nil element');
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return float(value);
  if (value instanceof GoInt) return value.value.toString();
  if (value instanceof GoTime) return formatTime(value, '2006-01-02T15:04:05.999999999Z07:00');
  if (isText(value)) return quoted(value.sprint());
  const items = itemsOf(value);
  if (items !== undefined) return `[${items.map(inline).join(', ')}]`;
  if (!isTable(value)) throw new TomlProblem(`unsupported type: ${kindOf(value)}`);
  const all = fieldsIn(value);
  const isSub = (item: GoValue): boolean => !isNil(item) && (isTable(item) || isTables(item));
  const ordered = [
    ...all.filter(([, item]) => !isSub(item)),
    ...all.filter(([, item]) => isSub(item)),
  ];
  // A comma follows each but the last; in a struct that is the field whose place is the last of Go's.
  const last = fieldsOf(value)?.[all.length - 1]?.[0];
  const lastName = fieldsOf(value) === undefined ? ordered.at(-1)?.[0] : last;
  const pairs = ordered
    .filter(([, item]) => !isNil(item))
    .map(([name, item]) => {
      const text = `${bareOrQuoted(name)} = ${inline(item)}`;
      return name === lastName ? text : `${text}, `;
    });
  return `{${pairs.join('')}}`;
}

/** Never with an exponent, always with a point. */
function float(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (Object.is(value, -0)) return '-0.0';
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential()) ?? [];
  const digits = whole + fraction;
  const point = Number(power) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const padded = digits.padEnd(point, '0');
  const decimals = padded.slice(point);
  return `${sign}${padded.slice(0, point)}.${decimals === '' ? '0' : decimals}`;
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

const quoted = (value: string): string =>
  `"${value.replaceAll(
    /["\\\0-\x1f\x7f]/g,
    (char) => escapes[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )}"`;
