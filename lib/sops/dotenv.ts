/** `KEY=value` lines; sops keeps what it has to say in keys that begin with `sops_`. Pure. */
import { SopsError } from './errors.ts';
import type { Tree } from './types.ts';

/** A line by its key, or a comment without its `#`. */
export type DotenvLine = { key: string } | { comment: string };

const prefix = 'sops_';

/** @throws SopsError `Corrupt`; the message does not hold the line */
export function readDotenv(text: string): { tree: Tree; lines: DotenvLine[] } {
  const tree = new Map<string, unknown>();
  const metadata = new Map<string, string>();
  const lines: DotenvLine[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line === '') continue;
    if (line.startsWith('#')) {
      lines.push({ comment: line.slice(1) });
      continue;
    }
    const equals = line.indexOf('=');
    if (equals < 0)
      throw new SopsError('Corrupt', `the file cannot be read: line ${at + 1} has no '='`);
    const key = line.slice(0, equals);
    const value = line.slice(equals + 1).replaceAll('\\n', '\n');
    if (key.startsWith(prefix)) metadata.set(key.slice(prefix.length), value);
    else {
      tree.set(key, value);
      lines.push({ key });
    }
  }
  tree.set('sops', unflatten(metadata));
  return { tree, lines };
}

export function writeDotenv(
  lines: readonly DotenvLine[],
  clear: Tree,
  open: (comment: string, path: readonly string[]) => string,
): string {
  return lines
    .map((line) => {
      if ('comment' in line) return `#${open(line.comment, [])}\n`;
      const value = clear.get(line.key);
      return `${line.key}=${String(value ?? '').replaceAll('\n', '\\n')}\n`;
    })
    .join('');
}

/** `age__list_0__map_enc` is the field `enc` of the first item of `age`. */
export function unflatten(flat: ReadonlyMap<string, string>): Tree {
  const top = new Map<string, unknown>();
  for (const [name, value] of flat) {
    const [first = '', ...rest] = name.split('__');
    let holder: Map<string, unknown> | unknown[] = top;
    let slot: string | number = first;
    for (const part of rest) {
      const isItem = part.startsWith('list_');
      const below: unknown =
        holder instanceof Map ? holder.get(String(slot)) : holder[Number(slot)];
      let next: Map<string, unknown> | unknown[];
      if (below instanceof Map || Array.isArray(below)) next = below;
      else {
        next = isItem ? [] : new Map<string, unknown>();
        put(holder, slot, next);
      }
      holder = next;
      slot = isItem ? Number(part.slice('list_'.length)) : part.replace(/^map_/, '');
    }
    put(holder, slot, value);
  }
  return top;
}

/** More items than any file has keys. */
const mostItems = 1000;

function put(holder: Map<string, unknown> | unknown[], slot: string | number, value: unknown) {
  if (holder instanceof Map) holder.set(String(slot), value);
  else if (typeof slot === 'number' && Number.isInteger(slot) && slot >= 0 && slot < mostItems)
    holder[slot] = value;
}
