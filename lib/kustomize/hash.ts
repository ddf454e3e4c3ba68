/** The suffix that tells one content of a ConfigMap or Secret from another. */
import { writeJson } from '../helm/yaml/mod.ts';
import { GoInt } from '../helm/values/mod.ts';
import type { GoMap, GoValue } from '../helm/values/mod.ts';
import { decode } from './decode.ts';
import { failure } from './errors.ts';
import { getField } from './fields.ts';
import type { YNode } from './node.ts';
import type { Resource } from './resource.ts';

/** SHA-256 of a text's UTF-8 bytes, in lower case hexadecimal digits. */
export type Sha256 = (text: string) => string;

const letters: Readonly<Record<string, string>> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' };

/**
 * Ten characters without vowels. The name is not part of the content: the original means to hash it, but looks for a
 * field that is called `metadata/name`.
 */
export function contentHash(resource: Resource, sha256: Sha256): string {
  const { kind, root } = resource;
  const content: GoMap = new Map<string, GoValue>([
    ['kind', kind],
    ['name', ''],
  ]);
  if (kind === 'ConfigMap') {
    content.set('data', fieldValue(root, 'data'));
    const binary = fieldValue(root, 'binaryData');
    if (binary instanceof Map) content.set('binaryData', binary);
  } else if (kind === 'Secret') {
    content.set('type', fieldValue(root, 'type'));
    content.set('data', fieldValue(root, 'data'));
    const texts = fieldValue(root, 'stringData');
    if (texts instanceof Map) content.set('stringData', texts);
  } else {
    throw failure(`no content hash for kind ${kind}: only ConfigMaps and Secrets have one`);
  }
  const digest = sha256(writeJson(content, { escapeHtml: true }));
  return Array.from(digest.slice(0, 10), (char) => letters[char] ?? char).join('');
}

/** A scalar's text, an object as JSON would give it back (numbers as float64), an empty text for what is missing. */
function fieldValue(root: YNode, name: string): GoValue {
  const field = getField(root, name);
  if (field === undefined) return '';
  return field.kind === 'scalar' ? field.value : withFloats(decode(field));
}

function withFloats(value: GoValue): GoValue {
  if (value instanceof GoInt) return Number(value.value);
  if (Array.isArray(value)) return value.map(withFloats);
  if (!(value instanceof Map)) return value;
  return new Map([...value].map(([key, item]) => [key, withFloats(item)]));
}
