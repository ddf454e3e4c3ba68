/**
 * Values that comments mark as somebody's to set: `image: app:1.0 # {"$imagepolicy": "apps:app"}` (Flux v2's image
 * automation, kyaml's setters). Only the characters of the value change. Pure.
 */
import { isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Document, Scalar } from 'yaml';
import { isRecord } from '../runtime/mod.ts';
import { isPlain } from './edit.ts';
import { ManifestError } from './errors.ts';
import { readsAsOther } from './go-yaml.ts';

/** The object that a marked value belongs to; '' for what it does not say. */
export interface SetterObject {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
}

export interface SetterChange {
  object: SetterObject;
  oldValue: string;
  newValue: string;
  /** As the marker has it: `apps:app:tag`. */
  setter: string;
}

export interface SetterOptions {
  /** The key of the marker: `$imagepolicy`. */
  key: string;
  /** Values by the name in the marker; markers of other names are left alone. */
  values: ReadonlyMap<string, string>;
}

interface Marked {
  node: Scalar;
  from: number;
  to: number;
  before: string;
  setter: string;
  object: SetterObject;
}

/**
 * Sets every marked value of a file.
 *
 * @returns the text as it was, apart from the values; `changes` in the order of the file, none when all are set already
 * @throws ManifestError `ManifestUnparsable` when a document is no YAML; `EditNotVerified` when the text does not read as
 *   it should afterwards, which would be our mistake
 */
export function applySetters(
  text: string,
  source: string,
  options: SetterOptions,
): { text: string; changes: SetterChange[] } {
  const { values } = options;
  const marked = findMarked(text, source, options);
  const changing = marked.filter(({ before, setter }) => values.get(setter) !== before);
  if (changing.length === 0) return { text, changes: [] };
  let edited = text;
  const changes: SetterChange[] = [];
  for (const { node, from, to, before, setter, object } of changing.reverse()) {
    const newValue = values.get(setter) ?? '';
    edited = edited.slice(0, from) + print(newValue, node) + edited.slice(to);
    changes.unshift({ object, oldValue: before, newValue, setter });
  }
  const now = findMarked(edited, source, options);
  const isRight =
    now.length === marked.length &&
    now.every(({ before, setter }, at) => {
      return setter === marked[at]?.setter && before === values.get(setter);
    });
  if (!isRight)
    throw new ManifestError('EditNotVerified', source, `${source}: the edit could not be verified`);
  return { text: edited, changes };
}

function findMarked(text: string, source: string, options: SetterOptions): Marked[] {
  // Every scalar is a text: 1.10 is not 1.1.
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    strict: false,
    logLevel: 'silent',
  });
  return documents.flatMap((document: Document) => {
    const [error] = document.errors;
    if (error !== undefined)
      throw new ManifestError(
        'ManifestUnparsable',
        source,
        `${source}: not valid YAML: ${error.code}`,
        { cause: error },
      );
    return objectsOf(document.contents).flatMap((node) => {
      const object = identityOf(node);
      const found: Marked[] = [];
      walk(node, (scalar) => {
        const marked = markedAt(text, scalar, options);
        if (marked !== undefined) found.push({ ...marked, object });
      });
      return found;
    });
  });
}

/** The document, or the items of a List. */
function objectsOf(node: unknown): unknown[] {
  if (!isMap(node)) return [node];
  const items = node.get('items', true);
  return textOf(node.get('kind', true)) === 'List' && isSeq(items) ? items.items : [node];
}

function identityOf(node: unknown): SetterObject {
  const map = isMap(node) ? node : undefined;
  const metadata = map?.get('metadata', true);
  const of = (key: string) => textOf(map?.get(key, true));
  const ofMetadata = (key: string) => textOf(isMap(metadata) ? metadata.get(key, true) : undefined);
  return {
    apiVersion: of('apiVersion'),
    kind: of('kind'),
    namespace: ofMetadata('namespace'),
    name: ofMetadata('name'),
  };
}

const textOf = (node: unknown): string =>
  isScalar(node) && typeof node.value === 'string' ? node.value : '';

function walk(node: unknown, visit: (scalar: Scalar) => void): void {
  const values = isMap(node) ? node.items.map((pair) => pair.value) : isSeq(node) ? node.items : [];
  for (const value of values) {
    if (isScalar(value)) visit(value);
    else walk(value, visit);
  }
}

function markedAt(
  text: string,
  node: Scalar,
  { key, values }: SetterOptions,
): Omit<Marked, 'object'> | undefined {
  const [from, to] = node.range ?? [0, 0];
  const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
  // What is not written has no place to be set, and blocks are no names of images.
  if (from === to || isBlock || typeof node.value !== 'string') return undefined;
  const comment = /^[ \t]+#([^\r\n]*)/.exec(text.slice(to, endOfLine(text, to)))?.[1];
  const setter = comment === undefined ? undefined : readMarker(comment, key);
  if (setter === undefined || !values.has(setter)) return undefined;
  return { node, from, to, before: node.value, setter };
}

const endOfLine = (text: string, from: number): number => {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at;
};

/** A comment that is a map of texts, and nothing else. */
function readMarker(comment: string, key: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(comment.replace(/^#+/, ''));
  } catch {
    // Most comments are for people.
    return undefined;
  }
  if (!isRecord(value) || !Object.values(value).every((each) => typeof each === 'string'))
    return undefined;
  const name = value[key];
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** Keeps the quotes; what would read as a number or the like gets some. */
function print(value: string, { type }: Scalar): string {
  if (type === 'QUOTE_SINGLE') return `'${value.replaceAll("'", "''")}'`;
  if (type === 'QUOTE_DOUBLE' || readsAsOther(value) || !isPlain(value))
    return JSON.stringify(value);
  return value;
}
