/** Nodes to values: tags, merges, aliases (bounded), keys as text, every number a float64. */
import { compareText, GoInt, GoObject, quote, textOfBytes } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { YamlError } from './errors.ts';
import type { AliasNode, MappingNode, Node, ScalarNode } from './node.ts';
import { formatFloat } from './number.ts';
import type { ReadOptions } from './read.ts';
import { resolvePlain } from './resolve.ts';
import type { Resolved } from './resolve.ts';

const coreTag = 'tag:yaml.org,2002:';

/** @throws YamlError with Go's message, less the prefix that names the conversion */
export function decodeNode(node: Node, { strict = false, integers = false }: ReadOptions): GoValue {
  const decoder = new Decoder(strict, integers);
  const value = decoder.value(node);
  if (decoder.typeErrors.length > 0) {
    throw new YamlError(
      'InvalidYaml',
      `yaml: unmarshal errors:\n  ${decoder.typeErrors.join('\n  ')}`,
    );
  }
  // Go finds these only when it turns the whole document into JSON.
  if (decoder.hasUnsupported) refuseUnsupported(value);
  return value;
}

/** Stands where something is that JSON cannot hold. */
class Unsupported extends GoObject {
  readonly goType = 'unsupported';
  readonly message: () => string;

  constructor(message: () => string) {
    super();
    this.message = message;
  }
}

/** @throws YamlError for the first thing that JSON cannot hold */
function refuseUnsupported(value: GoValue): void {
  if (value instanceof Unsupported) throw new YamlError('InvalidYaml', value.message());
  if (Array.isArray(value)) value.forEach(refuseUnsupported);
  else if (value instanceof Map) for (const item of value.values()) refuseUnsupported(item);
}

class Decoder {
  readonly typeErrors: string[] = [];
  hasUnsupported = false;
  private readonly strict: boolean;
  private readonly integers: boolean;
  private readonly open = new Set<AliasNode['target']>();
  private decoded = 0;
  private fromAliases = 0;
  private aliasDepth = 0;

  constructor(strict: boolean, integers: boolean) {
    this.strict = strict;
    this.integers = integers;
  }

  value(node: Node): GoValue {
    this.count();
    switch (node.kind) {
      case 'scalar':
        return this.scalar(node);
      case 'sequence':
        return node.items.map((item) => this.value(item));
      case 'mapping': {
        const map: GoMap = new Map();
        this.fill(node, map);
        return map;
      }
      case 'alias':
        return this.throughAlias(node, (target) => this.value(target));
    }
  }

  private scalar(node: ScalarNode): GoValue {
    const resolved = resolveScalar(node);
    if (resolved.tag === 'int') {
      if (!this.integers) return Number(resolved.value);
      return new GoInt(resolved.value > 0x7fffffffffffffffn ? 'uint64' : 'int64', resolved.value);
    }
    if (resolved.tag === 'float' && !Number.isFinite(resolved.value)) {
      const text = formatFloat(resolved.value);
      this.hasUnsupported = true;
      return new Unsupported(() => `json: unsupported value: ${text}`);
    }
    return resolved.value;
  }

  private refuseKey(map: GoMap, type: string, key: string, value: Node): undefined {
    this.hasUnsupported = true;
    const message = () =>
      `unsupported map key of type: ${type}, key: ${key}, value: ${goSyntax(value, true)}`;
    map.set(`\0${key}`, new Unsupported(message));
    return undefined;
  }

  private count(): void {
    this.decoded++;
    if (this.aliasDepth > 0) this.fromAliases++;
    if (
      this.fromAliases > 100 &&
      this.decoded > 1000 &&
      this.fromAliases / this.decoded > allowedAliasShare(this.decoded)
    ) {
      throw new YamlError('InvalidYaml', 'yaml: document contains excessive aliasing');
    }
  }

  private throughAlias<T>(node: AliasNode, read: (target: AliasNode['target']) => T): T {
    if (this.open.has(node.target)) {
      throw new YamlError('InvalidYaml', `yaml: anchor '${node.name}' value contains itself`);
    }
    this.open.add(node.target);
    this.aliasDepth++;
    const value = read(node.target);
    this.aliasDepth--;
    this.open.delete(node.target);
    return value;
  }

