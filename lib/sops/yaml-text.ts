/** A YAML document, comments and all, as sops prints it (yaml/v3, indentation of four). Pure. */
import { isMap, isScalar, isSeq } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import { formatFloat, writeString } from '../helm/yaml/mod.ts';

const step = 4;
const rules = { tabsInBlocks: true, width: Infinity };

export function yamlText({ contents, commentBefore, comment }: Document.Parsed): string {
  const lines = [...commentLines(commentBefore, 0)];
  if (isMap(contents)) lines.push(...mapLines(contents, 0));
  lines.push(...commentLines(comment, 0));
  return lines.map((line) => `${line}\n`).join('');
}

/** Columns below a map or list are multiples of the step, wherever the map begins. */
const deeper = (indent: number) => step * Math.floor((indent + step) / step);

function commentLines(comment: string | null | undefined, indent: number): string[] {
  if (comment === null || comment === undefined) return [];
  return comment
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `${' '.repeat(indent)}#${line}`);
}

function mapLines(map: { items: Pair[] } & Node, indent: number): string[] {
  const lines = [...commentLines(map.commentBefore, indent)];
  const pad = ' '.repeat(indent);
  for (const { key, value } of map.items) {
    if (isScalar(key)) lines.push(...commentLines(key.commentBefore, indent));
    const name = `${pad}${scalarText(isScalar(key) ? key.value : key, indent, true)}:`;
    if (isMap(value) && value.items.length > 0) {
      lines.push(name, ...mapLines(value, deeper(indent)));
    } else if (isSeq(value) && value.items.length > 0) {
      lines.push(name, ...listLines(value, deeper(indent)));
    } else {
      if (isScalar(value)) lines.push(...commentLines(value.commentBefore, indent));
      lines.push(`${name} ${leafText(value, deeper(indent))}${inline(value)}`);
    }
  }
  lines.push(...commentLines(map.comment, indent));
  return lines;
}

function listLines(list: { items: unknown[] } & Node, indent: number): string[] {
  const lines = [...commentLines(list.commentBefore, indent)];
  const pad = ' '.repeat(indent);
  for (const item of list.items) {
    const below =
      isMap(item) && item.items.length > 0
        ? mapLines(item, indent + 2)
        : isSeq(item) && item.items.length > 0
          ? listLines(item, indent + 2)
          : undefined;
    if (below === undefined) {
      if (isScalar(item)) lines.push(...commentLines(item.commentBefore, indent));
      lines.push(`${pad}- ${leafText(item, indent + 2)}${inline(item)}`);
      continue;
    }
    const first = below.findIndex((line) => !line.trimStart().startsWith('#'));
    lines.push(...below.slice(0, first).map((line) => line.slice(2)));
    lines.push(`${pad}- ${(below[first] ?? '').slice(indent + 2)}`, ...below.slice(first + 1));
  }
  lines.push(...commentLines(list.comment, indent));
  return lines;
}

function inline(value: unknown): string {
  const comment = isScalar(value) ? value.comment : undefined;
  return typeof comment === 'string' ? ` #${comment.replaceAll('\n', ' #')}` : '';
}

function leafText(value: unknown, indent: number): string {
  if (isMap(value)) return '{}';
  if (isSeq(value)) return '[]';
  return scalarText(isScalar(value) ? value.value : value, indent, false);
}

function scalarText(value: unknown, indent: number, asKey: boolean): string {
  if (typeof value === 'string') return writeString(value, { indent, column: 0, asKey }, rules);
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') {
    if (Number.isInteger(value)) return String(value);
    return Number.isFinite(value) ? formatFloat(value) : infinite(value);
  }
  if (value instanceof Uint8Array) return `!!binary ${Buffer.from(value).toString('base64')}`;
  return String(value);
}

const infinite = (value: number) => (Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf');
