/** Names of releases that Helm takes (helm-controller internal/release/name.go). Pure. */
import { createHash } from 'node:crypto';

const longest = 53;

/** What is too long keeps 40 characters and gets 12 of its SHA-256. */
export function shortenName(name: string): string {
  if (name.length <= longest) return name;
  const hex = createHash('sha256').update(name).digest('hex');
  return `${name.slice(0, 40)}-${hex.slice(0, 12)}`;
}
