/** Encrypted files as text: the formats that sops reads, written again in the clear as it writes them. */
import { isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import { messageOf } from '../runtime/mod.ts';
import { openSopsFile } from './decrypt.ts';
import type { OpenedFile, OpenOptions } from './decrypt.ts';
import { readDotenv, writeDotenv } from './dotenv.ts';
import { SopsError } from './errors.ts';
import { readIni, writeIni } from './ini.ts';
import { isTree } from './tree.ts';
import { yamlText } from './yaml-text.ts';
import type { SopsKeys, Tree } from './types.ts';

export type SopsFormat = 'yaml' | 'json' | 'dotenv' | 'ini' | 'binary';

/** By the end of a file's name. */
export function sopsFormatOf(path: string): SopsFormat {
  if (/\.ya?ml$/.test(path)) return 'yaml';
  if (path.endsWith('.json')) return 'json';
  if (path.endsWith('.env')) return 'dotenv';
  return path.endsWith('.ini') ? 'ini' : 'binary';
}

const marks: Readonly<Record<SopsFormat, string>> = {
  yaml: 'mac: ENC[',
  json: '"mac": "ENC[',
  binary: '"mac": "ENC[',
  dotenv: 'sops_mac=ENC[',
  ini: '[sops]',
};

/** Whether a text looks like one that sops has encrypted in a format. */
export const hasSopsMark = (data: Uint8Array, format: SopsFormat): boolean =>
  Buffer.from(data).includes(marks[format]);

/** The format in which a text was encrypted; `undefined` when it was not. */
export const markedFormat = (data: Uint8Array): SopsFormat | undefined =>
  (['json', 'yaml', 'dotenv', 'ini'] as const).find((format) => hasSopsMark(data, format));

/**
 * @param input the format of the encrypted text; `binary` text is JSON
 * @param output the format of what was encrypted
 * @throws SopsError; messages never hold content
 */
export async function decryptSopsText(
  data: Uint8Array,
  input: SopsFormat,
  output: SopsFormat,
  keys: SopsKeys,
  options: OpenOptions = {},
): Promise<Uint8Array> {
  const text = Buffer.from(data).toString('utf8');
  if (input === 'ini') {
    const { tree, comments: own } = readIni(text);
    const opened = await openSopsFile([tree], keys, options);
    const [clear = new Map<string, unknown>()] = opened.documents;
    return output === 'ini'
      ? Buffer.from(writeIni(clear, own, opened.comment))
      : written([clear], output);
  }
  if (input === 'dotenv') {
    const { tree, lines } = readDotenv(text);
    const opened = await openSopsFile([tree], keys, options);
    const [clear = new Map<string, unknown>()] = opened.documents;
    return output === 'dotenv'
      ? Buffer.from(writeDotenv(lines, clear, opened.comment))
      : written([clear], output);
  }
  const documents = documentsOf(text);
  const opened = await openSopsFile(documents.map(treeOf), keys, options);
  if (output !== 'yaml' || input !== 'yaml') return written(opened.documents, output);
  return Buffer.from(
    documents.map((document, at) => writeYaml(document, opened, at)).join('---\n'),
  );
}

function documentsOf(text: string): Document.Parsed[] {
  const corrupt = (why: string) => new SopsError('Corrupt', `the file cannot be read: ${why}`);
  let documents;
  try {
    documents = [...parseAllDocuments(text, { logLevel: 'silent' })];
  } catch (thrown) {
    throw corrupt(messageOf(thrown));
  }
  for (const { errors } of documents) {
    const [error] = errors;
    // The rest of the message quotes the text.
    if (error !== undefined) throw corrupt(`${error.code} in line ${error.linePos?.[0].line ?? 1}`);
  }
  return documents;
}

function treeOf(document: Document.Parsed): Tree {
  const value: unknown = document.toJS({ mapAsMap: true });
  if (isTree(value)) return value;
  throw new SopsError('Corrupt', 'the file cannot be read: it is no map');
}

function written(documents: readonly Tree[], output: SopsFormat): Uint8Array {
  const [first = new Map<string, unknown>()] = documents;
  switch (output) {
    case 'binary': {
      const data = first.get('data');
      if (data instanceof Uint8Array) return data;
      if (typeof data === 'string') return Buffer.from(data);
      throw new SopsError('Corrupt', 'the file holds no binary data');
    }
    case 'json':
      return Buffer.from(`${jsonOf(first, '')}\n`);
    case 'dotenv':
      return Buffer.from(
        writeDotenv(
          [...first.keys()].map((key) => ({ key })),
          first,
          (text) => text,
        ),
      );
    case 'ini':
      return Buffer.from(writeIni(first, { sections: new Map(), keys: new Map() }, (text) => text));
    default:
      return Buffer.from(
        documents
          .map((tree) => {
            const [document] = documentsOf(jsonOf(tree, ''));
            return document === undefined ? '' : yamlText(document);
          })
          .join('---\n'),
      );
  }
}

/** With tabs, keys in their order, as sops prints JSON. */
function jsonOf(value: unknown, indent: string): string {
  const deeper = `${indent}\t`;
  if (isTree(value)) {
    const fields = [...value].map(
      ([key, each]) => `${deeper}${escaped(JSON.stringify(String(key)))}: ${jsonOf(each, deeper)}`,
    );
    return fields.length === 0 ? '{}' : `{\n${fields.join(',\n')}\n${indent}}`;
  }
  if (Array.isArray(value)) {
    const items = value.map((each) => `${deeper}${jsonOf(each, deeper)}`);
    return items.length === 0 ? '[]' : `[\n${items.join(',\n')}\n${indent}]`;
  }
  if (typeof value === 'bigint') return value.toString();
  return escaped(JSON.stringify(value ?? null));
}

/** As Go writes JSON. */
const escaped = (text: string) =>
  text.replaceAll(
    /[<>&\u2028\u2029]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Puts what is in the clear into the document that was read, so that its comments stay. */
function writeYaml(document: Document.Parsed, opened: OpenedFile, at: number): string {
  const { contents } = document;
  const clear = opened.documents[at] ?? new Map<string, unknown>();
  if (isMap(contents)) {
    const own = contents.items.find((pair) => keyOf(pair) === 'sops');
    contents.items = contents.items.filter((pair) => pair !== own);
    // What stood behind the last key now stands before that of sops.
    if (own !== undefined && isScalar(own.key) && typeof own.key.commentBefore === 'string')
      contents.comment = own.key.commentBefore;
    reveal(contents, clear, [], opened.comment);
  }
  document.commentBefore = comments(document.commentBefore, [], opened.comment) ?? null;
  document.comment = comments(document.comment, [], opened.comment) ?? null;
  return yamlText(document);
}

const keyOf = (pair: Pair): string => String(isScalar(pair.key) ? pair.key.value : pair.key);

function reveal(
  node: Node,
  clear: unknown,
  path: readonly string[],
  comment: OpenedFile['comment'],
): void {
  node.commentBefore = comments(node.commentBefore, path, comment) ?? null;
  node.comment = comments(node.comment, path, comment) ?? null;
  if (isMap(node) && isTree(clear)) {
    for (const pair of node.items) {
      const key = keyOf(pair);
      if (isScalar(pair.key)) {
        pair.key.commentBefore = comments(pair.key.commentBefore, path, comment) ?? null;
        pair.key.comment = comments(pair.key.comment, path, comment) ?? null;
      }
      const value = pair.value as Node | null;
      if (value === null) continue;
      const below = [...path, key];
      // The comment behind a value belongs to the map that the value stands in.
      if (isScalar(value)) {
        value.comment = comments(value.comment, path, comment) ?? null;
        value.commentBefore = comments(value.commentBefore, path, comment) ?? null;
      }
      reveal(value, clear.get(key), below, comment);
    }
  } else if (isSeq(node) && Array.isArray(clear)) {
    for (const [index, item] of node.items.entries())
      if (item !== null) reveal(item as Node, clear[index], path, comment);
  } else if (isScalar(node) && !isTree(clear) && !Array.isArray(clear)) {
    node.value = clear;
  }
}

function comments(
  text: string | null | undefined,
  path: readonly string[],
  open: OpenedFile['comment'],
): string | undefined {
  return text
    ?.split('\n')
    .map((line) => open(line, path))
    .join('\n');
}
