/** Digests of what changes the objects of a release beside chart and values. Pure. */
import { createHash } from 'node:crypto';
import type { Fields } from '../runtime/mod.ts';

/** Each is '' when the field is not set. */
export function digestsOf(spec: Fields): { postRenderers: string; commonMetadata: string } {
  return {
    postRenderers: digestOf(spec.value['postRenderers']),
    commonMetadata: digestOf(spec.value['commonMetadata']),
  };
}

/** Over the JSON that Go writes: keys of maps sorted, a line feed behind it. */
function digestOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = JSON.stringify(sorted(value))
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026');
  return `sha256:${createHash('sha256').update(`${text}\n`).digest('hex')}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
