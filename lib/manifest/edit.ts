/** Changes single values of a YAML file and nothing else, not a byte (spec flux-v1 §7.4). */
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Document, Node, Pair, Scalar, YAMLMap } from 'yaml';
import { ManifestError } from './errors.ts';
import { readsAsOther } from './go-yaml.ts';
import type { ObjectPath, ScalarEdit } from './containers.ts';

/** Finds the object to edit: given a document or list item as plain data, says whether it is the one. */
export type ObjectMatcher = (object: unknown) => boolean;

export interface AnnotationEdit {
  key: string;
  /** `undefined` removes the annotation. */
  value: string | undefined;
}

interface Patch {
  from: number;
  to: number;
  text: string;
}

/**
 * Writes scalars into the first matching object of a file.
 *
 * @param source the file's name, for errors
 * @throws ManifestError `WorkloadNotFound`, `PathNotFound`, `ManifestUnparsable`
 */
export function setScalars(
  text: string,
  source: string,
  matches: ObjectMatcher,
  edits: readonly ScalarEdit[],
): string {
  const { root } = locate(text, source, matches);
  return applyPatches(
    text,
    edits.flatMap((edit) => scalarPatch(text, root, edit, source)),
  );
}

/**
 * Sets and removes annotations of the first matching object. A new one goes to the end of `metadata.annotations`, which
 * is made at the end of `metadata` when missing; the last one removed takes `annotations` with it.
 *
 * @throws ManifestError `WorkloadNotFound`, `PathNotFound`, `ManifestUnparsable`
 */
export function setAnnotations(
  text: string,
  source: string,
  matches: ObjectMatcher,
  edits: readonly AnnotationEdit[],
): string {
  // One at a time: an insertion depends on what the edit before it left.
  return edits.reduce((current, edit) => {
    const { root } = locate(current, source, matches);
    return applyPatches(current, annotationPatch(current, root, edit, source));
  }, text);
}

export function locate(
  text: string,
  source: string,
  matches: ObjectMatcher,
): { root: YAMLMap; document: Document } {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    version: '1.1',
    uniqueKeys: false,
    strict: false,
    logLevel: 'silent',
  });
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) {
      const line = lines.linePos(error.pos[0]).line;
      throw new ManifestError(
        'ManifestUnparsable',
        `${source}:${line}`,
        `${source}:${line}: not valid YAML: ${error.code}`,
        { cause: error },
      );
    }
    for (const candidate of candidates(document.contents, document)) {
      if (matches(candidate.toJS(document))) return { root: candidate, document };
    }
  }
  throw new ManifestError('WorkloadNotFound', source, `${source}: manifest not found`);
}

/** The document itself, or the items of a List, at any depth. */
function candidates(node: unknown, document: Document): YAMLMap[] {
  if (!isMap(node)) return [];
  const kind = node.get('kind');
  const items = node.get('items');
  if (typeof kind === 'string' && kind.endsWith('List') && isSeq(items)) {
    return items.items.flatMap((item) => candidates(item, document));
  }
  return [node];
}

function scalarPatch(
  text: string,
  root: YAMLMap,
  { path, value }: ScalarEdit,
  source: string,
): Patch[] {
  const node = nodeAt(root, path);
  if (node === undefined) throw notFound(source, path);
  if (isMap(node) || isSeq(node)) {
    throw new ManifestError(
      'PathNotFound',
      source,
      `${source}: ${path.join('.')} is not a single value`,
    );
  }
  const [from, to] = rangeOf(node, source, path);
  if (isScalar(node) && node.value === value) return [];
  return [
    { from, to, text: printScalar(value, isScalar(node) ? node : undefined, text.slice(from, to)) },
  ];
}

function annotationPatch(
  text: string,
  root: YAMLMap,
  { key, value }: AnnotationEdit,
  source: string,
): Patch[] {
  const metadata = root.get('metadata');
  if (!isMap(metadata)) throw notFound(source, ['metadata']);
  const annotations = metadata.get('annotations');
  const existing = isMap(annotations) ? pairOf(annotations, key) : undefined;
  if (value !== undefined && existing !== undefined) {
    return scalarPatch(text, root, { path: ['metadata', 'annotations', key], value }, source);
  }
  if (value !== undefined) {
    if (isMap(annotations) && annotations.items.length > 0)
      return [appendPair(text, annotations, key, value, source)];
    return [createAnnotations(text, metadata, key, value, source)];
  }
  if (!isMap(annotations) || existing === undefined) return [];
  const last = annotations.items.length === 1;
  return [
    last
      ? removePair(text, metadata, 'annotations', source)
      : removePair(text, annotations, key, source),
  ];
}

function appendPair(text: string, map: YAMLMap, key: string, value: string, source: string): Patch {
  const entry = `${printKey(key)}: ${printScalar(value)}`;
  const last = map.items.at(-1);
  if (last === undefined) throw notFound(source, [key]);
  const end = endOfPair(text, last, source);
  if (map.flow === true) return { from: end, to: end, text: `, ${entry}` };
  const [start] = rangeOf(keyNode(last), source, [key]);
  const at = endOfLine(text, end);
  return {
    from: at,
    to: at,
    text: `${newline(text)}${indentation(text, start)}${entry}`,
  };
}

