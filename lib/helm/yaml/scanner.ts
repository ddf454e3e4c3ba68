/**
 * Text to tokens, with libyaml's notion of simple keys: `a: b` is known to be a mapping only at the colon, so the
 * key's token is put into the queue in front of a token that was read before.
 *
 * Rules and messages are those of libyaml's Go translation (go.yaml.in/yaml/v2), because users know its messages.
 */
import { Cursor } from './cursor.ts';
import { atDocumentIndicator, scanBlock, scanPlain, scanQuoted } from './scan-scalar.ts';
import { scanAnchor, scanDirective, scanTag } from './scan-property.ts';
import { isBlank, isBlankOrEnd, isBreak, isBreakOrEnd, TokenType } from './token.ts';
import type { ScalarStyle, Token } from './token.ts';

const maxDepth = 10_000;
/** A key longer than this (or of more than one line) is no simple key. */
const maxKeyLength = 1024;

interface SimpleKey {
  possible: boolean;
  /** Whether the scanner still waits for its colon before it lets go of the token. */
  awaited: boolean;
  required: boolean;
  tokenNumber: number;
  line: number;
  column: number;
  position: number;
}

const noKey: SimpleKey = {
  possible: false,
  awaited: false,
  required: false,
  tokenNumber: 0,
  line: 0,
  column: 0,
  position: 0,
};

const plainRefused = new Set([...'-?:,[]{}#&*!|>\'"%@`'].map((c) => c.charCodeAt(0)));

export class Scanner {
  private readonly cursor: Cursor;
  private queue: Token[] = [];
  private head = 0;
  private taken = 0;
  private indent = -1;
  private readonly indents: number[] = [];
  private flowLevel = 0;
  private keyAllowed = true;
  /** One for each flow level, the last for the present one. */
  private readonly keys: SimpleKey[] = [noKey];

  constructor(text: string) {
    this.cursor = new Cursor(text);
    if (this.cursor.peek() === 0xfeff) this.cursor.position++;
  }

  /** The next token, left where it is. */
  peek(): Token {
    for (;;) {
      const token = this.queue[this.head];
      if (token !== undefined && !this.headMayBeKey()) return token;
      this.fetch();
    }
  }

  /** Drops the token that `peek` returned. */
  next(): void {
    this.head++;
    this.taken++;
    if (this.head === this.queue.length) {
      this.queue = [];
      this.head = 0;
    }
  }

  private headMayBeKey(): boolean {
    for (let i = 0; i < this.keys.length; i++) {
      const key = this.keys[i] ?? noKey;
      if (key.possible && key.awaited && key.tokenNumber === this.taken) return this.isValid(key);
    }
    return false;
  }

