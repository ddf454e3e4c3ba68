/** The syntax tree of a template, and each node as Go prints it in error messages. */
import { byteLength, goSpace, quote } from '../values/mod.ts';

export interface Position {
  /** Offset into the text of the file it was parsed from, in UTF-16 units. */
  at: number;
}

export type Literal =
  | (Position & { type: 'bool'; value: boolean })
  | (Position & { type: 'number'; text: string; value: NumberValue })
  | (Position & { type: 'string'; text: string; value: string });

/** What a number's syntax allows it to be. */
export interface NumberValue {
  /** Fits an int64. */
  int?: bigint;
  /** Fits a uint64. */
  uint?: bigint;
  float?: number;
  /** Written with a dot or exponent: a float unless asked otherwise. */
  isFloatSyntax: boolean;
  complex?: { real: number; imaginary: number };
}

export type Operand =
  | Literal
  | (Position & { type: 'nil' })
  | (Position & { type: 'dot' })
  | (Position & { type: 'field'; names: string[] })
  | (Position & { type: 'variable'; name: string; names: string[] })
  | (Position & { type: 'identifier'; name: string })
  | (Position & { type: 'chain'; node: Operand; names: string[] })
  | Pipe;

export interface Command extends Position {
  type: 'command';
  /** At least one: what is called or taken, then its arguments. */
  args: Operand[];
}

export interface Pipe extends Position {
  type: 'pipe';
  /** `=`, as against `:=`. */
  assign: boolean;
  /** Names of the variables, dollar sign included. */
  declare: string[];
  commands: Command[];
}

export interface BranchNode extends Position {
  type: 'if' | 'with' | 'range';
  pipe: Pipe;
  list: Node[];
  otherwise: Node[] | undefined;
}

export interface ActionNode extends Position {
  type: 'action';
  pipe: Pipe;
}

export interface CallNode extends Position {
  type: 'template';
  name: string;
  pipe: Pipe | undefined;
}

export type Node =
  | (Position & { type: 'text'; text: string })
  | ActionNode
  | BranchNode
  | CallNode
  | (Position & { type: 'break' | 'continue' });

/** A parsed template. */
export interface Tree {
  name: string;
  /** Name and text of the file in which it was defined, for positions. */
  parseName: string;
  text: string;
  nodes: Node[];
}

/** What errors point at. */
export type Place = ActionNode | CallNode | Operand | Command;

export function printPlace(node: Place): string {
  switch (node.type) {
    case 'action':
      return `{{${printPipe(node.pipe)}}}`;
    case 'template':
      return `{{template ${quote(node.name)}${node.pipe === undefined ? '' : ` ${printPipe(node.pipe)}`}}}`;
    default:
      return printOperand(node);
  }
}

export function printOperand(node: Operand | Command): string {
  switch (node.type) {
    case 'bool':
      return String(node.value);
    case 'number':
    case 'string':
      return node.text;
    case 'nil':
      return 'nil';
    case 'dot':
      return '.';
    case 'field':
      return node.names.map((name) => `.${name}`).join('');
    case 'variable':
      return [node.name, ...node.names].join('.');
    case 'identifier':
      return node.name;
    case 'chain': {
      const inner = printOperand(node.node);
      return `${node.node.type === 'pipe' ? `(${inner})` : inner}${node.names.map((name) => `.${name}`).join('')}`;
    }
    case 'pipe':
      return printPipe(node);
    case 'command':
      return node.args
        .map((arg) => (arg.type === 'pipe' ? `(${printPipe(arg)})` : printOperand(arg)))
        .join(' ');
  }
}

function printPipe(pipe: Pipe): string {
  const declared = pipe.declare.join(', ');
  const head = declared === '' ? '' : `${declared} ${pipe.assign ? '=' : ':='} `;
  return head + pipe.commands.map(printOperand).join(' | ');
}

/** `name:line:column` of an offset; the column counts bytes from 0. */
export function locate(tree: Pick<Tree, 'parseName' | 'text'>, at: number): string {
  const before = tree.text.slice(0, at);
  const lineStart = before.lastIndexOf('\n');
  const column = byteLength(before.slice(lineStart + 1));
  const line = before.split('\n').length;
  return `${tree.parseName}:${line}:${column}`;
}

const blank = new RegExp(`^${goSpace}*$`);

/** Only spaces and nothing else. */
export function isEmptyTree({ nodes }: Pick<Tree, 'nodes'>): boolean {
  return nodes.every((node) => node.type === 'text' && blank.test(node.text));
}
