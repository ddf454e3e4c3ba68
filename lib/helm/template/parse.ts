/** Tokens to trees (text/template/parse/parse.go, Go 1.24). */
import { TemplateError } from './errors.ts';
import { lex } from './lex.ts';
import type { Token } from './lex.ts';
import { readNumber, unquote } from './literals.ts';
import { printOperand } from './nodes.ts';
import type { Command, Node, Operand, Pipe, Tree } from './nodes.ts';

/** Deepest nesting of parentheses and blocks; Go's own limit is higher than a JavaScript stack. */
const deepest = 1000;

interface Scope {
  names: { name: string; slot: number }[];
  slots: number;
}

/**
 * Parses a file of templates.
 *
 * @param hasFunction names that may be called
 * @returns the file's own tree first, then those it defines
 * @throws TemplateError `TemplateSyntax` with Go's message: `template: name:line: …`
 */
export function parseTemplate(
  name: string,
  text: string,
  hasFunction: (name: string) => boolean,
): Tree[] {
  const tokens = lex(text);
  const ahead: Token[] = [];
  const trees: Tree[] = [];
  const tree: Tree = { name, parseName: name, text, nodes: [], slots: 1 };
  let scope: Scope = { names: [{ name: '$', slot: 0 }], slots: 1 };
  let loops = 0;
  let depth = 0;
  let line = 1;
  let lineAt = 0;
  let current = 0;

  const fail = (message: string): never => {
    while (lineAt < current) {
      if (text[lineAt] === '\n') line += 1;
      lineAt += 1;
    }
    throw new TemplateError('TemplateSyntax', name, `template: ${name}:${line}: ${message}`);
  };
  const next = (): Token => {
    const token = ahead.pop() ??
      (tokens.next().value as Token | undefined) ?? { type: 'end', at: text.length, text: '' };
    current = token.at;
    return token;
  };
  const back = (token: Token) => {
    ahead.push(token);
  };
  const peek = (): Token => {
    const token = next();
    back(token);
    return token;
  };
  const nextSolid = (): Token => {
    let token = next();
    while (token.type === 'space') token = next();
    return token;
  };
  const peekSolid = (): Token => {
    const token = nextSolid();
    back(token);
    return token;
  };
  const unexpected = (token: Token, context: string): never => {
    if (token.type === 'error') return fail(token.text);
    return fail(`unexpected ${printToken(token)} in ${context}`);
  };
  const declareVariable = (variable: string): { name: string; slot: number } => {
    const declared = { name: variable, slot: scope.slots };
    scope.slots += 1;
    scope.names.push(declared);
    return declared;
  };
  const deeper = <T>(parse: () => T): T => {
    depth += 1;
    if (depth > deepest) fail(`max expression depth exceeded`);
    const result = parse();
    depth -= 1;
    return result;
  };

  const parseList = (): { nodes: Node[]; stop: Token } => {
    const nodes: Node[] = [];
    for (;;) {
      const token = nextSolidTop();
      if (token.type === 'end') fail('unexpected EOF');
      if (token.type === 'text') {
        nodes.push({ type: 'text', at: token.at, text: token.text });
        continue;
      }
      if (token.type !== 'left') unexpected(token, 'input');
      const word = nextSolid();
      if (word.type === 'keyword' && (word.text === 'end' || word.text === 'else'))
        return { nodes, stop: word };
      back(word);
      nodes.push(...parseAction());
    }
  };
  const nextSolidTop = (): Token => next();

  const parseAction = (): Node[] => {
    const word = nextSolid();
    if (word.type === 'keyword') {
      switch (word.text) {
        case 'if':
        case 'with':
        case 'range':
          return [parseControl(word.text, word.at)];
        case 'template':
          return [parseTemplateCall()];
        case 'block':
          return [parseBlock()];
        case 'break':
        case 'continue': {
          const after = nextSolid();
          if (after.type !== 'right') unexpected(after, `{{${word.text}}}`);
          if (loops === 0) fail(`{{${word.text}}} outside {{range}}`);
          return [{ type: word.text, at: word.at }];
        }
        case 'define':
          return unexpected(word, 'template clause');
        default:
          return unexpected(word, 'command');
      }
    }
    back(word);
    const at = peek().at;
    return [{ type: 'action', at, pipe: parsePipeline('command', 'right') }];
  };

  const parseControl = (type: 'if' | 'with' | 'range', at: number): Node =>
    deeper(() => {
      const outer = scope.names.length;
      const pipe = parsePipeline(type, 'right');
      if (type === 'range') loops += 1;
      const { nodes: list, stop } = parseList();
      if (type === 'range') loops -= 1;
      let otherwise: Node[] | undefined;
      if (stop.text === 'end') closeAction('end');
      else {
        const word = peekSolid();
        if (type !== 'range' && word.type === 'keyword' && word.text === type) {
          // {{else if}} is {{else}}{{if}} with one {{end}} for both.
          nextSolid();
          otherwise = [parseControl(type, word.at)];
        } else {
          closeAction('else');
          const rest = parseList();
          if (rest.stop.text !== 'end') fail(`expected end; found {{else}}`);
          closeAction('end');
          otherwise = rest.nodes;
        }
      }
      scope.names.length = outer;
      return { type, at, pipe, list, otherwise };
    });

  const closeAction = (context: string) => {
    const token = nextSolid();
    if (token.type !== 'right') unexpected(token, context);
  };

  const templateName = (token: Token, context: string): string => {
    if (token.type === 'raw') return token.text.slice(1, -1);
    if (token.type !== 'string') return unexpected(token, context);
    return unquote(token.text) ?? fail('invalid syntax');
  };

  const parseTemplateCall = (): Node => {
    const nameToken = nextSolid();
    const { at } = nameToken;
    const called = templateName(nameToken, 'template clause');
    const token = nextSolid();
    if (token.type === 'right') return { type: 'template', at, name: called, pipe: undefined };
    back(token);
    return { type: 'template', at, name: called, pipe: parsePipeline('template clause', 'right') };
  };

  /** A tree of its own: variables of the surrounding template are not seen inside. */
  const parseDefinition = (defined: string): void => {
    const [outerScope, outerLoops] = [scope, loops];
    scope = { names: [{ name: '$', slot: 0 }], slots: 1 };
    loops = 0;
    const { nodes, stop } = parseList();
    if (stop.text !== 'end') fail(`unexpected {{${stop.text}}} in define clause`);
    closeAction('define clause');
    trees.push({ name: defined, parseName: name, text, nodes, slots: scope.slots });
    [scope, loops] = [outerScope, outerLoops];
  };

  const parseBlock = (): Node => {
    const nameToken = nextSolid();
    const { at } = nameToken;
    const called = templateName(nameToken, 'block clause');
    const pipe = parsePipeline('block clause', 'right');
    parseDefinition(called);
    return { type: 'template', at, name: called, pipe };
  };

  const parsePipeline = (context: string, end: 'right' | 'close'): Pipe =>
    deeper(() => {
      const first = peekSolid();
      const pipe: Pipe = { type: 'pipe', at: first.at, assign: false, declare: [], commands: [] };
      parseDeclarations(pipe, context);
      for (;;) {
        const token = nextSolid();
        if (token.type === end) {
          checkPipeline(pipe, context);
          return pipe;
        }
        switch (token.type) {
          case 'bool':
          case 'char':
          case 'dot':
          case 'field':
          case 'identifier':
          case 'number':
          case 'nil':
          case 'raw':
          case 'string':
          case 'variable':
          case 'open':
            back(token);
            pipe.commands.push(parseCommand());
            break;
          default:
            unexpected(token, context);
        }
      }
    });

  const parseDeclarations = (pipe: Pipe, context: string) => {
    for (;;) {
      const variable = peekSolid();
      if (variable.type !== 'variable') return;
      nextSolid();
      // A space behind the variable may or may not be followed by := or a comma.
      const spaced = peek();
      const after = peekSolid();
      if (after.type === 'assign' || after.type === 'declare') {
        nextSolid();
        pipe.assign = after.type === 'assign';
        pipe.declare.push(pipe.assign ? known(variable) : declareVariable(variable.text));
        return;
      }
      if (after.type === 'other' && after.text === ',') {
        nextSolid();
        pipe.declare.push(declareVariable(variable.text));
        if (context === 'range' && pipe.declare.length < 2) {
          const second = peekSolid();
          if (['variable', 'right', 'close'].includes(second.type)) continue;
          fail(`range can only initialize variables`);
        }
        fail(`too many declarations in ${context}`);
      }
      if (spaced.type === 'space') back(spaced);
      back(variable);
      return;
    }
  };

  const known = (token: Token): { name: string; slot: number } => {
    const [variable = ''] = token.text.split('.');
    const found = scope.names.findLast((each) => each.name === variable);
    return found ?? fail(`undefined variable ${JSON.stringify(variable)}`);
  };

  const checkPipeline = (pipe: Pipe, context: string) => {
    if (pipe.commands.length === 0) fail(`missing value for ${context}`);
    pipe.commands.slice(1).forEach((command, at) => {
      const [first] = command.args;
      if (first !== undefined && ['bool', 'dot', 'nil', 'number', 'string'].includes(first.type)) {
        fail(`non executable command in pipeline stage ${at + 2}`);
      }
    });
  };

  const parseCommand = (): Command => {
    const command: Command = { type: 'command', at: peekSolid().at, args: [] };
    for (;;) {
      const operand = parseOperand();
      if (operand !== undefined) command.args.push(operand);
      const token = next();
      if (token.type === 'space') continue;
      if (token.type === 'right' || token.type === 'close') back(token);
      else if (token.type !== 'pipe') unexpected(token, 'operand');
      break;
    }
    if (command.args.length === 0) fail('empty command');
    return command;
  };

  const parseOperand = (): Operand | undefined => {
    const node = parseTerm();
    if (node === undefined) return undefined;
    const fields: string[] = [];
    const at = peek().at;
    while (peek().type === 'field') fields.push(next().text.slice(1));
    if (fields.length === 0) return node;
    switch (node.type) {
      case 'field':
      case 'variable':
        return { ...node, at, names: [...node.names, ...fields] };
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        return fail(`unexpected . after term ${JSON.stringify(printOperand(node))}`);
      default:
        return { type: 'chain', at, node, names: fields };
    }
  };

  const parseTerm = (): Operand | undefined => {
    const token = nextSolid();
    const { at } = token;
    switch (token.type) {
      case 'identifier':
        if (!hasFunction(token.text)) fail(`function ${JSON.stringify(token.text)} not defined`);
        return { type: 'identifier', at, name: token.text };
      case 'dot':
        return { type: 'dot', at };
      case 'nil':
        return { type: 'nil', at };
      case 'variable':
        return { type: 'variable', at, ...known(token), names: [] };
      case 'field':
        return { type: 'field', at, names: [token.text.slice(1)] };
      case 'bool':
        return { type: 'bool', at, value: token.text === 'true' };
      case 'char': {
        const text_ = unquote(token.text);
        const points = text_ === undefined ? [] : [...text_];
        if (points.length !== 1) fail(`malformed character constant: ${token.text}`);
        const int = BigInt(points[0]?.codePointAt(0) ?? 0);
        return {
          type: 'number',
          at,
          text: token.text,
          value: { int, float: Number(int), isFloatSyntax: false },
        };
      }
      case 'number': {
        const value =
          readNumber(token.text) ?? fail(`illegal number syntax: ${JSON.stringify(token.text)}`);
        return { type: 'number', at, text: token.text, value };
      }
      case 'open':
        return parsePipeline('parenthesized pipeline', 'close');
      case 'raw':
        return { type: 'string', at, text: token.text, value: token.text.slice(1, -1) };
      case 'string':
        return {
          type: 'string',
          at,
          text: token.text,
          value: unquote(token.text) ?? fail('invalid syntax'),
        };
      default:
        back(token);
        return undefined;
    }
  };

  for (;;) {
    const token = next();
    if (token.type === 'end') break;
    if (token.type === 'text') {
      tree.nodes.push({ type: 'text', at: token.at, text: token.text });
      continue;
    }
    if (token.type !== 'left') unexpected(token, 'input');
    const word = nextSolid();
    if (word.type === 'keyword' && word.text === 'define') {
      const defined = templateName(nextSolid(), 'define clause');
      closeAction('define clause');
      parseDefinition(defined);
      continue;
    }
    if (word.type === 'keyword' && (word.text === 'end' || word.text === 'else'))
      fail(`unexpected {{${word.text}}}`);
    back(word);
    tree.nodes.push(...parseAction());
  }
  tree.slots = scope.slots;
  return [tree, ...trees];
}

/** A token in an error message: keywords in angle brackets, others quoted, long ones cut. */
function printToken(token: Token): string {
  if (token.type === 'end') return 'EOF';
  if (token.type === 'keyword') return `<${token.text}>`;
  return token.text.length > 10
    ? `${JSON.stringify(token.text.slice(0, 10))}...`
    : JSON.stringify(token.text);
}
