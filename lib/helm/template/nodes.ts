/** The syntax tree of a template, and each node as Go prints it in error messages. */

export interface Position {
  /** Offset into the text of the file it was parsed from. */
  at: number;
}

export type Literal =
  | (Position & { type: 'bool'; value: boolean })
  | (Position & { type: 'number'; text: string; value: NumberValue })
  | (Position & { type: 'string'; text: string; value: string });

/** What a number's syntax allows it to be. */
export interface NumberValue {
  int?: bigint;
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
  /** `slot` is where the variable lives in a frame. */
  | (Position & { type: 'variable'; name: string; slot: number; names: string[] })
  | (Position & { type: 'identifier'; name: string })
  | (Position & { type: 'chain'; node: Operand; names: string[] })
  | Pipe;

export interface Command extends Position {
  type: 'command';
  args: Operand[];
}

export interface Pipe extends Position {
  type: 'pipe';
  assign: boolean;
  declare: { name: string; slot: number }[];
  commands: Command[];
}

export type Node =
  | (Position & { type: 'text'; text: string })
  | (Position & { type: 'action'; pipe: Pipe })
  | (Position & {
      type: 'if' | 'with' | 'range';
      pipe: Pipe;
      list: Node[];
      otherwise: Node[] | undefined;
    })
  | (Position & { type: 'template'; name: string; pipe: Pipe | undefined })
  | (Position & { type: 'break' | 'continue' });

/** A parsed template. */
export interface Tree {
  name: string;
  /** Name and text of the file in which it was defined, for positions. */
  parseName: string;
  text: string;
  nodes: Node[];
  /** Variables that a frame has to hold. */
  slots: number;
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

export function printPipe(pipe: Pipe): string {
  const declared = pipe.declare.map(({ name }) => name).join(', ');
  const head = declared === '' ? '' : `${declared} ${pipe.assign ? '=' : ':='} `;
  return head + pipe.commands.map(printOperand).join(' | ');
}

const encoder = new TextEncoder();

/** `name:line:column` of an offset; the column counts bytes, on the first line from 0, on later ones from 1 as Go does. */
export function locate(tree: Pick<Tree, 'parseName' | 'text'>, at: number): string {
  const before = tree.text.slice(0, at);
  const lineStart = before.lastIndexOf('\n');
  const column = encoder.encode(before.slice(lineStart + 1)).length;
  const line = before.split('\n').length;
  return `${tree.parseName}:${line}:${column}`;
}
