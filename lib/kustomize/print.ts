/** Text of a node as yaml/v3 writes it with an indent of two: for messages and for patterns that match printed values. */
import { quote } from '../helm/values/mod.ts';
import { eachField, Style, Tag } from './node.ts';
import type { YNode } from './node.ts';
import { isPlainSafe, resolvePlain } from './scalar.ts';

export interface Printed {
  text: string;
  /** Line, from one, on which each node begins. */
  lineOf: Map<YNode, number>;
}

export function printNode(node: YNode): Printed {
  const lineOf = new Map<YNode, number>();
  const lines: string[] = [];
  write(node, '', '', lines, lineOf);
  return { text: lines.map((line) => `${line}\n`).join(''), lineOf };
}

/** Text of a scalar on one line where it has one, otherwise of the whole node. */
export function printed(node: YNode): string {
  return printNode(node).text;
}

/** @param lead what already stands on the first line, for example a key or a dash */
function write(
  node: YNode,
  lead: string,
  indent: string,
  lines: string[],
  lineOf: Map<YNode, number>,
): void {
  lineOf.set(node, lines.length + 1);
  const space = lead === '' || lead.endsWith(' ') ? '' : ' ';
  if (node.kind === 'map' && node.content.length > 0) {
    const onLead = lead.endsWith('- ');
    let first = true;
    if (lead !== '' && !onLead) lines.push(lead);
    eachField(node, (key, value) => {
      lineOf.set(key, lines.length + 1);
      const start = first && onLead ? lead : indent;
      first = false;
      const nested = value.kind === 'map' ? `${indent}  ` : indent;
      write(value, `${start}${scalarText(key)}:`, nested, lines, lineOf);
    });
    return;
  }
  if (node.kind === 'seq' && node.content.length > 0) {
    if (lead !== '' && !lead.endsWith('- ')) lines.push(lead);
    for (const [at, item] of node.content.entries()) {
      const start = at === 0 && lead.endsWith('- ') ? lead : indent;
      write(item, `${start}- `, `${indent}  `, lines, lineOf);
    }
    return;
  }
  if (node.kind === 'map' || node.kind === 'seq') {
    lines.push(`${lead}${space}${node.kind === 'map' ? '{}' : '[]'}`);
    return;
  }
  if (isBlock(node)) {
    const chomp = node.value.endsWith('\n\n') ? '+' : node.value.endsWith('\n') ? '' : '-';
    lines.push(`${lead}${space}|${chomp}`);
    for (const line of node.value.replace(/\n$/, '').split('\n')) {
      lines.push(line === '' ? '' : `${indent}  ${line}`);
    }
    return;
  }
  const text = scalarText(node);
  lines.push(text === '' ? lead : `${lead}${space}${text}`);
}

function isBlock(node: YNode): boolean {
  if ((node.style & (Style.double | Style.single)) !== 0) return false;
  return (node.style & (Style.literal | Style.folded)) !== 0 || node.value.includes('\n');
}

function scalarText(node: YNode): string {
  const { value, style } = node;
  if ((style & Style.double) !== 0) return quote(value);
  if ((style & Style.single) !== 0) return `'${value.replaceAll("'", "''")}'`;
  if (node.tag === Tag.string && resolvePlain(value).tag !== Tag.string) return quote(value);
  if (value === '' && node.tag !== Tag.string) return '';
  return isPlainSafe(value) ? value : `'${value.replaceAll("'", "''")}'`;
}
