/**
 * The document that a build edits: a tree of nodes that know how they were written.
 *
 * Values are decided late, as in the original (kyaml): a scalar is text, a tag and a style until the very end, so a
 * replaced value takes over the quotes of the one it replaces, and with them whether it is a string. Nodes are shared
 * and edited in place, as there.
 */

export type NodeKind = 'none' | 'scalar' | 'map' | 'seq' | 'alias';

/** How a node is written; bits. */
export const Style = {
  plain: 0,
  tagged: 1,
  double: 2,
  single: 4,
  literal: 8,
  folded: 16,
  /** In brackets or braces. */
  flow: 32,
} as const;

export const quotedStyles = Style.double | Style.single | Style.literal | Style.folded;

/** Short tags; an empty one is decided by the text. */
export const Tag = {
  unset: '',
  null: '!!null',
  bool: '!!bool',
  string: '!!str',
  int: '!!int',
  float: '!!float',
  seq: '!!seq',
  map: '!!map',
  merge: '!!merge',
} as const;

export class YNode {
  kind: NodeKind;
  tag: string;
  value: string;
  style: number;
  /** Items of a sequence; key, value, key, value … of a mapping. */
  content: YNode[] = [];
  /** What an alias stands for. */
  alias: YNode | undefined;

  constructor(kind: NodeKind, tag = '', value = '', style = 0) {
    this.kind = kind;
    this.tag = tag;
    this.value = value;
    this.style = style;
  }

  /** Makes this node what another one is; items are shared, not copied. */
  become(other: YNode): void {
    this.kind = other.kind;
    this.tag = other.tag;
    this.value = other.value;
    this.style = other.style;
    this.content = other.content;
    this.alias = other.alias;
  }

  copy(): YNode {
    const copy = new YNode(this.kind, this.tag, this.value, this.style);
    copy.alias = this.alias;
    copy.content = this.content.map((item) => item.copy());
    return copy;
  }
}

export function scalar(value: string, tag = '', style = 0): YNode {
  return new YNode('scalar', tag, value, style);
}

/** A string as yaml/v3's `SetString` makes it: on several lines when it has them. */
export function stringNode(value: string): YNode {
  return scalar(value, Tag.string, value.includes('\n') ? Style.literal : Style.plain);
}

export function isMissingOrNull(node: YNode | undefined): boolean {
  return node === undefined || node.tag === Tag.null;
}

export function isNull(node: YNode | undefined): boolean {
  return node?.tag === Tag.null;
}

/** Absent, null, or a collection without items. */
export function isEmpty(node: YNode | undefined): boolean {
  return (
    node === undefined ||
    node.tag === Tag.null ||
    ((node.kind === 'map' || node.kind === 'seq') && node.content.length === 0) ||
    (node.kind === 'none' && node.tag === '' && node.content.length === 0)
  );
}

export function isEmptyMap(node: YNode | undefined): boolean {
  return (
    node === undefined ||
    node.tag === Tag.null ||
    (node.kind === 'map' && node.content.length === 0)
  );
}

/** A scalar that is a string, or undecided. */
export function isString(node: YNode): boolean {
  return node.kind === 'scalar' && (node.tag === Tag.string || node.tag === Tag.unset);
}

/** Text of a scalar, empty for what is missing or null. */
export function textOf(node: YNode | undefined): string {
  return node === undefined || node.tag === Tag.null ? '' : node.value;
}

/** Calls back for each key with its value. */
export function eachField(
  node: YNode,
  visit: (key: YNode, value: YNode, at: number) => void,
): void {
  const { content } = node;
  for (let at = 0; at + 1 < content.length; at += 2) {
    const [key, value] = [content[at], content[at + 1]];
    if (key !== undefined && value !== undefined) visit(key, value, at);
  }
}

/** Position of a key's first occurrence, -1 without one. */
export function indexOfKey(node: YNode, name: string): number {
  const { content } = node;
  for (let at = 0; at + 1 < content.length; at += 2) if (content[at]?.value === name) return at;
  return -1;
}

/** Value of a key's first occurrence, in whatever has keys. */
export function valueOf(node: YNode | undefined, name: string): YNode | undefined {
  if (node === undefined) return undefined;
  const at = indexOfKey(node, name);
  return at < 0 ? undefined : node.content[at + 1];
}

/** As {@link valueOf}, of mappings only. */
export function fieldOf(node: YNode | undefined, name: string): YNode | undefined {
  return node?.kind === 'map' ? valueOf(node, name) : undefined;
}
