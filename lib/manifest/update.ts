/** The two changes fluxd makes to a file: a container's image, a workload's policies. Verified before they are returned. */
import type { KubeObject } from '../objects/mod.ts';
import { formatImageRef } from '../policy/mod.ts';
import type { ImageRef } from '../policy/mod.ts';
import { containersOf } from './containers.ts';
import { setAnnotations, setScalars } from './edit.ts';
import type { ObjectMatcher } from './edit.ts';
import { ManifestError } from './errors.ts';
import { canonicalJson, loadManifests } from './load.ts';
import { annotationKey, annotationKeys } from './policies.ts';
import { isRecord } from '../runtime/mod.ts';

/** A workload as a file spells it: the namespace may be missing there. */
export interface WorkloadAddress {
  kind: string;
  name: string;
  /** `undefined` when the manifest names none. */
  namespace: string | undefined;
}

/**
 * Sets the image of one container (init container) of a workload.
 *
 * @returns the new text; the old one when the file already says so
 * @throws ManifestError `WorkloadNotFound`, `ContainerNotFound`, `PathNotFound`, `EditNotVerified`
 */
export function updateImage(
  text: string,
  source: string,
  workload: WorkloadAddress,
  container: string,
  image: ImageRef,
): string {
  const before = findObject(text, source, workload);
  const target = containersOf(before).find(({ name }) => name === container);
  if (target === undefined) {
    throw new ManifestError(
      'ContainerNotFound',
      source,
      `${source}: ${workload.kind} ${workload.name} has no container ${container}`,
    );
  }
  const after = setScalars(text, source, matcher(workload), target.edits(image));
  verify(text, after, source, workload, (object) => {
    const now = containersOf(object).find(({ name }) => name === container)?.image;
    return now !== undefined && formatImageRef(now) === formatImageRef(image);
  });
  return after;
}

export interface PolicyChange {
  /** Policy name to new value. */
  add: Readonly<Record<string, string>>;
  /** Removal beats addition of the same policy. */
  remove: readonly string[];
}

/** Adds and removes policies of a workload. @throws ManifestError as `updateImage` */
export function updatePolicies(
  text: string,
  source: string,
  workload: WorkloadAddress,
  change: PolicyChange,
): string {
  const before = findObject(text, source, workload);
  const { annotations } = before.metadata;
  const removed = change.remove
    .flatMap(annotationKeys)
    .filter((key) => annotations !== undefined && key in annotations);
  const added = Object.entries(change.add).filter(([policy]) => !change.remove.includes(policy));
  const wanted = added.map(([policy, value]) => ({
    key: annotationKey(annotations, policy),
    value,
  }));
  const after = setAnnotations(text, source, matcher(workload), [
    ...wanted,
    ...removed.map((key) => ({ key, value: undefined })),
  ]);
  verify(text, after, source, workload, (object) => {
    const now = object.metadata.annotations ?? {};
    return (
      wanted.every(({ key, value }) => now[key] === value) && removed.every((key) => !(key in now))
    );
  });
  return after;
}

function findObject(text: string, source: string, workload: WorkloadAddress): KubeObject {
  const matches = matcher(workload);
  const found = loadManifests(text, source).objects.find(({ object }) => matches(object));
  if (found === undefined)
    throw new ManifestError('WorkloadNotFound', source, `${source}: manifest not found`);
  return found.object;
}

export function matcher(workload: WorkloadAddress): ObjectMatcher {
  return (object) => {
    if (!isRecord(object) || typeof object.kind !== 'string' || !isRecord(object.metadata))
      return false;
    const { name, namespace } = object.metadata;
    return (
      object.kind.toLowerCase() === workload.kind.toLowerCase() &&
      name === workload.name &&
      (namespace ?? undefined) === workload.namespace
    );
  };
}

/** Reads both texts: the target must say what was wanted, every other object must be as it was. */
function verify(
  before: string,
  after: string,
  source: string,
  workload: WorkloadAddress,
  done: (object: KubeObject) => boolean,
): void {
  const matches = matcher(workload);
  const old = loadManifests(before, source).objects;
  const now = loadManifests(after, source).objects;
  const target = now.findIndex(({ object }) => matches(object));
  const found = now[target];
  const same =
    old.length === now.length &&
    old.every(
      ({ object }, at) => at === target || canonicalJson(object) === canonicalJson(now[at]?.object),
    );
  if (found === undefined || !same || !done(found.object)) {
    throw new ManifestError(
      'EditNotVerified',
      source,
      `${source}: failed to verify changes: the edited file does not say what was wanted; it was left as it is`,
    );
  }
}
