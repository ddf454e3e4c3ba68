import type { Tree } from './types.ts';

export const isTree = (value: unknown): value is Tree => value instanceof Map;

/** A text of a document; '' when there is none. */
export function textAt(tree: Tree, key: string): string {
  const value = tree.get(key);
  return typeof value === 'string' ? value : '';
}
