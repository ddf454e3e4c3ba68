/** One automation run: scan what automated workloads use, choose, commit, push (spec flux-v1 §6, §7.1). */
import {
  containersOf,
  filterOf,
  hasPolicy,
  isWorkload,
  policiesOf,
} from '../../lib/manifest/mod.ts';
import type { Container, Policies } from '../../lib/manifest/mod.ts';
import { canonicalNameString, formatImageRef, globMatcher, withTag } from '../../lib/policy/mod.ts';
import type { ImageName, ImageRef, Pattern } from '../../lib/policy/mod.ts';
import type { Logger } from '../../lib/runtime/mod.ts';
import type { ScopedSet, SyncObject } from '../sync/scope.ts';
import { chooseTag } from './choose.ts';
import type { ImageStore } from './image-store.ts';
import type { Keychain } from '../../lib/registry/mod.ts';
import { inParallel } from '../wake.ts';

export interface Workload extends SyncObject {
  policies: Policies;
  containers: readonly Container[];
}

/** One container that moves to another image. */
export interface ImageChange {
  workload: Workload;
  container: string;
  current: ImageRef;
  target: ImageRef;
}

export function workloadsOf(set: ScopedSet): Workload[] {
  return [...set.objects.values()]
    .filter(({ written }) => isWorkload(written))
    .map((one) => ({
      ...one,
      policies: policiesOf(one.written.metadata.annotations),
      containers: containersOf(one.written),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function isAutomated({ policies }: Workload): boolean {
  return (
    hasPolicy(policies, 'automated') &&
    !hasPolicy(policies, 'locked') &&
    !hasPolicy(policies, 'ignore')
  );
}

export interface ImageGlobs {
  include: readonly string[];
  exclude: readonly string[];
}

/** Images that may be scanned; exclusion wins. */
export function scannable(name: ImageName, { include, exclude }: ImageGlobs): boolean {
  const canonical = canonicalNameString(name);
  const hit = (globs: readonly string[]) => globs.some((glob) => globMatcher(glob)(canonical));
  return !hit(exclude) && (include.length === 0 || hit(include));
}

export interface ScanOptions {
  store: ImageStore;
  globs: ImageGlobs;
  keychain: (workload: Workload) => Keychain;
}

const imagesAtOnce = 8;

/** Scans every image of the workloads, each once; filters of automated ones say whose metadata is read. */
export async function scanImages(
  workloads: readonly Workload[],
  { store, globs, keychain }: ScanOptions,
  signal: AbortSignal,
): Promise<void> {
  const wanted = new Map<string, { name: ImageName; patterns: Pattern[]; of: Workload }>();
  for (const workload of workloads) {
    for (const container of workload.containers) {
      const { image } = container;
      if (image === undefined || !scannable(image, globs)) continue;
      const key = canonicalNameString(image);
      const entry = wanted.get(key) ?? { name: image, patterns: [], of: workload };
      if (isAutomated(workload)) entry.patterns.push(filterOf(workload.policies, container.name));
      wanted.set(key, entry);
    }
  }
  await inParallel([...wanted.values()], imagesAtOnce, ({ name, patterns, of }) =>
    store.scan({ name, patterns, keychain: keychain(of) }, signal),
  );
}

/** What the automated workloads should move to, by what the store knows. */
export function automatedChanges(
  workloads: readonly Workload[],
  store: Pick<ImageStore, 'get'>,
  allowDowngrade: boolean,
  log: Logger,
): ImageChange[] {
  const changes: ImageChange[] = [];
  for (const workload of workloads.filter(isAutomated)) {
    for (const { name, image } of workload.containers) {
      const known = image === undefined ? undefined : store.get(image);
      if (image === undefined || known === undefined || image.digest !== '') continue;
      const choice = chooseTag(image.tag, known, filterOf(workload.policies, name), allowDowngrade);
      const where = { workload: workload.id, container: name, repo: canonicalNameString(image) };
      if (choice.action === 'skip')
        log.log({ ...where, warning: choice.reason, action: 'skip container' });
      if (choice.action !== 'update') continue;
      const target = withTag(image, choice.tag);
      log.log({
        ...where,
        info: 'added update to automation run',
        new: formatImageRef(target),
        reason: choice.reason,
      });
      changes.push({ workload, container: name, current: image, target });
    }
  }
  return changes;
}
