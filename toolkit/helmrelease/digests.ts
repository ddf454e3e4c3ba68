/** Digests of what changes the objects of a release beside chart and values; they are those that helm-controller writes. Pure. */
import { createHash } from 'node:crypto';
import { isRecord } from '../../lib/runtime/mod.ts';
import type { Fields } from '../runtime/mod.ts';

/** Each is '' when the field is not set. */
export function digestsOf(spec: Fields): { postRenderers: string; commonMetadata: string } {
  return {
    postRenderers: digestOf(spec.value['postRenderers'], postRenderers),
    commonMetadata: digestOf(spec.value['commonMetadata'], commonMetadata),
  };
}

/** The order of fields in the original's types. `map`: its keys are sorted; `any`: as it is; `always`: even when it is empty. */
type Shape =
  | { is: 'any' | 'always' | 'map' }
  | { is: 'list'; of: Shape }
  | { is: 'struct'; fields: Readonly<Record<string, Shape>> };

const any: Shape = { is: 'any' };
const always: Shape = { is: 'always' };
const map: Shape = { is: 'map' };
const listOf = (of: Shape): Shape => ({ is: 'list', of });
const struct = (fields: Readonly<Record<string, Shape>>): Shape => ({ is: 'struct', fields });
const texts = (...names: readonly string[]) =>
  struct(Object.fromEntries(names.map((name) => [name, any])));

const target = texts(
  'group',
  'version',
  'kind',
  'namespace',
  'name',
  'annotationSelector',
  'labelSelector',
);
const postRenderers = listOf(
  struct({
    kustomize: struct({
      patches: listOf(struct({ patch: always, target })),
      patchesStrategicMerge: listOf(map),
      patchesJson6902: listOf(
        struct({
          patch: listOf(struct({ op: always, path: always, from: any, value: always })),
          target,
        }),
      ),
      images: listOf(struct({ name: always, newName: any, newTag: any, digest: any })),
    }),
  }),
);
const commonMetadata = struct({ annotations: map, labels: map });

/** Over the JSON that Go writes, with a line feed behind it. */
function digestOf(value: unknown, shape: Shape): string {
  if (value === undefined || value === null) return '';
  const text = JSON.stringify(ordered(value, shape)).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `sha256:${createHash('sha256').update(`${text}\n`).digest('hex')}`;
}

function ordered(value: unknown, shape: Shape): unknown {
  if (shape.is === 'list' && Array.isArray(value)) {
    return value.map((item) => ordered(item, shape.of));
  }
  if (shape.is === 'struct' && isRecord(value)) {
    return Object.fromEntries(
      Object.entries(shape.fields).flatMap(([key, inner]) => {
        const item = value[key];
        const isGiven = inner.is === 'struct' || inner.is === 'always' ? has(item) : !isEmpty(item);
        return isGiven ? [[key, ordered(item, inner)]] : [];
      }),
    );
  }
  if (Array.isArray(value)) return value.map((item) => ordered(item, map));
  if (!isRecord(value)) return value;
  const names = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(names.map((name) => [name, ordered(value[name], map)]));
}

const has = (value: unknown) => value !== undefined && value !== null;

const isEmpty = (value: unknown): boolean =>
  !has(value) ||
  value === '' ||
  (Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0);
