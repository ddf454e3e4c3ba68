/** Files to nodes: documents, anchors, lists. */
import { parseDocument, writeJson, YamlError } from '../helm/yaml/mod.ts';
import type { YamlNode } from '../helm/yaml/mod.ts';
import { Fault } from '../runtime/mod.ts';
import { decode } from './decode.ts';
import { failure } from './errors.ts';
import { clearField, setEntry } from './fields.ts';
import { eachField, fieldOf, isEmpty, isNull, Style, Tag, textOf, YNode } from './node.ts';
import { resolvePlain } from './scalar.ts';

const coreTags = 'tag:yaml.org,2002:';

/** More nodes than any file has; one that multiplies itself by aliases is refused. */
const mostNodes = 500_000;
const maxDepth = 1000;

/**
 * The objects of a file: its documents, with anchors replaced by what they stand for and lists by their items.
 *
 * @throws KustomizeError for what is no YAML, or an object without kind or name
 */
export function readObjects(text: string): YNode[] {
  return expandLists(goodOnes(readDocuments(text)));
}

/**
 * Whether a file can be named as a resource.
 *
 * @throws KustomizeError as `readObjects`
 */
export function checkManifest(text: string): void {
  readObjects(text);
}

/** The nodes of all documents; a single `List` or `ResourceList` gives its items. */
export function readDocuments(text: string): YNode[] {
  const texts = splitDocuments(text.replaceAll('\r\n', '\n'));
  const found: YNode[] = [];
  for (const each of texts) {
    const node = readDocument(each);
    if (node === undefined || isNull(node)) continue;
    const kind = textOf(fieldOf(node, 'kind'));
    const items = fieldOf(node, 'items');
    const isList =
      texts.length === 1 &&
      (kind === 'ResourceList' || kind === 'List') &&
      (items !== undefined || fieldOf(node, 'functionConfig') !== undefined);
    if (isList) found.push(...(items?.content ?? []));
    else found.push(node);
  }
  return found.map((node) => withoutAnchors(node));
}

/** The first document of a text, aliases still in it; undefined when there is none. */
export function readDocument(text: string): YNode | undefined {
  try {
    const node = parseDocument(text);
    return node === undefined ? undefined : convert(node, new Map());
  } catch (thrown) {
    if (!(thrown instanceof YamlError)) throw thrown;
    throw failure(`MalformedYAMLError: ${thrown.newerMessage}`);
  }
}

function splitDocuments(text: string): string[] {
  if (text === '') return [];
  const texts: string[] = [];
  let from = 0;
  for (const match of text.matchAll(/\n---.*\n/g)) {
    const rest = match[0].slice(4).trim();
    if (rest !== '' && !rest.startsWith('#')) {
      throw failure(`invalid document separator: ${match[0].trim()}`);
    }
    texts.push(`${text.slice(from, match.index)}\n`);
    from = match.index + match[0].length;
  }
  texts.push(text.slice(from));
  return texts;
}

const styles = {
  plain: Style.plain,
  single: Style.single,
  double: Style.double,
  literal: Style.literal,
  folded: Style.folded,
} as const;

function convert(node: YamlNode, known: Map<YamlNode, YNode>): YNode {
  const before = known.get(node);
  if (before !== undefined) return before;
  if (node.kind === 'alias') {
    const alias = new YNode('alias', '', node.name);
    known.set(node, alias);
    alias.alias = convert(node.target, known);
    return alias;
  }
  const tag = node.tag.startsWith(coreTags) ? `!!${node.tag.slice(coreTags.length)}` : node.tag;
  const tagged = tag === '' ? Style.plain : Style.tagged;
  if (node.kind === 'scalar') {
    const style = styles[node.style];
    const implied =
      style !== Style.plain
        ? Tag.string
        : node.value === '<<'
          ? Tag.merge
          : resolvePlain(node.value).tag;
    const made = new YNode('scalar', tag === '' ? implied : tag, node.value, style | tagged);
    known.set(node, made);
    return made;
  }
  const isMap = node.kind === 'mapping';
  const kind = isMap ? 'map' : 'seq';
  const style = tagged | (node.flow === true ? Style.flow : Style.plain);
  const made = new YNode(kind, tag === '' ? (isMap ? Tag.map : Tag.seq) : tag, '', style);
  known.set(node, made);
  made.content = (isMap ? node.entries : node.items).map((item) => convert(item, known));
  return made;
}

function withoutAnchors(root: YNode): YNode {
  let count = 0;
  const take = (): void => {
    count += 1;
    if (count > mostNodes) throw failure('yaml: document contains excessive aliasing');
  };
  const copyOf = (node: YNode): YNode => {
    take();
    const copy = new YNode(node.kind, node.tag, node.value, node.style);
    copy.content = node.content.map(copyOf);
    return copy;
  };
  const expand = (node: YNode, depth: number): YNode => {
    take();
    if (depth > maxDepth) throw failure('yaml: document contains excessive aliasing');
    if (node.kind === 'alias') {
      const { alias } = node;
      if (alias === undefined) throw failure(`yaml: unknown anchor '${node.value}' referenced`);
      return copyOf(expand(alias, depth + 1));
    }
    if (node.kind === 'map') mergeKeys(node);
    node.content = node.content.map((item) =>
      item.kind === 'scalar' ? item : expand(item, depth + 1),
    );
    return node;
  };
  return expand(root, 0);
}

