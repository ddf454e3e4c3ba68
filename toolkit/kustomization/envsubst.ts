/**
 * `${name}` and its functions in a text, as the original substitutes them (fluxcd/pkg envsubst, which is drone's). Pure.
 *
 * Lengths and positions count bytes of UTF-8.
 */
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { KustomizationError } from './errors.ts';

/** What a variable stands for; `undefined` for one that is not set. */
export type Variable = (name: string) => string | undefined;

/** @throws KustomizationError `BuildFailed` for text that is no substitution, and for variables that are not set */
export function substitute(text: string, variable: Variable): string {
  if (!text.includes('$')) return text;
  // What is no substitution is told before what is not set.
  new Reader(text, () => '').all();
  return new Reader(text, variable).all();
}

type Accept = (character: string, at: number) => boolean;

interface Mode {
  /** Characters of a word; `at` counts bytes from one. */
  accept: Accept;
  /** `${` ends a word. */
  opens?: boolean;
  /** `$$` is `$`, and within functions `\/` is `/` and `\\` is `\`. */
  escapes?: boolean;
}

const anything: Accept = () => true;
const isNameCharacter: Accept = (character) => /[\p{L}\p{Nd}_]/u.test(character);
const notClosing: Accept = (character) => character !== '}';
const repeated =
  (...characters: readonly string[]): Accept =>
  (character, at) =>
    characters.includes(character) && at < 3;

const bad = () => failure('bad substitution');
const failure = (why: string) =>
  new KustomizationError('BuildFailed', 'substitution', `variable substitution failed: ${why}`);

/** Goes over the text once, writing what it stands for. */
class Reader {
  private readonly text: readonly string[];
  private readonly variable: Variable;
  private at = 0;
  /** Backslashes count from the first function on, until text follows it again. */
  private withinFunction = false;

  constructor(text: string, variable: Variable) {
    this.text = [...text];
    this.variable = variable;
  }

  all(): string {
    const parts: string[] = [];
    for (;;) {
      this.withinFunction = false;
      if (this.at >= this.text.length) return parts.join('');
      if (this.opens()) parts.push(this.call());
      else {
        const word = this.word({ accept: anything, opens: true, escapes: true });
        if (word === undefined) throw bad();
        parts.push(word);
      }
    }
  }

