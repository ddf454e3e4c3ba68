/** A position in a TOML text, and errors that name it. */
import { quote } from '../template/mod.ts';

/** What Go's parser refuses; Helm makes the message a value. */
export class TomlSyntaxError extends Error {}

export interface FailOptions {
  /** Whether Go has read past the offending character already, which counts at the end of the text. */
  consumed?: boolean;
  /** A line end is blamed on the line it ends. */
  previousLine?: boolean;
}

export class TomlCursor {
  readonly text: string;
  at = 0;
  /** The key being read, for messages. */
  lastKey: readonly string[] = [];
  private line = 1;
  private counted = 0;

  constructor(text: string) {
    this.text = text;
    const head = text.slice(0, 6);
    if (head.includes('\0')) {
      throw new TomlSyntaxError(
        'toml: line 1: files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8',
      );
    }
  }

  atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The character here, `''` at the end. @throws TomlSyntaxError for those that no TOML text may hold */
  peek(): string {
    const point = this.text.codePointAt(this.at);
    if (point === undefined) return '';
    const char = String.fromCodePoint(point);
    if (point >= 0xdc80 && point <= 0xdcff)
      this.fail(`invalid UTF-8 byte: 0x${(point - 0xdc00).toString(16)}`);
    const isControl = (point < 0x20 && !'\t\r\n'.includes(char)) || point === 0x7f;
    if (isControl || (char === '\r' && this.text[this.at + 1] !== '\n')) {
      this.fail(
        `control characters are not allowed inside TOML documents: '0x${point.toString(16).padStart(2, '0')}'`,
      );
    }
    return char;
  }

  take(): string {
    const char = this.peek();
    this.at += char.length;
    return char;
  }

  accept(char: string): boolean {
    if (this.peek() !== char) return false;
    this.at += char.length;
    return true;
  }

  acceptAll(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  skip(chars: RegExp): void {
    while (!this.atEnd() && chars.test(this.peek())) this.take();
  }

  takeRun(chars: RegExp): string {
    const from = this.at;
    while (!this.atEnd() && chars.test(this.peek())) this.take();
    return this.text.slice(from, this.at);
  }

  comment(): void {
    while (!this.atEnd() && !/[\r\n]/.test(this.peek())) this.take();
  }

  /** The character here as `%q` prints it. */
  quoted(): string {
    const char = this.peek();
    return `'${quote(char).slice(1, -1).replace('\\"', '"').replace("'", "\\'")}'`;
  }

  named(): string {
    return this.atEnd() ? 'end of file' : `'${this.peek()}'`;
  }

  fail(message: string, { previousLine = false, consumed = false }: FailOptions = {}): never {
    while (this.counted < this.at) {
      if (this.text[this.counted] === '\n') this.line += 1;
      this.counted += 1;
    }
    const endsInLineEnd = consumed && this.atEnd() && this.text.endsWith('\n');
    // Go has counted the line end it blames on the line it ends.
    const here = consumed && !this.atEnd() && this.peek() === '\n' ? this.line + 1 : this.line;
    const line = previousLine || endsInLineEnd ? here - 1 : here;
    throw new TomlSyntaxError(`toml: line ${line}${this.keyText()}: ${message}`);
  }

  private keyText(): string {
    if (this.lastKey.length === 0) return '';
    const key = this.lastKey
      .map((part) => (/^[A-Za-z0-9_-]+$/.test(part) ? part : quote(part)))
      .join('.');
    return ` (last key ${quote(key)})`;
  }
}
