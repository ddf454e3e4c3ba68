/** What the parser makes of a document: nodes with their tags, anchors resolved. */
import type { ScalarStyle } from './token.ts';

export interface ScalarNode {
  kind: 'scalar';
  line: number;
  tag: string;
  value: string;
  /** No quotes, no tag: the text decides about the type. */
  plain: boolean;
  style: ScalarStyle;
}

export interface SequenceNode {
  kind: 'sequence';
  line: number;
  tag: string;
  items: Node[];
  /** Written in brackets. */
  flow?: boolean;
}

export interface MappingNode {
  kind: 'mapping';
  line: number;
  tag: string;
  /** Key, value, key, value, … */
  entries: Node[];
  /** Written in braces. */
  flow?: boolean;
}

export interface AliasNode {
  kind: 'alias';
  line: number;
  name: string;
  target: Exclude<Node, AliasNode>;
}

export type Node = ScalarNode | SequenceNode | MappingNode | AliasNode;