  private peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? '';
  }

  /** Passes `${`, when it is there. */
  private opens(): boolean {
    if (this.peek() !== '$' || this.peek(1) !== '{') return false;
    this.at += 2;
    return true;
  }

  private isEscaped(): boolean {
    const [first, second] = [this.peek(), this.peek(1)];
    if (first === '$') return second === '$';
    return this.withinFunction && first === '\\' && (second === '/' || second === '\\');
  }

  private word({ accept, opens = false, escapes = false }: Mode): string | undefined {
    let word = '';
    let bytes = 0;
    for (let isFirst = true; this.at < this.text.length; isFirst = false) {
      if (!isFirst && opens && this.peek() === '$' && this.peek(1) === '{') break;
      if (escapes && this.isEscaped()) {
        // The second character stands for both; it is not looked at again.
        word += this.peek(1);
        bytes += Buffer.byteLength(this.peek(1));
        this.at += 2;
        continue;
      }
      const character = this.peek();
      const size = Buffer.byteLength(character);
      if (!accept(character, bytes + size)) {
        if (isFirst) return undefined;
        break;
      }
      word += character;
      bytes += size;
      this.at += 1;
    }
    return word === '' ? undefined : word;
  }

  private close(): void {
    if (this.peek() !== '}') throw bad();
    this.at += 1;
  }

  /** What stands behind `${`. */
  private call(): string {
    this.withinFunction = true;
    if (this.peek() === '#') {
      this.at += 1;
      const name = this.word({ accept: isNameCharacter });
      if (name === undefined) throw bad();
      this.close();
      return String(Buffer.byteLength(this.valueOf(name)));
    }
    const name = this.word({ accept: isNameCharacter });
    if (name === undefined) throw failure('unable to parse variable name');
    switch (this.peek()) {
      case ':':
        return '=-?+'.includes(this.peek(1)) && this.peek(1) !== ''
          ? this.orDefault(name)
          : this.part(name);
      case '=':
        return this.orDefault(name);
      case ',':
      case '^':
        return this.cased(name);
      case '/':
        return this.replaced(name);
      case '#':
      case '%':
        return this.trimmed(name);
      case '}':
        this.at += 1;
        return this.valueOf(name);
      default:
        throw failure('missing closing brace');
    }
  }

  private valueOf(name: string): string {
    const value = this.variable(name);
    if (value !== undefined) return value;
    throw failure(`variable not set (strict mode): ${JSON.stringify(name)}`);
  }

  private parameter(mode: Mode): string {
    if (this.opens()) return this.call();
    const word = this.word({ ...mode, opens: true });
    if (word === undefined) throw failure('unable to parse substitution within function');
    return word;
  }

  /** `=word`, `:=word`, `:-word`; `:?` and `:+` are the same to the original. */
  private orDefault(name: string): string {
    this.at += this.peek() === '=' ? 1 : 2;
    let instead = '';
    while (this.peek() !== '}') instead += this.parameter({ accept: notClosing });
    this.close();
    return this.variable(name) || instead;
  }

  /** `:position` and `:position:length`. */
  private part(name: string): string {
    this.at += 1;
    const position = this.parameter({ accept: (character) => !':}'.includes(character) });
    let length: string | undefined;
    if (this.peek() === ':') {
      while (this.peek() === ':') this.at += 1;
      length = this.parameter({ accept: notClosing });
    }
    this.close();
    return cut(this.valueOf(name), position, length);
  }

  private trimmed(name: string): string {
    const sign = this.peek();
    const operator = this.word({ accept: repeated(sign) }) ?? '';
    const pattern = this.parameter({ accept: notClosing });
    this.close();
    const value = this.valueOf(name);
    return sign === '#'
      ? withoutPrefix(value, pattern, operator.length > 1)
      : reversed(withoutPrefix(reversed(value), reversed(pattern), operator.length > 1));
  }

  private replaced(name: string): string {
    this.at += 1;
    const kind = '/#%'.includes(this.peek()) && this.peek() !== '' ? this.peek() : '';
    if (kind !== '') this.at += 1;
    const from = this.parameter({ accept: (character) => character !== '/', escapes: true });
    let slashes = 0;
    for (; this.peek() === '/'; slashes += 1) this.at += 1;
    if (slashes === 0) throw bad();
    const hasReplacement = this.peek() !== '}';
    const to = hasReplacement ? this.parameter({ accept: notClosing, escapes: true }) : '';
    this.close();
    const value = this.valueOf(name);
    switch (kind) {
      case '/':
        return value.replaceAll(from, () => to);
      case '#':
        return hasReplacement && value.startsWith(from) ? to + value.slice(from.length) : value;
      case '%':
        return hasReplacement && value.endsWith(from)
          ? value.slice(0, value.length - from.length) + to
          : value;
      default:
        return value.replace(from, () => to);
    }
  }

  private cased(name: string): string {
    const operator = this.word({ accept: repeated(',', '^') }) ?? '';
    this.close();
    const value = this.valueOf(name);
    const [first = '', ...rest] = [...value];
    switch (operator) {
      case ',':
        return first.toLowerCase() + rest.join('');
      case '^':
        return first.toUpperCase() + rest.join('');
      case ',,':
        return value.toLowerCase();
      case '^^':
        return value.toUpperCase();
      default:
        return value;
    }
  }
}

const reversed = (text: string) => [...text].reverse().join('');

/** As bash counts; what is no number leaves the text as it is. */
function cut(value: string, position: string, length: string | undefined): string {
  if (!/^[-+]?\d+$/.test(position)) return value;
  const bytes = Buffer.from(value);
  const given = Number(position);
  const from = given < 0 ? Math.max(0, bytes.length + given) : given;
  if (from >= bytes.length) {
    return length === undefined || /^[-+]?\d+$/.test(length) ? '' : value;
  }
  if (length === undefined) return bytes.subarray(from).toString();
  if (!/^[-+]?\d+$/.test(length)) return value;
  if (Number(length) < 0) throw failure(`a length of ${length} is none`);
  return bytes.subarray(from, Math.min(bytes.length, from + Number(length))).toString();
}

/** Without the longest or the shortest beginning, but not nothing, that fits a shell pattern. */
function withoutPrefix(value: string, pattern: string, longest: boolean): string {
  const characters = [...value];
  const lengths = characters.map((_, at) => at + 1);
  if (longest) lengths.reverse();
  const fits = shellPattern(pattern);
  if (fits === undefined) return value;
  const found = lengths.find((length) => fits(characters.slice(0, length).join('')));
  return found === undefined ? value : characters.slice(found).join('');
}

/** `*` and `?` and sets, over slashes too; a pattern that cannot be read fits nothing. */
function shellPattern(pattern: string): ((text: string) => boolean) | undefined {
  let source = '';
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (character === '\\') {
      at += 1;
      const next = characters[at];
      if (next === undefined) return undefined;
      source += RE2JS.quote(next);
    } else if (character === '[') {
      const end = characters.indexOf(']', at + 2);
      if (end < 0) return undefined;
      source += characters.slice(at, end + 1).join('');
      at = end;
    } else source += RE2JS.quote(character);
  }
  try {
    const compiled = RE2JS.compile(source, RE2JS.DOTALL);
    return (text) => compiled.matcher(text).matches();
  } catch (thrown) {
    if (thrown instanceof RE2JSSyntaxException) return undefined;
    throw thrown;
  }
}
