/** Pipelines: `$x := command | command`, commands of operands, operands with fields. */
import { quote } from '../values/mod.ts';
import { readCharacter, readComplex, readNumber, unquote } from './literals.ts';
import { printOperand } from './nodes.ts';
import type { Command, NumberValue, Operand, Pipe, Position } from './nodes.ts';
import type { Token } from './lex.ts';
import type { Tokens } from './tokens.ts';

/** What parsing one template knows; definitions within it get their own. */
export interface Parser {
  readonly tokens: Tokens;
  readonly hasFunction: (name: string) => boolean;
  /** Variables declared so far, for Go's check that a used one is declared above. */
  variables: string[];
  /** Loops and parentheses around what is being parsed. */
  loops: number;
  depth: number;
  /** Fails with Go's prefix; the line is that of the token read last. */
  readonly fail: (message: string, line?: number) => never;
  readonly unexpected: (token: Token, context: string) => never;
}

/** Deepest nesting of parentheses and blocks; Go's own limit is higher than a JavaScript stack. */
const deepest = 1000;

/** Counts one more level of nesting while `parse` runs. */
export function deeper<T>(parser: Parser, parse: () => T): T {
  if (parser.depth >= deepest) parser.fail('max expression depth exceeded');
  parser.depth += 1;
  const result = parse();
  parser.depth -= 1;
  return result;
}

const operandStarts = new Set<Token['type']>([
  'bool',
  'char',
  'complex',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'raw',
  'string',
  'variable',
  'open',
]);

/** @param end the token that closes it, which is consumed */
export function parsePipeline(parser: Parser, context: string, end: 'right' | 'close'): Pipe {
  const { tokens } = parser;
  const pipe: Pipe = {
    type: 'pipe',
    at: tokens.peekSolid().at,
    assign: false,
    declare: [],
    commands: [],
  };
  parseDeclarations(parser, pipe, context);
  for (;;) {
    const token = tokens.nextSolid();
    if (token.type === end) break;
    if (!operandStarts.has(token.type)) parser.unexpected(token, context);
    tokens.back(token);
    pipe.commands.push(parseCommand(parser));
  }
  checkPipeline(parser, pipe, context);
  return pipe;
}

function parseDeclarations(parser: Parser, pipe: Pipe, context: string): void {
  const { tokens } = parser;
  for (;;) {
    const variable = tokens.peekSolid();
    if (variable.type !== 'variable') return;
    tokens.next();
    // Whether a space stands behind the variable matters when it is an operand.
    const spaced = tokens.peek();
    const after = tokens.peekSolid();
    const isComma = after.type === 'other' && after.text === ',';
    if (after.type !== 'assign' && after.type !== 'declare' && !isComma) {
      if (spaced.type === 'space') tokens.back(spaced);
      tokens.back(variable);
      return;
    }
    tokens.nextSolid();
    pipe.declare.push(variable.text);
    parser.variables.push(variable.text);
    if (!isComma) {
      pipe.assign = after.type === 'assign';
      return;
    }
    if (context !== 'range' || pipe.declare.length >= 2)
      parser.fail(`too many declarations in ${context}`);
    const second = tokens.peekSolid();
    if (!['variable', 'right', 'close'].includes(second.type))
      parser.fail('range can only initialize variables');
  }
}

function checkPipeline(parser: Parser, { commands }: Pipe, context: string): void {
  if (commands.length === 0) parser.fail(`missing value for ${context}`);
  commands.slice(1).forEach(({ args: [first] }, at) => {
    if (first !== undefined && ['bool', 'dot', 'nil', 'number', 'string'].includes(first.type))
      parser.fail(`non executable command in pipeline stage ${at + 2}`);
  });
}

function parseCommand(parser: Parser): Command {
  const { tokens } = parser;
  const command: Command = { type: 'command', at: tokens.peekSolid().at, args: [] };
  for (;;) {
    const operand = parseOperand(parser);
    if (operand !== undefined) command.args.push(operand);
    const token = tokens.next();
    if (token.type === 'space') continue;
    if (token.type === 'right' || token.type === 'close') tokens.back(token);
    else if (token.type !== 'pipe') parser.unexpected(token, 'operand');
    break;
  }
  if (command.args.length === 0) parser.fail('empty command');
  return command;
}

function parseOperand(parser: Parser): Operand | undefined {
  const { tokens } = parser;
  const node = parseTerm(parser);
  if (node === undefined) return undefined;
  const first = tokens.peek();
  if (first.type !== 'field') return node;
  const names: string[] = [];
  while (tokens.peek().type === 'field') names.push(tokens.next().text.slice(1));
  const { at } = first;
  switch (node.type) {
    case 'field':
    case 'variable':
      return { ...node, at, names: [...node.names, ...names] };
    case 'bool':
    case 'string':
    case 'number':
    case 'nil':
    case 'dot':
      return parser.fail(`unexpected . after term ${quote(printOperand(node))}`);
    default:
      return { type: 'chain', at, node, names };
  }
}

function parseTerm(parser: Parser): Operand | undefined {
  const token = parser.tokens.nextSolid();
  const { at, text } = token;
  switch (token.type) {
    case 'identifier':
      if (!parser.hasFunction(text)) parser.fail(`function ${quote(text)} not defined`);
      return { type: 'identifier', at, name: text };
    case 'dot':
      return { type: 'dot', at };
    case 'nil':
      return { type: 'nil', at };
    case 'variable':
      if (!parser.variables.includes(text)) parser.fail(`undefined variable ${quote(text)}`);
      return { type: 'variable', at, name: text, names: [] };
    case 'field':
      return { type: 'field', at, names: [text.slice(1)] };
    case 'bool':
      return { type: 'bool', at, value: text === 'true' };
    case 'char':
      return number(parser, { at, text }, readCharacter(text));
    case 'complex':
      return number(parser, { at, text }, readComplex(text));
    case 'number':
      return number(parser, { at, text }, readNumber(text));
    case 'open':
      return deeper(parser, () => parsePipeline(parser, 'parenthesized pipeline', 'close'));
    case 'raw':
      return { type: 'string', at, text, value: text.slice(1, -1).replaceAll('\r', '') };
    case 'string':
      return { type: 'string', at, text, value: unquote(text) ?? parser.fail('invalid syntax') };
    default:
      parser.tokens.back(token);
      return undefined;
  }
}

/** @param value a text says why it is none */
function number(
  parser: Parser,
  place: Position & { text: string },
  value: NumberValue | string,
): Operand {
  if (typeof value === 'string') return parser.fail(value);
  return { type: 'number', ...place, value };
}
