/** INI files as sops reads and writes them (gopkg.in/ini.v1): sections, their keys, a comment for each. Pure. */
import { unflatten } from './dotenv.ts';
import { SopsError } from './errors.ts';
import { isTree } from './tree.ts';
import type { Tree } from './types.ts';

/** Comments by section, and by key within it; with `;` or `#` only behind the first line. */
export interface IniComments {
  sections: ReadonlyMap<string, string>;
  keys: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

interface Section {
  values: Map<string, string>;
  comments: Map<string, string>;
}

/** Keys above the first section. */
const unnamed = 'DEFAULT';

/** @throws SopsError `Corrupt`; the message does not hold the line */
export function readIni(text: string): { tree: Tree; comments: IniComments } {
  const sections = new Map<string, Section>();
  const sectionComments = new Map<string, string>();
  const enter = (name: string): Section => {
    const known = sections.get(name) ?? { values: new Map(), comments: new Map() };
    sections.set(name, known);
    return known;
  };
  let section = enter(unnamed);
  let comment = '';
  const lines = new Lines(text.replace(/^\ufeff/, ''));
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const begun = line.trimStart();
    if (begun === '') continue;
    if (/^[#;]/.test(begun)) comment += `${begun}\n`;
    else if (begun.startsWith('[')) {
      const end = begun.lastIndexOf(']');
      if (end < 0) throw lines.fault('the section is not closed');
      const name = begun.slice(1, end);
      section = enter(name);
      sectionComments.set(name, marked(comment + behind(begun.slice(end + 1))));
      comment = '';
    } else {
      const { key, rest } = readKey(begun, lines);
      const { value, inline } = readValue(rest, lines);
      section.values.set(key, value);
      section.comments.set(key, marked(comment + inline));
      comment = '';
    }
  }
  const tree = new Map<string, unknown>();
  for (const [name, { values }] of sections) tree.set(name, values);
  const metadata = sections.get('sops')?.values ?? new Map<string, string>();
  tree.set(
    'sops',
    unflatten(new Map([...metadata].map(([key, value]) => [key, value.replaceAll('\\n', '\n')]))),
  );
  const keys = new Map([...sections].map(([name, { comments }]) => [name, comments]));
  return { tree, comments: { sections: sectionComments, keys } };
}

class Lines {
  private readonly lines: string[];
  private at = 0;

  constructor(text: string) {
    this.lines = text.split('\n');
  }

  next(): string | undefined {
    return this.lines[this.at++];
  }

  fault(why: string): SopsError {
    return new SopsError('Corrupt', `the file cannot be read: line ${this.at}: ${why}`);
  }
}

/** What a comment says: without the first mark, and blanks around. */
const marked = (comment: string): string => comment.trim().replace(/^(?:;[; ]*|#[# ]*)/, '');

/** A comment behind something. */
const behind = (text: string): string => /[#;].*$/s.exec(text)?.[0] ?? '';

function readKey(line: string, lines: Lines): { key: string; rest: string } {
  const quote = /^(?:"""(?=.{4})|["`])/.exec(line)?.[0] ?? '';
  const closed = quote === '' ? 0 : line.indexOf(quote, quote.length);
  if (closed < 0) throw lines.fault('the quote of the key is not closed');
  const from = quote === '' ? 0 : closed + quote.length;
  const end = /[=:]/.exec(line.slice(from))?.index;
  if (end === undefined) throw lines.fault("there is no '='");
  const key = (quote === '' ? line.slice(0, end) : line.slice(quote.length, closed)).trim();
  if (key === '') throw lines.fault('there is no key');
  return { key, rest: line.slice(from + end + 1) };
}

function readValue(text: string, lines: Lines): { value: string; inline: string } {
  const begun = text.trimStart();
  const quote = /^(?:"""(?=.)|`)/.exec(begun)?.[0];
  if (quote !== undefined) {
    const closed = begun.slice(quote.length).lastIndexOf(quote);
    if (closed >= 0) return { value: begun.slice(quote.length, quote.length + closed), inline: '' };
    return readLongValue(begun.slice(quote.length), quote, lines);
  }
  const whole = begun.trimEnd();
  if (whole.endsWith('\\')) return { value: readContinued(whole.slice(0, -1), lines), inline: '' };
  const mark = /[#;]/.exec(whole)?.index ?? whole.length;
  const value = whole.slice(0, mark).trim();
  const [, , inner = value] = /^(["'])((?:(?!\1).)*)\1$/.exec(value) ?? [];
  return { value: inner, inline: whole.slice(mark) };
}

function readLongValue(first: string, quote: string, lines: Lines) {
  let value = `${first}\n`;
  for (;;) {
    const line = lines.next();
    if (line === undefined) throw lines.fault('the quote of the value is not closed');
    const end = line.lastIndexOf(quote);
    if (end >= 0) return { value: value + line.slice(0, end), inline: behind(line.slice(end)) };
    value += `${line}\n`;
  }
}

function readContinued(first: string, lines: Lines): string {
  let value = first;
  for (;;) {
    const next = lines.next()?.trim() ?? '';
    if (!next.endsWith('\\')) return value + next;
    value += next.slice(0, -1);
  }
}

/**
 * @param open a comment in the clear, by the path of what it stands in
 * @throws SopsError `Corrupt` for what is no section
 */
export function writeIni(
  clear: Tree,
  comments: IniComments,
  open: (comment: string, path: readonly string[]) => string,
): string {
  const sections: string[] = [];
  for (const [name, values] of clear) {
    if (!isTree(values))
      throw new SopsError('Corrupt', 'sections of INI files hold keys and values');
    const section = comments.sections.get(name) ?? '';
    const head = section === '' ? '' : commentLines(open(section, [name]));
    const isUnnamed = name === unnamed && sections.length === 0;
    if (isUnnamed && values.size === 0) {
      sections.push(head);
      continue;
    }
    const names = [...values.keys()].map((key) => [key, quotedKey(key)] as const);
    const width = Math.max(...names.map(([, shown]) => Buffer.byteLength(shown)));
    const lines = names.map(([key, shown]) => {
      const above = comments.keys.get(name)?.get(key) ?? '';
      const pad = ' '.repeat(Math.max(width - Buffer.byteLength(shown), 0));
      const value = quotedValue(textOfValue(values.get(key)));
      return `${above === '' ? '' : commentLines(open(above, [name]))}${shown}${pad} = ${value}\n`;
    });
    sections.push(`${head}${isUnnamed ? '' : `[${name}]\n`}${lines.join('')}`);
  }
  return sections
    .map((each, at) => (each === '' || at === sections.length - 1 ? each : `${each}\n`))
    .join('');
}

/** As Go prints what is no text. */
function textOfValue(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (typeof value === 'number' && !Number.isInteger(value)) return value.toFixed(6);
  return String(value ?? '');
}

const commentLines = (comment: string): string =>
  comment
    .split('\n')
    .map((line) =>
      /^[#;]/.test(line) ? `${line.slice(0, 1)} ${line.slice(1).trim()}\n` : `; ${line.trim()}\n`,
    )
    .join('');

function quotedKey(key: string): string {
  if (/["=:]/.test(key)) return `\`${key}\``;
  return key.includes('`') ? `"""${key}"""` : key;
}

function quotedValue(value: string): string {
  if (/[\n`]/.test(value)) return `"""${value}"""`;
  if (/[#;]/.test(value)) return `\`${value}\``;
  return value.trim().length === value.length ? value : `"${value}"`;
}