function createAnnotations(
  text: string,
  metadata: YAMLMap,
  key: string,
  value: string,
  source: string,
): Patch {
  const entry = `${printKey(key)}: ${printScalar(value)}`;
  const present = pairOf(metadata, 'annotations');
  const eol = newline(text);
  if (metadata.flow === true) {
    if (present !== undefined) {
      const [from, to] = [
        rangeOf(keyNode(present), source, ['annotations'])[0],
        endOfPair(text, present, source),
      ];
      return { from, to, text: `annotations: {${entry}}` };
    }
    const last = metadata.items.at(-1);
    if (last === undefined) throw notFound(source, ['metadata']);
    const end = endOfPair(text, last, source);
    return { from: end, to: end, text: `, annotations: {${entry}}` };
  }
  const sibling = present ?? metadata.items.at(-1);
  if (sibling === undefined) throw notFound(source, ['metadata']);
  const [start] = rangeOf(keyNode(sibling), source, ['metadata']);
  const indent = indentation(text, start);
  const block = `annotations:${eol}${indent}  ${entry}`;
  if (present !== undefined)
    return { from: start, to: endOfPair(text, present, source), text: block };
  const at = endOfLine(text, endOfPair(text, sibling, source));
  return { from: at, to: at, text: `${eol}${indent}${block}` };
}

/** Removes whole lines of a block pair, or the pair and one comma of a flow map. */
function removePair(text: string, map: YAMLMap, key: string, source: string): Patch {
  const at = map.items.findIndex((pair) => keyText(pair) === key);
  const pair = map.items[at];
  if (pair === undefined) throw notFound(source, [key]);
  const start = rangeOf(keyNode(pair), source, [key])[0];
  const end = endOfPair(text, pair, source);
  if (map.flow === true) {
    const next = map.items[at + 1];
    const previous = map.items[at - 1];
    if (next !== undefined)
      return { from: start, to: rangeOf(keyNode(next), source, [key])[0], text: '' };
    if (previous !== undefined)
      return { from: endOfPair(text, previous, source), to: end, text: '' };
    return { from: start, to: end, text: '' };
  }
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const lineEnd = text.indexOf('\n', end);
  return { from: lineStart, to: lineEnd < 0 ? text.length : lineEnd + 1, text: '' };
}

/** Where the value of a pair ends: behind its last character, before any comment and line break. */
function endOfPair(text: string, pair: Pair, source: string): number {
  const node = pair.value as Node | null;
  const end = node?.range?.[1] ?? rangeOf(keyNode(pair), source, [])[1] + 1;
  // A block scalar's range includes its last line break.
  let last = end;
  while (last > 0 && /\s/.test(text.charAt(last - 1))) last -= 1;
  if (isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED'))
    return last;
  if (isMap(node) && node.flow !== true) {
    const inner = node.items.at(-1);
    return inner === undefined ? last : endOfPair(text, inner, source);
  }
  return Math.min(end, last);
}

/** Behind a comment on the same line, before the line break. */
function endOfLine(text: string, at: number): number {
  const lineBreak = /\r?\n/g;
  lineBreak.lastIndex = at;
  return lineBreak.exec(text)?.index ?? text.length;
}

export function nodeAt(root: YAMLMap, path: ObjectPath): Node | undefined {
  let node: unknown = root;
  for (const key of path) {
    if (isMap(node)) node = pairOf(node, String(key))?.value;
    else if (isSeq(node)) node = node.items[Number(key)];
    else return undefined;
  }
  return (node as Node | null) ?? undefined;
}

/** The last of duplicate keys, which is the one that counts. */
function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.filter((pair) => keyText(pair) === key).at(-1);
}

const keyText = (pair: Pair): string => (isScalar(pair.key) ? String(pair.key.value) : '');

const keyNode = (pair: Pair): Node => pair.key as Node;

function rangeOf(node: Node, source: string, path: ObjectPath): [number, number] {
  if (node.range === null || node.range === undefined) throw notFound(source, path);
  return [node.range[0], node.range[1]];
}

/** Keeps the quotes that were there; a new plain value is quoted only when it would read as something else than a string. */
function printScalar(value: string, before?: Scalar, written = ''): string {
  if (before?.type === 'QUOTE_DOUBLE' || written.startsWith('"')) return JSON.stringify(value);
  const single = `'${value.replaceAll("'", "''")}'`;
  if (before?.type === 'QUOTE_SINGLE' || readsAsOther(value)) return single;
  return isPlain(value) ? value : single;
}

const printKey = (key: string): string => (isPlain(key) ? key : JSON.stringify(key));

/** Whether a text may stand as a plain scalar on one line, in block and flow context. */
export function isPlain(value: string): boolean {
  if (!/^[^\s\-?:,[\]{}#&*!|>'"%@`]/.test(value) && !/^[-?:][^\s,[\]{}]/.test(value)) return false;
  return !/: |:$| #|[\s]$|[,[\]{}\n\r\t\u0000-\u001f]/.test(value);
}

const newline = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** Spaces with which the lines of a map begin; a map behind `- ` is indented past the dash. */
function indentation(text: string, at: number): string {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  return text.slice(lineStart, at).replaceAll(/[^\s]/g, ' ');
}

function applyPatches(text: string, patches: readonly Patch[]): string {
  return [...patches]
    .sort((a, b) => b.from - a.from)
    .reduce(
      (current, patch) => current.slice(0, patch.from) + patch.text + current.slice(patch.to),
      text,
    );
}

function notFound(source: string, path: ObjectPath): ManifestError {
  return new ManifestError(
    'PathNotFound',
    source,
    `${source}: unable to resolve path(s): ${path.join('.')}`,
  );
}