/** Resolves `<<`: keys of the mapping itself stay first and win. */
function mergeKeys(node: YNode): void {
  let value: YNode | undefined;
  eachField(node, (key, each) => {
    if (key.tag !== Tag.merge) return;
    if (value !== undefined) throw failure('duplicate merge key');
    value = each;
  });
  if (value === undefined) return;
  const sources = mergeSources(value);
  clearField(node, '<<');
  const own = node.copy();
  for (const source of [...sources, own]) {
    eachField(source.copy(), (key, item) => {
      setEntry(node, key, item);
    });
  }
}

function mergeSources(node: YNode): YNode[] {
  if (node.kind === 'map') return [node];
  if (node.kind === 'alias') {
    if (node.alias?.kind !== 'map') {
      throw failure('invalid map merge: received alias for a non-map value');
    }
    return [node.alias];
  }
  if (node.kind !== 'seq') {
    throw failure('map merge requires map or sequence of maps as the value');
  }
  const found: YNode[] = [];
  for (const item of node.content) {
    if (item.kind === 'seq') throw failure('invalid map merge: received a nested sequence');
    found.unshift(...mergeSources(item));
  }
  return found;
}

/** Leaves out what is empty. @throws KustomizeError for an object that says not what it is */
export function goodOnes(nodes: readonly YNode[]): YNode[] {
  const good = nodes.filter((node) => !isEmpty(node));
  for (const node of good) checkMetadata(node);
  return good;
}

function checkMetadata(node: YNode): void {
  const kindNode = fieldOf(node, 'kind');
  const versionNode = fieldOf(node, 'apiVersion');
  const metadata = fieldOf(node, 'metadata');
  const kind = textOf(kindNode);
  const name = isEmpty(metadata) ? undefined : fieldOf(metadata, 'name');
  const said = [kindNode, versionNode, name].some((each) => !isEmpty(each));
  const inMetadata = ['namespace', 'labels', 'annotations'].some(
    (each) => !isEmpty(metadata) && !isEmpty(fieldOf(metadata, each)),
  );
  if (!said && !inMetadata) throw failure('missing Resource metadata');
  if (kind === '') throw failure(`missing kind in object ${describeMetadata(node)}`);
  if (kind.endsWith('List')) return;
  if (isEmpty(name) || name?.value === '') {
    throw failure(`missing metadata.name in object ${describeMetadata(node)}`);
  }
}

/** As Go prints the structure: `{{v1 Pod} {{name namespace} map[a:b] map[]}}`. */
function describeMetadata(node: YNode): string {
  const metadata = fieldOf(node, 'metadata');
  const text = (parent: YNode | undefined, name: string): string => textOf(fieldOf(parent, name));
  const map = (name: string): string => {
    const pairs: string[] = [];
    const values = fieldOf(metadata, name);
    if (values?.kind === 'map') {
      eachField(values, (key, value) => pairs.push(`${key.value}:${textOf(value)}`));
    }
    return `map[${pairs.sort().join(' ')}]`;
  };
  const type = `{${text(node, 'apiVersion')} ${text(node, 'kind')}}`;
  const names = `{${text(metadata, 'name')} ${text(metadata, 'namespace')}}`;
  return `{${type} {${names} ${map('labels')} ${map('annotations')}}}`;
}

/** Items of a list come after everything that stands behind the list. */
function expandLists(nodes: readonly YNode[]): YNode[] {
  const queue = [...nodes];
  const found: YNode[] = [];
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    const kind = fieldOf(node, 'kind')?.value ?? '';
    const items = kind.endsWith('List') ? fieldOf(node, 'items') : undefined;
    if (items === undefined) {
      found.push(node);
      continue;
    }
    if (isNull(items)) continue;
    if (items.kind !== 'seq') {
      throw failure(`expected array in ${kind}/items, but found ${goTypeOf(items)}`);
    }
    for (const item of items.content) {
      queue.push(...goodOnes(readDocuments(writeJson(decode(item), { escapeHtml: true }))));
    }
  }
  return found;
}

function goTypeOf(node: YNode): string {
  if (node.kind === 'map') return 'map[string]interface {}';
  const resolved = resolvePlain(node.value);
  if (node.tag === Tag.string) return 'string';
  return (
    { '!!bool': 'bool', '!!int': 'int', '!!float': 'float64' }[node.tag] ?? typeof resolved.value
  );
}

/** True for what a parser of YAML says about a file. */
export function isMalformed(thrown: unknown): boolean {
  return thrown instanceof Fault && thrown.message.includes('MalformedYAMLError');
}