  private fill(node: MappingNode, map: GoMap): void {
    const { entries } = node;
    for (let i = 0; i + 1 < entries.length; i += 2) {
      const [keyNode, valueNode] = [entries[i], entries[i + 1]];
      if (keyNode === undefined || valueNode === undefined) break;
      if (isMerge(keyNode)) {
        this.merge(valueNode, map);
        continue;
      }
      const key = this.key(keyNode, valueNode, map);
      const value = this.value(valueNode);
      if (key === undefined) continue;
      if (this.strict && map.has(key)) {
        this.typeErrors.push(
          `line ${valueNode.line + 1}: key ${JSON.stringify(key)} already set in map`,
        );
      } else map.set(key, value);
    }
  }

  /** Later maps of a list give way to earlier ones. Keys that stand before the merge give way too, as in yaml/v2. */
  private merge(node: Node, map: GoMap): void {
    const single = (item: Node): void => {
      this.count();
      if (item.kind === 'mapping') this.fill(item, map);
      else if (item.kind === 'alias') this.throughAlias(item, (target) => single(target));
      else throw wantMap();
    };
    if (node.kind !== 'sequence') {
      single(node);
      return;
    }
    for (const item of node.items.toReversed()) single(item);
  }

  /** @returns `undefined` for a key that JSON cannot have */
  private key(node: Node, valueNode: Node, map: GoMap): string | undefined {
    this.count();
    if (node.kind === 'alias')
      return this.throughAlias(node, (target) => this.key(target, valueNode, map));
    if (node.kind !== 'scalar') {
      this.value(node);
      throw new YamlError('InvalidYaml', `yaml: invalid map key: ${goSyntax(node)}`);
    }
    const resolved = resolveScalar(node);
    switch (resolved.tag) {
      case 'str':
      case 'timestamp':
        return resolved.value;
      case 'bool':
        return String(resolved.value);
      case 'int':
        if (resolved.value <= 0x7fffffffffffffffn) return String(resolved.value);
        return this.refuseKey(map, 'uint64', `0x${resolved.value.toString(16)}`, valueNode);
      case 'float': {
        if (Number.isNaN(resolved.value)) return '.nan';
        if (!Number.isFinite(resolved.value)) return resolved.value > 0 ? '.inf' : '-.inf';
        // sigs.k8s.io/yaml prints keys with the precision of a float32.
        return formatFloat(shortestFloat32(resolved.value));
      }
      case 'null':
        return this.refuseKey(map, '%!s(<nil>)', '<nil>', valueNode);
    }
  }
}

function resolveScalar(node: ScalarNode): Resolved {
  if (node.tag === '') {
    return node.plain ? resolvePlain(node.value) : { tag: 'str', value: node.value };
  }
  const wanted = node.tag.startsWith(coreTag) ? node.tag.slice(coreTag.length) : undefined;
  switch (wanted) {
    case 'str':
      return { tag: 'str', value: node.value };
    case 'binary':
      return { tag: 'str', value: decodeBinary(node.value) };
    case 'bool':
    case 'int':
    case 'float':
    case 'null':
    case 'timestamp': {
      const resolved = resolvePlain(node.value);
      if (resolved.tag === wanted) return resolved;
      if (wanted === 'float' && resolved.tag === 'int') {
        return { tag: 'float', value: Number(resolved.value) };
      }
      throw new YamlError(
        'InvalidYaml',
        `yaml: cannot decode !!${resolved.tag} \`${node.value}\` as a !!${wanted}`,
      );
    }
    default:
      return { tag: 'str', value: node.value };
  }
}

function decodeBinary(text: string): string {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll(/[\r\n]/g, '')), (c) => c.charCodeAt(0));
    return textOfBytes(bytes);
  } catch (cause) {
    throw new YamlError('InvalidYaml', 'yaml: !!binary value contains invalid base64 data', {
      cause,
    });
  }
}

