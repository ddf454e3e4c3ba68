/** Texts to trees (text/template/parse/parse.go, Go 1.24). */
import { quote } from '../values/mod.ts';
import { TemplateError } from './errors.ts';
import type { Token } from './lex.ts';
import { unquote } from './literals.ts';
import { isEmptyTree } from './nodes.ts';
import type { Node, Tree } from './nodes.ts';
import { deeper, parsePipeline } from './parse-pipeline.ts';
import type { Parser } from './parse-pipeline.ts';
import { createTokens, printToken } from './tokens.ts';

interface FileParser extends Parser {
  readonly file: { readonly name: string; readonly text: string };
  readonly trees: Map<string, Tree>;
  /** Line on which the action being parsed began, 0 outside. */
  actionLine: number;
}

/** Keywords that end a list of nodes. */
type Stop = 'end' | 'else' | undefined;

/**
 * Parses a file of templates.
 *
 * @param hasFunction names that may be called
 * @returns the file's own tree and those it defines
 * @throws TemplateError `TemplateSyntax` with Go's message: `template: name:line: …`
 */
export function parseTemplate(
  name: string,
  text: string,
  hasFunction: (name: string) => boolean,
): Tree[] {
  const tokens = createTokens(text);
  const fail = (message: string, line = tokens.line()): never => {
    const prefix = `template: ${name}:${line}: `;
    throw new TemplateError('TemplateSyntax', name, prefix + message);
  };
  const parser: FileParser = {
    file: { name, text },
    trees: new Map(),
    tokens,
    hasFunction,
    variables: ['$'],
    loops: 0,
    depth: 0,
    actionLine: 0,
    fail,
    unexpected: (token, context) => fail(complaint(token, context, name, parser.actionLine)),
  };
  const nodes: Node[] = [];
  while (tokens.peek().type !== 'end') {
    const delimiter = tokens.next();
    if (delimiter.type === 'left') {
      const word = tokens.nextSolid();
      if (word.type === 'keyword' && word.text === 'define') {
        parseDefinition(parser);
        continue;
      }
      tokens.back(word);
    }
    tokens.back(delimiter);
    const stop = parseNode(parser, nodes);
    if (stop !== undefined) fail(`unexpected {{${stop}}}`);
  }
  addTree(parser, name, nodes);
  return [...parser.trees.values()];
}

function complaint(token: Token, context: string, name: string, actionLine: number): string {
  if (token.type !== 'error') return `unexpected ${printToken(token)} in ${context}`;
  if (actionLine === 0 || actionLine === token.line) return token.text;
  const verb = token.text.endsWith(' action') ? '' : ' in action';
  return `${token.text}${verb} started at ${name}:${actionLine}`;
}

function addTree({ trees, file, fail }: FileParser, name: string, nodes: Node[]): void {
  const tree: Tree = { name, parseName: file.name, text: file.text, nodes };
  const known = trees.get(name);
  if (known === undefined || isEmptyTree(known)) trees.set(name, tree);
  else if (!isEmptyTree(tree)) fail(`template: multiple definition of template ${quote(name)}`);
}

/** A template of its own: variables and loops around it are not seen inside. */
function parseTree(parser: FileParser, name: () => string, context: string, line?: number): void {
  const { variables, loops, actionLine } = parser;
  Object.assign(parser, { variables: ['$'], loops: 0, actionLine: 0 });
  const own = name();
  const { nodes, stop } = parseList(parser);
  if (stop !== 'end') parser.fail(`unexpected {{${stop}}} in ${context}`, line);
  addTree(parser, own, nodes);
  Object.assign(parser, { variables, loops, actionLine });
}

function parseDefinition(parser: FileParser): void {
  const context = 'define clause';
  const head = (): string => {
    const name = templateName(parser, parser.tokens.nextSolid(), context);
    closeAction(parser, context);
    return name;
  };
  parseTree(parser, head, context);
}

/** Up to `{{end}}` or `{{else}}`. */
function parseList(parser: FileParser): { nodes: Node[]; stop: 'end' | 'else' } {
  const { tokens } = parser;
  const nodes: Node[] = [];
  while (tokens.peekSolid().type !== 'end') {
    const stop = parseNode(parser, nodes);
    if (stop !== undefined) return { nodes, stop };
  }
  return parser.fail('unexpected EOF');
}

