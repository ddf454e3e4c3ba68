/** Generated parts of names: hashes of templates and random suffixes. */
import { randomBytes } from 'node:crypto';
import { stableJson } from './fields.ts';

/** No vowels, no digits that look like letters: what Kubernetes uses so that no words appear. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Five random characters. */
export function randomSuffix(): string {
  return Array.from(randomBytes(5), (byte) => alphabet[byte % alphabet.length]).join('');
}

/** FNV-1a, 32 bits. */
function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** The hash of a pod template, as it appears in `pod-template-hash`. */
export function templateHash(template: unknown): string {
  return Array.from(
    String(fnv(stableJson(template))),
    (digit) => alphabet[digit.charCodeAt(0) % alphabet.length],
  ).join('');
}

/** A stable hexadecimal name for a text. */
export function hexHash(text: string): string {
  const low = fnv(text).toString(16).padStart(8, '0');
  return fnv(`${text}/`).toString(16).padStart(8, '0') + low;
}