  private isValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    if (key.line < this.cursor.line || key.position + maxKeyLength < this.cursor.position) {
      if (key.required) throw this.cursor.fault("could not find expected ':'", key.line);
      key.possible = false;
      return false;
    }
    return true;
  }

  private fetch(): void {
    const { cursor } = this;
    this.skipToToken();
    this.unroll(cursor.column);
    const code = cursor.peek();
    if (code === 0) {
      if (cursor.column !== 0) {
        cursor.column = 0;
        cursor.line++;
      }
      this.endBlocks();
      this.push(TokenType.StreamEnd);
      return;
    }
    if (cursor.column === 0 && code === 0x25) {
      this.endBlocks();
      const directive = scanDirective(cursor);
      if (directive !== undefined) this.queue.push(directive);
      return;
    }
    if (atDocumentIndicator(cursor)) {
      this.endBlocks();
      this.push(code === 0x2d ? TokenType.DocumentStart : TokenType.DocumentEnd);
      cursor.skip(3);
      return;
    }
    this.fetchInDocument(code);
  }

  private fetchInDocument(code: number): void {
    const { cursor } = this;
    const inFlow = this.flowLevel > 0;
    const next = cursor.peek(1);
    switch (code) {
      case 0x5b:
        return this.startFlow(TokenType.FlowSequenceStart);
      case 0x7b:
        return this.startFlow(TokenType.FlowMappingStart);
      case 0x5d:
        return this.endFlow(TokenType.FlowSequenceEnd);
      case 0x7d:
        return this.endFlow(TokenType.FlowMappingEnd);
      case 0x2c:
        this.dropKey();
        this.keyAllowed = true;
        this.push(TokenType.FlowEntry);
        return cursor.skip();
      case 0x2d:
        if (isBlankOrEnd(next)) return this.blockEntry();
        break;
      case 0x3f:
        if (inFlow || isBlankOrEnd(next)) return this.explicitKey();
        break;
      case 0x3a:
        if (inFlow || isBlankOrEnd(next)) return this.mappingValue();
        break;
      case 0x2a:
      case 0x26:
        this.saveKey();
        this.keyAllowed = false;
        this.queue.push(scanAnchor(cursor));
        return;
      case 0x21:
        this.saveKey();
        this.keyAllowed = false;
        this.queue.push(scanTag(cursor));
        return;
      case 0x7c:
      case 0x3e:
        if (!inFlow) {
          this.dropKey();
          this.keyAllowed = true;
          const { line } = cursor;
          this.pushScalar(
            scanBlock(cursor, this.indent),
            code === 0x7c ? 'literal' : 'folded',
            line,
          );
          return;
        }
        break;
      case 0x27:
      case 0x22: {
        this.saveKey();
        this.keyAllowed = false;
        const { line } = cursor;
        this.pushScalar(
          scanQuoted(cursor, code === 0x27),
          code === 0x27 ? 'single' : 'double',
          line,
        );
        return;
      }
    }
    const startsPlain =
      (!isBlankOrEnd(code) && !plainRefused.has(code)) ||
      (code === 0x2d && !isBlank(next)) ||
      (!inFlow && (code === 0x3f || code === 0x3a) && !isBlankOrEnd(next));
    if (!startsPlain)
      throw cursor.fault('found character that cannot start any token', cursor.line);
    this.saveKey();
    this.keyAllowed = false;
    const { line } = cursor;
    const { value, brokeLine } = scanPlain(cursor, inFlow, this.indent + 1);
    if (brokeLine) this.keyAllowed = true;
    this.pushScalar(value, 'plain', line);
  }

  private skipToToken(): void {
    const { cursor } = this;
    for (;;) {
      for (;;) {
        const code = cursor.peek();
        if (code !== 0x20 && !(code === 0x09 && (this.flowLevel > 0 || !this.keyAllowed))) break;
        cursor.skip();
      }
      if (cursor.peek() === 0x23) while (!isBreakOrEnd(cursor.peek())) cursor.skip();
      if (!isBreak(cursor.peek())) return;
      cursor.takeBreak();
      if (this.flowLevel === 0) this.keyAllowed = true;
    }
  }

  private push(type: TokenType): void {
    this.queue.push({ type, line: this.cursor.line, value: '', handle: '', plain: false });
  }

  private pushScalar(value: string, style: ScalarStyle, line: number): void {
    const plain = style === 'plain';
    this.queue.push({ type: TokenType.Scalar, line, value, handle: '', plain, style });
  }

  private insert(type: TokenType, number: number, line: number): void {
    const token: Token = { type, line, value: '', handle: '', plain: false };
    this.queue.splice(this.head + number - this.taken, 0, token);
  }

  private nextNumber(): number {
    return this.taken + this.queue.length - this.head;
  }

  private saveKey(): void {
    if (!this.keyAllowed) return;
    this.dropKey();
    const { line, column, position } = this.cursor;
    this.keys[this.keys.length - 1] = {
      possible: true,
      awaited: true,
      required: this.flowLevel === 0 && this.indent === column,
      tokenNumber: this.nextNumber(),
      line,
      column,
      position,
    };
  }

  private dropKey(): void {
    const key = this.keys[this.keys.length - 1] ?? noKey;
    if (!key.possible) return;
    if (key.required) throw this.cursor.fault("could not find expected ':'", key.line);
    key.possible = false;
  }

  /** Opens a block collection at a column when it is deeper than the present one. */
  private roll(column: number, number: number, type: TokenType, line: number): void {
    if (this.flowLevel > 0 || this.indent >= column) return;
    this.indents.push(this.indent);
    this.indent = column;
    if (this.indents.length > maxDepth)
      throw this.cursor.fault(`exceeded max depth of ${maxDepth}`, line);
    this.insert(type, number, line);
  }

  /** Closes the block collections that are deeper than a column. */
  private unroll(column: number): void {
    if (this.flowLevel > 0) return;
    while (this.indent > column) {
      this.push(TokenType.BlockEnd);
      this.indent = this.indents.pop() ?? -1;
    }
  }

  private endBlocks(): void {
    this.unroll(-1);
    this.dropKey();
    this.keyAllowed = false;
  }

  private startFlow(type: TokenType): void {
    this.saveKey();
    this.keys.push({ ...noKey, tokenNumber: this.nextNumber() });
    if (++this.flowLevel > maxDepth) {
      throw this.cursor.fault(`exceeded max depth of ${maxDepth}`, this.cursor.line);
    }
    this.keyAllowed = true;
    this.push(type);
    this.cursor.skip();
  }

  private endFlow(type: TokenType): void {
    this.dropKey();
    if (this.flowLevel > 0) {
      this.flowLevel--;
      // As in Go: when nothing within could be a key, what is forgotten is the collection itself.
      const closed = this.keys.pop();
      for (const key of this.keys) if (key.tokenNumber === closed?.tokenNumber) key.awaited = false;
    }
    this.keyAllowed = false;
    this.push(type);
    this.cursor.skip();
  }

  private blockEntry(): void {
    const { cursor } = this;
    if (this.flowLevel === 0) {
      if (!this.keyAllowed) {
        throw cursor.fault('block sequence entries are not allowed in this context', cursor.line);
      }
      this.roll(cursor.column, this.nextNumber(), TokenType.BlockSequenceStart, cursor.line);
    }
    this.dropKey();
    this.keyAllowed = true;
    this.push(TokenType.BlockEntry);
    cursor.skip();
  }

  private explicitKey(): void {
    const { cursor } = this;
    if (this.flowLevel === 0) {
      if (!this.keyAllowed) {
        throw cursor.fault('mapping keys are not allowed in this context', cursor.line);
      }
      this.roll(cursor.column, this.nextNumber(), TokenType.BlockMappingStart, cursor.line);
    }
    this.dropKey();
    this.keyAllowed = this.flowLevel === 0;
    this.push(TokenType.Key);
    cursor.skip();
  }

  private mappingValue(): void {
    const { cursor } = this;
    const key = this.keys[this.keys.length - 1] ?? noKey;
    if (this.isValid(key)) {
      this.insert(TokenType.Key, key.tokenNumber, key.line);
      this.roll(key.column, key.tokenNumber, TokenType.BlockMappingStart, key.line);
      key.possible = false;
      this.keyAllowed = false;
    } else {
      if (this.flowLevel === 0) {
        if (!this.keyAllowed) {
          throw cursor.fault('mapping values are not allowed in this context', cursor.line);
        }
        this.roll(cursor.column, this.nextNumber(), TokenType.BlockMappingStart, cursor.line);
      }
      this.keyAllowed = this.flowLevel === 0;
    }
    this.push(TokenType.Value);
    cursor.skip();
  }
}
