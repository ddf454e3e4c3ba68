/** Nodes to values and back, as encoding/json and yaml/v3 do it for the original. */
import { formatFloat, parseJsonMap, writeJson } from '../helm/yaml/mod.ts';
import { GoInt } from '../helm/values/mod.ts';
import type { GoMap, GoValue } from '../helm/values/mod.ts';
import { failure } from './errors.ts';
import { eachField, scalar, Style, Tag, YNode } from './node.ts';
import { printNode } from './print.ts';
import { resolvePlain, resolveScalar, styleOfString } from './scalar.ts';
import type { Resolved } from './scalar.ts';

/**
 * The value of a node, as JSON has it.
 *
 * @throws KustomizeError for keys that stand twice or are no strings, and for numbers that JSON lacks
 */
export function decode(node: YNode): GoValue {
  const problems: string[] = [];
  const value = decodeInto(node, problems, { root: node, atTop: true, inFlow: false });
  if (problems.length > 0) throw failure(`yaml: unmarshal errors:\n  ${problems.join('\n  ')}`);
  return value;
}

/** The value of an object. */
export function decodeMap(node: YNode): GoMap {
  const value = decode(node);
  if (value instanceof Map) return value;
  throw failure(
    `yaml: unmarshal errors:\n  line 1: cannot unmarshal ${node.tag} into map[string]interface {}`,
  );
}

interface Place {
  root: YNode;
  atTop: boolean;
  /** Inside of brackets, where the printed form of some scalars is quoted. */
  inFlow: boolean;
}

function decodeInto(node: YNode, problems: string[], place: Place): GoValue {
  switch (node.kind) {
    case 'scalar': {
      const resolved = resolveScalar(node);
      if (place.inFlow && isQuotedInFlow(node, resolved.tag)) return node.value;
      if (resolved.tag === '!!int') return new GoInt('int', resolved.value);
      if (resolved.tag === '!!float' && !Number.isFinite(resolved.value)) {
        throw failure(`json: unsupported value: ${formatFloat(resolved.value)}`);
      }
      return resolved.value;
    }
    case 'seq':
      return node.content.map((item) => decodeInto(item, problems, inside(node, place)));
    case 'map':
      return decodeFields(node, problems, place);
    case 'alias':
      return node.alias === undefined ? null : decodeInto(node.alias, problems, place);
    case 'none':
      if (node.tag === '') return null;
      throw failure('yaml: cannot encode node with unknown kind 0');
  }
}

function inside(node: YNode, place: Place): Place {
  const inFlow = place.inFlow || (node.style & Style.flow) !== 0;
  return { root: place.root, atTop: false, inFlow };
}

/** The original reads back what it has printed; these it prints in quotes. */
function isQuotedInFlow(node: YNode, tag: Resolved['tag']): boolean {
  if ((node.style & Style.tagged) !== 0) return false;
  return (
    (tag === '!!null' && node.value === '') || (tag === '!!timestamp' && node.value.includes(':'))
  );
}

function decodeFields(node: YNode, problems: string[], place: Place): GoMap {
  const map: GoMap = new Map();
  eachField(node, (key, value) => {
    if (!place.atTop && key.kind === 'scalar') {
      const { tag } = resolveScalar(key);
      if (tag !== '!!str' && tag !== '!!merge') {
        throw failure('json: unsupported type: map[interface {}]interface {}');
      }
    }
    if (map.has(key.value)) problems.push(duplicate(place.root, node, key));
    map.set(key.value, decodeInto(value, problems, inside(node, place)));
  });
  return map;
}

/** Lines are those of the printed object, which is what the original reads. */
function duplicate(root: YNode, node: YNode, key: YNode): string {
  const lines = printNode(root).lineOf;
  const first = node.content.find((each, at) => at % 2 === 0 && each.value === key.value);
  const [line, before] = [lines.get(key) ?? 0, first === undefined ? 0 : (lines.get(first) ?? 0)];
  return `line ${line}: mapping key ${JSON.stringify(key.value)} already defined at line ${before}`;
}

/** JSON of an object as the original's `MarshalJSON` writes it: keys sorted, `<`, `>` and `&` escaped. */
export function toJson(node: YNode): string {
  return writeJson(decode(node), { escapeHtml: true });
}

/** An object from JSON: every number has become a float64 on the way, keys are sorted. */
export function fromJson(text: string): YNode {
  return nodeOf(parseJsonMap(text));
}

/** A value as yaml/v3 would print it and read it again. */
export function nodeOf(value: GoValue): YNode {
  if (value === null) return scalar('null', Tag.null);
  if (typeof value === 'boolean') return scalar(String(value), Tag.bool);
  if (typeof value === 'string') return scalar(value, Tag.string, styleOfString(value));
  if (typeof value === 'number') {
    const text = formatFloat(value);
    return scalar(text, resolvePlain(text).tag);
  }
  if (value instanceof GoInt) return scalar(value.value.toString(), Tag.int);
  if (Array.isArray(value)) {
    const node = new YNode('seq', Tag.seq);
    node.content = value.map(nodeOf);
    return node;
  }
  const node = new YNode('map', Tag.map, '', Style.plain);
  if (value instanceof Map) {
    for (const key of [...value.keys()].sort()) {
      node.content.push(nodeOf(key), nodeOf(value.get(key) ?? null));
    }
  }
  return node;
}
