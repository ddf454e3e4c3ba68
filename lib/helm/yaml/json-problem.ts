/** Words for a text that is no JSON, as Go's scanner chooses them. */

import { bytesOfText } from '../values/mod.ts';

const endOfInput = 'unexpected end of JSON input';

/** What is wrong with a text that `JSON.parse` refused. */
export function findJsonProblem(text: string): string {
  const finder = new ProblemFinder(text);
  return finder.find();
}

class Problem extends Error {}

class ProblemFinder {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  find(): string {
    try {
      this.value();
      this.blanks();
      if (this.at < this.text.length) this.refuse('after top-level value');
      return endOfInput;
    } catch (problem) {
      if (problem instanceof Problem) return problem.message;
      throw problem;
    }
  }

  private peek(): string {
    return this.text[this.at] ?? '';
  }

  private refuse(context: string): never {
    const code = this.text.codePointAt(this.at);
    if (code === undefined) {
      // At the end Go feeds its scanner one more blank and reports what that does.
      const minds = !/^(looking|after object|after array|in string literal|after top)/.test(
        context,
      );
      throw new Problem(minds ? `invalid character ' ' ${context}` : endOfInput);
    }
    // Go's scanner looks at bytes, so a character beyond ASCII is named by its first one.
    const byte = bytesOfText(String.fromCodePoint(code))[0] ?? 0;
    throw new Problem(`invalid character ${quoteByte(byte)} ${context}`);
  }

  private blanks(): void {
    while (this.at < this.text.length && ' \t\r\n'.includes(this.peek())) this.at++;
  }

  private value(): void {
    this.blanks();
    const first = this.peek();
    if (first === '{') this.object();
    else if (first === '[') this.array();
    else if (first === '"') this.string();
    else if (first === '-' || (first >= '0' && first <= '9')) this.number();
    else if (first === 't') this.literal('true');
    else if (first === 'f') this.literal('false');
    else if (first === 'n') this.literal('null');
    else this.refuse('looking for beginning of value');
  }

  private object(): void {
    this.at++;
    this.blanks();
    if (this.peek() === '}') {
      this.at++;
      return;
    }
    for (;;) {
      this.blanks();
      if (this.peek() !== '"') this.refuse('looking for beginning of object key string');
      this.string();
      this.blanks();
      if (this.peek() !== ':') this.refuse('after object key');
      this.at++;
      this.value();
      this.blanks();
      if (this.peek() === '}') break;
      if (this.peek() !== ',') this.refuse('after object key:value pair');
      this.at++;
    }
    this.at++;
  }

  private array(): void {
    this.at++;
    this.blanks();
    if (this.peek() === ']') {
      this.at++;
      return;
    }
    for (;;) {
      this.value();
      this.blanks();
      if (this.peek() === ']') break;
      if (this.peek() !== ',') this.refuse('after array element');
      this.at++;
    }
    this.at++;
  }

  private string(): void {
    this.at++;
    while (this.peek() !== '"') {
      if (this.peek() === '' || this.peek() < ' ') this.refuse('in string literal');
      if (this.peek() === '\\') {
        this.at++;
        if (this.peek() === 'u') {
          for (let i = 0; i < 4; i++) {
            this.at++;
            if (!/^[0-9a-fA-F]$/.test(this.peek()))
              this.refuse('in \\u hexadecimal character escape');
          }
        } else if (this.peek() === '' || !'bfnrt\\/"'.includes(this.peek())) {
          this.refuse('in string escape code');
        }
      }
      this.at++;
    }
    this.at++;
  }

  private number(): void {
    if (this.peek() === '-') this.at++;
    if (!this.isDigit()) this.refuse('in numeric literal');
    if (this.peek() === '0') this.at++;
    else this.digits();
    if (this.peek() === '.') {
      this.at++;
      if (!this.isDigit()) this.refuse('after decimal point in numeric literal');
      this.digits();
    }
    if (this.peek() === 'e' || this.peek() === 'E') {
      this.at++;
      if (this.peek() === '+' || this.peek() === '-') this.at++;
      if (!this.isDigit()) this.refuse('in exponent of numeric literal');
      this.digits();
    }
  }

  private isDigit(): boolean {
    return this.peek() >= '0' && this.peek() <= '9';
  }

  private digits(): void {
    while (this.isDigit()) this.at++;
  }

  private literal(word: string): void {
    for (const letter of word) {
      if (this.peek() !== letter) this.refuse(`in literal ${word} (expecting '${letter}')`);
      this.at++;
    }
  }
}

function quoteByte(byte: number): string {
  if (byte === 0x27) return "'\\''";
  if (byte === 0x22) return `'"'`;
  const named: Record<number, string> = {
    7: 'a',
    8: 'b',
    9: 't',
    10: 'n',
    11: 'v',
    12: 'f',
    13: 'r',
    92: '\\',
  };
  const name = named[byte];
  if (name !== undefined) return `'\\${name}'`;
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, '0')}'`;
  const letter = String.fromCharCode(byte);
  if (byte >= 0x80 && byte < 0xa1) return `'\\u${byte.toString(16).padStart(4, '0')}'`;
  return byte === 0xad ? `'\\u00ad'` : `'${letter}'`;
}