function parseNode(parser: FileParser, nodes: Node[]): Stop {
  const token = parser.tokens.nextSolid();
  if (token.type === 'text') {
    nodes.push({ type: 'text', at: token.at, text: token.text });
    return undefined;
  }
  if (token.type !== 'left') return parser.unexpected(token, 'input');
  parser.actionLine = token.line;
  const stop = parseAction(parser, nodes);
  parser.actionLine = 0;
  return stop;
}

function parseAction(parser: FileParser, nodes: Node[]): Stop {
  const { tokens } = parser;
  const word = tokens.nextSolid();
  const { at } = word;
  if (word.type === 'keyword') {
    switch (word.text) {
      case 'block':
        nodes.push(parseBlock(parser));
        return undefined;
      case 'break':
      case 'continue': {
        const after = tokens.nextSolid();
        if (after.type !== 'right') parser.unexpected(after, `{{${word.text}}}`);
        if (parser.loops === 0) parser.fail(`{{${word.text}}} outside {{range}}`);
        nodes.push({ type: word.text, at });
        return undefined;
      }
      case 'else': {
        const next = tokens.peekSolid();
        // {{else if}} is {{else}}{{if}} with one {{end}} for both.
        if (next.type !== 'keyword' || (next.text !== 'if' && next.text !== 'with'))
          closeAction(parser, 'else');
        return 'else';
      }
      case 'end':
        closeAction(parser, 'end');
        return 'end';
      case 'if':
      case 'with':
      case 'range':
        nodes.push(parseBranch(parser, word.text));
        return undefined;
      case 'template':
        nodes.push(parseCall(parser));
        return undefined;
    }
  }
  tokens.back(word);
  nodes.push({ type: 'action', at, pipe: parsePipeline(parser, 'command', 'right') });
  return undefined;
}

function parseBranch(parser: FileParser, type: 'if' | 'with' | 'range'): Node {
  return deeper(parser, () => {
    const { tokens } = parser;
    const declared = parser.variables.length;
    const pipe = parsePipeline(parser, type, 'right');
    if (type === 'range') parser.loops += 1;
    const { nodes: list, stop } = parseList(parser);
    if (type === 'range') parser.loops -= 1;
    let otherwise: Node[] | undefined;
    if (stop === 'else') {
      const word = tokens.peek();
      if (type !== 'range' && word.type === 'keyword' && word.text === type) {
        tokens.next();
        otherwise = [parseBranch(parser, type)];
      } else {
        const rest = parseList(parser);
        if (rest.stop !== 'end') parser.fail(`expected end; found {{${rest.stop}}}`);
        otherwise = rest.nodes;
      }
    }
    parser.variables.length = declared;
    return { type, at: pipe.at, pipe, list, otherwise };
  });
}

function parseBlock(parser: FileParser): Node {
  const context = 'block clause';
  const token = parser.tokens.nextSolid();
  const name = templateName(parser, token, context);
  const pipe = parsePipeline(parser, context, 'right');
  // Go blames what does not belong into a block on the line where the block begins.
  parseTree(parser, () => name, context, parser.tokens.line());
  return { type: 'template', at: token.at, name, pipe };
}

function parseCall(parser: FileParser): Node {
  const context = 'template clause';
  const token = parser.tokens.nextSolid();
  const name = templateName(parser, token, context);
  const next = parser.tokens.nextSolid();
  if (next.type === 'right') return { type: 'template', at: token.at, name, pipe: undefined };
  parser.tokens.back(next);
  const pipe = parsePipeline(parser, context, 'right');
  return { type: 'template', at: token.at, name, pipe };
}

function templateName(parser: FileParser, token: Token, context: string): string {
  if (token.type === 'raw') return token.text.slice(1, -1).replaceAll('\r', '');
  if (token.type !== 'string') return parser.unexpected(token, context);
  return unquote(token.text) ?? parser.fail('invalid syntax');
}

function closeAction(parser: FileParser, context: string): void {
  const token = parser.tokens.nextSolid();
  if (token.type !== 'right') parser.unexpected(token, context);
}
