/** `spec.ignore`: fields of applied objects that others are welcome to change. Pure. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { pathsFor } from '../runtime/mod.ts';
import type { KustomizationSpec } from './spec.ts';

interface States {
  live: KubeObject;
  /** What the server would make of it. */
  result: KubeObject;
  /** What is to be applied. */
  wanted: KubeObject;
}

/** @returns whether more than ignored fields differ, and what to apply: with the live values of ignored fields */
export function withIgnored(
  rules: KustomizationSpec['ignore'],
  { live, result, wanted }: States,
  differ: (live: KubeObject, result: KubeObject) => boolean,
): { differs: boolean; adopted: KubeObject } {
  const paths = pathsFor(rules, live);
  if (paths.length === 0) return { differs: differ(live, result), adopted: wanted };
  const [seen, planned, adopted] = [live, result, wanted].map((each) => structuredClone(each));
  if (seen === undefined || planned === undefined || adopted === undefined)
    return { differs: true, adopted: wanted };
  for (const path of paths) {
    const value = at(live, path);
    remove(seen, path);
    remove(planned, path);
    if (value === undefined) remove(adopted, path);
    else if (at(adopted, path) !== undefined) put(adopted, path, value);
  }
  return { differs: differ(seen, planned), adopted };
}

const keysOf = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

const below = (value: unknown, key: string): unknown => {
  if (Array.isArray(value)) return (value as unknown[])[Number(key)];
  return isRecord(value) ? value[key] : undefined;
};

const at = (object: unknown, pointer: string): unknown => keysOf(pointer).reduce(below, object);

function owner(object: unknown, pointer: string): { holder: unknown; key: string } {
  const keys = keysOf(pointer);
  return { holder: keys.slice(0, -1).reduce(below, object), key: keys.at(-1) ?? '' };
}

function remove(object: unknown, pointer: string): void {
  const { holder, key } = owner(object, pointer);
  if (Array.isArray(holder)) {
    if (/^\d+$/.test(key)) holder.splice(Number(key), 1);
  } else if (isRecord(holder)) delete holder[key];
}

function put(object: unknown, pointer: string, value: unknown): void {
  const { holder, key } = owner(object, pointer);
  if (Array.isArray(holder)) holder[Number(key)] = value;
  else if (isRecord(holder)) holder[key] = value;
}
