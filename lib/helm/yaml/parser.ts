/** Tokens to nodes: the grammar of YAML 1.1, with libyaml's messages. */
import { YamlError } from './errors.ts';
import type { Node } from './node.ts';
import { Scanner } from './scanner.ts';
import { TokenType } from './token.ts';
import type { Token } from './token.ts';

/** Deeper than any manifest; keeps hostile input from exhausting the stack. */
const maxDepth = 1500;

const coreTags = 'tag:yaml.org,2002:';

/** Parses the first document of a stream; `undefined` when there is none. */
export function parseDocument(text: string): Node | undefined {
  return new Parser(new Scanner(text)).document();
}

/** What may follow `---` when there is nothing in the document. */
const endsDocument = new Set<TokenType>([
  TokenType.VersionDirective,
  TokenType.TagDirective,
  TokenType.DocumentStart,
  TokenType.DocumentEnd,
  TokenType.StreamEnd,
]);

class Parser {
  private readonly scanner: Scanner;
  private readonly anchors = new Map<string, Exclude<Node, { kind: 'alias' }>>();
  private tagHandles = new Map<string, string>();
  private depth = 0;

  constructor(scanner: Scanner) {
    this.scanner = scanner;
  }

  document(): Node | undefined {
    const { scanner } = this;
    let token = scanner.peek();
    if (token.type === TokenType.StreamEnd) return undefined;
    const hasDirectives = this.directives();
    token = scanner.peek();
    if (token.type === TokenType.DocumentStart) {
      scanner.next();
      token = scanner.peek();
      if (endsDocument.has(token.type)) return empty(token);
    } else if (hasDirectives) throw faultAt(token, 'did not find expected <document start>');
    const node = this.node(true, false);
    // Go looks one token further, to see the document end.
    scanner.peek();
    return node;
  }

  private directives(): boolean {
    let sawVersion = false;
    let any = false;
    for (;;) {
      const token = this.scanner.peek();
      if (token.type === TokenType.VersionDirective) {
        if (sawVersion) throw faultAt(token, 'found duplicate %YAML directive');
        if (token.value !== '1.1') throw faultAt(token, 'found incompatible YAML document');
        sawVersion = true;
      } else if (token.type === TokenType.TagDirective) {
        if (this.tagHandles.has(token.handle))
          throw faultAt(token, 'found duplicate %TAG directive');
        this.tagHandles.set(token.handle, token.value);
      } else return any;
      any = true;
      this.scanner.next();
    }
  }

  private node(block: boolean, indentlessAllowed: boolean): Node {
    const { scanner } = this;
    let token = scanner.peek();
    if (token.type === TokenType.Alias) {
      scanner.next();
      const target = this.anchors.get(token.value);
      if (target === undefined) {
        throw new YamlError('InvalidYaml', `yaml: unknown anchor '${token.value}' referenced`);
      }
      return { kind: 'alias', line: token.line, name: token.value, target };
    }
    const startLine = token.line;
    let anchor: string | undefined;
    let tag: string | undefined;
    for (;;) {
      if (token.type === TokenType.Anchor && anchor === undefined) anchor = token.value;
      else if (token.type === TokenType.Tag && tag === undefined)
        tag = this.tagOf(token, startLine);
      else break;
      scanner.next();
      token = scanner.peek();
    }
    if (++this.depth > maxDepth) {
      throw new YamlError('InvalidYaml', `yaml: exceeded max depth of ${maxDepth}`);
    }
    const node = this.content(token, block, indentlessAllowed, startLine, {
      tag: tag ?? '',
      anchor,
    });
    this.depth--;
    return node;
  }

  private content(
    token: Token,
    block: boolean,
    indentlessAllowed: boolean,
    startLine: number,
    { tag, anchor }: { tag: string; anchor: string | undefined },
  ): Node {
    const { scanner } = this;
    const anchored = <N extends Exclude<Node, { kind: 'alias' }>>(node: N): N => {
      if (anchor !== undefined) this.anchors.set(anchor, node);
      return node;
    };
    if (token.type === TokenType.Scalar) {
      scanner.next();
      const plain = (tag === '' && token.plain) || tag === '!';
      return anchored({
        kind: 'scalar',
        line: startLine,
        tag: tag === '!' ? '' : tag,
        value: token.value,
        plain,
        style: token.style ?? 'plain',
      });
    }
    if (indentlessAllowed && token.type === TokenType.BlockEntry) {
      const node = anchored<Node & { kind: 'sequence' }>({
        kind: 'sequence',
        line: startLine,
        tag,
        items: [],
      });
      this.indentlessItems(node.items);
      return node;
    }
    if (
      token.type === TokenType.FlowSequenceStart ||
      (block && token.type === TokenType.BlockSequenceStart)
    ) {
      const node = anchored<Node & { kind: 'sequence' }>({
        kind: 'sequence',
        line: startLine,
        tag,
        items: [],
        flow: token.type === TokenType.FlowSequenceStart,
      });
      scanner.next();
      if (token.type === TokenType.FlowSequenceStart) this.flowItems(node.items, token);
      else this.blockItems(node.items, token);
      return node;
    }
    if (
      token.type === TokenType.FlowMappingStart ||
      (block && token.type === TokenType.BlockMappingStart)
    ) {
      const node = anchored<Node & { kind: 'mapping' }>({
        kind: 'mapping',
        line: startLine,
        tag,
        entries: [],
        flow: token.type === TokenType.FlowMappingStart,
      });
      scanner.next();
      if (token.type === TokenType.FlowMappingStart) this.flowEntries(node.entries, token);
      else this.blockEntries(node.entries, token);
      return node;
    }
    if (anchor !== undefined || tag !== '') {
      return anchored({
        kind: 'scalar',
        line: startLine,
        tag,
        value: '',
        plain: tag === '',
        style: 'plain',
      });
    }
    throw faultAt(token, 'did not find expected node content', startLine);
  }

