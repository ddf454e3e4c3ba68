/** `spec.ignore`: fields of applied objects that others are welcome to change. Pure. */
import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import type { Fields } from '../runtime/mod.ts';
import { idOf, splitVersion } from './object-id.ts';
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
  const paths = rules
    .filter(({ target }) => target === undefined || isTarget(live, target))
    .flatMap((rule) => rule.paths);
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

function isTarget(object: KubeObject, target: Fields): boolean {
  const { group, version } = splitVersion(object.apiVersion);
  const is = { ...idOf(object), group, version };
  return (
    (['group', 'version', 'kind', 'namespace', 'name'] as const).every((key) =>
      fitsPattern(target.text(key), is[key]),
    ) &&
    fitsSelector(target.text('labelSelector'), object.metadata.labels ?? {}) &&
    fitsSelector(target.text('annotationSelector'), object.metadata.annotations ?? {})
  );
}

/** Patterns fit as a whole; one that cannot be read fits only itself. */
function fitsPattern(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  try {
    return RE2JS.compile(pattern).matcher(text).matches();
  } catch (thrown) {
    if (thrown instanceof RE2JSSyntaxException) return pattern === text;
    throw thrown;
  }
}

/** `a=b,c!=d,e,!f` */
function fitsSelector(
  selector: string | undefined,
  values: Readonly<Record<string, string>>,
): boolean {
  const parts = (selector ?? '').split(',').map((part) => part.trim());
  return parts
    .filter((part) => part !== '')
    .every((part) => {
      const match = /^([^=!\s]+)\s*(==|=|!=)\s*(.*)$/.exec(part);
      if (match !== null) {
        const [, key = '', operator, wanted] = match;
        return (values[key] === wanted) === (operator !== '!=');
      }
      return part.startsWith('!') ? !(part.slice(1) in values) : part in values;
    });
}
