/** What automated workloads should move to (spec flux-v1 §7.1). Pure. */
import {
  containersOf,
  filterOf,
  hasPolicy,
  isWorkload,
  policiesOf,
} from '../../lib/manifest/mod.ts';
import type { Container, Policies } from '../../lib/manifest/mod.ts';
import { canonicalNameString, withTag } from '../../lib/policy/mod.ts';
import type { ImageRef } from '../../lib/policy/mod.ts';
import type { ScopedSet, SyncObject } from '../sync/scope.ts';
import { chooseTag } from './choose.ts';
import type { ImageStore } from './image-store.ts';

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
    .map(workloadOf)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function workloadOf(one: SyncObject): Workload {
  return {
    ...one,
    policies: policiesOf(one.written.metadata.annotations),
    containers: containersOf(one.written),
  };
}

export function isAutomated({ policies }: Pick<Workload, 'policies'>): boolean {
  return (
    hasPolicy(policies, 'automated') &&
    !hasPolicy(policies, 'locked') &&
    !hasPolicy(policies, 'ignore')
  );
}

export interface AutomatedChoices {
  changes: ImageChange[];
  /** What each change is for, in the order of `changes`. */
  reasons: string[];
  /** Containers that cannot be decided on, and why. */
  skipped: { workload: string; container: string; repo: string; warning: string }[];
}

/** What the automated workloads should move to, by what the store knows. */
export function automatedChoices(
  workloads: readonly Workload[],
  store: Pick<ImageStore, 'get'>,
  allowDowngrade: boolean,
): AutomatedChoices {
  const choices: AutomatedChoices = { changes: [], reasons: [], skipped: [] };
  for (const workload of workloads.filter(isAutomated)) {
    for (const { name: container, image } of workload.containers) {
      const known = image === undefined ? undefined : store.get(image);
      if (image === undefined || known === undefined || image.digest !== '') continue;
      const pattern = filterOf(workload.policies, container);
      const choice =
        known.shrunken && !allowDowngrade
          ? { action: 'skip' as const, reason: 'the tag list has shrunk; waiting for the next one' }
          : chooseTag(image.tag, known, pattern, allowDowngrade);
      if (choice.action === 'keep') continue;
      if (choice.action === 'update') {
        const target = withTag(image, choice.tag);
        choices.changes.push({ workload, container, current: image, target });
        choices.reasons.push(choice.reason);
        continue;
      }
      const repo = canonicalNameString(image);
      choices.skipped.push({ workload: workload.id, container, repo, warning: choice.reason });
    }
  }
  return choices;
}
