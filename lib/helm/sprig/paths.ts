/** Slash-separated paths. The `os` names are the same here: Helm's paths are those of Linux. */
import { trimEnd } from '../values/mod.ts';
import { fn, text } from './function.ts';
import type { SprigFunctions } from './function.ts';

const base = fn('string', ([path]) => baseOf(text(path)));
const dir = fn('string', ([path]) => clean(text(path).slice(0, text(path).lastIndexOf('/') + 1)));
const cleaned = fn('string', ([path]) => clean(text(path)));
const ext = fn('string', ([path]) => /\.[^./]*$/.exec(text(path))?.[0] ?? '');
const isAbs = fn('string', ([path]) => text(path).startsWith('/'));

export const pathFunctions: SprigFunctions = {
  base,
  dir,
  clean: cleaned,
  ext,
  isAbs,
  osBase: base,
  osDir: dir,
  osClean: cleaned,
  osExt: ext,
  osIsAbs: isAbs,
};

function baseOf(path: string): string {
  if (path === '') return '.';
  const stripped = trimEnd(path, (char) => char === '/');
  return stripped === '' ? '/' : stripped.slice(stripped.lastIndexOf('/') + 1);
}

export function clean(path: string): string {
  if (path === '') return '.';
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!rooted) parts.push('..');
  }
  const joined = parts.join('/');
  if (rooted) return `/${joined}`;
  return joined === '' ? '.' : joined;
}
