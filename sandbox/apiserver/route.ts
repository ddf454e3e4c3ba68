/** Reads a URL of the resource API. */
import type { Kind, KindRegistry } from './kinds.ts';

export interface Target {
  kind: Kind;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
}

/** `undefined` when nothing is served there. */
export function targetOf(kinds: KindRegistry, path: string): Target | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const root = parts.shift();
  const group = root === 'apis' ? (parts.shift() ?? '') : '';
  const version = parts.shift();
  if (version === undefined || (root !== 'api' && root !== 'apis')) return undefined;
  const inNamespace =
    parts[0] === 'namespaces' && parts.length > 2 && !isNamespaceSubresource(parts[2]);
  const namespace = inNamespace ? parts[1] : undefined;
  const [resource, name, subresource, ...more] = inNamespace ? parts.slice(2) : parts;
  const kind = resource === undefined ? undefined : kinds.byResource(group, version, resource);
  if (kind === undefined || more.length > 0) return undefined;
  if (kind.namespaced ? name !== undefined && namespace === undefined : namespace !== undefined)
    return undefined;
  return { kind, namespace, name, subresource };
}

const isNamespaceSubresource = (part: string | undefined) =>
  part === 'status' || part === 'finalize';
