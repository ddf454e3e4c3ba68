/** What an existing Secret becomes: whether we may touch it, and with what. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { UnsealerError } from '../errors.ts';
import { annotations } from '../seal/scope.ts';
import { texts } from '../seal/sealed-secret.ts';

/**
 * @param live the Secret as it is
 * @param wanted what was unsealed
 * @param owner uid of the SealedSecret
 * @returns the Secret to write, or `undefined` when nothing differs
 * @throws UnsealerError `Unmanaged`
 */
export function mergeSecret(
  live: KubeObject,
  wanted: KubeObject,
  owner: string,
): KubeObject | undefined {
  const has = (annotation: string) => live.metadata.annotations?.[annotation] === 'true';
  const isPatched = has(annotations.patch);
  const isManaged = has(annotations.managed);
  if (!isControlledBy(live, owner) && !isManaged && !isPatched) {
    const name = live.metadata.name ?? '';
    throw new UnsealerError(
      'Unmanaged',
      name,
      `Resource ${JSON.stringify(name)} already exists and is not managed by SealedSecret`,
    );
  }
  const { labels, annotations: wantedAnnotations, ownerReferences } = wanted.metadata;
  const owned = ownerReferences === undefined ? {} : { ownerReferences };
  const { ownerReferences: before, ...metadata } = live.metadata;
  const next: KubeObject = isPatched
    ? {
        ...live,
        metadata: {
          ...metadata,
          labels: { ...live.metadata.labels, ...labels },
          annotations: { ...live.metadata.annotations, ...wantedAnnotations },
          ...(isManaged ? owned : before === undefined ? {} : { ownerReferences: before }),
        },
        data: { ...texts(live.data), ...texts(wanted.data) },
      }
    : {
        ...live,
        metadata: {
          ...metadata,
          labels: { ...labels },
          annotations: { ...wantedAnnotations },
          ...owned,
        },
        data: wanted.data,
      };
  next.type = wanted.type;
  return isSame(live, next) ? undefined : next;
}

export function isControlledBy(object: KubeObject, uid: string): boolean {
  return (object.metadata.ownerReferences ?? []).some(
    (reference) => reference.controller === true && reference.uid === uid,
  );
}

function isSame(a: KubeObject, b: KubeObject): boolean {
  const view = ({ type, data, metadata }: KubeObject) =>
    JSON.stringify([
      type,
      sorted(texts(data)),
      sorted(metadata.labels),
      sorted(metadata.annotations),
      (metadata.ownerReferences ?? []).map(({ kind, name, uid, controller }) => [
        kind,
        name,
        uid,
        controller === true,
      ]),
    ]);
  return view(a) === view(b);
}

const sorted = (map: Record<string, string> = {}) =>
  Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
