/** A position in a text, with the line and column that indentation and messages need. */
import { bytesOfText, hasLooseBytes } from '../values/mod.ts';
import { YamlError } from './errors.ts';
import { isBreak } from './token.ts';

/** What Go's reader refuses to see anywhere in a document. */

const refused = /\p{Surrogate}|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/u;

/** @param text begins with what is refused; bytes that are no characters stand as lone surrogates */
function refusal(text: string): string {
  const [first = 0, second] = bytesOfText(text);
  if (!hasLooseBytes(text.slice(0, 1))) return 'control characters are not allowed';
  const width = first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
  if (width === 0) return 'invalid leading UTF-8 octet';
  if (bytesOfText(text).length < width) return 'incomplete UTF-8 octet sequence';
  if (second === undefined || (second & 0xc0) !== 0x80) return 'invalid trailing UTF-8 octet';
  return 'invalid Unicode character';
}

export class Cursor {
  readonly text: string;
  position = 0;
  line = 0;
  column = 0;

  /** @throws YamlError when the text has a character that YAML 1.1 does not allow */
  constructor(text: string) {
    const at = text.search(refused);
    if (at >= 0) throw new YamlError('InvalidYaml', `yaml: ${refusal(text.slice(at, at + 4))}`);
    this.text = `${text}\0`;
  }

  /** Code unit at an offset from here; 0 at and behind the end. */
  peek(ahead = 0): number {
    const at = this.position + ahead;
    return at < this.text.length ? this.text.charCodeAt(at) : 0;
  }

  /** Passes characters that are no line break. */
  skip(count = 1): void {
    this.position += count;
    this.column += count;
  }

  /** Passes one line break and returns it, normalised as YAML 1.1 asks. */
  takeBreak(): string {
    const code = this.peek();
    if (!isBreak(code)) return '';
    this.position += code === 0x0d && this.peek(1) === 0x0a ? 2 : 1;
    this.column = 0;
    this.line++;
    return code === 0x2028 || code === 0x2029 ? String.fromCharCode(code) : '\n';
  }

  /** A scanner's error. Go names no line when it is the first one. */
  fault(problem: string, contextLine = 0): YamlError {
    const line = this.line !== 0 ? this.line + 1 : contextLine;
    const newer = contextLine !== 0 ? contextLine + 1 : line;
    const text = (at: number): string => `yaml: ${at === 0 ? '' : `line ${at}: `}${problem}`;
    return new YamlError('InvalidYaml', text(line), { newerMessage: text(newer) });
  }
}
