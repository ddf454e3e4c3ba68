/** Nodes at a path with patterns: `spec.containers.[name=web.*].image`, `spec.ports.*.name`, `items.0`. */
import { failure } from './errors.ts';
import {
  getField,
  isIndex,
  isListIndex,
  itemsOf,
  kindOfPart,
  setField,
  splitListIndex,
} from './fields.ts';
import { fieldOf, scalar, YNode } from './node.ts';
import type { NodeKind } from './node.ts';
import { finder } from './pattern.ts';
import { printed } from './print.ts';

/**
 * @param create what a missing node becomes; undefined makes nothing
 * @returns undefined when a part of the path is missing
 * @throws KustomizeError for indexes that do not exist, and parts that do not fit what is there
 */
export function matchPath(
  node: YNode,
  path: readonly string[],
  create: NodeKind | undefined,
): YNode[] | undefined {
  const [part, ...rest] = path;
  if (part === undefined) return [node];
  if (isIndex(part)) return atIndex(node, Number(part), rest, create);
  if (isListIndex(part)) return atElements(node, part, rest, create);
  if (part === '*') {
    return collect(itemsOf(node).map((item) => matchPath(item, rest, create)));
  }
  return atField(node, part, rest, create);
}

function collect(found: readonly (YNode[] | undefined)[]): YNode[] | undefined {
  const some = found.filter((each) => each !== undefined);
  return some.length === 0 ? undefined : some.flat();
}

function atField(
  node: YNode,
  name: string,
  rest: readonly string[],
  create: NodeKind | undefined,
): YNode[] | undefined {
  let field = getField(node, name);
  if (field === undefined) {
    if (create === undefined) return undefined;
    field = new YNode(kindOfPart(rest[0] ?? '', create));
    setField(node, name, field);
  }
  return matchPath(field, rest, create);
}

function atIndex(
  node: YNode,
  index: number,
  rest: readonly string[],
  create: NodeKind | undefined,
): YNode[] | undefined {
  const items = itemsOf(node);
  if (items.length === index && create !== undefined) {
    items.push(new YNode(kindOfPart(rest[0] ?? '', create)));
  }
  const item = items[index];
  if (item === undefined) {
    throw failure(`index ${index} specified but only ${items.length} elements found`);
  }
  return matchPath(item, rest, create);
}

function atElements(
  node: YNode,
  part: string,
  rest: readonly string[],
  create: NodeKind | undefined,
): YNode[] | undefined {
  const [name, pattern] = splitListIndex(part);
  const find = (): YNode[] | undefined => {
    const found = matching(itemsOf(node), name, pattern, rest, create);
    return found === undefined || found.length === 0 ? undefined : found;
  };
  const found = find();
  if (found !== undefined || create === undefined) return found;
  let item = scalar(pattern);
  if (name !== '') {
    item = new YNode('map');
    item.content = [scalar(name), scalar(pattern)];
  }
  itemsOf(node).push(item);
  return find();
}

function matching(
  items: readonly YNode[],
  name: string,
  pattern: string,
  rest: readonly string[],
  create: NodeKind | undefined,
): YNode[] | undefined {
  if (items.length === 0) return undefined;
  const matches = finder(pattern);
  if (name === '') {
    const found = items.filter((item) => matches(printed(item).trim()));
    return found.length === 0 ? undefined : found;
  }
  return collect(
    items.map((item) => {
      const value = fieldOf(item, name);
      if (value === undefined || !matches(printed(value).trim())) return undefined;
      return matchPath(item, rest, create);
    }),
  );
}
