/** Fields that a built-in kind does not have: the original drops them, a server-side apply refuses them. Pure. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';

/**
 * An object without the fields that a server says it does not know: `.spec.template.spec.containers[name="app"].foo: field
 * not declared in schema`.
 *
 * @returns `undefined` for custom kinds, and when the message names no field
 */
export function withoutUndeclared(object: KubeObject, message: string): KubeObject | undefined {
  if (!isBuiltIn(object.apiVersion)) return undefined;
  const paths = [...message.matchAll(/(\.\S.*?): field not declared in schema/g)];
  if (paths.length === 0) return undefined;
  const copy = structuredClone(object);
  const removed = paths.filter(([, path = '']) => remove(copy, parsePath(path)));
  return removed.length === 0 ? undefined : copy;
}

/** Groups that client-go has types of. */
function isBuiltIn(apiVersion: string): boolean {
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  if (['', 'apps', 'batch', 'autoscaling', 'policy'].includes(group)) return true;
  return group.endsWith('.k8s.io') && group !== 'apiextensions.k8s.io' && !crdGroups.test(group);
}

/** Kept as custom resources by Kubernetes itself. */
const crdGroups = /(^|\.)(x-k8s|gateway\.networking|snapshot\.storage|metrics|cluster)\./;

/** A name of a field, or what tells an item of a list. */
type Part = string | number | Readonly<Record<string, unknown>>;

function parsePath(path: string): Part[] {
  return [...path.matchAll(/\.([^.[\]]+)|\[((?:"(?:[^"\\]|\\.)*"|[^\]])*)\]/g)].map(
    ([, name, item]) => {
      if (name !== undefined) return name;
      if (/^\d+$/.test(item ?? '')) return Number(item);
      const pairs = [...(item ?? '').matchAll(/([^=,]+)=("(?:[^"\\]|\\.)*"|[^,]+)/g)];
      return Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, parsed(value)]));
    },
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return text;
    throw thrown;
  }
}

function remove(owner: unknown, path: readonly Part[]): boolean {
  const [part, ...rest] = path;
  if (typeof part === 'string') {
    if (!isRecord(owner) || !(part in owner)) return false;
    if (rest.length > 0) return remove(owner[part], rest);
    delete owner[part];
    return true;
  }
  if (part === undefined || !Array.isArray(owner)) return false;
  const items: unknown[] = owner;
  const item =
    typeof part === 'number'
      ? items[part]
      : items.find(
          (each) =>
            isRecord(each) && Object.entries(part).every(([key, value]) => each[key] === value),
        );
  return remove(item, rest);
}