function isMerge(node: Node): boolean {
  return (
    node.kind === 'scalar' && node.value === '<<' && (node.plain || node.tag === `${coreTag}merge`)
  );
}

function wantMap(): YamlError {
  return new YamlError(
    'InvalidYaml',
    'yaml: map merge requires map or sequence of maps as the value',
  );
}

/** Go's `%#v` of what a node is decoded to. */
function goSyntax(node: Node, atTop = false): string {
  switch (node.kind) {
    case 'alias':
      return goSyntax(node.target, atTop);
    case 'sequence':
      return `[]interface {}{${node.items.map((item) => goSyntax(item)).join(', ')}}`;
    case 'mapping':
      return `map[interface {}]interface {}{${pairsOf(node).join(', ')}}`;
    case 'scalar':
  }
  const resolved = resolveScalar(node);
  switch (resolved.tag) {
    case 'null':
      return atTop ? '<nil>' : 'interface {}(nil)';
    case 'bool':
      return String(resolved.value);
    case 'int':
      return resolved.value > 0x7fffffffffffffffn
        ? `0x${resolved.value.toString(16)}`
        : String(resolved.value);
    case 'float':
      return formatFloat(resolved.value);
    default:
      return quote(resolved.value);
  }
}

/** The maps behind `<<`, those that count most last. */
function mergedInto(value: Node): MappingNode[] {
  const node = value.kind === 'alias' ? value.target : value;
  const nodes = node.kind === 'sequence' ? [...node.items].reverse() : [node];
  return nodes.flatMap((each) => {
    const map = each.kind === 'alias' ? each.target : each;
    return map.kind === 'mapping' ? [map] : [];
  });
}

/** A later pair replaces an earlier one. */
function syntaxPairs(node: MappingNode): Map<string, { text: string; key: Node }> {
  const pairs = new Map<string, { text: string; key: Node }>();
  for (let at = 0; at + 1 < node.entries.length; at += 2) {
    const [key, value] = [node.entries[at], node.entries[at + 1]];
    if (key === undefined || value === undefined) continue;
    if (isMerge(key))
      for (const merged of mergedInto(value))
        for (const [name, item] of syntaxPairs(merged)) pairs.set(name, item);
    else pairs.set(goSyntax(key), { text: goSyntax(value), key });
  }
  return pairs;
}

/** `key:value` in the order in which Go happens to sort keys of several types: nil, strings, integers, floats, booleans. */
function pairsOf(node: MappingNode): string[] {
  const kinds = [/^interface/, /^"/, /^-?\d+$|^0x/, /^NaN$/, /^[-+\d]/, /^/];
  const rank = (key: string): number => kinds.findIndex((kind) => kind.test(key));
  const numberOf = (key: string): number => Number(key.replace('Inf', 'Infinity'));
  /** Texts are compared as they are, not as they are quoted. */
  const plain = (key: Node): string => {
    const scalar = key.kind === 'alias' ? key.target : key;
    return scalar.kind === 'scalar' ? scalar.value : '';
  };
  return [...syntaxPairs(node)]
    .sort(
      ([a, { key: left }], [b, { key: right }]) =>
        rank(a) - rank(b) || numberOf(a) - numberOf(b) || compareText(plain(left), plain(right)),
    )
    .map(([key, { text }]) => `${key}:${text}`);
}

/** yaml/v2's bound on documents that multiply themselves: 99 % small, falling to 10 % for large ones. */
function allowedAliasShare(decoded: number): number {
  const low = 400_000;
  const high = 4_000_000;
  if (decoded <= low) return 0.99;
  if (decoded >= high) return 0.1;
  return 0.99 - 0.89 * ((decoded - low) / (high - low));
}

/** The shortest decimal that gives the same float32, as a number. */
function shortestFloat32(value: number): number {
  const single = Math.fround(value);
  for (let precision = 1; precision <= 9; precision++) {
    const candidate = Number(single.toPrecision(precision));
    if (Math.fround(candidate) === single) return candidate;
  }
  return single;
}