  private tagOf(token: Token, startLine: number): string {
    if (token.handle === '') return token.value;
    const declared = this.tagHandles.get(token.handle);
    if (declared !== undefined) return declared + token.value;
    if (token.handle === '!') return `!${token.value}`;
    if (token.handle === '!!') return coreTags + token.value;
    throw faultAt(token, 'found undefined tag handle', startLine);
  }

  private blockItems(items: Node[], start: Token): void {
    const { scanner } = this;
    for (;;) {
      const token = scanner.peek();
      if (token.type === TokenType.BlockEnd) {
        scanner.next();
        return;
      }
      if (token.type !== TokenType.BlockEntry) {
        throw faultAt(token, "did not find expected '-' indicator", start.line);
      }
      scanner.next();
      const next = scanner.peek();
      if (next.type === TokenType.BlockEntry || next.type === TokenType.BlockEnd)
        items.push(empty(next));
      else items.push(this.node(true, false));
    }
  }

  private indentlessItems(items: Node[]): void {
    const { scanner } = this;
    while (scanner.peek().type === TokenType.BlockEntry) {
      scanner.next();
      const next = scanner.peek();
      switch (next.type) {
        case TokenType.BlockEntry:
        case TokenType.Key:
        case TokenType.Value:
        case TokenType.BlockEnd:
          items.push(empty(next));
          break;
        default:
          items.push(this.node(true, false));
      }
    }
  }

  private blockEntries(entries: Node[], start: Token): void {
    const { scanner } = this;
    for (;;) {
      const token = scanner.peek();
      if (token.type === TokenType.BlockEnd) {
        scanner.next();
        return;
      }
      if (token.type === TokenType.Key) {
        scanner.next();
        entries.push(this.blockNodeOrEmpty());
      } else throw faultAt(token, 'did not find expected key', start.line);
      const value = scanner.peek();
      if (value.type === TokenType.Value) {
        scanner.next();
        entries.push(this.blockNodeOrEmpty());
      } else entries.push(empty(value));
    }
  }

  private blockNodeOrEmpty(): Node {
    const next = this.scanner.peek();
    switch (next.type) {
      case TokenType.Key:
      case TokenType.Value:
      case TokenType.BlockEnd:
        return empty(next);
      default:
        return this.node(true, true);
    }
  }

  private flowItems(items: Node[], start: Token): void {
    const { scanner } = this;
    for (let first = true; ; first = false) {
      if (
        this.flowSeparator(
          TokenType.FlowSequenceEnd,
          first,
          "did not find expected ',' or ']'",
          start,
        )
      )
        return;
      const token = scanner.peek();
      if (token.type === TokenType.Key) {
        scanner.next();
        const entries: Node[] = [];
        this.flowPair(entries, TokenType.FlowSequenceEnd);
        items.push({ kind: 'mapping', line: token.line, tag: '', entries, flow: true });
      } else items.push(this.node(false, false));
    }
  }

  private flowEntries(entries: Node[], start: Token): void {
    const { scanner } = this;
    for (let first = true; ; first = false) {
      if (
        this.flowSeparator(
          TokenType.FlowMappingEnd,
          first,
          "did not find expected ',' or '}'",
          start,
        )
      )
        return;
      if (scanner.peek().type === TokenType.Key) {
        scanner.next();
        this.flowPair(entries, TokenType.FlowMappingEnd);
      } else {
        entries.push(this.node(false, false));
        entries.push(empty(scanner.peek()));
      }
    }
  }

  /** True when the collection ended. */
  private flowSeparator(end: TokenType, first: boolean, problem: string, start: Token): boolean {
    const { scanner } = this;
    let token = scanner.peek();
    if (token.type !== end && !first) {
      if (token.type !== TokenType.FlowEntry) throw faultAt(token, problem, start.line);
      scanner.next();
      token = scanner.peek();
    }
    if (token.type !== end) return false;
    scanner.next();
    return true;
  }

  /** A key (behind its token) and its value. */
  private flowPair(entries: Node[], end: TokenType): void {
    const { scanner } = this;
    const token = scanner.peek();
    if (
      token.type === TokenType.Value ||
      token.type === TokenType.FlowEntry ||
      token.type === end
    ) {
      entries.push(empty(token));
      // libyaml drops the token that follows a lone question mark in a sequence.
      if (end === TokenType.FlowSequenceEnd) scanner.next();
    } else entries.push(this.node(false, false));
    const value = scanner.peek();
    if (value.type !== TokenType.Value) {
      entries.push(empty(value));
      return;
    }
    scanner.next();
    const next = scanner.peek();
    if (next.type === TokenType.FlowEntry || next.type === end) entries.push(empty(next));
    else entries.push(this.node(false, false));
  }
}

function empty(token: Token): Node {
  return { kind: 'scalar', line: token.line, tag: '', value: '', plain: true, style: 'plain' };
}

/** A parser's error: unlike a scanner's, Go gives its line counted from zero, and none for the first line. */
function faultAt(token: Token, problem: string, contextLine = 0): YamlError {
  const line = token.line !== 0 ? token.line : contextLine;
  const newer = contextLine !== 0 ? contextLine : token.line;
  const text = (at: number): string => `yaml: ${at === 0 ? '' : `line ${at}: `}${problem}`;
  return new YamlError('InvalidYaml', text(line), { newerMessage: text(newer) });
}
